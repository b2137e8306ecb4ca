//! Pictures: what is drawn stands where it can be read, nothing in a document is taken for markup, and
//! the same project gives the same bytes.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod support;

#[path = "picture/geometry.rs"]
mod geometry;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Instant;

use palisade::picture::{
    Arrow, Flows, Graph, Marks, Node, STYLE, Scene, Sort, Step, View, agree, dot, flowchart,
    mermaid, svg,
};
use proptest::prelude::*;
use support::scripts::Scripts;
use support::{Folder, NOW, root, run_in};

use geometry::Picture;

/// The folders of all examples, each a project of its own.
fn examples() -> Vec<PathBuf> {
    let folders = |at: PathBuf| {
        let entries = std::fs::read_dir(at).expect("a folder");
        let paths = entries.map(|entry| entry.expect("an entry").path());
        paths.filter(|path| path.is_dir()).collect::<Vec<_>>()
    };
    let mut all = folders(root().join("examples"));
    all.retain(|path| !path.ends_with("incidents"));
    all.extend(folders(root().join("examples/incidents")));
    all.sort();
    assert!(all.len() > 12, "{all:?}");
    all
}

fn drawn(folder: &std::path::Path, more: &[&str]) -> String {
    let mut arguments = vec!["graph", "--now", NOW];
    arguments.extend(more);
    let run = run_in(folder, &arguments, b"");
    assert_eq!(
        (run.code, run.stderr.as_str()),
        (0, ""),
        "{}",
        folder.display()
    );
    run.stdout
}

#[test]
fn every_example_can_be_read() {
    for folder in examples() {
        for more in [
            &[][..],
            &["--depth", "1"],
            &["--flows", "keys"],
            &["--flows", "dumps,access"],
        ] {
            let picture = Picture::of(&drawn(&folder, more));
            assert_eq!(
                picture.faults(),
                Vec::<String>::new(),
                "{} {more:?}",
                folder.display()
            );
        }
        let picture = Picture::of(&drawn(&folder, &[]));
        assert!(!picture.boxes.is_empty());
        // About two windows of a laptop, side by side or one below the other.
        let (width, height) = picture.size();
        let windows = width * height / (1400.0 * 900.0);
        let name = folder.display();
        assert!(
            width < 2000.0 && windows < 2.5,
            "{name}: {width} × {height}"
        );
    }
}

#[test]
fn the_worst_path_is_numbered() {
    let folder = root().join("examples/storm-0558");
    let text = drawn(&folder, &[]);
    let picture = Picture::of(&text);
    assert_eq!(picture.hops(), [2, 3, 4]);
    let text = picture.description();
    assert!(
        text.contains(
            "hop 2: workload token-signer to store crash-store (crash-to-debugging). hop 3: store \
             crash-store to debug environment crash-debugging (which reads it). hop 4: debug environment \
             crash-debugging to identity engineer (look-into-crashes)."
        ),
        "{text}"
    );
}

/// The pictures of pages, and how each is made.
const PICTURES: [(&str, &[&str]); 4] = [
    ("docs/pictures/storm-0558.svg", &["examples/storm-0558"]),
    (
        "docs/pictures/storm-0558-fixed.svg",
        &["examples/storm-0558-fixed"],
    ),
    (
        "docs/pictures/zones.svg",
        &["examples/design-doc", "--plain", "--flows", "dumps,keys"],
    ),
    (
        "docs/pictures/okta-support.svg",
        &["examples/incidents/okta-support"],
    ),
];

