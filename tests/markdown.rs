//! Documents in fences of Markdown pages, seen from outside.
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

#[path = "support/random.rs"]
mod random;

use std::process::Command;

use palisade::check::{CheckInput, Project, check};
use palisade::finding::Outcome;
use palisade::source::{Candidate, Found, Label, Origin};
use proptest::prelude::*;

/// Checks texts as if they were files that were found in a folder.
fn found(files: &[(&str, &str)]) -> Outcome {
    run(files, false)
}

/// Checks one text as if it were a file that was named.
fn named(name: &str, text: &str) -> Outcome {
    run(&[(name, text)], true)
}

fn run(files: &[(&str, &str)], named: bool) -> Outcome {
    let candidates = files.iter().map(|(name, text)| Candidate {
        name: (*name).to_owned(),
        named,
        origin: Origin::Memory(text.as_bytes().to_vec()),
    });
    check(job(candidates.collect(), Vec::new()))
}

fn candidate(name: &str, text: &str) -> Candidate {
    Candidate {
        name: name.to_owned(),
        named: false,
        origin: Origin::Memory(text.as_bytes().to_vec()),
    }
}

fn job(candidates: Vec<Candidate>, policies: Vec<Candidate>) -> CheckInput {
    let found = Found {
        candidates,
        ..Found::default()
    };
    CheckInput {
        roots: vec![Project {
            found,
            policies,
            ..Project::default()
        }],
        now: 1_750_000_000_000,
        ..CheckInput::default()
    }
}

/// Something that was said: what, and each place with what it underlines there.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Said {
    what: String,
    places: Vec<Place>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Place {
    start: (usize, usize),
    end: (usize, usize),
    underlined: String,
    text: String,
}

/// All that was said, in order of the report.
fn said(outcome: &Outcome) -> Vec<Said> {
    let files = &outcome.files;
    let place = |label: &Label| {
        let (start, end) = (files.start(label.span), files.end(label.span));
        Place {
            start: (start.line, start.column),
            end: (end.line, end.column),
            underlined: files.slice(label.span).to_owned(),
            text: label.text.clone(),
        }
    };
    let findings = outcome.findings.iter().map(|finding| Said {
        what: format!("{}: {}", finding.rule.id, finding.message),
        places: std::iter::once(&finding.primary)
            .chain(&finding.related)
            .map(place)
            .collect(),
    });
    let problems = outcome.problems.iter().map(|problem| Said {
        what: format!("{}: {}", problem.code, problem.message),
        places: problem.labels.iter().map(place).collect(),
    });
    findings.chain(problems).collect()
}

/// The first place of each problem, as `code line:column ‹underlined›`.
fn problems(outcome: &Outcome) -> Vec<String> {
    let files = &outcome.files;
    let line = |code: &str, label: &Label| {
        let at = files.start(label.span);
        let underlined = files.slice(label.span);
        format!("{code} {}:{} ‹{underlined}›", at.line, at.column)
    };
    let problems = outcome.problems.iter();
    problems
        .map(|problem| line(problem.code.name(), &problem.labels[0]))
        .collect()
}

