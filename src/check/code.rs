//! Infrastructure code of a project, lowered: what all its files declare together.

use std::collections::HashSet;

use super::read::Held;
use crate::config::{Config, within};
use crate::finding::Outcome;
use crate::infrastructure::{DIALECTS, Lowered, Lowering, Moved, Settings, Unit, VarFile, bind};
use crate::model::Declarations;
use crate::source::{End, Foreign, Linked, Unread};

/// What of a project is read besides its files.
#[derive(Clone, Copy)]
pub(super) struct Around<'a> {
    /// The folder of its configuration.
    pub(super) folder: &'a str,
    /// Whether all is looked at that the configuration is for.
    pub(super) whole: bool,
    /// Its symbolic links.
    pub(super) links: &'a [Linked],
    /// What was moved since, of a state before a change.
    pub(super) moved: &'a [Moved],
}

/// What the code of a project came to, besides what it declares.
#[derive(Default)]
pub(super) struct Added {
    /// The symbolic links that were followed.
    pub(super) followed: HashSet<String>,
    /// What it says was called otherwise before.
    pub(super) moved: Vec<Moved>,
}

/// Adds what the code in `held` declares, what is wrong in it, and what became of its files and links.
pub(super) fn add(
    held: &[&Held],
    around: Around<'_>,
    config: &Config,
    declarations: &mut Declarations,
    outcome: &mut Outcome,
) -> Added {
    let settings = &config.infrastructure;
    if held.is_empty() && config.bindings.is_empty() && settings.rendered.is_empty() {
        return Added::default();
    }
    let mut lowered = lower(held, around, config, outcome);
    for link in &lowered.followed {
        outcome.summary.ledger.add(link, End::Read);
    }
    let foreign: HashSet<_> = lowered.foreign.iter().copied().collect();
    for held in held {
        let end = match foreign.contains(&held.file) {
            true => End::NotOurs(Foreign::Code),
            false => End::Read,
        };
        let name = &outcome.files.get(held.file).name;
        outcome.summary.ledger.add(name, end);
    }
    outcome.trace = lowered.trace.take();
    let unread = &mut outcome.summary.ledger.unread;
    unread.append(&mut lowered.unread);
    unread.extend(lowered.not_mapped.into_values());
    outcome.problems.append(&mut lowered.problems);
    let (bound, problems) = bind(
        &mut lowered.declarations,
        &config.bindings,
        (around.folder, around.whole),
        &mut outcome.files,
    );
    outcome.problems.extend(problems);
    outcome.bound.extend(bound);
    declarations.append(lowered.declarations);
    let name = |file| &outcome.files.get(file).name;
    declarations.sort_by_file(&|a, b| name(a).cmp(name(b)));
    Added {
        followed: lowered.followed.into_iter().collect(),
        moved: lowered.moved,
    }
}

/// The files of values that root modules are given, by paths from where the run started.
fn var_files(folder: &str, config: &Config) -> Vec<VarFile> {
    let mut all = Vec::new();
    for module in &config.infrastructure.roots {
        let Some(root) = joined(folder, &module.folder.value) else {
            continue;
        };
        all.extend(module.var_files.iter().filter_map(|file| {
            Some(VarFile {
                root: root.clone(),
                path: joined(&root, &file.value)?,
                span: file.span,
            })
        }));
    }
    all
}

/// `path` taken from a folder, without `.` and `..`; none if it leads out of where the run started.
fn joined(folder: &str, path: &str) -> Option<String> {
    let mut parts: Vec<&str> = Vec::new();
    for part in folder.split('/').chain(path.split('/')) {
        match part {
            "" | "." => {}
            ".." => _ = parts.pop()?,
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// What the code in `held` declares, whatever the order of the files.
fn lower(held: &[&Held], around: Around<'_>, config: &Config, outcome: &mut Outcome) -> Lowered {
    let folder = around.folder;
    let globs = config.infrastructure.rendered.iter();
    let globs: Vec<_> = globs
        .filter_map(|glob| Some((glob, within(folder, &glob.value)?)))
        .collect();
    let is_rendered = |name: &str| globs.iter().any(|(_, glob)| glob.is_match(name));
    let var_files = var_files(folder, config);
    let settings = Settings {
        is_rendered: &is_rendered,
        var_files: &var_files,
        links: around.links,
        moved: around.moved,
        mappings: &config.infrastructure.mappings,
    };
    let mut lowered = Lowered {
        trace: outcome.trace.take(),
        ..Lowered::default()
    };
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
        let name = dialect.name();
        let mut lowering = Lowering::new(name, files, &mut lowered, settings);
        dialect.lower(&units, &mut lowering);
    }
    lowered
}