/// Each is what is drawn now, and on a page.
#[test]
fn the_pictures_of_the_documentation_are_those_that_are_drawn() {
    let pages = ["README.md", "docs/model.md", "docs/pictures.md"];
    let examples =
        ["storm-0558-fixed", "incidents"].map(|name| format!("examples/{name}/README.md"));
    let pages = pages.into_iter().map(str::to_owned).chain(examples);
    let pages = pages.map(|page| std::fs::read_to_string(root().join(page)).expect("a page"));
    let pages: String = pages.collect();
    for (file, arguments) in PICTURES {
        let all = [&["graph", "--now", NOW], arguments].concat();
        let run = run_in(root(), &all, b"");
        assert_eq!(
            Picture::of(&run.stdout).faults(),
            Vec::<String>::new(),
            "{file}"
        );
        let path = root().join(file);
        if std::env::var("SNAPSHOTS").is_ok_and(|value| value == "overwrite") {
            std::fs::write(&path, &run.stdout).expect("a file");
        }
        let known = std::fs::read_to_string(&path).expect("a picture");
        assert!(known == run.stdout, "{} is out of date", path.display());
        let name = file.trim_start_matches("docs/");
        assert!(pages.contains(name), "{file} is on no page");
    }
}

#[test]
fn a_finding_is_drawn_by_itself_with_its_cut() {
    let folder = root().join("examples/storm-0558");
    let report = support::check_in(&folder, &[]);
    let findings = report.json["findings"]
        .as_array()
        .expect("findings")
        .clone();
    let of_rule = |finding: &&serde_json::Value| finding["identity"]["rule"] == "dump-no-downward";
    let finding = findings.iter().find(of_rule).expect("the finding");
    let short = finding["identity"]["short"].as_str().expect("an id");
    let text = drawn(&folder, &["--finding", short]);
    let picture = Picture::of(&text);
    let ids: Vec<&str> = picture.boxes.iter().map(|it| it.id.as_str()).collect();
    let expected = [
        "Store::crash-store",
        "Workload::token-signer",
        "Zone::corporate",
        "Zone::debugging",
        "Zone::production",
        "Zone::signing",
    ];
    let mut ids = ids;
    ids.sort_unstable();
    assert_eq!(ids, expected);
    assert!(text.contains(">cut: breaks every path<"), "{text}");
}

#[test]
fn around_an_entity_is_what_is_near_it() {
    let folder = root().join("examples/storm-0558");
    let ids = |more: &[&str]| {
        let picture = Picture::of(&drawn(&folder, more));
        let ids = picture.boxes.into_iter().map(|it| it.id);
        ids.filter(|id| !id.starts_with("Zone::"))
            .collect::<Vec<_>>()
    };
    let mut near = ids(&["--around", "engineer"]);
    near.sort();
    assert_eq!(
        near,
        ["DebugEnvironment::crash-debugging", "Identity::engineer"]
    );
    assert!(ids(&["--around", "engineer", "--depth", "2"]).len() > 2);
    let run = run_in(&folder, &["graph", "--around", "enginer"], b"");
    assert_eq!(run.code, 2);
    assert!(
        run.stderr.contains("did you mean `engineer`?"),
        "{}",
        run.stderr
    );
    let run = run_in(&folder, &["graph", "--finding", "00000000"], b"");
    assert_eq!(run.code, 2);
    assert!(
        run.stderr.contains("no finding with id `00000000`"),
        "{}",
        run.stderr
    );
}

/// Arrows that many boxes send to one are told in these; what is not known for certain stays an arrow.
#[test]
fn what_many_use_is_told_in_each_of_them() {
    let text = |users: usize| {
        let users: String = (0..users)
            .map(|at| format!("  w{at}: {{ zone: a, kind: service, uses: [k] }}\n"))
            .collect();
        format!(
            "palisade: v1\nzones:\n  a: {{ clearance: secret }}\nkeyStores:\n  v: {{ zone: a, custody: hsm }}\n\
             keys:\n  k: {{ store: v, level: internal }}\nworkloads:\n{users}"
        )
    };
    for (users, told, arrows) in [(3, 0, 3), (5, 5, 0)] {
        let folder = Folder::of(&[("a.yaml", &text(users))]);
        let svg = drawn(folder.path(), &[]);
        let picture = Picture::of(&svg);
        assert_eq!(picture.faults(), Vec::<String>::new());
        assert_eq!(svg.matches(">uses k<").count(), told, "{svg}");
        assert_eq!(picture.lines.len(), arrows, "{svg}");
    }
}

