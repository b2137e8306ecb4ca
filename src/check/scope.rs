//! Which files a configuration is for: what it includes and what it leaves out.

use globset::GlobMatcher;

use super::{Root, root_folder};
use crate::config::{Config, within};
use crate::source::{Found, Problem, ProblemKind};

/// What a configuration leaves out.
struct Excluded(Vec<GlobMatcher>);

impl Excluded {
    fn by(folder: &str, config: &Config) -> Self {
        let globs = config.exclude.iter().chain(&config.tests);
        Self(
            globs
                .filter_map(|glob| within(folder, &glob.value))
                .collect(),
        )
    }

    /// A glob that covers a folder covers what is in it.
    fn covers(&self, name: &str) -> bool {
        let ends = name.char_indices().filter(|(_, c)| *c == '/');
        let mut parts = ends.map(|(at, _)| &name[..at]).chain([name]);
        !self.0.is_empty() && parts.any(|part| self.0.iter().any(|glob| glob.is_match(part)))
    }
}

/// Whether the configuration of another root leaves this one out.
pub(super) fn is_excluded(root: &Root, all: &[(Root, Config)]) -> bool {
    let Some(at) = &root.config else {
        return false;
    };
    let others = all
        .iter()
        .filter(|(other, _)| other.config.as_ref() != Some(at));
    let mut others = others.filter(|(other, _)| other.config.is_some());
    !at.named
        && others
            .any(|(other, config)| Excluded::by(root_folder(other), config).covers(at.folder()))
}

/// Applies `include` and `exclude`: the first make a document of a file, the second hide it. Gives
/// the problems of those that do nothing.
pub(super) fn choose_files(found: &mut Found, folder: &str, config: &Config) -> Vec<Problem> {
    let excluded = Excluded::by(folder, config);
    let candidates = &mut found.candidates;
    candidates.retain(|candidate| candidate.named || !excluded.covers(&candidate.name));
    let mut unmatched = Vec::new();
    for glob in &config.include {
        let Some(matcher) = within(folder, &glob.value) else {
            continue;
        };
        let mut matched = false;
        for candidate in &mut found.candidates {
            if matcher.is_match(&candidate.name) {
                candidate.named = true;
                matched = true;
            }
        }
        if !matched {
            let message = format!("`{}` matches no file", glob.value);
            unmatched.push(
                Problem::new(ProblemKind::Configuration, "no-documents", message)
                    .at(glob.span, "nothing is included by this")
                    .help("globs are relative to the folder of this file"),
            );
        }
    }
    unmatched
}
