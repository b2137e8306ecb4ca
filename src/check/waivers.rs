//! Holds findings against the waivers of a root.

use std::collections::BTreeSet;

use crate::config::inline_waiver;
use crate::finding::{
    Finding, MAX_WAIVER_DAYS, Waived, Waiver, WaiverContext, WaiversByName, waive,
};
use crate::infrastructure::Moved;
use crate::inventory::Inventory;
use crate::policy::{Rule, owner};
use crate::source::{FileId, Files, Problem, Span, Spanned};

/// The waivers of a root: those of its configuration, and those beside what they excuse.
pub(super) struct Waivers {
    all: Vec<Waiver>,
    max_days: i64,
    /// Whether everything is looked at that the configuration is for.
    whole: bool,
}

/// Takes what waivers name, and nobody declares any more, for what it is called since it was moved.
pub(super) fn follow(waivers: &mut [Waiver], moved: &[Moved], inventory: &Inventory) {
    if moved.is_empty() {
        return;
    }
    for entity in waivers.iter_mut().flat_map(|waiver| &mut waiver.entities) {
        if inventory.identified(&entity.value).is_some() {
            continue;
        }
        if let Some((kind, id)) = entity.value.split_once("::") {
            let now = format!("{kind}::{}", Moved::renamed(moved, id));
            if inventory.identified(&now).is_some() {
                entity.value = now;
            }
        }
    }
}

impl Waivers {
    /// Adds those in comments to `all`, and tells what is wrong in those.
    pub(super) fn new(
        mut all: Vec<Waiver>,
        max_days: Option<i64>,
        inventory: &Inventory,
        files: &Files,
        whole: bool,
    ) -> (Self, Vec<Problem>) {
        let mut problems = Vec::new();
        for remark in &inventory.declarations().remarks {
            let line = || {
                let file = files.locate(remark.span).span.file;
                (file, files.line_of_comment(remark.span))
            };
            match inline_waiver(remark, line) {
                Some(Ok(waiver)) => all.push(waiver),
                Some(Err(problem)) => problems.push(*problem),
                None => {}
            }
        }
        let max_days = max_days.unwrap_or(MAX_WAIVER_DAYS);
        let waivers = Self {
            all,
            max_days,
            whole,
        };
        (waivers, problems)
    }

    /// Whether there are none.
    pub(super) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// The rules that they name.
    pub(super) fn rules(&self) -> impl Iterator<Item = &Spanned<String>> {
        self.all.iter().map(|waiver| &waiver.rule)
    }

    /// By what they name.
    pub(super) fn by_name(&self) -> WaiversByName<'_> {
        WaiversByName::new(&self.all)
    }

    /// Takes out of `findings` what is excused, and adds what is wrong with the waivers.
    pub(super) fn apply(
        &self,
        findings: &mut Vec<Finding>,
        inventory: &Inventory,
        rules: &[Rule],
        files: &Files,
        now: i64,
    ) -> Vec<Waived> {
        if self.all.is_empty() {
            return Vec::new();
        }
        let asked: BTreeSet<_> = rules.iter().map(|rule| rule.info.id.clone()).collect();
        let is_declared = |name: &str| inventory.identified(name).is_some();
        let owner = |finding: &Finding| {
            let (principal, resource) = finding.subject();
            let entities = std::iter::once(principal).chain(resource);
            let mut entities = entities.filter_map(|name| inventory.identified(name));
            entities.find_map(|entity| owner(inventory, entity))
        };
        let line = |span: Span| line(files, span);
        let context = WaiverContext {
            now,
            max_days: self.max_days,
            asked: &asked,
            is_declared: &is_declared,
            owner: &owner,
            whole: self.whole,
            line: &line,
        };
        waive(&self.all, findings, &context)
    }
}

/// The line that a comment about a finding there must be about.
pub(super) fn line(files: &Files, span: Span) -> (FileId, usize) {
    (files.locate(span).span.file, files.line_of_value(span))
}