#[test]
fn where_several_projects_are_none_is_drawn() {
    let folder = Folder::of(&[
        ("a/palisade.yaml", "{}\n"),
        ("a/zones.yaml", ZONES),
        ("b/palisade.yaml", "{}\n"),
        ("b/zones.yaml", ZONES),
    ]);
    let run = folder.run(&["graph"]);
    assert_eq!(run.code, 2, "{}", run.stderr);
    assert!(run.stderr.contains("2 projects to draw"), "{}", run.stderr);
    let folder = Folder::of(&[("README", "nothing")]);
    let run = folder.run(&["graph"]);
    assert_eq!(run.code, 2, "{}", run.stderr);
    assert!(run.stderr.contains("nothing to draw"), "{}", run.stderr);
}

const ZONES: &str = "palisade: v1\nzones:\n  b: {}\n  a: { parent: b }\n";
const THINGS: &str = "palisade: v1\nworkloads:\n  y: { zone: a, processes: [] }\n  x: { zone: a, processes: [d] }\n\
    stores:\n  s: { zone: b, holds: [d] }\ndata:\n  d: {}\ntransfers:\n  u: { from: y, to: s }\n  t: { from: x, to: s }\n";

#[test]
fn the_order_of_files_and_of_what_is_in_them_does_not_matter() {
    let one = Folder::of(&[("1.yaml", ZONES), ("2.yaml", THINGS)]);
    let other = Folder::of(&[
        (
            "2.yaml",
            "palisade: v1\nzones:\n  a: { parent: b }\n  b: {}\n",
        ),
        (
            "1.yaml",
            "palisade: v1\ntransfers:\n  t: { from: x, to: s }\n  u: { from: y, to: s }\ndata:\n  d: {}\n\
             stores:\n  s: { zone: b, holds: [d] }\nworkloads:\n  x: { zone: a, processes: [d] }\n  \
             y: { zone: a, processes: [] }\n",
        ),
    ]);
    for format in ["svg", "mermaid", "dot"] {
        let run = |folder: &Folder| {
            folder
                .run(&["graph", "--now", NOW, "--format", format])
                .stdout
        };
        assert_eq!(run(&one), run(&other), "{format}");
    }
}

#[test]
fn a_large_project_is_folded_and_says_so() {
    let graph = large(200, 400, 1000);
    let start = Instant::now();
    let scene = Scene::of(&graph, &Marks::default(), &View::default());
    let text = svg(&scene, true);
    let took = start.elapsed();
    assert!(scene.boxes.len() <= 100, "{}", scene.boxes.len());
    assert!(scene.lines.len() <= 64, "{}", scene.lines.len());
    let drawn: usize = scene.boxes.iter().map(|shown| 1 + shown.folded).sum();
    assert_eq!(drawn, graph.nodes.len());
    assert!(scene.left_out[0].contains("folded"), "{:?}", scene.left_out);
    let faults = Picture::of(&text).faults().into_iter();
    let faults = faults.filter(|fault| !fault.contains(" runs on "));
    assert_eq!(faults.collect::<Vec<_>>(), Vec::<String>::new());
    // Two seconds in a release; this may be none, on a machine that is busy.
    assert!(took.as_secs() < 60, "{took:?}");
}

