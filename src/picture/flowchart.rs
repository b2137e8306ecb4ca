//! Mermaid flowcharts as people draw them in pages: boxes, boxes in boxes, arrows.
//!
//! Reads what the syntax of flowcharts has (Mermaid 11, "Flowcharts - Basic Syntax"), as far as it says
//! what is drawn: looks, classes and clicks are passed over. What is not understood is said with its
//! place, and the rest is read.

mod cursor;
mod label;
mod link;
mod node;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use cursor::Cursor;
use label::plain;
use link::{Head, Link};
use node::{NodeText, node};

/// So many arrows of one chart are read: `a & b --> c & d` makes one for each pair.
const MOST_ARROWS: usize = 10_000;

/// A flowchart.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Chart {
    /// The boxes, in the order in which they are first named.
    pub boxes: Vec<ChartBox>,
    /// The arrows, as they come.
    pub arrows: Vec<ChartArrow>,
    /// Where it says that it is a flowchart.
    pub opening: Range<usize>,
    /// What comments say to this program.
    pub notes: Vec<Note>,
    /// What was not understood.
    pub troubles: Vec<Trouble>,
}

/// A box of a flowchart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChartBox {
    /// What arrows call it.
    pub name: String,
    /// What is written in it, if that is not its name: lines, without markup.
    pub label: Option<String>,
    /// Where it is declared, else where it is named first.
    pub at: Range<usize>,
    /// The box around it.
    pub parent: Option<usize>,
    /// Whether it is a `subgraph`.
    pub is_group: bool,
}

/// An arrow of a flowchart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChartArrow {
    /// The box before it.
    pub from: usize,
    /// The box behind it.
    pub to: usize,
    /// Where it is.
    pub at: Range<usize>,
    /// Which way it points.
    pub points: Points,
}

/// Which way an arrow points.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Points {
    /// From the first box to the second.
    Forward,
    /// From the second box to the first.
    Backward,
    /// Both ways.
    Both,
    /// It is a line without a head.
    Neither,
    /// It ends in a cross: nothing goes there.
    Crossed,
}

/// What a comment of a flowchart says to this program: `%% palisade: …`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// What it says.
    pub says: Says,
    /// Where it says so.
    pub at: Range<usize>,
}

/// What there is to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Says {
    /// `partial`: the chart does not show everything.
    Partial,
    /// `ignore`: the chart is about something else.
    Ignore,
    /// `ignore BOX`: the box is about something else.
    IgnoreBox(String),
    /// `BOX is ENTITY`: what the box stands for.
    Is(String, String),
}

/// Something that was not understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// What is wrong; lower case, no final period, code in backticks.
    pub message: String,
    /// Where.
    pub at: Range<usize>,
}

/// Reads a flowchart; `None` if the text is another kind of diagram.
///
/// Near-linear in the text.
pub fn flowchart(text: &str) -> Option<Chart> {
    let mut cursor = Cursor::new(text);
    cursor.skip_front_matter();
    let mut reader = Reader::new(cursor);
    if !reader.opening() {
        return None;
    }
    while reader.statement() {}
    Some(reader.finish())
}

/// A `subgraph` that is not closed yet.
struct Open {
    group: usize,
    /// What is named in it, in order.
    named: Vec<usize>,
}

struct Reader<'t> {
    cursor: Cursor<'t>,
    chart: Chart,
    by_name: BTreeMap<String, usize>,
    /// The boxes that are declared, and not only named.
    declared: BTreeSet<usize>,
    /// The names of arrows.
    arrow_names: BTreeSet<String>,
    open: Vec<Open>,
}

impl<'t> Reader<'t> {
    fn new(cursor: Cursor<'t>) -> Self {
        Self {
            cursor,
            chart: Chart::default(),
            by_name: BTreeMap::new(),
            declared: BTreeSet::new(),
            arrow_names: BTreeSet::new(),
            open: Vec::new(),
        }
    }

    /// The first statement, which says what the diagram is.
    fn opening(&mut self) -> bool {
        loop {
            self.cursor.skip_blank();
            if !self.comment() {
                break;
            }
        }
        let start = self.cursor.at();
        let known = ["flowchart-elk", "flowchart", "graph"];
        if !known.iter().any(|word| self.cursor.take_word(word)) {
            return false;
        }
        self.cursor.skip_spaces();
        let directions = ["TB", "TD", "BT", "RL", "LR"];
        let _ = directions.iter().any(|word| self.cursor.take_word(word));
        self.chart.opening = start..self.cursor.at();
        self.end_of_statement();
        true
    }

