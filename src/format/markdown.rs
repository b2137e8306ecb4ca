//! Palisade's own documents in fences of Markdown pages: a design next to the prose about it.
//!
//! A fence of YAML or JSON is a document if the next word is `palisade`, or if its root mapping has the
//! key `palisade`; so is front matter that has it. A fence of another language is left alone, and so
//! is prose. What was meant to be such a fence and is none is a problem: no language, a misspelled
//! one, no end, sections without the key, or a place where Markdown has no fences. All fences of a
//! page are one file of the inventory; one that cannot be read does not keep the others from being
//! read.

use super::claim::{Claim, Doubt, claim};
use super::native::{Marker, Reader, document};
use super::{Format, Reading, remarks};
use crate::model::MARKER;
use crate::source::{Code, FileId, Problem, Span, closest};
use crate::syntax::{Fence, Fences, Limits, Stray, Syntax, fences, parse_fences};

pub(super) const MARKDOWN: Format = Format {
    name: "markdown",
    doc: "Palisade's own documents, in fences of Markdown.",
    extensions: &["md", "markdown", "mdx"],
    claims: claims_markdown,
    read: read_file,
};

/// How to write a fence.
const HOW: &str = "write the document between a line of three backticks, followed by `yaml \
                   palisade`, and a line of three backticks";

/// The languages that are YAML, or that YAML reads.
const LANGUAGES: [&str; 4] = ["yaml", "yml", "json", "jsonc"];

/// Whether there is a fence that is, or was meant to be, a document.
fn claims_markdown(text: &[u8]) -> Claim {
    let words = [
        "yaml", "YAML", "Yaml", "yml", "YML", "json", "JSON", MARKER.0,
    ];
    let has = |word: &str| memchr::memmem::find(text, word.as_bytes()).is_some();
    let text_start = text.strip_prefix("\u{feff}".as_bytes()).unwrap_or(text);
    if !text_start.starts_with(b"---") && !words.iter().any(|word| has(word)) {
        return Claim::None;
    }
    // What it is does not depend on the bytes that cannot be read.
    let text = String::from_utf8_lossy(text);
    let fences = fences(&text);
    let mut meant = fences.fences.iter().map(|fence| meant(&fences, fence));
    if meant.any(|meant| meant != Meant::Nothing) || fences.strays.iter().any(is_stray) {
        return Claim::Document;
    }
    Claim::None
}

/// What a fence was meant to be.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Meant {
    /// No document.
    Nothing,
    /// A document that needs, or does not need, the marker.
    Document(Marker),
    /// A document, in a language that is none.
    Misnamed,
    /// A document, with a word that is not quite `palisade`.
    Misspelled,
    /// Perhaps a document.
    Doubtful(Doubt),
}

fn meant(fences: &Fences<'_>, fence: &Fence<'_>) -> Meant {
    let info = Info::of(fence.info);
    if info.is_yaml && info.is_named {
        return Meant::Document(Marker::Optional);
    }
    if info.is_named {
        return Meant::Misnamed;
    }
    if !info.is_yaml && !info.may_be_yaml {
        return Meant::Nothing;
    }
    match claim(Syntax::Yaml, fences.content(fence).as_bytes()) {
        Claim::Document if info.is_yaml => Meant::Document(Marker::Required),
        Claim::Document => Meant::Misnamed,
        _ if info.is_yaml && info.is_nearly_named => Meant::Misspelled,
        Claim::Doubtful(doubt) if info.is_yaml => Meant::Doubtful(doubt),
        _ => Meant::Nothing,
    }
}

/// What stands behind the characters that open a fence.
struct Info {
    is_yaml: bool,
    /// No language, or one that differs little from one that is YAML.
    may_be_yaml: bool,
    /// Whether it says that this is a document.
    is_named: bool,
    /// Whether it has a word that differs little from the one that says so.
    is_nearly_named: bool,
}

impl Info {
    fn of(info: &str) -> Self {
        let parts = |c: char| c.is_whitespace() || ",{}".contains(c);
        let words: Vec<_> = info.split(parts).filter(|word| !word.is_empty()).collect();
        // `text/yaml`, `yaml+jinja`, `yaml:shop.yaml`, `.yaml`.
        let first = words
            .first()
            .copied()
            .unwrap_or_default()
            .to_ascii_lowercase();
        let mut parts = first.split(|c: char| !c.is_ascii_alphanumeric());
        let is_yaml = parts.any(|part| LANGUAGES.contains(&part));
        let is = |word: &str| word.trim_matches('.').eq_ignore_ascii_case(MARKER.0);
        let is_near = |word: &str| {
            let word = word.to_ascii_lowercase();
            closest(&word, std::iter::once(MARKER.0)).is_some()
        };
        Self {
            is_yaml,
            may_be_yaml: first.is_empty() || closest(&first, LANGUAGES.into_iter()).is_some(),
            is_named: words.iter().any(|word| is(word)),
            is_nearly_named: words.iter().skip(1).any(|word| is_near(word)),
        }
    }
}

