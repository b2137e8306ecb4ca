//! What is drawn: the boxes and arrows of one picture, and what it leaves out.

use super::graph::{Flows, Node, Sort};

/// Which part of a project to draw.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct View {
    /// Only what is near this box, as `Kind::id`.
    pub around: Option<String>,
    /// With `around`, how many arrows away; else how many zones in zones are unfolded.
    pub depth: Option<usize>,
    /// Only arrows along which these go.
    pub flows: Option<Flows>,
    /// Only what is on the marked path, and what it is about.
    pub path_only: bool,
}

/// What is drawn.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scene<'g> {
    /// The boxes, by id.
    pub boxes: Vec<Shown<'g>>,
    /// The arrows, by their ends.
    pub lines: Vec<Line>,
    /// What the numbered path is about.
    pub caption: Option<String>,
    /// What was left out, a sentence each.
    pub left_out: Vec<String>,
}

/// A box as it is drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown<'g> {
    /// What it shows.
    pub node: &'g Node,
    /// The box around it, by its place in the scene.
    pub parent: Option<usize>,
    /// Whether others are drawn in it.
    pub encloses: bool,
    /// How many boxes are in it that are not drawn.
    pub folded: usize,
    /// How many violations are about it, or about what is folded in it.
    pub broken: usize,
    /// How many facts of it are unknown, and matter.
    pub unknown: usize,
    /// Whether it is on the numbered path.
    pub on_path: bool,
    /// What it does with other boxes that no arrow says, a line each.
    pub told: Vec<String>,
    /// The hops of the numbered path that begin in it, from nowhere.
    pub starts: Vec<usize>,
}

/// An arrow as it is drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Where it begins.
    pub from: usize,
    /// Where it ends.
    pub to: usize,
    /// What it is.
    pub sort: Sort,
    /// What to write at it, a line each.
    pub label: Vec<String>,
    /// Everything that it stands for, a line each.
    pub whole: Vec<String>,
    /// What it stands for, as `Kind::id`.
    pub ids: Vec<String>,
    /// Whether it goes both ways.
    pub both: bool,
    /// Whether it must not be.
    pub forbidden: bool,
    /// Whether a fact of it is unknown, and matters.
    pub unknown: bool,
    /// Whether it is a hop of a path to what is wrong.
    pub broken: bool,
    /// The hops of the numbered path along it, from 1, and whether they go from its end to its
    /// beginning.
    pub hops: Vec<(usize, bool)>,
    /// If every path is broken without it, and without some others: how many these are.
    pub cut: Option<usize>,
}

impl Line {
    /// Whether the numbered path goes along it against its direction.
    pub fn is_backward(&self) -> bool {
        self.hops.iter().any(|(_, backward)| *backward)
    }

    /// What is said of it where it would break every path.
    pub(super) fn cut_text(&self) -> Option<String> {
        self.cut.map(|others| match others {
            0 => "cut: breaks every path".to_owned(),
            1 => "cut: with 1 other, breaks every path".to_owned(),
            some => format!("cut: with {some} others, breaks every path"),
        })
    }

    /// What to write at it in one text, after the numbers of its hops.
    pub(super) fn numbered(&self, between: &str) -> String {
        let label = self.label.join(between);
        let numbers: Vec<_> = self
            .hops
            .iter()
            .map(|(number, _)| number.to_string())
            .collect();
        match numbers.is_empty() {
            true => label,
            false => format!("{}: {label}", numbers.join(", ")),
        }
    }
}
