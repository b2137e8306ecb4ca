//! What a git repository holds: its index, and the trees of its commits.
//!
//! Nothing is checked out and nothing is written: files are listed from the index or a tree, and
//! read from the object database. Git's own variables count, so that a hook sees the repository
//! and the index that git made for it: `GIT_DIR`, `GIT_WORK_TREE`, `GIT_INDEX_FILE`,
//! `GIT_COMMON_DIR`, `GIT_OBJECT_DIRECTORY`, `GIT_ALTERNATE_OBJECT_DIRECTORIES`.

mod objects;
mod places;
mod snapshot;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::UNIX_EPOCH;

use git2::{ErrorCode, Object, Repository};

use super::{Code, Problem, ProblemKind, display_name};
use objects::{Objects, Start, help_for_missing};
use places::existing;

pub use objects::{Blob, MissingObject, ObjectId};
pub use places::Places;
pub use snapshot::{Entry, Snapshot, Target};

/// What to do about history that is not here.
const UNSHALLOW: &str = "get the history with `git fetch --unshallow`; in CI, check out with full \
                         depth (`fetch-depth: 0`)";
/// So many files that a partial clone left out are named.
const NAMED: usize = 3;

/// A git repository, open for reading.
pub struct Repo {
    repository: Repository,
    objects: Arc<Objects>,
    /// The remote that has what a partial clone has not.
    promisor: Option<String>,
    places: Places,
}

fn problem(code: Code, message: impl Into<String>) -> Problem {
    Problem::new(ProblemKind::Command, code, message)
}

impl Repo {
    /// The repository that the variable `GIT_DIR` names, if `from_environment`, or else the one
    /// that `near` lies in. `near` need not be there.
    ///
    /// # Errors
    ///
    /// Where there is none, or git would not use it either.
    pub fn open(near: &Path, from_environment: bool) -> Result<Self, Problem> {
        let start = match from_environment {
            true => Start::Environment,
            false => Start::Near(existing(near).0),
        };
        let repository = start.open().map_err(|error| refused(&error, near))?;
        let promisor = promisor(&repository);
        let places = Places::of(&repository);
        Ok(Self {
            objects: Arc::new(Objects::new(start, promisor.clone())),
            repository,
            promisor,
            places,
        })
    }

    /// Where it lies.
    pub fn places(&self) -> &Places {
        &self.places
    }

    /// Whether it may lack contents that it refers to, because it was cloned with a filter.
    pub fn is_partial(&self) -> bool {
        self.promisor.is_some()
    }

