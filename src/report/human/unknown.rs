//! Findings that wait for the same unknown value, in one block: it takes one answer to settle all.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::io;

use crate::finding::{Finding, Verdict};
use crate::report::clean::{clean, prose};

use super::labels;
use super::page::Page;
use super::wrap::hang;

/// The names of so many rules fit in a headline.
const NAMED: usize = 3;

/// What is shown together.
pub(super) enum Block<'a> {
    /// A finding by itself.
    One(&'a Finding),
    /// Two findings or more that wait for the same unknown values.
    Waiting(Vec<&'a Finding>),
}

/// An entity, and an attribute that is not known of it.
pub(super) type Unknown<'a> = (&'a str, &'a str);

/// The values that a finding waits for.
pub(super) fn unknowns(finding: &Finding) -> BTreeSet<Unknown<'_>> {
    let missing = finding.because.iter().filter(|because| !because.known);
    missing
        .map(|because| (because.entity.as_str(), because.attribute.as_str()))
        .collect()
}

/// The findings in blocks, each at the place of its first finding.
pub(super) fn blocks(findings: &[Finding]) -> Vec<Block<'_>> {
    let mut blocks: Vec<Vec<&Finding>> = Vec::new();
    let mut waiting: BTreeMap<BTreeSet<Unknown<'_>>, usize> = BTreeMap::new();
    for finding in findings {
        let unknowns = match finding.verdict {
            Verdict::Undetermined => unknowns(finding),
            Verdict::Violation => BTreeSet::new(),
        };
        if unknowns.is_empty() {
            blocks.push(vec![finding]);
            continue;
        }
        let at = *waiting.entry(unknowns).or_insert(blocks.len());
        match blocks.get_mut(at) {
            Some(block) => block.push(finding),
            None => blocks.push(vec![finding]),
        }
    }
    let blocks = blocks.into_iter().map(|block| match block[..] {
        [one] => Block::One(one),
        _ => Block::Waiting(block),
    });
    blocks.collect()
}

/// What is not known, with the rules that wait for it; what most findings wait for comes first.
pub(super) fn questions(findings: &[Finding]) -> Vec<(Unknown<'_>, BTreeSet<&str>)> {
    let mut waiting: BTreeMap<Unknown<'_>, (usize, BTreeSet<&str>)> = BTreeMap::new();
    let open = findings
        .iter()
        .filter(|f| f.verdict == Verdict::Undetermined);
    for finding in open {
        for unknown in unknowns(finding) {
            let (findings, rules) = waiting.entry(unknown).or_default();
            *findings += 1;
            rules.insert(&finding.rule.id);
        }
    }
    let mut all: Vec<_> = waiting.into_iter().collect();
    all.sort_by_key(|(_, (findings, _))| std::cmp::Reverse(*findings));
    let questions = all
        .into_iter()
        .map(|(unknown, (_, rules))| (unknown, rules));
    questions.collect()
}

/// "`custody` of key store `vault`".
pub(super) fn name((entity, attribute): Unknown<'_>) -> String {
    format!("`{}` of {}", clean(attribute), clean(entity))
}

/// "`custody` of key store `vault` and `mfa` of identity `ann`".
pub(super) fn list(unknowns: &BTreeSet<Unknown<'_>>) -> String {
    let names: Vec<_> = unknowns.iter().map(|unknown| name(*unknown)).collect();
    match &names[..] {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// Writes a block of findings that wait for the same values.
pub(super) fn write(page: &mut Page<'_>, waiting: &[&Finding]) -> io::Result<()> {
    let Some(first) = waiting.first() else {
        return Ok(());
    };
    let unknowns = unknowns(first);
    let mut rules: Vec<(&str, Vec<&Finding>)> = Vec::new();
    for finding in waiting {
        let id = finding.rule.id.as_str();
        match rules.iter_mut().find(|(rule, _)| *rule == id) {
            Some((_, findings)) => findings.push(finding),
            None => rules.push((id, vec![finding])),
        }
    }
    let what = if rules.len() > NAMED {
        format!("undetermined[{} rules]", rules.len())
    } else {
        let ids: Vec<_> = rules.iter().map(|(id, _)| clean(id)).collect();
        format!("undetermined[{}]", ids.join(", "))
    };
    let message = format!(
        "{} findings wait for {}, which {} not known",
        waiting.len(),
        list(&unknowns),
        if unknowns.len() == 1 { "is" } else { "are" },
    );
    let paint = page.palette.undetermined();
    page.headline(paint, &what, &message)?;
    let mut seen = HashSet::new();
    let labels = waiting.iter().flat_map(|finding| labels(finding));
    page.source(
        paint,
        labels.filter(|(_, label)| seen.insert((label.span, &label.text))),
    )?;
    for (_, findings) in rules {
        rule(page, &findings)?;
    }
    Ok(())
}

/// Writes what one rule has waiting in a block.
fn rule(page: &mut Page<'_>, findings: &[&Finding]) -> io::Result<()> {
    let Some(first) = findings.first() else {
        return Ok(());
    };
    let rule = &first.rule;
    let name = page.palette.undetermined().style(clean(&rule.id));
    let severity = page.palette.severity(rule.severity).style(rule.severity);
    let heading = hang("  ", &format!("{name} ({severity})"), page.prose_width());
    writeln!(page.out, "{heading}")?;
    let alike = findings
        .iter()
        .all(|finding| finding.passes_if == first.passes_if);
    let mut fields = Vec::new();
    for finding in findings {
        let mut text = clean(&finding.message).into_owned();
        if let Some(effect) = &finding.effect {
            text += &format!("; {}", prose(effect));
        }
        if let Some(passes_if) = finding.passes_if.as_ref().filter(|_| !alike) {
            text += &format!("; passes if {}", prose(passes_if));
        }
        fields.push(("finding:", text));
        fields.push(("id:", finding.identity.short()));
    }
    if let Some(passes_if) = first.passes_if.as_ref().filter(|_| alike) {
        fields.push(("passes if:", prose(passes_if)));
    }
    if let Some(help) = &rule.help {
        fields.push(("help:", prose(help)));
    }
    if !rule.references.is_empty() {
        fields.push(("see:", page.references(&rule.references)));
    }
    page.fields(4, &fields)
}
