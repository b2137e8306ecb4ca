//! The page to hand over, and the tables of standards.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod support;

use std::time::Instant;

use support::{Folder, NOW, root, run_in};

fn page(folder: &std::path::Path) -> String {
    run_in(folder, &["check", "--now", NOW, "--format", "html"], b"").stdout
}

/// What a reader sees: the text without markup, styles and script.
fn text(page: &str) -> String {
    let mut out = String::new();
    let mut rest = page;
    while let Some(at) = rest.find('<') {
        out += &rest[..at];
        rest = &rest[at..];
        let skipped = ["style", "script"].into_iter().find_map(|name| {
            rest.starts_with(&format!("<{name}"))
                .then(|| format!("</{name}>"))
        });
        let end = skipped.unwrap_or_else(|| ">".to_owned());
        let at = rest.find(&end).expect("an end") + end.len();
        rest = &rest[at..];
    }
    (out + rest)
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
}

#[test]
fn the_page_tells_the_story_of_the_example() {
    let page = page(&root().join("examples/storm-0558"));
    let text = text(&page);
    for said in [
        "Palisade: 19 violations",
        "artifact signer-crash entering zone debugging: dumps must not get to a zone below their level",
        "crash-transfer.yaml:11:9 · 66a82b8d",
        "→ store crash-store, by transfer crash-to-debugging",
        "removing transfer crash-to-debugging breaks every path",
        "The same change ends 4 more:",
        "Questions: what no document states, by who answers for it",
        "What was looked at, and what was not",
        "NIST SP 800-57",
    ] {
        assert!(text.contains(said), "{said}: {text}");
    }
    assert!(page.contains("<mark>crash-store</mark>"), "{page}");
    // Landmarks, and one heading of the first level.
    for part in [
        "<html lang=\"en\">",
        "<main id=\"main\">",
        "<nav aria-label=",
        "<h1>",
        "<header>",
        "<footer>",
    ] {
        assert_eq!(page.matches(part).count(), 1, "{part}");
    }
}

#[test]
fn a_waiver_has_the_owner_of_what_it_is_about() {
    let document = "palisade: v1
zones: { signing: { owner: platform team } }
keyStores: { vault: { zone: signing } }
keys:
  token-key:
    store: vault
    kind: private
    # palisade: allow key-nonexportable until=2026-12-01 moves to the HSM
    exportable: true
";
    let folder = Folder::of(&[("keys.yaml", document)]);
    let page = page(folder.path());
    let row = "<td>platform team</td><td>2026-12-01</td>";
    assert!(page.contains(row), "{page}");
}

#[test]
fn the_page_makes_no_request() {
    for example in ["storm-0558", "payments", "terraform"] {
        let page = page(&root().join("examples").join(example));
        for part in [
            "src=", "<link", "@import", "url(", "<iframe", "<img", "fetch(",
        ] {
            assert!(!page.contains(part), "{example}: {part}");
        }
        assert!(page.contains("default-src 'none'"), "{page}");
        let links = page
            .match_indices("href=\"")
            .map(|(at, start)| &page[at + start.len()..]);
        assert!(links.into_iter().all(|link| link.starts_with('#')));
    }
}

#[test]
fn nothing_in_a_document_is_markup_on_the_page() {
    let folder = Folder::new();
    let nasty =
        "</script><script>alert(1)</script><img src=x onerror=alert(1)>\\\" onload=\\\"x ]]> -->";
    folder.write(
        "a.yaml",
        format!(
            "palisade: v1\nzones:\n  \"z{nasty}\": {{ internet: both, clearance: public, owner: \"o{nasty}\" }}\nworkloads:\n  \
             \"w{nasty}\": {{ zone: \"z{nasty}\", dump: full, uses: [k] }}\nkeyStores:\n  s: {{ zone: \"z{nasty}\", custody: file }}\nkeys:\n  \
             k: {{ store: s, level: secret, kind: private, owner: \"o{nasty}\" }}\nartifacts:\n  d: {{ kind: crash-dump, from: \"w{nasty}\" }}\n"
        ),
    );
    folder.write("palisade.yaml", "");
    let page = page(folder.path());
    assert!(page.contains("alert(1)"), "{page}");
    assert_eq!(page.matches("<script>").count(), 1, "{page}");
    assert!(!page.contains("<img"), "{page}");
    assert!(!page.contains("\" onload="), "{page}");
    let svg = run_in(folder.path(), &["graph"], b"").stdout;
    roxmltree::Document::parse(&svg).expect("well-formed XML");
    assert!(!svg.contains("<script") && !svg.contains("<img"), "{svg}");
}

#[test]
fn ten_thousand_findings_are_a_page_that_opens() {
    let mut document = "palisade: v1\nzones: { z: { } }\nkeyStores:\n".to_owned();
    for at in 0..900 {
        document += &format!("  s{at}: {{ zone: z, custody: file, publicAccess: true }}\n");
    }
    document += "keys:\n";
    for at in 0..900 {
        document += &format!(
            "  k{at}: {{ store: s{at}, kind: private, purposes: [token-signing], level: secret, rotation: none }}\n"
        );
    }
    let folder = Folder::of(&[("a.yaml", &document), ("palisade.yaml", "")]);
    let report = folder.check(&[]);
    let findings = report.json["findings"].as_array().expect("findings").len();
    assert!(findings > 9_000, "{findings}");
    let start = Instant::now();
    let page = page(folder.path());
    assert!(page.len() < 5_000_000, "{} bytes", page.len());
    // Three seconds in a release.
    assert!(start.elapsed().as_secs() < 120, "{:?}", start.elapsed());
}

#[test]
fn a_standard_is_a_table_by_clause() {
    let here = root().join("examples/storm-0558");
    let all = [
        "rules",
        "--matrix",
        "profile:nist-800-57",
        "--format",
        "csv",
    ];
    let run = run_in(&here, &all, b"");
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    let mut lines = run.stdout.lines();
    assert_eq!(lines.next(), Some("clause,rule,severity"));
    assert!(run.stdout.contains(",key-cryptoperiod,"), "{}", run.stdout);
    let all = [&all[..], &["--check", ".", "--now", NOW]].concat();
    let run = run_in(&here, &all, b"");
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    let row = run
        .stdout
        .lines()
        .find(|line| line.contains(",key-cryptoperiod,"));
    let row: Vec<&str> = row.expect("a row").rsplit(',').collect();
    // Result, asked, broken, undetermined, waived: as many findings as the check has.
    let report = support::check_in(&here, &["--select", "key-cryptoperiod"]);
    let found = |verdict: &str| {
        let all = report.findings().iter();
        all.filter(|it| it["verdict"] == verdict)
            .count()
            .to_string()
    };
    let asked = report.json["summary"]["decisions"].to_string();
    let expected = [
        "broken",
        &asked,
        &found("violation"),
        &found("undetermined"),
        "0",
    ];
    assert_eq!(row[..5].iter().rev().copied().collect::<Vec<_>>(), expected);
    let table = run_in(
        &here,
        &["rules", "--matrix", "pci-dss", "--format", "markdown"],
        b"",
    )
    .stdout;
    assert!(
        table.starts_with("# PCI DSS\n\n| clause | rule | severity |\n"),
        "{table}"
    );
    let run = run_in(&here, &["rules", "--matrix", "profile:pci-ds"], b"");
    assert_eq!(run.code, 2);
    assert!(
        run.stderr.contains("did you mean `profile:pci-dss`?"),
        "{}",
        run.stderr
    );
}
