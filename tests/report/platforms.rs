//! Reports for platforms: what a document says is shown and never acted on, and no report is more
//! than its platform takes.

use std::sync::Arc;

use palisade::finding::{Change, Comparison, Hop, Outcome, Severity, Verdict, Waived};
use palisade::report::{REPORTERS, Style};
use palisade::source::{Code, FileId, Label, Problem, Span};
use proptest::prelude::*;
use pulldown_cmark::{Event, Tag};
use serde_json::Value as Json;

use super::build::{Texts, render, rule, violation};
use super::support::platform::{commands, errors};
use super::support::random;

const TEXT: &str = "palisade: v1\nzones: { z: {} }\n";

/// An outcome that says `text` wherever a document or a rule of one's own can say something.
fn says(text: &str) -> Outcome {
    let texts = Texts::new(&[("a.yaml", TEXT)]);
    let label = |at: u32| Label {
        span: Span::new(FileId(0), at, at + 5),
        text: text.to_owned(),
    };
    let mut rule = rule("rule", Severity::High, Span::file_start(FileId(0)));
    rule.built_in = false;
    rule.title = text.to_owned();
    rule.help = Some(text.to_owned());
    rule.references = vec![text.to_owned()];
    let mut finding = violation(rule, text, label(13));
    finding.identity.principal = text.to_owned();
    finding.related = vec![label(0), label(20)];
    finding.clauses = vec![label(5)];
    finding.way_out = Some(text.to_owned());
    finding.passes_if = Some(text.to_owned());
    finding.path = vec![Hop {
        from: Some(text.to_owned()),
        to: text.to_owned(),
        by: text.to_owned(),
        via: None,
        span: label(13).span,
        removed: vec![text.to_owned()],
        added: vec![text.to_owned()],
        skipped: 2,
    }];
    let mut open = finding.clone();
    open.verdict = Verdict::Undetermined;
    open.fails = false;
    let mut outcome = texts.outcome(vec![finding, open]);
    let mut compared = outcome.findings.clone().into_iter();
    outcome.gone = compared.by_ref().take(1).collect();
    outcome.unchanged = compared
        .map(|finding| finding.marked(Change::Unchanged))
        .collect();
    for finding in &mut outcome.findings {
        finding.change = Some(Change::New);
        finding.effect = Some(text.to_owned());
    }
    outcome.waived = outcome
        .findings
        .iter()
        .cloned()
        .map(|finding| Waived {
            finding,
            until: "2027-01-31".to_owned(),
            reason: text.to_owned(),
            in_source: true,
            owner: Some(text.to_owned()),
            span: label(0).span,
        })
        .collect();
    outcome.comparison = Some(Comparison {
        base: text.to_owned(),
        differing: 1,
        problems: 1,
        ..Comparison::default()
    });
    let problem = Problem::input(Code::WrongValue, text).help(text);
    outcome.problems = vec![problem.clone().at(label(0).span, text), problem];
    outcome
}

/// A style that leaves nothing out.
fn everything() -> Style {
    Style {
        waived: true,
        ..Style::default()
    }
}

/// Texts that mean something to a platform.
const HOSTILE: [&str; 18] = [
    "",
    "\u{1b}[31mred\u{0}\u{7}\u{9b}",
    "a\r\n::error title=forged::b\n::set-env name=PATH::/tmp",
    "100%0A%25",
    "a,file=b.yaml,line=1::c",
    "</failure></testcase>]]><!-- & -->\"'\u{fffe}\u{ffff}",
    "[click](1) [here](https://example.org) ![x](y)",
    "\\](1)\\",
    "@somebody and @some/team, see #12, !34, org/repository#5, %6, &7, ~bug, $x^2$",
    "| a | b |\n|---|---|\n| `c | d` | e\\|f |",
    "`` ` ``` code ` ``",
    "`a``<b>` ` ` `@c```<d>` [e](f)",
    "*a* _b_ **c** ~~d~~ ^e^ [^1] $f$ <https://x.org> &amp; ==g==\\",
    "<script>alert(1)</script><details><summary>x</summary><!--",
    "</details>\n\n# heading\n\n- item\n1. item\n> quote\n```\nfence",
    "https://example.org www.example.org mail@example.org",
    "\u{202e}backwards\u{200b}\u{e0041}",
    "é漢👩‍💻 {0} {{",
];

