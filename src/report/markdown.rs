//! Markdown, for a comment on a pull request or the summary of a step.
//!
//! There is a row for each cause and one for each entity that is asked about; the path to the worst is
//! drawn. What documents say is shown and never acted on: it can neither be mark-up, nor mention anybody,
//! nor refer to an issue.

mod escape;
mod item;

use std::io;

use crate::finding::{Finding, Outcome, Questions};
use crate::picture::{Scene, View, mermaid};

use super::Style;
use super::human::{checked, compared, doubts, result};
use super::looked;
use super::marks::{lead, marks_of};
use super::place::Place;
use super::words::{Gap, excuse, gaps, kind, sentence, waived, worst_first};

use escape::{code, text};
use item::items;

/// GitHub takes comments of 65,536 characters; a workflow may add something of its own.
const MAX_CHARACTERS: usize = 60_000;
/// As far as the list of what could not be checked goes, so that there is always room for findings.
const MAX_GAPS: usize = 20_000;
/// As far as rows go, so that there is always room to say why, and for the end.
const MAX_ROWS: usize = 40_000;
/// A picture of more boxes than this is not read in a comment.
const MAX_BOXES: usize = 40;
/// Nor one with more text than this.
const MAX_PICTURE: usize = 8_000;
/// What is kept for the end.
const END: usize = 1_000;

/// By this line a workflow finds the comment that it wrote before.
const MARKER: &str = "<!-- palisade report -->";

/// Writes the report, at most [`MAX_CHARACTERS`] of it, the worst first.
pub(super) fn write(outcome: &Outcome, style: &Style, out: &mut dyn io::Write) -> io::Result<()> {
    let gaps = gaps(outcome);
    let questions = Questions::of(&outcome.findings);
    let items = items(outcome, &questions);
    let mut page = Page::default();
    page.add(&format!("{MARKER}\n"));
    page.add(&format!("### Palisade: {}\n", title(outcome, &gaps)));
    if !gaps.is_empty() {
        page.add("\n**The answer is incomplete.** This could not be checked:\n\n");
        let gaps = gaps.iter().map(|gap| gap_item(outcome, style, gap));
        page.add_some(gaps, MAX_GAPS, "- and {} more\n");
    }
    if !items.is_empty() {
        page.add("\n| severity | rule | finding | where |\n|---|---|---|---|\n");
        let rows = items.iter().map(|item| item.row(outcome, style));
        page.add_some(
            rows,
            MAX_ROWS,
            "\n{} more causes and questions are left out here.\n",
        );
        page.add(&picture(outcome).unwrap_or_default());
        let details = items.iter().map(|item| item.detail(outcome, style));
        page.add("\n");
        let rest = "\nThere is no room for the reasons of {} more.\n";
        page.add_some(details, MAX_CHARACTERS - END, rest);
    }
    let waived = waived(outcome, style);
    let items = waived.iter().map(|waived| {
        let why = format!("; waived {}", excuse(waived));
        line(outcome, style, &waived.finding, &text(&why))
    });
    page.add_folded(&format!("{} waived", waived.len()), items);
    if style.notes {
        let gone = worst_first(&outcome.gone);
        let items = gone.iter().map(|finding| line(outcome, style, finding, ""));
        page.add_folded(
            &format!("{} gone (places are those of before)", gone.len()),
            items,
        );
        for doubt in doubts(outcome) {
            page.add(&format!("\n{}\n", text(&doubt)));
        }
    }
    if style.notes && outcome.summary.decisions > 0 {
        page.add(&format!("\n{}\n", checked(outcome)));
        if let Some(compared) = compared(outcome) {
            page.add(&format!("\n{}\n", text(&compared)));
        }
    }
    if let Some(looked) = looked::doubtful(outcome).filter(|_| style.notes) {
        page.add(&format!("\n{}\n", text(&looked)));
    }
    out.write_all(page.text.as_bytes())
}

/// What it comes to.
fn title(outcome: &Outcome, gaps: &[Gap<'_>]) -> String {
    if outcome.summary.decisions == 0 && outcome.findings.is_empty() && !gaps.is_empty() {
        return "nothing was checked".to_owned();
    }
    result(outcome)
}

/// A text that knows how long it is.
#[derive(Default)]
struct Page {
    text: String,
    characters: usize,
}

impl Page {
    fn add(&mut self, text: &str) {
        self.text += text;
        self.characters += text.chars().count();
    }

    /// Adds parts for as long as the page has no more than `limit` characters, then says in `rest`
    /// how many there are besides.
    fn add_some(&mut self, parts: impl ExactSizeIterator<Item = String>, limit: usize, rest: &str) {
        let total = parts.len();
        for (n, part) in parts.enumerate() {
            if self.characters + part.chars().count() > limit {
                return self.add(&rest.replace("{}", &(total - n).to_string()));
            }
            self.add(&part);
        }
    }

    /// Adds a list under a title, folded; nothing if nothing is in it.
    fn add_folded(&mut self, title: &str, items: impl ExactSizeIterator<Item = String>) {
        if items.len() == 0 {
            return;
        }
        self.add(&format!("\n<details><summary>{title}</summary>\n\n"));
        self.add_some(items, MAX_CHARACTERS - END, "- and {} more\n");
        self.add("\n</details>\n");
    }
}

/// A finding that does not count, as an item of a list that ends with `why`.
fn line(outcome: &Outcome, style: &Style, finding: &Finding, why: &str) -> String {
    let place = Place::of(&outcome.files, style, finding.primary.span);
    format!(
        "- {} {}: {}, at {}{why}\n",
        kind(finding),
        code(&finding.rule.id),
        text(&sentence(finding)),
        code(&place.to_string()),
    )
}

/// What could not be checked, as an item of a list.
fn gap_item(outcome: &Outcome, style: &Style, gap: &Gap<'_>) -> String {
    let mut item = format!("- {}", text(&gap.message));
    for (n, label) in gap.labels.iter().enumerate() {
        let place = Place::of(&outcome.files, style, label.span);
        item += if n == 0 { ", at " } else { ", and " };
        item += &code(&place.to_string());
    }
    if let Some(help) = &gap.help {
        item += &format!("; {}", text(help));
    }
    item + "\n"
}

/// The picture of the path to the worst finding that has one, for those who read Mermaid; `None` if
/// there is none, or if it is too large to be read.
fn picture(outcome: &Outcome) -> Option<String> {
    let (graph, finding) = outcome
        .graphs
        .iter()
        .find_map(|graph| Some((graph, lead(outcome, graph)?)))?;
    let view = View {
        path_only: true,
        ..View::default()
    };
    let scene = Scene::of(graph, &marks_of(finding), &view);
    let picture = mermaid(&scene);
    let is_small = scene.boxes.len() <= MAX_BOXES && picture.chars().count() <= MAX_PICTURE;
    let shown = is_small && !scene.lines.is_empty();
    let id = code(&finding.identity.short());
    shown.then(|| format!("\nThe path of {id}:\n\n```mermaid\n{picture}```\n"))
}