    /// Which of these files of `state` a partial clone left out, as a problem; `None` if none is.
    /// Looks for each.
    pub fn left_out<'f>(
        &self,
        state: &Snapshot,
        files: impl Iterator<Item = (&'f str, &'f Blob)>,
    ) -> Option<Problem> {
        let objects = self.repository.odb().ok()?;
        let absent = files.filter(|(_, blob)| !objects.exists(blob.id.into()));
        let names: Vec<_> = absent.map(|(name, _)| format!("`{name}`")).collect();
        let shown = names.get(..NAMED).unwrap_or(&names).join(", ");
        let message = match names.len() {
            0 => return None,
            1 => format!(
                "{shown} of {} is not here: this is a partial clone",
                state.name
            ),
            all => format!(
                "{all} files of {} are not here: this is a partial clone; among them {shown}",
                state.name
            ),
        };
        let help = help_for_missing(self.promisor.as_deref());
        Some(Problem::input(Code::MissingObject, message).help(help))
    }

    /// Whether there is any filter that git may run, besides that of Git LFS.
    pub fn has_filters(&self) -> bool {
        let filters = |config: &git2::Config| {
            let mut entries = config
                .entries(Some(r"^filter\..*\.(clean|process)$"))
                .ok()?;
            while let Some(Ok(entry)) = entries.next() {
                if !entry
                    .name()
                    .is_ok_and(|name| name.starts_with("filter.lfs."))
                {
                    return Some(());
                }
            }
            None
        };
        let config = self.repository.config();
        config.is_ok_and(|config| filters(&config).is_some())
    }

    /// The file of the work tree at `path`, if git filters it and the index says that it holds what
    /// `blob` does: then it was not changed since, although its bytes are others. Does not run filters.
    pub fn unchanged_behind_filter(&self, path: &str, blob: &Blob) -> Option<PathBuf> {
        let index = self.repository.index().ok()?;
        let entry = index.get_path(Path::new(path), 0)?;
        let file = self.repository.workdir()?.join(path);
        let is_same = || {
            let found = std::fs::metadata(&file).ok()?;
            let changed = found.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
            let changed = i64::try_from(changed.as_secs()).ok()?;
            let is_of_then = i64::from(entry.mtime.seconds()) == changed;
            Some(is_of_then && u64::from(entry.file_size) == found.len())
        };
        let is_unchanged = ObjectId::from(entry.id) == blob.id
            && objects::has_filter(&self.repository, Path::new(path))
            && is_same() == Some(true);
        is_unchanged.then_some(file)
    }

    fn resolve(&self, revision: &str) -> Result<Object<'_>, Problem> {
        self.repository.revparse_single(revision).map_err(|error| {
            let head = self.repository.head().err();
            let unborn = head.is_some_and(|error| error.code() == ErrorCode::UnbornBranch);
            if unborn && revision == "HEAD" {
                return problem(Code::GitRevision, "`HEAD` has no commit yet")
                    .help("commit first; `palisade check --staged` checks what is staged");
            }
            let message = match error.code() {
                ErrorCode::Ambiguous => format!("`{revision}` names more than one object"),
                _ if self.repository.is_shallow() => {
                    format!("`{revision}` names nothing in this shallow clone")
                }
                _ => format!("`{revision}` names nothing in this repository"),
            };
            let known = problem(Code::GitRevision, message);
            match revision.split_once('/') {
                Some((remote, branch)) if self.repository.find_remote(remote).is_ok() => known
                    .help(format!(
                        "get it with `git fetch {remote} {branch}:refs/remotes/{revision}`"
                    )),
                _ if self.repository.is_shallow() => known.help(UNSHALLOW),
                _ => known.help("`git branch --all` and `git tag` list what there is"),
            }
        })
    }
}

/// Why a repository could not be opened, and what to do.
fn refused(error: &git2::Error, near: &Path) -> Problem {
    let shown = display_name(near);
    let said = error.message();
    match error.code() {
        ErrorCode::NotFound => problem(
            Code::GitRepository,
            format!("`{shown}` lies in no git repository"),
        )
        .help("run this in one, or leave out `--staged`, `--base` and `--rev`"),
        ErrorCode::Owner => {
            // The path is in the text alone: `repository path '…' is not owned by current user`.
            let path = said.split('\'').nth(1).unwrap_or(&shown);
            let message = format!("the repository `{path}` belongs to another user");
            problem(Code::GitOwner, message).help(format!(
                "git reads it only where you say so: `git config --global --add safe.directory \
                 {path}`"
            ))
        }
        _ => {
            let message = format!("the repository around `{shown}` cannot be read: {said}");
            let known = problem(Code::GitRepository, message);
            if said.contains("objectformat") || said.contains("sha256") {
                known.help(
                    "repositories with SHA-256 ids cannot be read yet: check the work tree, and \
                     leave out `--staged`, `--base` and `--rev`",
                )
            } else if said.contains("refstorage") {
                known.help(
                    "references in reftables cannot be read yet: `git refs migrate \
                     --ref-format=files` makes files of them",
                )
            } else if said.contains("extensions.partialclone") {
                known.help("`git config --unset extensions.partialClone`, and clones made since git 2.28 work as they are")
            } else {
                known.help(format!("`git -C {shown} status` may say more"))
            }
        }
    }
}

/// The remote that promised what a partial clone left out.
fn promisor(repository: &Repository) -> Option<String> {
    let config = repository.config().ok()?;
    let mut entries = config.entries(Some(r"^remote\..*\.promisor$")).ok()?;
    let mut found = None;
    while let Some(Ok(entry)) = entries.next() {
        let name = entry.name().ok().and_then(|name| {
            let name = name.strip_prefix("remote.")?;
            name.strip_suffix(".promisor").map(str::to_owned)
        });
        found = found.or(name);
    }
    found
}