#[test]
fn whatever_is_said_every_platform_takes_the_report() {
    for text in HOSTILE {
        let outcome = says(text);
        for reporter in REPORTERS {
            let report = render(reporter.name, &outcome, &everything());
            assert_eq!(errors(reporter.name, &report), [""; 0], "{text:?}");
        }
    }
}

#[test]
fn each_format_escapes_what_means_something_to_it() {
    // A format, what is said, and what the report has.
    let cases = [
        ("github", "a\r\n::b", "::a ::b"),
        ("github", "100%0A", "::100%250A"),
        ("junit", "]]>", "]]&gt;"),
        ("junit", "a\"b<c&d'", "a&quot;b&lt;c&amp;d'"),
        ("junit", "\u{0}\u{fffe}", r"\u{0}\u{fffe}"),
        ("sarif", "[a](1)", r"\\[a\\](1)"),
        ("sarif", "\u{1b}", r"\\u{1b}"),
        ("sarif", r"a\", r"[a\\\\](1)"),
        ("gitlab", "\u{1b}\"", r#"\\u{1b}\""#),
        ("rdjson", "\u{1b}\"", r#"\\u{1b}\""#),
        ("markdown", "@somebody", r"\@<!-- -->somebody"),
        ("markdown", "see #12", r"see \#<!-- -->12"),
        ("markdown", "<b>x</b>", r"\<b\>x\</b\>"),
        ("markdown", "a | b", "a &#124; b"),
        ("markdown", "`a | b`", "<code>a &#124; b</code>"),
        ("markdown", "`a` and `b", r"`a` and \`b"),
        ("markdown", "[a](b)", r"\[a\](b)"),
        ("markdown", "https://x.org", "https:<!-- -->//x.org"),
        ("markdown", "www.x.org", "www<!-- -->.x.org"),
        ("markdown", "- a", r"- \- a"),
        ("markdown", "1. a", r"- 1\. a"),
    ];
    for (format, text, expected) in cases {
        let report = render(format, &says(text), &Style::default());
        assert!(report.contains(expected), "{format}, {text:?}: {report}");
    }
}

#[test]
fn the_runner_of_github_reads_what_was_written() {
    for text in HOSTILE {
        let mut outcome = says(text);
        outcome.findings.truncate(1);
        Arc::make_mut(&mut outcome.findings[0].rule).id = format!("a:{text},b");
        let style = Style {
            paths: [("a.yaml".to_owned(), "odd, 100%: name\n.yaml".to_owned())].into(),
            ..everything()
        };
        let report = render("github", &outcome, &style);
        let commands = commands(&report);
        // Two problems, a finding and two that are waived, whatever is said.
        assert_eq!(commands.len(), 5, "{report}");
        let (level, properties, _) = &commands[2];
        assert_eq!(level, "error");
        let names: Vec<_> = properties.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(
            names,
            ["file", "line", "endLine", "col", "endColumn", "title"]
        );
        assert_eq!(properties[0].1, "odd, 100%: name\n.yaml");
        assert!(properties[5].1.starts_with("high a:"), "{report}");
    }
}

/// What Markdown makes of a report: one heading, one table of four columns, lists, folded parts; and
/// nothing that a document says is more than text or code.
fn markdown_errors(report: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    let (mut headings, mut tables, mut folded) = (0, 0, 0);
    for event in pulldown_cmark::Parser::new_ext(report, pulldown_cmark::Options::all()) {
        match &event {
            Event::Start(Tag::Heading { .. }) => headings += 1,
            Event::Start(Tag::Table(columns)) if columns.len() == 4 => tables += 1,
            Event::Start(
                Tag::TableHead
                | Tag::TableRow
                | Tag::TableCell
                | Tag::Paragraph
                | Tag::List(None)
                | Tag::Item
                | Tag::Strong
                | Tag::HtmlBlock,
            ) => {}
            Event::End(_) | Event::Code(_) | Event::SoftBreak => {}
            Event::InlineHtml(html) if ["<!-- -->", "<code>", "</code>"].contains(&&**html) => {}
            Event::Html(html) => match html.trim() {
                "<!-- palisade report -->" => {}
                "</details>" => folded -= 1,
                html => {
                    folded += 1;
                    let summary = html.strip_prefix("<details><summary>");
                    let summary = summary.and_then(|html| html.strip_suffix("</summary>"));
                    let said = summary.map(|summary| summary.replace("<!-- -->", ""));
                    if said.is_none_or(|said| said.contains('<')) {
                        wrong.push(html.to_owned());
                    }
                }
            },
            // Platforms look for names and addresses in text, but not over the edge of a mark.
            Event::Text(text) => {
                let mut signs = text.match_indices(['@', '#', '!', '$', '%', '&', '~']);
                let before_name = |(at, _): (usize, &str)| {
                    text[at + 1..].starts_with(|c: char| c.is_ascii_alphanumeric())
                };
                if signs.any(before_name) || text.contains("://") || text.contains("www.") {
                    wrong.push(text.to_string());
                }
            }
            other => wrong.push(format!("{other:?}")),
        }
    }
    if (headings, tables, folded) != (1, 1, 0) {
        wrong.push(format!(
            "{headings} headings, {tables} tables, {folded} left open"
        ));
    }
    wrong
}

#[test]
fn nothing_in_markdown_is_more_than_text() {
    for text in HOSTILE {
        let report = render("markdown", &says(text), &everything());
        assert_eq!(markdown_errors(&report), [""; 0], "{text:?}: {report}");
    }
}

#[test]
fn what_is_said_comes_back_from_xml() {
    let report = render("junit", &says("a < b & \"c\" ]]> d"), &Style::default());
    let document = roxmltree::Document::parse(&report).expect("XML");
    let mut nodes = document.descendants();
    let failure = nodes
        .find(|node| node.has_tag_name("failure"))
        .expect("a failure");
    let message = failure.attribute("message").expect("a message");
    assert!(
        message.starts_with("a < b & \"c\" ]]> d (passes if"),
        "{message}"
    );
    let body = failure.text().expect("a text");
    assert!(
        body.contains("at a.yaml:2:1: a < b & \"c\" ]]> d\n"),
        "{body}"
    );
}

/// Places in each format's own units: code points, and bytes for reviewdog.
#[test]
fn columns_are_counted_as_each_platform_counts() {
    let text = "\u{feff}palisade: v1\nowner: é漢👩‍💻 here  \n";
    let texts = Texts::new(&[("é n:1.yaml", text)]);
    let label = texts.label("é n:1.yaml", "here  \n", "");
    let mut outcome = texts.outcome(vec![violation(
        rule("r", Severity::Low, Span::file_start(FileId(0))),
        "m",
        label,
    )]);
    let sarif: Json = serde_json::from_str(&render("sarif", &outcome, &Style::default())).unwrap();
    let place = &sarif["runs"][0]["results"][0]["locations"][0]["physicalLocation"];
    assert_eq!(sarif["runs"][0]["columnKind"], "unicodeCodePoints");
    assert_eq!(place["artifactLocation"]["uri"], "%C3%A9%20n%3A1.yaml");
    let region = serde_json::json!(
        { "startLine": 2, "startColumn": 14, "endLine": 2, "endColumn": 18 }
    );
    // White space at the end, and so the next line, is left out.
    assert_eq!(place["region"], region);
    let rdjson: Json =
        serde_json::from_str(&render("rdjson", &outcome, &Style::default())).unwrap();
    let range = &rdjson["diagnostics"][0]["location"]["range"];
    assert_eq!(
        range["start"],
        serde_json::json!({ "line": 2, "column": 25 })
    );
    assert_eq!(range["end"], serde_json::json!({ "line": 2, "column": 29 }));
    // The runner takes columns only of one line.
    outcome.findings[0].primary.span = Span::new(FileId(0), 3, 20);
    let github = render("github", &outcome, &Style::default());
    assert!(github.contains(",line=1,endLine=2,title="), "{github}");
}

proptest! {
    #![proptest_config(random::tries(128, None))]

    #[test]
    fn whatever_is_said_and_done_the_bytes_are_the_same_and_taken(
        text in "([a-z`|@#:%,\\[\\]()<>&\"'\\\\ \r\n\u{0}\u{1b}]|é|\u{fffe}|]]>|::|https://|www\\.){0,40}",
    ) {
        let outcome = says(&text);
        for reporter in REPORTERS {
            let report = render(reporter.name, &outcome, &everything());
            prop_assert_eq!(&report, &render(reporter.name, &says(&text), &everything()));
            prop_assert_eq!(errors(reporter.name, &report), [""; 0]);
            if reporter.name == "markdown" {
                prop_assert_eq!(markdown_errors(&report), [""; 0], "{}", report);
            }
        }
    }
}
