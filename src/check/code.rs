//! Infrastructure code of a project, lowered: what all its files declare together.

use std::collections::HashSet;

use super::read::Held;
use crate::config::{Config, within};
use crate::finding::Outcome;
use crate::infrastructure::{DIALECTS, Lowered, Lowering, Unit, bind};
use crate::model::Declarations;
use crate::source::{End, Foreign, Unread};

/// Adds what the code in `held` declares, what is wrong in it, and what became of its files.
pub(super) fn add(
    held: &[&Held],
    (folder, whole): (&str, bool),
    config: &Config,
    declarations: &mut Declarations,
    outcome: &mut Outcome,
) {
    let settings = &config.infrastructure;
    if held.is_empty() && config.bindings.is_empty() && settings.rendered.is_empty() {
        return;
    }
    let mut lowered = lower(held, folder, config, outcome);
    let foreign: HashSet<_> = lowered.foreign.iter().copied().collect();
    for held in held {
        let end = match foreign.contains(&held.file) {
            true => End::NotOurs(Foreign::Code),
            false => End::Read,
        };
        let name = &outcome.files.get(held.file).name;
        outcome.summary.ledger.add(name, end);
    }
    outcome.summary.ledger.unread.append(&mut lowered.unread);
    outcome.problems.append(&mut lowered.problems);
    let (bound, problems) = bind(
        &mut lowered.declarations,
        &config.bindings,
        (folder, whole),
        &mut outcome.files,
    );
    outcome.problems.extend(problems);
    outcome.bound.extend(bound);
    declarations.append(lowered.declarations);
    let name = |file| &outcome.files.get(file).name;
    declarations.sort_by_file(&|a, b| name(a).cmp(name(b)));
}

/// What the code in `held` declares, whatever the order of the files.
fn lower(held: &[&Held], folder: &str, config: &Config, outcome: &mut Outcome) -> Lowered {
    let globs = config.infrastructure.rendered.iter();
    let globs: Vec<_> = globs
        .filter_map(|glob| Some((glob, within(folder, &glob.value)?)))
        .collect();
    let is_rendered = |name: &str| globs.iter().any(|(_, glob)| glob.is_match(name));
    let mut lowered = Lowered::default();
    let names: Vec<String> = held
        .iter()
        .map(|held| outcome.files.get(held.file).name.clone())
        .collect();
    for (glob, matcher) in &globs {
        if !names.iter().any(|name| matcher.is_match(name)) {
            lowered.unread.push(Unread {
                what: ("glob of what is rendered", "globs of what is rendered"),
                name: glob.value.clone(),
                help: "no manifest matches it; what git ignores is read only if the command line \
                       names it",
                span: glob.span,
            });
        }
    }
    for dialect in DIALECTS {
        let mut units: Vec<_> = held
            .iter()
            .zip(&names)
            .filter_map(|(held, name)| {
                let code = held.code.as_ref()?;
                let is_of = code.dialect.name() == dialect.name();
                is_of.then_some(Unit {
                    file: held.file,
                    name,
                    content: &*code.content,
                })
            })
            .collect();
        if units.is_empty() {
            continue;
        }
        units.sort_by(|a, b| a.name.cmp(b.name));
        let files = &mut outcome.files;
        let mut lowering = Lowering::new(dialect.name(), files, &mut lowered, &is_rendered);
        dialect.lower(&units, &mut lowering);
    }
    lowered
}