    /// Reads a statement; `false` at the end.
    fn statement(&mut self) -> bool {
        self.cursor.skip_blank();
        if self.cursor.is_at_end() {
            return false;
        }
        if self.comment() {
            return true;
        }
        let start = self.cursor.at();
        if self.cursor.take_word("subgraph") {
            self.subgraph(start);
        } else if self.cursor.take_word("end") {
            match self.open.pop() {
                Some(open) => self.close(open),
                None => self.trouble(
                    "`end` without a `subgraph` before it",
                    start..self.cursor.at(),
                ),
            }
        } else if self.cursor.take_word("accDescr") {
            self.description();
        } else if self.looks() {
            self.cursor.skip_line();
        } else {
            self.chain();
        }
        self.end_of_statement();
        true
    }

    /// Whether a statement begins that is about how things look, or what happens on a click.
    fn looks(&mut self) -> bool {
        let known = [
            "direction",
            "classDef",
            "class",
            "style",
            "linkStyle",
            "click",
            "accTitle",
            "title",
        ];
        let is_any = known.iter().any(|word| self.cursor.take_word(word));
        is_any || self.cursor.take("accTitle:")
    }

    /// `accDescr: …` or `accDescr { … }`.
    fn description(&mut self) {
        self.cursor.skip_spaces();
        match self.cursor.take("{") {
            true => {
                let _ = self.cursor.take_until("}");
            }
            false => self.cursor.skip_line(),
        }
    }

    /// A comment, or a directive to Mermaid.
    fn comment(&mut self) -> bool {
        let start = self.cursor.at();
        if self.cursor.take("%%{") {
            if self.cursor.take_until("}%%").is_none() {
                self.cursor.skip_line();
            }
            return true;
        }
        if !self.cursor.take("%%") {
            return false;
        }
        let text = self.cursor.line();
        let text = text.trim();
        if let Some(note) = text.strip_prefix("palisade:") {
            let at = start..start + 2 + self.cursor.text_from(start + 2).len();
            let end = self.cursor.at().min(at.end);
            self.note(note.trim(), start..end);
        }
        true
    }

    fn note(&mut self, text: &str, at: Range<usize>) {
        let words: Vec<&str> = text.split_whitespace().collect();
        let says = match words.as_slice() {
            ["partial"] => Says::Partial,
            ["ignore"] => Says::Ignore,
            ["ignore", name] => Says::IgnoreBox((*name).to_owned()),
            [name, "is", entity] => Says::Is((*name).to_owned(), (*entity).to_owned()),
            _ => {
                let message = format!(
                    "`{text}` is not understood; there is `partial`, `ignore`, `ignore BOX` and \
                     `BOX is ENTITY`"
                );
                return self.trouble(message, at);
            }
        };
        self.chart.notes.push(Note { says, at });
    }

    fn trouble(&mut self, message: impl Into<String>, at: Range<usize>) {
        self.chart.troubles.push(Trouble {
            message: message.into(),
            at,
        });
    }

    /// What may follow a statement; what may not is said, and passed over.
    fn end_of_statement(&mut self) {
        self.cursor.skip_spaces();
        if self.cursor.is_at_line_end() || self.cursor.take(";") {
            return;
        }
        let start = self.cursor.at();
        if self.cursor.starts_with("%%") {
            self.comment();
            return;
        }
        let rest = self.cursor.line();
        let rest = rest.trim_end();
        let shown: String = rest.chars().take(40).collect();
        let message = format!("`{shown}` is not understood here");
        self.trouble(message, start..start + rest.len());
    }

    fn subgraph(&mut self, start: usize) {
        self.cursor.skip_spaces();
        let named = self.cursor.at();
        let (name, label) = match self.cursor.quoted() {
            Some(title) => (plain(&title), None),
            None => {
                let name = self.cursor.name();
                self.cursor.skip_spaces();
                match node::shape(&mut self.cursor) {
                    Ok(Some(text)) => (name, Some(text)),
                    Err(message) => {
                        let at = self.cursor.at();
                        self.trouble(message, start..at);
                        self.cursor.skip_line();
                        (name, None)
                    }
                    Ok(None) => {
                        // A title of several words, which nothing can refer to.
                        let rest = self.cursor.until_statement_end();
                        match rest.trim().is_empty() {
                            true => (name, None),
                            false => (plain(self.cursor.text_from(named)), None),
                        }
                    }
                }
            }
        };
        let name = match name.is_empty() {
            true => label
                .clone()
                .unwrap_or_else(|| format!("subgraph {}", self.chart.boxes.len())),
            false => name,
        };
        let at = start..start + self.cursor.text_from(start).trim_end().len();
        let group = self.box_named(&name, at.clone());
        let drawn = &mut self.chart.boxes[group];
        if drawn.is_group {
            self.trouble(format!("there are two subgraphs called `{name}`"), at);
        } else {
            drawn.is_group = true;
            drawn.at = at;
            drawn.label = label.or_else(|| drawn.label.take());
            self.declared.insert(group);
        }
        self.open.push(Open {
            group,
            named: Vec::new(),
        });
    }

