//! What the findings of an outcome say of a picture: the path to number, what is broken, what is unknown.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use crate::finding::{Causes, Finding, Outcome, Verdict};
use crate::picture::{Graph, Marks, Step};

/// What to mark in the picture of `graph`. `told` is the finding whose path is numbered; if there is
/// none, the worst violation that has a path there.
pub fn marks(outcome: &Outcome, graph: &Graph, told: Option<&Finding>) -> Marks {
    let lead = || lead(outcome, graph);
    let told = told.or_else(lead);
    let mut marks = told.map(of_finding).unwrap_or_default();
    for finding in &outcome.findings {
        let is_violation = finding.verdict == Verdict::Violation;
        if is_violation && told.is_none_or(|told| told.identity != finding.identity) {
            marks.also.extend(steps(finding));
        }
        count(finding, is_violation, &mut marks);
    }
    marks.also.sort();
    marks.also.dedup();
    marks
}

/// What to mark where one finding is told: its path, and what it is about.
pub fn marks_of(finding: &Finding) -> Marks {
    let mut marks = of_finding(finding);
    let is_violation = finding.verdict == Verdict::Violation;
    count(finding, is_violation, &mut marks);
    marks.about = finding.entities().map(str::to_owned).collect();
    marks
}

fn of_finding(finding: &Finding) -> Marks {
    let handles = finding.edits.handles.iter();
    let ends = handles.filter(|handle| handle.ends && handle.attribute.is_none());
    let together = finding.cut.iter().flatten();
    let others = finding.cut.iter().flatten().count().saturating_sub(1);
    let mut cuts: BTreeMap<_, _> = together.map(|id| (id.clone(), others)).collect();
    cuts.extend(ends.map(|handle| (handle.entity.clone(), 0)));
    Marks {
        path: steps(finding),
        caption: Some(format!(
            "{} ({})",
            finding.message.replace('`', ""),
            finding.rule.id
        )),
        cuts,
        ..Marks::default()
    }
}

fn steps(finding: &Finding) -> Vec<Step> {
    let steps = finding.path.iter().map(|hop| Step {
        from: hop.from.clone(),
        to: hop.to.clone(),
        by: hop.by.clone(),
        via: hop.via.clone(),
    });
    steps.collect()
}

/// Counts a finding at what it is about.
fn count(finding: &Finding, is_violation: bool, marks: &mut Marks) {
    let add = |counts: &mut BTreeMap<String, usize>, entity: &str| {
        *counts.entry(entity.to_owned()).or_default() += 1;
    };
    if is_violation {
        add(&mut marks.broken, finding.subject().0);
        return;
    }
    for ask in &finding.edits.asks {
        add(&mut marks.unknown, &ask.entity);
    }
}

/// The finding whose path is told: of the first cause that has one in this graph the worst, of these the
/// longest; else of the undetermined findings.
pub(super) fn lead<'o>(outcome: &'o Outcome, graph: &Graph) -> Option<&'o Finding> {
    let is_here = |finding: &&Finding| {
        let mut steps = finding.path.iter();
        finding.path.len() > 1 && steps.any(|step| graph.places.contains_key(&step.to))
    };
    let worst = |finding: &&Finding| {
        let place = outcome.files.locate(finding.primary.span).span;
        let earliest = Reverse((outcome.files.get(place.file).name.as_str(), place.start));
        (finding.rule.severity, finding.path.len(), earliest)
    };
    let causes = Causes::of(&outcome.findings, &outcome.files);
    let mut blocks = causes.blocks.iter();
    let told = blocks.find_map(|block| {
        let members = block.causes.iter().flat_map(|at| &causes.all[*at].findings);
        let members = members.map(|at| &outcome.findings[*at]);
        members.filter(is_here).max_by_key(worst)
    });
    let undetermined = outcome.findings.iter();
    let undetermined = undetermined.filter(|it| it.verdict == Verdict::Undetermined);
    told.or_else(|| undetermined.filter(is_here).max_by_key(worst))
}
