//! The files of one state of a repository.

use std::collections::BTreeMap;

use git2::{ErrorCode, IndexEntry, Oid, Tree};

use super::objects::{Blob, ObjectId, help_for_missing};
use super::{Repo, UNSHALLOW, problem};
use crate::source::Problem;
use crate::source::links::resolve;
use crate::source::{Code, Skip, Skipped, shown};

/// Trees within trees, which a hostile repository can nest without end.
const MAX_DEPTH: usize = 256;
/// Files and folders of one state. A few trees that hold each other ten times over make any number.
const MAX_ENTRIES: usize = 2_000_000;

/// Bits of an index entry that hold its stage: 0, or which side of a conflict it is.
const STAGE: u16 = 0x3000;
/// Of an index entry that `git add --intent-to-add` made: it announces a file, without content.
const INTENT_TO_ADD: u16 = 1 << 13;

const KIND: u32 = 0o170_000;
const FILE: u32 = 0o100_000;
const LINK: u32 = 0o120_000;
const SUBMODULE: u32 = 0o160_000;

/// The files of one state of a repository: of its index, or of a commit.
#[derive(Debug, Default)]
pub struct Snapshot {
    /// What to call it: "the index", or "`main` (1a2b3c4)".
    pub name: String,
    /// The files, by path.
    pub entries: Vec<Entry>,
    /// What is no file of this repository, and so is not looked at.
    pub skipped: Vec<Skipped>,
    /// Symbolic links, which are not followed. What they hold is where they lead.
    pub links: Vec<Entry>,
    /// The paths of files of which the index holds several versions.
    pub conflicts: Vec<String>,
}

/// A file of a [`Snapshot`].
#[derive(Debug, Clone)]
pub struct Entry {
    /// Its path from the root of the repository, with `/`.
    pub path: String,
    /// What it holds.
    pub blob: Blob,
}

/// What a symbolic link leads to: the path, and what is there; of a folder nothing.
pub type Target = (String, Option<Blob>);

impl Snapshot {
    fn called(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            ..Self::default()
        }
    }

    /// A state in which there is nothing.
    pub fn empty() -> Self {
        Self::called("the empty tree")
    }

    /// This state with those symbolic links followed whose paths are `wanted`, and the paths of those
    /// that lead to no file of it.
    #[must_use]
    pub fn with_linked(mut self, wanted: impl Fn(&str) -> bool) -> (Self, Vec<String>) {
        if !self.links.iter().any(|link| wanted(&link.path)) {
            return (self, Vec::new());
        }
        let (mut found, mut dangling) = (Vec::new(), Vec::new());
        for (path, to) in self.followed().into_iter().filter(|(path, _)| wanted(path)) {
            let path = path.to_owned();
            match to {
                Ok((_, Some(blob))) => found.push(Entry { path, blob }),
                _ => dangling.push(path),
            }
        }
        self.entries.append(&mut found);
        self.links.retain(|link| !wanted(&link.path));
        (self.sorted(), dangling)
    }

    /// The paths of its symbolic links, each with what it leads to, or with the reason why it is not
    /// followed. Linear in the number of files where there is a link.
    pub fn followed(&self) -> Vec<(&str, Result<Target, Skip>)> {
        if self.links.is_empty() {
            return Vec::new();
        }
        let held = self.links.iter().map(|Entry { path, blob }| {
            let to = blob.read(LONGEST_LINK).unwrap_or_default();
            (path.as_str(), shown(&to).into_owned())
        });
        let links: BTreeMap<&str, String> = held.collect();
        let files: BTreeMap<&str, &Blob> = self
            .entries
            .iter()
            .map(|entry| (entry.path.as_str(), &entry.blob))
            .collect();
        let is_folder = |path: &str| {
            let start = format!("{path}/");
            let mut from = files.range(start.as_str()..);
            path.is_empty()
                || from
                    .next()
                    .is_some_and(|(file, _)| file.starts_with(&start))
        };
        let paths = links.keys().map(|path| {
            let to = resolve(path, &links).and_then(|to| match files.get(to.as_str()) {
                Some(blob) => Ok((to, Some((*blob).clone()))),
                None if is_folder(&to) => Ok((to, None)),
                None if self.has_submodule_at(&to) => Err(Skip::Link),
                None => Err(Skip::LinkBroken),
            });
            (*path, to)
        });
        paths.collect()
    }

    /// Whether a path is in another repository, which is part of this one.
    fn has_submodule_at(&self, path: &str) -> bool {
        let mut skipped = self.skipped.iter().filter(|it| it.why == Skip::Submodule);
        skipped.any(|submodule| {
            let rest = path.strip_prefix(&submodule.name);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })
    }

    fn add(&mut self, repo: &Repo, path: String, mode: u32, id: Oid) {
        let entry = |path: String| Entry {
            blob: Blob {
                objects: repo.objects.clone(),
                id: ObjectId::from(id),
                path: path.as_str().into(),
            },
            path,
        };
        match mode & KIND {
            FILE => self.entries.push(entry(path)),
            LINK => self.links.push(entry(path)),
            SUBMODULE => self.skip(path, Skip::Submodule),
            _ => {}
        }
    }

    fn skip(&mut self, name: String, why: Skip) {
        self.skipped.push(Skipped { name, why });
    }

    fn sorted(mut self) -> Self {
        self.entries.sort_by(|a, b| a.path.cmp(&b.path));
        self.conflicts.dedup();
        self
    }
}