/// Whether what is no fence was meant to be a document.
fn is_stray(stray: &Stray<'_>) -> bool {
    let info = Info::of(stray.info);
    let nests = [' ', '\t', '>'];
    let mut lines = stray.content.lines();
    let mut marked = || {
        lines.any(|line| {
            let key = line.trim_start_matches(nests).strip_prefix(MARKER.0);
            key.is_some_and(|rest| rest.starts_with(':'))
        })
    };
    info.is_yaml && (info.is_named || marked())
}

fn read_file(file: FileId, name: &str, text: &str, limits: &Limits) -> Reading {
    let fences = fences(text);
    let mut problems = Vec::new();
    let mut chosen = Vec::new();
    for (at, fence) in fences.fences.iter().enumerate() {
        let opening = Span::new(file, fence.opening.start, fence.opening.end);
        match meant(&fences, fence) {
            Meant::Document(marker) if fence.closed => chosen.push((fence, marker)),
            Meant::Nothing => {
                // It takes in the opening of the next one, which is read all the same.
                let next = fences.fences.get(at + 1).filter(|_| !fence.closed);
                if next.is_some_and(|next| meant(&fences, next) != Meant::Nothing) {
                    problems.push(unclosed(opening, "opened here"));
                }
            }
            Meant::Document(_) => problems.push(unclosed(opening, "nothing in it is read")),
            Meant::Misspelled => {
                let message = format!(
                    "`{}` behind the characters of a fence is not `{}`",
                    fence.info, MARKER.0
                );
                problems.push(
                    Problem::input(Code::FenceLanguage, message)
                        .at(opening, "nothing in this fence is read")
                        .help(format!("did you mean `yaml {}`?", MARKER.0)),
                );
            }
            Meant::Doubtful(doubt) => {
                let base = fences.positions(fence).start;
                let at = Span::new(file, base + doubt.at.start, base + doubt.at.end);
                problems.push(
                    Problem::input(Code::UnmarkedDocument, doubt.message)
                        .at(at, "nothing in this fence is read")
                        .help(
                            "open the fence with `yaml palisade`; if it is not a document, with \
                             another language, such as `text`",
                        ),
                );
            }
            Meant::Misnamed => problems.push(
                Problem::input(
                    Code::FenceLanguage,
                    "a document is in a fence that is not `yaml`",
                )
                .at(opening, "nothing in this fence is read")
                .help(
                    "open it with `yaml palisade` behind the backticks; if it is no document, \
                     with the language that it is in",
                ),
            ),
        }
    }
    for stray in fences.strays.iter().filter(|stray| is_stray(stray)) {
        let opening = Span::new(file, stray.opening.start, stray.opening.end);
        problems.push(
            Problem::input(
                Code::NoFence,
                "this looks like a fence, and Markdown does not read it as one",
            )
            .at(opening, "nothing in it is read")
            .help(
                "indent it like the text around it, leave an empty line between HTML and it, \
                     and close the fence before it",
            ),
        );
    }
    let start = Span::file_start(file);
    let claimed = chosen.len() + problems.len() > 0;
    let (tree, unread) = parse_fences(
        file,
        &fences,
        chosen.iter().map(|(fence, _)| *fence),
        limits,
    );
    // Which of the chosen fences holds what is at a place.
    let holder = |span: Span| {
        let starts_before =
            |(fence, _): &(&Fence<'_>, _)| fences.positions(fence).start <= span.start;
        chosen.partition_point(starts_before).checked_sub(1)
    };
    let mut silent = vec![true; chosen.len()];
    for at in unread
        .iter()
        .filter_map(|problem| holder(problem.labels.first()?.span))
    {
        silent[at] = false;
    }
    problems.extend(unread);
    let mut reader = Reader::new(document(MARKDOWN.name, name, start), problems);
    for root in tree.documents() {
        if let Some(at) = holder(root.span())
            && reader.document(root, chosen[at].1)
        {
            silent[at] = false;
        }
    }
    for ((fence, _), _) in chosen.iter().zip(silent).filter(|(_, silent)| *silent) {
        let opening = Span::new(file, fence.opening.start, fence.opening.end);
        reader.problems.push(
            Problem::input(Code::EmptyDocument, "a fence holds no document")
                .at(opening, "nothing is declared in this fence")
                .help("declare entities in it, or remove it"),
        );
    }
    if !claimed && reader.problems.is_empty() {
        reader.problems.push(
            Problem::input(Code::EmptyDocument, format!("`{name}` holds no document"))
                .at(start, "no fence of this page is one")
                .help(HOW),
        );
    }
    reader.declarations.remarks = remarks(&tree);
    Reading {
        declarations: reader.declarations,
        problems: reader.problems,
        expansions: tree.into_expansions(),
        pieces: fences.into_pieces(),
    }
}

fn unclosed(opening: Span, what: &str) -> Problem {
    Problem::input(Code::UnclosedFence, "a fence is never closed")
        .at(opening, what)
        .help("close it with a line that holds the characters that open it, and nothing else")
}
