//! What is checked of a repository, and what it is called.

use std::path::PathBuf;
use std::sync::Arc;

use crate::check::Scope;
use crate::config;
use crate::source::{
    Candidate, Code, Entry, Origin, Places, Problem, ProblemKind, Skip, Snapshot, display_name,
};

/// A file that is checked.
pub(super) struct File {
    pub(super) candidate: Candidate,
    /// Whether it was named itself.
    pub(super) named: bool,
}

/// The paths that are checked, in the repository and as they were typed.
#[derive(Clone)]
pub(super) struct Paths(Arc<Inner>);

struct Inner {
    places: Places,
    typed: Vec<(String, PathBuf)>,
}

impl Paths {
    /// # Errors
    ///
    /// Where one of them lies outside of the repository.
    pub(super) fn new(places: &Places, typed: &[PathBuf]) -> Result<Self, Problem> {
        let typed = typed
            .iter()
            .map(|path| Ok((places.path_of(path)?, path.clone())));
        Ok(Self(Arc::new(Inner {
            places: places.clone(),
            typed: typed.collect::<Result<_, Problem>>()?,
        })))
    }

    /// What is checked, for what is read besides.
    pub(super) fn scope(&self) -> Scope {
        let typed = self.0.typed.iter();
        Scope::of(
            typed
                .map(|(inside, typed)| match self.0.places.is_bare() {
                    true => inside.clone(),
                    false => display_name(typed),
                })
                .collect(),
        )
    }

    /// As they were typed.
    pub(super) fn typed(&self) -> impl Iterator<Item = &PathBuf> {
        self.0.typed.iter().map(|(_, typed)| typed)
    }

    /// The folders that may hold the configuration of what is checked from outside of it.
    pub(super) fn starts(&self) -> impl Iterator<Item = &str> {
        self.0.typed.iter().map(|(inside, _)| inside.as_str())
    }

    /// Whether all of `folder`, a path in the repository, is checked.
    pub(super) fn hold(&self, folder: &str) -> bool {
        self.starts().any(|start| within(folder, start).is_some())
    }

    /// Where a file of the work tree lies in the repository, if it does.
    pub(super) fn inside(&self, file: &std::path::Path) -> Option<String> {
        self.0.places.path_of(file).ok()
    }

    /// What `path`, a path in the repository, is called, and whether it was named itself; `None`
    /// if it is not among what is checked.
    pub(super) fn selected(&self, path: &str) -> Option<(String, bool)> {
        let mut found = None;
        for (inside, typed) in &self.0.typed {
            let Some(rest) = within(path, inside) else {
                continue;
            };
            let named = rest.is_empty();
            let name = match self.0.places.is_bare() {
                true => path.to_owned(),
                false if named => display_name(typed),
                false => display_name(&typed.join(rest)),
            };
            if named {
                return Some((name, true));
            }
            found = found.or(Some((name, false)));
        }
        found
    }

    /// What `path`, a path in the repository, is called, whether or not it is checked.
    pub(super) fn name(&self, path: &str) -> String {
        let selected = self.selected(path).map(|(name, _)| name);
        selected.unwrap_or_else(|| self.0.places.name_of(path))
    }

    /// Whether each path that was typed is a file in one of `states`, and not a folder: a hook hands over
    /// whatever a commit changes.
    pub(super) fn are_files(&self, states: &[&Snapshot]) -> bool {
        let is_file = |(inside, typed): &(String, PathBuf)| {
            let mut entries = states.iter().flat_map(|state| &state.entries);
            typed.is_file() || entries.any(|entry| entry.path == *inside)
        };
        self.0.typed.iter().all(is_file)
    }