#[test]
fn what_is_on_the_path_is_never_folded_away() {
    let mut graph = large(200, 400, 1000);
    let (from, to) = (graph.arrows[500].from, graph.arrows[500].to);
    graph.places = (0..graph.nodes.len())
        .map(|at| (format!("thing `{at}`"), at))
        .collect();
    let marks = Marks {
        path: vec![Step {
            from: Some(format!("thing `{from}`")),
            to: format!("thing `{to}`"),
            by: "by transfer".to_owned(),
            via: Some(graph.arrows[500].id.clone()),
        }],
        ..Marks::default()
    };
    let scene = Scene::of(&graph, &marks, &View::default());
    for end in [from, to] {
        assert!(
            scene
                .boxes
                .iter()
                .any(|shown| shown.node.id == graph.nodes[end].id)
        );
    }
    let on_path: Vec<_> = scene
        .lines
        .iter()
        .filter(|line| !line.hops.is_empty())
        .collect();
    assert_eq!(on_path.len(), 1);
    assert_eq!(on_path[0].ids, [graph.arrows[500].id.clone()]);
}

/// So many zones in four levels, things in them, and transfers between things.
fn large(zones: usize, things: usize, transfers: usize) -> Graph {
    let mut random = 12345_u64;
    let mut below = move |most: usize| {
        random = random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        ((random >> 33) as usize) % most
    };
    let mut nodes: Vec<(String, Option<String>)> = Vec::new();
    for zone in 0..zones {
        let parent = (zone >= 8).then(|| format!("Zone::z{:03}", below(zone.min(60))));
        nodes.push((format!("Zone::z{zone:03}"), parent));
    }
    for thing in 0..things {
        nodes.push((
            format!("Workload::w{thing:03}"),
            Some(format!("Zone::z{:03}", below(zones))),
        ));
    }
    let arrows: Vec<_> = (0..transfers)
        .map(|_| (below(things), below(things)))
        .collect();
    let ends = arrows.into_iter().map(|(from, to)| {
        (
            format!("Workload::w{from:03}"),
            format!("Workload::w{to:03}"),
        )
    });
    graph(nodes, ends.collect())
}

/// A graph as the program makes them: boxes by id, arrows by ends.
fn graph(mut nodes: Vec<(String, Option<String>)>, ends: Vec<(String, String)>) -> Graph {
    nodes.sort();
    let numbers: BTreeMap<String, usize> = (0..)
        .zip(&nodes)
        .map(|(at, (id, _))| (id.clone(), at))
        .collect();
    let boxes = nodes.iter().map(|(id, parent)| Node {
        id: id.clone(),
        name: id.split_once("::").expect("a kind").1.to_owned(),
        kind: if id.starts_with("Zone") {
            "zone"
        } else {
            "workload"
        },
        facts: String::new(),
        holds: Vec::new(),
        parent: parent
            .as_ref()
            .and_then(|parent| numbers.get(parent).copied()),
        encloses: id.starts_with("Zone"),
    });
    let mut arrows: Vec<Arrow> = ends
        .iter()
        .enumerate()
        .map(|(at, (from, to))| Arrow {
            id: format!("Transfer::t{at}"),
            name: format!("t{at}"),
            sort: if at % 3 == 0 {
                Sort::Conduit
            } else {
                Sort::Transfer
            },
            detail: if at % 2 == 0 {
                "something".to_owned()
            } else {
                String::new()
            },
            from: numbers[from],
            to: numbers[to],
            forbidden: at % 11 == 0,
            flows: Flows::default(),
        })
        .collect();
    arrows.sort_by(|a, b| (a.from, a.to, a.sort, &a.id).cmp(&(b.from, b.to, b.sort, &b.id)));
    Graph {
        nodes: boxes.collect(),
        arrows,
        places: BTreeMap::new(),
        internet: Vec::new(),
    }
}

