//! The answer to a change, on one screen: what it brings, the worst in full, the rest by name or counted.
//!
//! Whoever reads it wants to commit and not to study. What has no room is counted with the command that
//! shows it.

use std::io;

use crate::finding::{Block, Severity};

use super::{ASKED_OF_CHANGE, BLOCKS, ENTRIES, Sheet};
use crate::report::human::page::Page;

/// So many lines a change is told in, if its first cause has room in them.
const LINES: usize = 40;
/// So many lines are written of problems: with findings, and without.
const PROBLEMS: (usize, usize) = (10, 20);
/// So many rules are named of causes that are only counted.
const RULES: usize = 24;

/// Some lines, written already.
struct Piece {
    text: Vec<u8>,
    lines: usize,
}

/// How much is shown: of the causes so many in full and so many more in short, and so many of the
/// entities that are asked about.
#[derive(Clone, Copy)]
struct Plan {
    full: usize,
    short: usize,
    asked: usize,
}

impl Plan {
    /// A little less; false if there is nothing to leave out. What must be known goes before what is
    /// wrong, unless it may be worse.
    fn shrink(&mut self, asks_first: bool) -> bool {
        match self {
            Self { asked, .. } if *asked > 0 && !asks_first => *asked -= 1,
            Self { full, short, .. } if *full > 1 => (*full, *short) = (*full - 1, *short + 1),
            Self { full, short, .. } if *full + *short > 1 && *short > 0 => *short -= 1,
            Self { full, short, .. } if *full > 0 => (*full, *short) = (0, 1),
            Self { asked, .. } if *asked > 1 => *asked -= 1,
            _ => return false,
        }
        true
    }
}

impl Sheet<'_, '_> {
    /// Writes all that there is if it has room, else as much as has.
    pub(super) fn brief(&mut self) -> io::Result<()> {
        let all = self.piece(|sheet| sheet.all())?;
        if all.lines <= LINES {
            return self.put(&all);
        }
        let blocks: Vec<&Block> = self.causes.blocks.iter().collect();
        let severity = |block: &&Block| self.outcome.findings[block.lead].rule.severity;
        let large = blocks.iter().filter(|it| severity(it) >= Severity::High);
        let large = large.count().min(BLOCKS);
        let asked = self.questions.asked.len().min(ASKED_OF_CHANGE);
        let known = blocks.iter().map(severity).max();
        let asks = self.questions.asked.iter().map(|asked| asked.severity);
        let asks_first = asks.max() > known;
        let mut plan = Plan {
            full: large,
            short: (blocks.len() - large).min(ENTRIES),
            asked,
        };
        loop {
            let fitted = self.piece(|sheet| sheet.planned(plan, asks_first))?;
            if fitted.lines <= LINES || !plan.shrink(asks_first) {
                return self.put(&fitted);
            }
        }
    }

    fn planned(&mut self, plan: Plan, asks_first: bool) -> io::Result<()> {
        let follow = !self.causes.blocks.is_empty() || !self.questions.all.is_empty();
        let most = if follow { PROBLEMS.0 } else { PROBLEMS.1 };
        self.problems(Some(most))?;
        if asks_first {
            self.questions(plan.asked)?;
        }
        let blocks: Vec<&Block> = self.causes.blocks.iter().collect();
        let (full, rest) = blocks.split_at(plan.full.min(blocks.len()));
        for block in full {
            self.gap()?;
            self.block(block)?;
        }
        let (short, left) = rest.split_at(plan.short.min(rest.len()));
        if !rest.is_empty() {
            self.gap()?;
        }
        for block in short {
            self.entry(block)?;
        }
        if !left.is_empty() {
            self.left_out(left, RULES)?;
        }
        if !asks_first {
            self.questions(plan.asked)?;
        }
        if self.style.waived && !self.outcome.waived.is_empty() {
            self.waived()?;
        }
        match self.style.notes {
            true => self.end(false),
            false => Ok(()),
        }
    }

    fn piece(&self, write: impl FnOnce(&mut Sheet<'_, '_>) -> io::Result<()>) -> io::Result<Piece> {
        let mut text = Vec::new();
        let mut sheet = Sheet {
            page: Page::new(&mut text, &self.outcome.files, self.style),
            outcome: self.outcome,
            style: self.style,
            causes: self.causes,
            questions: self.questions,
            helped: Vec::new(),
            lines: 0,
        };
        write(&mut sheet)?;
        let lines = sheet.lines;
        Ok(Piece { text, lines })
    }

    fn put(&mut self, piece: &Piece) -> io::Result<()> {
        self.lines += piece.lines;
        self.page.out.write_all(&piece.text)
    }
}