#[test]
fn spans_point_into_the_page_however_the_fence_is_nested() {
    let cases = [
        (
            "plain",
            "# A\n\n```yaml\npalisade: v1\nzones: { a: { internet: maybe } }\n```\n",
            "5:25",
        ),
        (
            "tildes, upper case, attributes",
            "~~~~ YML {palisade}\nzones: { a: { internet: maybe } }\n~~~~\n",
            "2:25",
        ),
        (
            "indented, some lines less so",
            "   ```yaml palisade\n zones:\n    a:\n      internet: maybe\n   ```\n",
            "4:17",
        ),
        (
            "in a list item",
            "- text\n\n  ```yaml palisade\n  zones:\n    a: { internet: maybe }\n  ```\n",
            "5:20",
        ),
        (
            "in a numbered item, at once",
            "10. ```yaml palisade\n    zones:\n      a: { internet: maybe }\n    ```\n",
            "3:22",
        ),
        (
            "in a quote, with and without spaces",
            "> ```yaml palisade\n>zones:\n>   a: { internet: maybe }\n> ```\n",
            "3:20",
        ),
        (
            "in a list item in a quote",
            "> - text\n>   ```yaml palisade\n>   zones:\n>     a: { internet: maybe }\n>   ```\n",
            "4:22",
        ),
        (
            "in a quote in a list item",
            "1. text\n   > ```yaml palisade\n   > zones:\n   >   a: { internet: maybe }\n   > ```\n",
            "4:23",
        ),
        (
            "indented by tabs",
            "-\ttext\n\n\t```yaml palisade\n\tzones:\n\t  a: { internet: maybe }\n\t```\n",
            "5:19",
        ),
        (
            "a tab, part of which is content",
            "- ```yaml palisade\n  zones:\n\ta: { internet: maybe }\n  ```\n",
            "3:17",
        ),
        (
            "lines that end as on Windows",
            "# A\r\n\r\n> ```yaml palisade\r\n> zones:\r\n>   a: { internet: maybe }\r\n> ```\r\n",
            "5:20",
        ),
        (
            "behind a byte order mark",
            "\u{feff}```yaml palisade\nzones: { a: { internet: maybe } }\n```\n",
            "2:25",
        ),
        (
            "behind other characters",
            "Schlüsselübergabe 🔑\n\n> ```yaml palisade\n> zones: { ä🔑: { internet: maybe } }\n> ```\n",
            "4:28",
        ),
        (
            "in a footnote",
            "See[^1].\n\n[^1]: Here:\n\n    ```yaml palisade\n    zones: { a: { internet: maybe } }\n    ```\n",
            "6:29",
        ),
        (
            "closed by the end of the file without a line break",
            "```yaml palisade\nzones: { a: { internet: maybe } }\n```",
            "2:25",
        ),
        (
            "in a document that is indented as a whole",
            "```yaml\n  # why\n  palisade: v1\n  zones: { a: { internet: maybe } }\n```\n",
            "4:27",
        ),
    ];
    for (name, page, place) in cases {
        let outcome = found(&[("page.md", page)]);
        let expected = format!("wrong-value {place} ‹maybe›");
        assert_eq!(problems(&outcome), [expected], "{name}");
    }
}

#[test]
fn several_documents_comments_and_aliases_are_read_inside_a_quote() {
    let page = "\
Prose.

> ```yaml
> palisade: v1
> zones: &zones   # shared
>   a: &a { internet: maybe }
>   b: *a
>   c:
>     <<: *a
>     environment: nowhere
> ---
> palisade: v1
> workloads:
>   w: { zone: a, dump: |-
>          full }
> ```

```yaml palisade
zones: { d: &a { internet: later }, e: *a }
```
";
    let outcome = found(&[("page.md", page)]);
    assert_eq!(
        problems(&outcome)
            .iter()
            .filter(|problem| problem.starts_with("wrong-value"))
            .collect::<Vec<_>>(),
        [
            "wrong-value 6:23 ‹maybe›",
            "wrong-value 10:20 ‹nowhere›",
            "wrong-value 19:28 ‹later›",
        ]
    );
    // Each use is named, on the page too.
    let files = &outcome.files;
    let mut uses: Vec<_> = outcome
        .problems
        .iter()
        .flat_map(|problem| {
            problem
                .labels
                .iter()
                .filter(|label| label.text == "used here")
        })
        .map(|used| (files.start(used.span).line, files.slice(used.span)))
        .collect();
    uses.sort_unstable();
    assert_eq!(uses, [(7, "*a"), (9, "*a"), (19, "*a")]);
}