/// Zones in zones, things in some of them, arrows between any of them.
fn any_graph() -> impl Strategy<Value = Graph> {
    let zones = prop::collection::vec(prop::option::of(0..12_usize), 1..12);
    let things = prop::collection::vec(prop::option::of(0..12_usize), 0..15);
    let arrows = prop::collection::vec((0..27_usize, 0..27_usize), 0..40);
    (zones, things, arrows).prop_map(|(zones, things, arrows)| {
        let zone = |at: usize| format!("Zone::z{at:02}");
        let count = zones.len();
        let mut nodes: Vec<(String, Option<String>)> = Vec::new();
        for (at, parent) in zones.iter().enumerate() {
            // Only in an earlier one: no zone is in itself.
            let parent = parent
                .filter(|_| at > 0)
                .map(|parent| zone(parent % at.max(1)));
            nodes.push((zone(at), parent));
        }
        for (at, parent) in things.iter().enumerate() {
            nodes.push((
                format!("Workload::w{at:02}"),
                parent.map(|parent| zone(parent % count)),
            ));
        }
        let ids: Vec<String> = nodes.iter().map(|(id, _)| id.clone()).collect();
        let end = |at: usize| ids[at % ids.len()].clone();
        let ends = arrows.iter().map(|(from, to)| (end(*from), end(*to)));
        graph(nodes, ends.collect())
    })
}

/// Ids and names that try to be something else.
fn hostile() -> impl Strategy<Value = String> {
    let nasty = [
        "<script>alert(1)</script>",
        "\"]; evil[\"",
        "</svg>",
        "--> x",
        "]]>",
        "&amp;",
        "%%{init: {}}%%",
        "`",
        "\\",
        "\"",
        "'",
        "\n",
        "\r\n",
        "end",
        "subgraph x",
        "click a href",
        "\u{202e}",
        "\u{0}",
        "\u{1b}[31m",
        "<img src=x onerror=y>",
        "#quot;",
        ";",
        "|",
        "{",
        "}",
        "javascript:",
        "-->",
        "/*",
        "style",
    ];
    let part = prop_oneof![
        prop::sample::select(nasty.to_vec()).prop_map(str::to_owned),
        any::<String>(),
    ];
    prop::collection::vec(part, 1..4).prop_map(|parts| parts.concat())
}

proptest! {
    #![proptest_config(support::random::tries(60, None))]

    #[test]
    fn any_picture_can_be_read(graph in any_graph()) {
        let scene = Scene::of(&graph, &Marks::default(), &View::default());
        let picture = Picture::of(&svg(&scene, true));
        // Where very much goes between a few boxes, there is not always room beside each other.
        let faults = picture.faults().into_iter().filter(|fault| !fault.contains(" runs on "));
        prop_assert_eq!(faults.collect::<Vec<_>>(), Vec::<String>::new());
    }

    #[test]
    fn nothing_in_a_document_is_taken_for_markup(texts in prop::collection::vec(hostile(), 6)) {
        let (graph, marks) = with_texts(&texts);
        let scene = Scene::of(&graph, &marks, &View::default());
        let (graph, marks) = with_texts(&vec!["plain".to_owned(); 6]);
        let plain = Scene::of(&graph, &marks, &View::default());
        let (text, same) = (svg(&scene, true), svg(&plain, true));
        // The same elements and attributes, in the same order, whatever the texts are.
        // How many lines the caption takes is its own.
        let [mut elements, mut others] = [&text, &same].map(|text| elements(text));
        elements.dedup();
        others.dedup();
        prop_assert_eq!(elements, others);
        let lines = |text: &str| text.lines().count();
        let (text, same) = (mermaid(&scene), mermaid(&plain));
        prop_assert_eq!(lines(&text), lines(&same));
        for (line, other) in text.lines().zip(same.lines()) {
            prop_assert_eq!(outside_quotes(line), outside_quotes(other));
            prop_assert!(!line.contains(['<', '`', ';']) || line.matches('#').count() > 0 || line.contains("<-"));
        }
        let (text, same) = (dot(&scene), dot(&plain));
        prop_assert_eq!(outside_quotes(&text), outside_quotes(&same));
    }
}