/// No path is longer on any system.
const LONGEST_LINK: u32 = 1 << 16;

impl Repo {
    /// What the index holds: what `git commit` would commit, whatever the work tree holds.
    ///
    /// Linear in the number of files; reads none of them.
    ///
    /// # Errors
    ///
    /// Where there is no work tree, or the index is in a form that cannot be read.
    pub fn index(&self) -> Result<Snapshot, Problem> {
        if self.repository.is_bare() {
            return Err(problem(Code::GitBare, "a bare repository has no index")
                .help("name the commit to check: `palisade check --rev REV`"));
        }
        let index = self.repository.index().map_err(|error| {
            let said = error.message();
            let unreadable = problem(Code::GitIndex, format!("the index cannot be read: {said}"));
            unreadable.help(if said.contains("'sdir'") {
                "it is a sparse index: write it in full with `git sparse-checkout reapply \
                 --no-sparse-index`"
            } else if said.contains("'link'") {
                "it is a split index: write it in one with `git update-index --no-split-index`"
            } else {
                "write it again: remove the file `index` in the git directory, then `git reset`"
            })
        })?;
        let mut snapshot = Snapshot::called("the index");
        for entry in index.iter() {
            let IndexEntry { mode, id, .. } = entry;
            let path = shown(&entry.path).into_owned();
            if entry.flags & STAGE != 0 {
                snapshot.conflicts.push(path);
            } else if entry.flags_extended & INTENT_TO_ADD != 0 {
                snapshot.skip(path, Skip::IntentToAdd);
            } else {
                snapshot.add(self, path, mode, id);
            }
        }
        Ok(snapshot.sorted())
    }

    /// The tree of the commit that `HEAD` is at; an empty one where there is none yet.
    ///
    /// # Errors
    ///
    /// Where `HEAD` or its tree cannot be read.
    pub fn head(&self) -> Result<Snapshot, Problem> {
        match self.repository.head() {
            Err(error) if error.code() == ErrorCode::UnbornBranch => Ok(Snapshot::empty()),
            _ => self.revision("HEAD"),
        }
    }

    /// The tree that `revision` names.
    ///
    /// # Errors
    ///
    /// Where it names none, or some of it is not here.
    pub fn revision(&self, revision: &str) -> Result<Snapshot, Problem> {
        let object = self.resolve(revision)?;
        let commit = object.peel_to_commit();
        let tree = object
            .peel_to_tree()
            .map_err(|_| self.no_tree(revision, object.id()))?;
        let id = commit.map_or(tree.id(), |commit| commit.id());
        let mut snapshot = Snapshot::called(name(revision, id));
        let mut left = MAX_ENTRIES;
        self.walk(&tree, ("", 0), &mut left, &mut snapshot)?;
        Ok(snapshot.sorted())
    }

