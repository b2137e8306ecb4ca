//! What many boxes do with one is told in each of them: as arrows, all to one place, it would hide the
//! others.

use std::collections::BTreeMap;

use super::graph::Sort;
use super::scene::{Line, Scene};

/// From so many on, arrows to one box are told in words.
const MANY: usize = 4;

impl<'g> Scene<'g> {
    /// The scene with what uses, runs on or reads what many others do told in its own box. What is wrong,
    /// may not be, or is unknown stays an arrow. Near-linear in the arrows.
    pub(super) fn told(&self) -> Scene<'g> {
        let mut ends: BTreeMap<usize, usize> = BTreeMap::new();
        for line in self.lines.iter().filter(|line| self.is_plain(line)) {
            *ends.entry(line.to).or_default() += 1;
        }
        let mut scene = self.clone();
        scene.lines.retain(|line| {
            let is_drawn = !self.is_plain(line) || ends[&line.to] < MANY;
            if !is_drawn {
                let (what, whom) = (line.label.join(", "), &self.boxes[line.to].node.name);
                scene.boxes[line.from].told.push(format!("{what} {whom}"));
            }
            is_drawn
        });
        scene
    }

    /// Whether there is room for it in the box that it begins in, and nothing in it that must be seen.
    fn is_plain(&self, line: &Line) -> bool {
        let is_relation = matches!(line.sort, Sort::Uses | Sort::Hosts | Sort::Reads);
        let is_wrong = line.broken || line.forbidden || line.unknown || line.cut.is_some();
        is_relation && !is_wrong && line.hops.is_empty() && !self.boxes[line.from].encloses
    }
}