/// Two boxes in a box with an arrow, on a path, all of them called what `texts` say.
fn with_texts(texts: &[String]) -> (Graph, Marks) {
    let mut graph = graph(
        vec![
            ("Zone::a".to_owned(), None),
            ("Workload::b".to_owned(), Some("Zone::a".to_owned())),
            ("Workload::c".to_owned(), Some("Zone::a".to_owned())),
        ],
        vec![("Workload::b".to_owned(), "Workload::c".to_owned())],
    );
    for (node, text) in graph.nodes.iter_mut().zip(texts) {
        // Something that is seen, so that the same texts are drawn.
        node.name = format!("n{text}");
        node.facts = format!("f{text}");
        node.holds = vec![format!("h{text}")];
        node.id = format!("{}{text}", node.id);
    }
    graph.arrows[0].name = format!("n{}", texts[3]);
    graph.arrows[0].detail = format!("d{}", texts[4]);
    let marks = Marks {
        caption: Some(format!("c{}", texts[5])),
        ..Marks::default()
    };
    (graph, marks)
}

/// The elements of a document with the names of their attributes, and the classes.
fn elements(text: &str) -> Vec<String> {
    let document = roxmltree::Document::parse(text).expect("well-formed XML");
    let all = document.descendants().filter(|node| node.is_element());
    let all = all.map(|node| {
        let attributes = node.attributes().map(|attribute| match attribute.name() {
            name @ "class" => format!("{name}={}", attribute.value()),
            name => name.to_owned(),
        });
        format!(
            "{} {:?}",
            node.tag_name().name(),
            attributes.collect::<Vec<_>>()
        )
    });
    all.collect()
}

/// What stands outside double quotes; a backslash keeps a quote inside. Names of variables do not count.
fn outside_quotes(text: &str) -> String {
    let mut out = String::new();
    let (mut inside, mut escaped) = (false, false);
    for c in text.chars() {
        match c {
            _ if escaped => escaped = false,
            '\\' if inside => escaped = true,
            '"' => inside = !inside,
            _ if inside => {}
            c => out.push(c),
        }
    }
    let names = out.split_whitespace();
    let names = names.map(|word| {
        let start = ["workload_", "zone_", "cluster_"]
            .iter()
            .find(|start| word.starts_with(**start));
        match start {
            Some(start) => {
                let rest = word.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || c == '_');
                format!("{start}{rest}")
            }
            None => word.to_owned(),
        }
    });
    // The title is text to the end of its line.
    let line = names.collect::<Vec<_>>().join(" ");
    match line.starts_with("accTitle:") {
        true => String::new(),
        false => line,
    }
}

#[test]
fn pages_are_compared_and_renewed() {
    let scripts = Scripts {
        preamble: "graph() { palisade graph \"$@\" && echo '? 0' || echo \"? $?\"; }\n",
        ..Scripts::default()
    };
    scripts.page("tests/picture/pages.md");
}

/// The example does what its page says.
#[test]
fn the_flowchart_of_the_design_agrees_with_it() {
    let folder = root().join("examples/design-doc");
    for page in ["design.md", "README.md"] {
        let run = run_in(&folder, &["graph", "--now", NOW, "--check", page], b"");
        assert_eq!(run.code, 0, "{page}: {}{}", run.stdout, run.stderr);
    }
    let page = std::fs::read_to_string(folder.join("design.md")).expect("a page");
    let turned = page.replacen("office --> debugging", "debugging --> office", 1);
    assert_ne!(page, turned);
    let other = Folder::copy(&folder);
    other.write("design.md", turned);
    let run = other.run(&["graph", "--now", NOW, "--check", "design.md"]);
    assert_eq!(run.code, 1, "{}", run.stdout);
    assert!(
        run.stdout.contains("drawn the wrong way round"),
        "{}",
        run.stdout
    );
    assert!(run.stdout.contains("design.md:45:"), "{}", run.stdout);
}

/// What a chart says of places is in it, between characters.
fn places_are_in(text: &str) -> Option<palisade::picture::Chart> {
    let chart = flowchart(text)?;
    let boxes = chart.boxes.iter().map(|it| &it.at);
    let arrows = chart.arrows.iter().map(|it| &it.at);
    let others = chart.troubles.iter().map(|it| &it.at);
    let notes = chart.notes.iter().map(|it| &it.at);
    let all = boxes.chain(arrows).chain(others).chain(notes);
    for at in all.chain([&chart.opening]) {
        assert!(text.get(at.clone()).is_some(), "{at:?} in {text:?}");
    }
    Some(chart)
}