#[test]
fn a_bad_fence_does_not_hide_the_good_ones() {
    let page = "\
```yaml palisade
zones: { a: { internet: one } }
```

- ```yaml palisade
  zones: { b: [ }
  ```

```yaml palisade
zones: { c: { internet: two } }
```
";
    let outcome = found(&[("page.md", page)]);
    assert_eq!(
        problems(&outcome),
        [
            "yaml-syntax 6:15 ‹[›",
            "wrong-value 2:25 ‹one›",
            "wrong-value 10:25 ‹two›"
        ]
    );
    assert_eq!(outcome.summary.documents, 1);
}

#[test]
fn a_fence_that_is_not_closed_is_a_problem_and_the_next_one_is_read() {
    let page = "\
```yaml palisade
zones: { a: { internet: one } }

Then prose.

```mermaid
graph LR
```

```yaml palisade
zones: { b: { internet: two } }
```
";
    let outcome = found(&[("page.md", page)]);
    assert_eq!(
        problems(&outcome),
        [
            "unclosed-fence 1:1 ‹```yaml palisade›",
            "wrong-value 11:25 ‹two›"
        ]
    );

    // One that was not meant to be a document takes in one that was.
    let page = "```mermaid\ngraph LR\n\n```yaml palisade\nzones: { a: { internet: one } }\n```\n";
    let outcome = found(&[("page.md", page)]);
    assert_eq!(
        problems(&outcome),
        ["unclosed-fence 1:1 ‹```mermaid›", "wrong-value 5:25 ‹one›"]
    );

    // To the end of the page, and of a quote.
    for page in [
        "```yaml palisade\nzones: { a: {} }\n",
        "```yaml palisade",
        "> ```yaml palisade\n> zones: { a: {} }\n\nProse.\n",
    ] {
        let outcome = found(&[("page.md", page)]);
        let expected = format!(
            "unclosed-fence 1:{} ‹```yaml palisade›",
            page.find('`').unwrap() + 1
        );
        assert_eq!(problems(&outcome), [expected], "{page}");
        assert_eq!(outcome.exit_code(), 3);
    }
}

#[test]
fn a_fence_that_does_not_say_yaml_is_a_problem_if_it_was_meant_to() {
    for info in ["", "yalm", "yml1", "palisade", "toml palisade"] {
        let page = format!("```{info}\npalisade: v1\nzones: {{ a: {{}} }}\n```\n");
        let outcome = found(&[("page.md", &page)]);
        let expected = match info {
            // Its only word is a language.
            "palisade" => continue,
            _ => format!("fence-language 1:1 ‹```{info}›"),
        };
        assert_eq!(problems(&outcome), [expected]);
        assert!(outcome.problems[0].help.is_some());
    }
    let outcome = found(&[("page.md", "```palisade\nzones: {}\n```\n")]);
    assert_eq!(problems(&outcome), ["fence-language 1:1 ‹```palisade›"]);
}

#[test]
fn what_markdown_does_not_read_as_a_fence_is_a_problem_if_it_was_meant_to_be_one() {
    let fence = "```yaml palisade\nzones: { a: { internet: one } }\n```\n";
    let deep: String = fence
        .lines()
        .map(|line| format!("      {line}\n"))
        .collect();
    for (page, place) in [
        (format!("<details>\n{fence}</details>\n"), "2:1"),
        (format!("Text\n\n{deep}"), "3:7"),
        (format!("- Text\n{deep}"), "2:7"),
        (
            format!("> ```yaml palisade\n> zones: {{}}\n> ```\n\n{deep}"),
            "5:7",
        ),
    ] {
        let outcome = found(&[("page.md", &page)]);
        let problems = problems(&outcome);
        let expected = format!("no-fence {place} ‹```yaml palisade›");
        assert!(problems.contains(&expected), "{page}\n{problems:?}");
    }
}

#[test]
fn a_page_without_a_document_is_counted_unless_it_is_named() {
    let pages = [
        "# Only prose\n",
        "palisade: v1\n\nA line of prose that starts with palisade: it is none.\n",
        "```text\npalisade: v1\n```\n\n```python\n{ \"palisade\": \"v1\" }\n```\n",
        "```yaml\nname: x\n# palisade: v1\n```\n\n```yaml\nx:\n  palisade: v1\n```\n",
        "````markdown\n```yaml palisade\nzones: {}\n```\n````\n",
        "<!--\n```yaml palisade\nzones: {}\n```\n-->\n",
        "Write ```` ```yaml palisade ````, and `palisade: v1`.\n",
        "```console\n$ palisade check .\n```\n",
        "",
    ];
    for page in pages {
        let outcome = found(&[("page.md", page)]);
        assert_eq!(problems(&outcome), [""; 0], "{page}");
        assert_eq!(
            (
                outcome.summary.ledger.not_ours().count(),
                outcome.summary.documents
            ),
            (1, 0)
        );
        for name in ["page.md", "page.markdown"] {
            let outcome = named(name, page);
            assert_eq!(problems(&outcome), ["empty-document 1:1 ‹›"], "{page}");
            assert!(
                outcome.problems[0]
                    .help
                    .as_ref()
                    .unwrap()
                    .contains("yaml palisade")
            );
        }
    }
}

#[test]
fn an_empty_fence_is_a_problem_and_a_wrong_version_too() {
    let page = "```yaml palisade\n# later\n```\n\n```yaml\npalisade: v9\n```\n\n```yaml palisade\nv: 1\n```\n";
    let outcome = found(&[("page.md", page)]);
    assert_eq!(
        problems(&outcome),
        [
            "unknown-version 6:11 ‹v9›",
            "unknown-section 10:1 ‹v›",
            "empty-document 1:1 ‹```yaml palisade›",
        ]
    );
}

#[test]
fn an_id_in_two_fences_is_a_problem_with_both_places() {
    let zone = "```yaml palisade\nzones: { a: { clearance: secret } }\n```\n";
    let outcome = found(&[(
        "page.md",
        &format!("{zone}\nProse.\n\n> {}", zone.replace('\n', "\n> ")),
    )]);
    let said: Vec<_> = said(&outcome)
        .into_iter()
        .filter(|said| said.what.starts_with("duplicate-id"))
        .flat_map(|said| said.places)
        .map(|place| (place.start, place.underlined))
        .collect();
    assert_eq!(said, [((8, 12), "a".to_owned()), ((2, 10), "a".to_owned())]);
}

#[test]
fn fences_of_pages_and_other_files_describe_one_system() {
    let page = "```yaml palisade\nkeys: { k: { store: s, kind: private, purposes: [token-signing] } }\n```\n";
    let yaml = "palisade: v1\nzones: { z: { clearance: secret } }\nkeyStores: { s: { zone: z, custody: file } }\n";
    let outcome = found(&[("page.md", page), ("stores.yaml", yaml)]);
    assert_eq!(problems(&outcome), [""; 0]);
    let finding = outcome
        .findings
        .iter()
        .find(|finding| finding.rule.id == "key-signing-hsm")
        .unwrap();
    let underlined: Vec<_> = std::iter::once(&finding.primary)
        .chain(&finding.related)
        .map(|label| outcome.files.slice(label.span))
        .collect();
    assert_eq!(underlined, ["file", "token-signing", "private", "s"]);
}

#[test]
fn policies_know_the_format() {
    let rule = "@id(\"no-pages\")\n@title(\"design pages declare nothing\")\n@severity(\"low\")\n\
                forbid(principal is Zone, action == Action::\"declare\", resource is Document)\n\
                when { resource.format == \"markdown\" };\n";
    let page = "```yaml palisade\nzones: { a: { clearance: secret } }\n```\n";
    let mut job = job(
        vec![candidate("page.md", page)],
        vec![candidate("no-pages.cedar", rule)],
    );
    job.select = vec!["no-pages".to_owned(), "zone-level-declared".to_owned()];
    let outcome = check(job);
    let rules: Vec<_> = outcome
        .findings
        .iter()
        .map(|f| f.rule.id.as_str())
        .collect();
    assert_eq!(rules, ["no-pages"]);
}

#[test]
fn a_page_that_is_no_text_is_a_problem() {
    let mut page = b"```yaml palisade\nzones: {}\n```\n".to_vec();
    page.push(0xff);
    let candidate = Candidate {
        name: "page.md".to_owned(),
        named: false,
        origin: Origin::Memory(page),
    };
    let outcome = check(job(vec![candidate], Vec::new()));
    assert_eq!(problems(&outcome), ["not-utf-8 4:1 ‹›"]);
}

#[test]
fn the_command_line_reports_places_on_the_page() {
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("page.md");
    std::fs::write(
        &page,
        "# Ü\n\n> ```yaml palisade\n> zones: { ü: { kind: network } }\n> ```\n",
    )
    .unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_palisade"))
        .args(["check", "--format", "json", "--now", "2025-06-01"])
        .arg(&page)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let text = report.to_string();
    assert!(
        text.contains(r#""start":{"line":4,"column":12,"byte":36}"#),
        "{text}"
    );
    assert!(
        text.contains(r#""end":{"line":4,"column":13,"byte":38}"#),
        "{text}"
    );
}

#[test]
fn the_time_grows_with_the_size_of_the_page() {
    // Each of these is slow where something is done again for every line, fence or level.
    let fence = "```yaml palisade\nzones: { a: { internet: maybe } }\n```\n\n";
    let pages = [
        fence.repeat(5_000),
        "```yaml palisade\n```\n".repeat(5_000),
        "```yaml palisade\n".repeat(20_000),
        format!("<p>\n{}", "```yaml palisade\n".repeat(20_000)),
        format!("{}palisade", ">".repeat(200_000)),
        format!("{}palisade", "- ".repeat(100_000)),
        format!("palisade {}", "[".repeat(200_000)),
        format!("palisade {}", "*a _b ".repeat(50_000)),
        format!("palisade {}", "<!-- ".repeat(50_000)),
    ];
    for page in pages {
        let mut job = job(vec![candidate("page.md", &page)], Vec::new());
        // A debug build asks each rule anew for each entity: one shows what the page costs.
        job.select = vec!["zone-level-declared".to_owned()];
        let start = std::time::Instant::now();
        check(job);
        let took = start.elapsed();
        let shown: String = page.chars().take(30).collect();
        assert!(took.as_secs() < 30, "{took:?} for {shown:?}");
    }
}

/// What nests a fence, from the outside in.
#[derive(Debug, Clone, Copy)]
enum Nest {
    Quote,
    TightQuote,
    Item,
    Numbered,
    Indent(usize),
}

impl Nest {
    /// What stands before the first line, and before each further one.
    fn prefixes(self) -> (String, String) {
        match self {
            Self::Quote => ("> ".into(), "> ".into()),
            Self::TightQuote => (">".into(), ">".into()),
            Self::Item => ("- ".into(), "  ".into()),
            Self::Numbered => ("17) ".into(), "    ".into()),
            Self::Indent(by) => (" ".repeat(by), " ".repeat(by)),
        }
    }
}

/// How a document is put into a page.
#[derive(Debug, Clone)]
struct Page {
    before: Vec<&'static str>,
    nests: Vec<Nest>,
    windows: bool,
    mark: bool,
}

/// The page, with how many lines are before the document and how many characters before each of
/// its lines.
fn embed(document: &str, page: &Page) -> (String, usize, Vec<usize>) {
    let (first, further): (Vec<_>, Vec<_>) = page.nests.iter().map(|nest| nest.prefixes()).unzip();
    let (first, further) = (first.concat(), further.concat());
    let mut lines: Vec<String> = page.before.iter().map(|line| (*line).to_owned()).collect();
    lines.push(String::new());
    lines.push(format!("{first}~~~yaml palisade"));
    let before = lines.len();
    let prefix = |line: &str| {
        // A quote takes a blank that follows it for its own.
        let tight = further.ends_with('>') && line.starts_with([' ', '\t']);
        format!("{further}{}", if tight { " " } else { "" })
    };
    let columns = document.lines().map(|line| prefix(line).len()).collect();
    lines.extend(document.lines().map(|line| prefix(line) + line));
    lines.push(format!("{further}~~~"));
    lines.push("\nProse.\n".to_owned());
    let mut text = lines.join(if page.windows { "\r\n" } else { "\n" });
    if page.mark {
        text.insert(0, '\u{feff}');
    }
    (text, before, columns)
}

fn nest() -> impl Strategy<Value = Nest> {
    prop_oneof![Just(Nest::Quote), Just(Nest::Item), Just(Nest::Numbered),]
}

/// A quote without spaces, or an indentation, can only be the innermost.
fn innermost() -> impl Strategy<Value = Option<Nest>> {
    prop_oneof![
        Just(None),
        Just(Some(Nest::TightQuote)),
        (1..4_usize).prop_map(|by| Some(Nest::Indent(by))),
    ]
}

fn page() -> impl Strategy<Value = Page> {
    let prose = prop::sample::select(vec![
        "# Ü 🔑",
        "",
        "| a | b |",
        "|---|---|",
        "palisade: v1",
        "<p>",
        "</p>",
        "`code` *and*",
    ]);
    (
        prop::collection::vec(prose, 0..5),
        prop::collection::vec(nest(), 0..4),
        innermost(),
        any::<bool>(),
        any::<bool>(),
    )
        .prop_map(|(before, mut nests, innermost, windows, mark)| {
            nests.extend(innermost);
            Page {
                before,
                nests,
                windows,
                mark,
            }
        })
}

/// Documents, good and bad, of parts that together use all of YAML.
fn document() -> impl Strategy<Value = String> {
    let parts = vec![
        "zones:\n  z: &z { kind: network, clearance: secret }\n  y: *z\n",
        "zones:\n  x:\n    kind: network\n    internet: maybe\n  w:\n    internet:\n",
        "keyStores:\n  s: &s\n    zone: z   # där\n    custody: file\n  t:\n    <<: *s\n    custody: hsm\n",
        "keys:\n  k: { store: s, kind: private,\n       purposes: [token-signing,\n         tls], exportable: true }\n",
        "keys:\n  ü🔑:\n    store: nowhere\n    description: |\n      several\n\n      lines\n    level: 'secret'\n",
        "keys:\n  l:\n    store: s\n    description: >-\n\n      folded\n      text\n    rotation: \"man\\u0075al\"\n",
        "workloads:\n  w:\n    zone: z\n    uses:\n    - k\n    - \"k\n\n      l\"\n    dump: full\n",
        "verifiers:\n  v: { realm: enterprise, trusts: [k, unknown], checks: }\n",
        "zones: { }\nzones: []\n",
        "  bad: [\n",
        "\tbad: tab\n",
        "bad: {{ template }}\n",
        "bad: \"not closed\n",
        "a: &a [*a, *b]\n",
        "# nothing\n\n",
        "---\npalisade: v1\n",
        "...\n---\npalisade: v2\n",
        "text\n",
        "? [a]\n: !tag b\n",
    ];
    let parts = prop::collection::vec(prop::sample::select(parts), 1..6);
    parts.prop_map(|parts| format!("palisade: v1\n{}", parts.concat()))
}

proptest! {
    #![proptest_config(random::tries(128, None))]

    #[test]
    fn a_document_is_judged_the_same_on_a_page((document, page) in (document(), page())) {
        let alone = found(&[("d.yaml", &document)]);
        let (text, lines, columns) = embed(&document, &page);
        let on_page = found(&[("d.md", &text)]);
        let moved = |(line, column): (usize, usize)| (line + lines, column + columns[line - 1]);
        let expected: Vec<_> = said(&alone).into_iter().map(|mut said| {
            for place in &mut said.places {
                // What concerns the whole file is at its start.
                if (place.start, place.end) != ((1, 1), (1, 1)) {
                    place.start = moved(place.start);
                    place.end = moved(place.end);
                }
            }
            said
        }).collect();
        let mut actual = said(&on_page);
        for (expected, actual) in expected.iter().zip(&mut actual) {
            for (expected, actual) in expected.places.iter().zip(&mut actual.places) {
                // Further lines begin with what nests them.
                let line = |place: &Place| place.underlined.lines().next().map(str::to_owned);
                if expected.underlined.contains('\n') {
                    prop_assert_eq!(line(expected), line(actual));
                    actual.underlined.clone_from(&expected.underlined);
                }
            }
        }
        prop_assert_eq!(expected, actual, "{}", text);
    }

    #[test]
    fn any_text_is_read_with_spans_inside_it(text in anything()) {
        let outcome = named("d.md", &text);
        let labels = outcome.problems.iter().flat_map(|problem| &problem.labels);
        let primary = outcome.findings.iter().map(|finding| &finding.primary);
        for label in labels.chain(primary) {
            let place = outcome.files.locate(label.span);
            for span in [Some(place.span), place.used_at].into_iter().flatten() {
                let text = outcome.files.get(span.file).text();
                prop_assert!(text.get(span.range()).is_some(), "{:?} in {:?}", span, text);
            }
        }
    }
}

/// Texts of what matters to Markdown and to YAML.
fn anything() -> impl Strategy<Value = String> {
    let parts = vec![
        "```",
        "````",
        "~~~",
        "yaml",
        " palisade",
        "\n",
        "\n\n",
        "\r\n",
        "\r",
        "> ",
        ">",
        "- ",
        "1. ",
        " ",
        "    ",
        "\t",
        "palisade: v1\n",
        "zones:\n",
        "  a: {}\n",
        "a: &x { b: *y }\n",
        "*x",
        "<<: *x\n",
        "---\n",
        "\u{feff}",
        "ü",
        "\0",
        "<p>\n",
        "<!--",
        "-->",
        "[^1]: ",
        "|\n",
        "```yaml palisade\n",
        "\n```\n",
        "{{",
        "\"",
        ": ",
    ];
    prop::collection::vec(prop::sample::select(parts), 0..40).prop_map(|parts| parts.concat())
}