    /// The files of `snapshot` that are checked, with their paths. One that is named need not be a
    /// document: hooks name whatever a commit has.
    pub(super) fn documents<'s>(
        &'s self,
        snapshot: &'s Snapshot,
    ) -> impl Iterator<Item = (&'s str, File)> + 's {
        snapshot.entries.iter().filter_map(|entry| {
            let (name, named) = self.selected(&entry.path)?;
            let file = File {
                candidate: Candidate {
                    name,
                    named: false,
                    origin: Origin::Blob(entry.blob.clone()),
                },
                named,
            };
            Some((entry.path.as_str(), file))
        })
    }

    /// The other files of `snapshot`, with their paths: what is checked may refer to them.
    pub(super) fn others<'s>(
        &'s self,
        snapshot: &'s Snapshot,
    ) -> impl Iterator<Item = (&'s str, Candidate)> + 's {
        let others = snapshot
            .entries
            .iter()
            .filter(|entry| self.selected(&entry.path).is_none() && !is_setting(&entry.path));
        others.map(|entry| (entry.path.as_str(), self.file(entry)))
    }

    /// A file that is not checked, such as a policy.
    pub(super) fn file(&self, entry: &Entry) -> Candidate {
        Candidate {
            name: self.name(&entry.path),
            named: false,
            origin: Origin::Blob(entry.blob.clone()),
        }
    }

    /// The problems of files of which `snapshot` holds several versions.
    pub(super) fn conflicts(&self, snapshot: &Snapshot) -> Vec<Problem> {
        let conflicts = snapshot.conflicts.iter();
        let names = conflicts.filter_map(|path| self.selected(path));
        let problems = names.map(|(name, _)| {
            let message =
                format!("`{name}` is in conflict: what would be committed is not decided");
            let help = format!("resolve the conflict, then `git add {name}`");
            Problem::input(Code::Conflict, message).help(help)
        });
        problems.collect()
    }

    /// The problems of paths that name nothing in any of `states`, the first of which is checked.
    pub(super) fn absent(&self, states: &[&Snapshot]) -> Vec<Problem> {
        let is_there = |inside: &str| {
            let mut states = states.iter();
            inside.is_empty() || states.any(|state| holds(state, inside))
        };
        let typed = self.0.typed.iter();
        let absent = typed.filter(|(inside, _)| !is_there(inside));
        let state = states.first().map_or("", |state| state.name.as_str());
        let problem = |(inside, typed): &(String, PathBuf)| {
            let path = display_name(typed);
            let mut skipped = states.iter().flat_map(|state| &state.skipped);
            let submodule = skipped.find(|skipped| {
                skipped.why == Skip::Submodule && within(inside, &skipped.name).is_some()
            });
            if let Some(submodule) = submodule {
                let message = format!("`{path}` lies in the submodule `{}`", submodule.name);
                return Problem::new(ProblemKind::Command, Code::GitPath, message)
                    .help("a submodule is a repository of its own: run this in it");
            }
            Problem::input(Code::Unreadable, format!("`{path}` is not in {state}")).help(
                "`git ls-files` lists what is staged, `git ls-tree -r REV` what a commit holds",
            )
        };
        absent.map(problem).collect()
    }
}

fn holds(state: &Snapshot, inside: &str) -> bool {
    let files = state.entries.iter().map(|entry| &entry.path);
    let skipped = state.skipped.iter().map(|skipped| &skipped.name);
    let mut all = files
        .chain(skipped)
        .chain(state.links.iter().map(|link| &link.path))
        .chain(&state.conflicts);
    all.any(|path| within(path, inside).is_some())
}

/// The rest of `path` after the folder or file `inside`; `None` if it is not in that.
pub(super) fn within<'p>(path: &'p str, inside: &str) -> Option<&'p str> {
    let rest = path.strip_prefix(inside)?;
    match inside.is_empty() || rest.is_empty() {
        true => Some(rest),
        false => rest.strip_prefix('/'),
    }
}

/// `folder`, then each one around it, the root of the repository last.
pub(super) fn around(folder: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(folder), |folder| {
        let above = folder.rsplit_once('/').map(|(above, _)| above);
        above.or((!folder.is_empty()).then_some(""))
    })
}

pub(super) fn folder_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// Whether a file is a configuration or a policy file.
pub(super) fn is_setting(path: &str) -> bool {
    is_configuration(path) || path.ends_with(".cedar")
}

pub(super) fn is_configuration(path: &str) -> bool {
    path.rsplit('/').next() == Some(config::FILE_NAME)
}