proptest! {
    #![proptest_config(support::random::tries(256, None))]

    #[test]
    fn any_text_is_read_as_a_flowchart(text in "flowchart LR\n([ \n;&|>{}()\\[\\]\"/\\\\=~.@:%xoab-]|subgraph |end|é|-->|--x|%% palisade: ){0,60}") {
        let chart = places_are_in(&text).expect("a flowchart");
        agree(&chart, &Graph::default());
    }

    #[test]
    fn what_is_written_as_mermaid_agrees_with_what_it_was_written_from(graph in any_graph()) {
        let text = mermaid(&Scene::of(&graph, &Marks::default(), &View::default()));
        let chart = places_are_in(&text).expect("a flowchart");
        prop_assert_eq!(&chart.troubles, &Vec::new(), "{}", text);
        let agreement = agree(&chart, &graph);
        prop_assert_eq!(&agreement.differences, &Vec::new(), "{}", text);
        prop_assert_eq!(agreement.boxes, graph.nodes.len());
        // Without its arrows, and turned round, it does not.
        let ways = graph.arrows.iter().filter(|it| it.from != it.to && !it.forbidden);
        if ways.filter(|it| matches!(it.sort, Sort::Conduit | Sort::Transfer)).count() > 0 {
            let bare: String = text.lines().filter(|line| !line.contains("-->") && !line.contains("-.->")).map(|line| format!("{line}\n")).collect();
            let chart = places_are_in(&bare).expect("a flowchart");
            prop_assert!(!agree(&chart, &graph).differences.is_empty(), "{}", bare);
        }
    }
}

/// Every text of a picture can be read on what it stands on, in light and in dark (WCAG 2.2, 1.4.3), and
/// every border can be seen (1.4.11).
#[test]
fn texts_and_borders_stand_out() {
    let (light, dark) = STYLE.split_once("@media").expect("two schemes");
    let value = |scheme: &str, name: &str| -> f64 {
        let text = scheme.split_once(&format!("--{name}: #")).expect(name).1;
        let part = |at: usize| {
            let value = u8::from_str_radix(&text[at..at + 2], 16).expect("a colour");
            let value = f64::from(value) / 255.0;
            match value <= 0.04045 {
                true => value / 12.92,
                false => ((value + 0.055) / 1.055).powf(2.4),
            }
        };
        0.2126 * part(0) + 0.7152 * part(2) + 0.0722 * part(4)
    };
    const BOXES: [&str; 6] = ["paper", "zone", "thing", "keys", "people", "debug"];
    const LINES: [&str; 6] = ["conduit", "transfer", "grant", "uses", "bad", "good"];
    for scheme in [light, dark] {
        let contrast = |one: &str, other: &str| {
            let (one, other) = (value(scheme, one), value(scheme, other));
            (one.max(other) + 0.05) / (one.min(other) + 0.05)
        };
        let texts = ["ink", "soft"]
            .iter()
            .flat_map(|text| BOXES.map(|on| (*text, on)));
        let lines = LINES
            .iter()
            .flat_map(|text| [(*text, "paper"), (*text, "zone")]);
        let badges = [("bad-ink", "bad"), ("open-ink", "open")];
        for (text, on) in texts.chain(lines).chain(badges) {
            assert!(
                contrast(text, on) >= 4.5,
                "{text} on {on}: {}",
                contrast(text, on)
            );
        }
        for (border, on) in [("edge", "zone"), ("zone-edge", "paper")] {
            assert!(
                contrast(border, on) >= 3.0,
                "{border} on {on}: {}",
                contrast(border, on)
            );
        }
    }
}