    /// As Mermaid does: what is named in several is in the one that is closed first.
    fn close(&mut self, open: Open) {
        for member in open.named {
            let is_free = self.chart.boxes[member].parent.is_none();
            let around = std::iter::successors(Some(open.group), |at| self.chart.boxes[*at].parent);
            let mut around = around;
            if is_free && !around.any(|at| at == member) {
                self.chart.boxes[member].parent = Some(open.group);
            }
        }
        if let Some(outer) = self.open.last_mut() {
            outer.named.push(open.group);
        }
    }

    /// Boxes and arrows between them.
    fn chain(&mut self) {
        let Some(mut before) = self.group_of_nodes() else {
            return;
        };
        loop {
            self.cursor.skip_spaces();
            let start = self.cursor.at();
            let link = match link::link(&mut self.cursor) {
                Ok(Some(link)) => link,
                Ok(None) => return,
                Err(message) => {
                    let at = start..start + self.cursor.line().trim_end().len();
                    return self.trouble(message, at);
                }
            };
            let at = start..self.cursor.at();
            self.cursor.skip_spaces();
            let Some(after) = self.group_of_nodes() else {
                return;
            };
            self.arrows(&before, &after, &link, at);
            before = after;
        }
    }

    fn arrows(&mut self, before: &[usize], after: &[usize], link: &Link, at: Range<usize>) {
        if let Some(name) = &link.name {
            self.arrow_names.insert(name.clone());
        }
        let points = match (link.left, link.right) {
            _ if link.is_invisible => return,
            (Head::Cross, _) | (_, Head::Cross) => Points::Crossed,
            (Head::Point, Head::Point) => Points::Both,
            (_, Head::Point) => Points::Forward,
            (Head::Point, _) => Points::Backward,
            _ => Points::Neither,
        };
        for (from, to) in before
            .iter()
            .flat_map(|from| after.iter().map(move |to| (*from, *to)))
        {
            if self.chart.arrows.len() >= MOST_ARROWS {
                let message =
                    format!("there are more than {MOST_ARROWS} arrows; the rest is not read");
                return self.trouble(message, at);
            }
            let at = at.clone();
            self.chart.arrows.push(ChartArrow {
                from,
                to,
                at,
                points,
            });
        }
    }

    /// `a & b & c`; `None` if there is none, which is said.
    fn group_of_nodes(&mut self) -> Option<Vec<usize>> {
        let mut all = Vec::new();
        loop {
            let start = self.cursor.at();
            match node(&mut self.cursor) {
                Ok(Some(text)) => all.extend(self.named(text, start)),
                Ok(None) => {
                    let rest = self.cursor.line();
                    let rest = rest.trim_end();
                    let message = match rest.is_empty() {
                        true => "a box is expected here".to_owned(),
                        false => {
                            let shown: String = rest.chars().take(40).collect();
                            format!("a box is expected here, and there is `{shown}`")
                        }
                    };
                    self.trouble(message, start..start + rest.len());
                    return None;
                }
                Err(message) => {
                    let at = start..self.cursor.at() + self.cursor.line().trim_end().len();
                    let at = at.start..at.end.min(start + self.cursor.text_from(start).len());
                    self.trouble(message, at);
                    return None;
                }
            }
            self.cursor.skip_spaces();
            if !self.cursor.take("&") {
                return Some(all);
            }
            self.cursor.skip_spaces();
        }
    }

    /// The box of a node; `None` for what is said of an arrow.
    fn named(&mut self, text: NodeText, start: usize) -> Option<usize> {
        if text.has_properties && self.arrow_names.contains(&text.name) {
            return None;
        }
        let at = start..start + self.cursor.text_from(start).trim_end().len();
        let number = self.box_named(&text.name, at.clone());
        let drawn = &mut self.chart.boxes[number];
        if text.label.is_some() {
            if self.declared.insert(number) {
                drawn.at = at;
            }
            drawn.label = text.label;
        }
        if let Some(open) = self.open.last_mut() {
            open.named.push(number);
        }
        Some(number)
    }

    fn box_named(&mut self, name: &str, at: Range<usize>) -> usize {
        if let Some(known) = self.by_name.get(name) {
            return *known;
        }
        let number = self.chart.boxes.len();
        self.by_name.insert(name.to_owned(), number);
        self.chart.boxes.push(ChartBox {
            name: name.to_owned(),
            label: None,
            at,
            parent: None,
            is_group: false,
        });
        number
    }

    fn finish(mut self) -> Chart {
        while let Some(open) = self.open.pop() {
            let at = self.chart.boxes[open.group].at.clone();
            self.trouble("this `subgraph` has no `end`", at);
            self.close(open);
        }
        self.chart.troubles.sort_by_key(|trouble| trouble.at.start);
        self.chart
    }
}
