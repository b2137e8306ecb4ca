//! Palisade's own documents in fences of Markdown pages: a design next to the prose about it.
//!
//! A fence of the language `yaml` or `yml` is a document if the next word is `palisade`, or if a
//! line of it starts with `palisade:`. A fence of another language is left alone, and so is prose.
//! What was meant to be such a fence and is none is a problem: no language, a misspelled one, no
//! end, or a place where Markdown has no fences. All fences of a page are one file of the inventory;
//! one that cannot be read does not keep the others from being read.

use super::native::{Marker, Reader, document};
use super::{Format, Reading, remarks};
use crate::model::MARKER;
use crate::source::{FileId, Problem, Span, closest};
use crate::syntax::{Fence, Fences, Limits, Stray, fences, parse_fences};

pub(super) const MARKDOWN: Format = Format {
    name: "markdown",
    doc: "Palisade's own documents, in fences of Markdown.",
    extensions: &["md", "markdown"],
    claims: claims_markdown,
    read: read_file,
};

/// How to write a fence.
const HOW: &str = "write the document between a line of three backticks, followed by `yaml \
                   palisade`, and a line of three backticks";

/// The languages that are YAML.
const LANGUAGES: [&str; 2] = ["yaml", "yml"];

/// Whether there is a fence that is, or was meant to be, a document.
fn claims_markdown(text: &[u8]) -> bool {
    let (word, _) = MARKER;
    if memchr::memmem::find(text, word.as_bytes()).is_none() {
        return false;
    }
    // What it is does not depend on the bytes that cannot be read.
    let text = String::from_utf8_lossy(text);
    let fences = fences(&text);
    let mut claims = fences.fences.iter().map(|fence| claim(&fences, fence));
    claims.any(|claim| claim != Claim::None) || fences.strays.iter().any(is_stray)
}

/// What a fence says it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Claim {
    /// No document.
    None,
    /// A document that needs, or does not need, the marker.
    Document(Marker),
    /// A document, in a language that is none.
    Misnamed,
}

fn claim(fences: &Fences<'_>, fence: &Fence<'_>) -> Claim {
    let info = Info::of(fence.info);
    match (info.is_yaml, info.is_named) {
        (true, true) => Claim::Document(Marker::Optional),
        (true, false) if is_marked(fences.content(fence)) => Claim::Document(Marker::Required),
        (false, true) => Claim::Misnamed,
        (false, false) if info.may_be_yaml && is_marked(fences.content(fence)) => Claim::Misnamed,
        _ => Claim::None,
    }
}

/// What stands behind the characters that open a fence.
struct Info {
    is_yaml: bool,
    /// No language, or one that differs little from one that is YAML.
    may_be_yaml: bool,
    /// Whether it says that this is a document.
    is_named: bool,
}

impl Info {
    fn of(info: &str) -> Self {
        let parts = |c: char| c.is_whitespace() || ",{}".contains(c);
        let mut words = info.split(parts).filter(|word| !word.is_empty());
        let first = words.clone().next().unwrap_or("");
        let language = first.to_ascii_lowercase();
        let is_yaml = LANGUAGES.contains(&language.as_str());
        Self {
            is_yaml,
            may_be_yaml: language.is_empty() || closest(&language, LANGUAGES.into_iter()).is_some(),
            is_named: words.any(|word| word.eq_ignore_ascii_case(MARKER.0)),
        }
    }
}

/// Whether a line starts with the marker; in content that is indented as a whole, behind that.
fn is_marked(content: &str) -> bool {
    let indentation = |line: &str| line.len() - line.trim_start_matches(' ').len();
    let says = |line: &str| !line.trim().is_empty() && !line.trim_start().starts_with('#');
    let all = content
        .lines()
        .find(|line| says(line))
        .map_or(0, indentation);
    content.lines().any(|line| {
        let key = line.trim_start_matches(' ').strip_prefix(MARKER.0);
        indentation(line) == all && key.is_some_and(|rest| rest.starts_with(':'))
    })
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
        match claim(&fences, fence) {
            Claim::Document(marker) if fence.closed => chosen.push((fence, marker)),
            Claim::None => {
                // It takes in the opening of the next one, which is read all the same.
                let next = fences.fences.get(at + 1).filter(|_| !fence.closed);
                if next.is_some_and(|next| claim(&fences, next) != Claim::None) {
                    problems.push(unclosed(opening, "opened here"));
                }
            }
            Claim::Document(_) => problems.push(unclosed(opening, "nothing in it is read")),
            Claim::Misnamed => problems.push(
                Problem::input(
                    "fence-language",
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
                "no-fence",
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
            Problem::input("empty-document", "a fence holds no document")
                .at(opening, "nothing is declared in this fence")
                .help("declare entities in it, or remove it"),
        );
    }
    if !claimed && reader.problems.is_empty() {
        reader.problems.push(
            Problem::input("empty-document", format!("`{name}` holds no document"))
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
    Problem::input("unclosed-fence", "a fence is never closed")
        .at(opening, what)
        .help("close it with a line that holds the characters that open it, and nothing else")
}