    /// The tree of the last commit that both `revision` and `with` come from: where histories crossed
    /// there are several, of which this is number `nth`, from 0; and how many there are.
    ///
    /// # Errors
    ///
    /// Where one of them names no commit, or they have none in common here.
    pub fn merge_base(
        &self,
        revision: &str,
        with: &str,
        nth: usize,
    ) -> Result<(Snapshot, usize), Problem> {
        let commit = |revision: &str| {
            let object = self.resolve(revision)?;
            let commit = object.peel_to_commit();
            commit.map_err(|_| {
                problem(Code::GitRevision, format!("`{revision}` names no commit"))
                    .help("name a branch, a tag or a commit; `git log --oneline` lists some")
            })
        };
        let (one, two) = (commit(revision)?, commit(with)?);
        let found = self.repository.merge_bases(one.id(), two.id());
        let all: Vec<Oid> = found.map(|found| found.to_vec()).unwrap_or_default();
        let Some(base) = all.get(nth).copied() else {
            return Err(self.unrelated(revision, with));
        };
        let mut snapshot = self.revision(&base.to_string())?;
        let shorts: Vec<_> = all.iter().map(|id| short(*id)).collect();
        snapshot.name = match shorts.as_slice() {
            [_] if base == one.id() => name(revision, base),
            [one] => format!("the merge base of `{revision}` and `{with}` ({one})"),
            several => format!(
                "the {} merge bases of `{revision}` and `{with}` ({})",
                several.len(),
                several.join(", ")
            ),
        };
        Ok((snapshot, all.len()))
    }

    fn walk(
        &self,
        tree: &Tree<'_>,
        (at, depth): (&str, usize),
        left: &mut usize,
        to: &mut Snapshot,
    ) -> Result<(), Problem> {
        let within = left.checked_sub(tree.len());
        let Some(rest) = within.filter(|_| depth <= MAX_DEPTH) else {
            let state = &to.name;
            let message = format!(
                "{state} has more than {MAX_ENTRIES} files and folders, or more than {MAX_DEPTH} \
                 folders in each other"
            );
            return Err(problem(Code::GitSize, message).help(
                "check a part of the work tree: leave out `--staged`, `--base` and `--rev`",
            ));
        };
        *left = rest;
        for entry in tree {
            let name = shown(entry.name_bytes());
            let path = match at {
                "" => name.into_owned(),
                _ => format!("{at}/{name}"),
            };
            if entry.kind() == Some(git2::ObjectType::Tree) {
                let inner = self.repository.find_tree(entry.id());
                let inner = inner.map_err(|_| self.no_tree(&path, entry.id()))?;
                self.walk(&inner, (&path, depth + 1), left, to)?;
            } else {
                to.add(self, path, entry.filemode().unsigned_abs(), entry.id());
            }
        }
        Ok(())
    }

    fn no_tree(&self, of: &str, id: Oid) -> Problem {
        let there = self
            .repository
            .odb()
            .is_ok_and(|objects| objects.exists(id));
        if there && self.promisor.is_none() {
            return problem(
                Code::GitRevision,
                format!("`{of}` names no commit and no tree"),
            )
            .help("name a branch, a tag or a commit; `git log --oneline` lists some");
        }
        let why = match self.promisor {
            Some(_) => "this is a partial clone",
            None => "the repository is damaged",
        };
        let message = format!("a folder of `{of}` is not here: {why}");
        problem(Code::MissingObject, message).help(help_for_missing(self.promisor.as_deref()))
    }

    fn unrelated(&self, revision: &str, with: &str) -> Problem {
        let shallow = self.repository.is_shallow();
        let here = if shallow {
            " in this shallow clone"
        } else {
            ""
        };
        let message = format!("`{revision}` and `{with}` have no commit in common{here}");
        problem(Code::GitMergeBase, message).help(if shallow {
            UNSHALLOW
        } else {
            "compare with a branch that shares history, or check everything: leave out `--base`"
        })
    }
}

/// "`main` (1a2b3c4)"; of a commit that is named by its id, the id alone.
fn name(revision: &str, id: Oid) -> String {
    let whole = id.to_string();
    match whole.starts_with(revision) {
        true => format!("`{}`", short(id)),
        false => format!("`{revision}` ({})", short(id)),
    }
}

fn short(id: Oid) -> String {
    id.to_string().chars().take(7).collect()
}
