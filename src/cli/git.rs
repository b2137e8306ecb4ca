//! `--staged`, `--rev` and `--base`: files from a git repository, and what to compare them with.

mod layout;
mod paths;

use std::path::{Path, PathBuf};

use clap::Args;

use super::roots::Configuration;
use crate::check::Project;
use crate::check::may_be_read;
use crate::source::{Code, Origin, Problem, ProblemKind, Repo, Snapshot};

use paths::Paths;

/// Which state of a repository to check.
#[derive(Debug, Args)]
pub(super) struct Revisions {
    /// Check what is staged for the next commit, and report only what is new since `HEAD`
    #[arg(long, conflicts_with = "rev")]
    staged: bool,
    /// Check the files of this commit, and not those of the work tree
    #[arg(long, value_name = "REV")]
    rev: Option<String>,
    /// Report only what is new since the last commit that is also in REV
    #[arg(long, value_name = "REV")]
    base: Option<String>,
}

/// Roots, and what they are compared with.
#[derive(Default)]
pub(super) struct Chosen {
    pub(super) roots: Vec<Project>,
    /// What that is called.
    pub(super) base: Option<String>,
    /// How many states there are to compare with, of which this is one; 0 if none.
    pub(super) bases: usize,
    /// Whether only files are named, and no folder.
    pub(super) only_files: bool,
}

impl Revisions {
    /// Whether a repository is asked for at all.
    pub(super) fn any(&self) -> bool {
        self.staged || self.rev.is_some() || self.base.is_some()
    }

    /// The roots that `paths` name in the states that are asked for. A `configuration` that is
    /// named, and the policy files that `globs` name, are those of now: they belong to the command
    /// and not to the repository. Where there are several states to compare with, it is with number
    /// `nth`, from 0.
    ///
    /// # Errors
    ///
    /// The first thing that keeps a state from being read; then there is nothing to check.
    pub(super) fn roots(
        &self,
        paths: &[PathBuf],
        configuration: Configuration,
        globs: &[String],
        nth: usize,
        problems: &mut Vec<Problem>,
    ) -> Result<Chosen, Problem> {
        if let Some(rev) = self.rev.as_ref().filter(|rev| is_null(rev)) {
            let message = format!("`{rev}` stands for no commit");
            return Err(usage(&message).help("what is deleted need not be checked"));
        }
        if paths.iter().any(|path| path == Path::new("-")) {
            let message = "standard input is in no git repository";
            return Err(usage(message).help("leave out `-`, or `--staged`, `--base` and `--rev`"));
        }
        let near = paths.first().map_or(Path::new("."), PathBuf::as_path);
        let git_dir = std::env::var_os("GIT_DIR");
        let repo = Repo::open(near, git_dir.is_some_and(|path| !path.is_empty()))?;
        let paths = Paths::new(repo.places(), paths)?;
        let (now, with) = match &self.rev {
            Some(rev) => (Some(linked(repo.revision(rev)?, problems)), rev.as_str()),
            None if self.staged => (Some(linked(repo.index()?, problems)), "HEAD"),
            None if repo.places().is_bare() => {
                let message = "a bare repository has no work tree to check";
                return Err(usage(message).help("name the commit to check: `--rev REV`"));
            }
            None => (None, "HEAD"),
        };
        if let Some(now) = &now {
            let conflicts = paths.conflicts(now);
            if !conflicts.is_empty() {
                problems.extend(conflicts);
                return Ok(Chosen::default());
            }
        }
        let (before, bases) = match &self.base {
            // So git and platforms say that there was nothing before.
            Some(base) if is_null(base) => (Some(Snapshot::empty()), 1),
            Some(base) => {
                let (before, bases) = repo.merge_base(base, with, nth)?;
                (Some(before.with_linked(paths::is_configuration).0), bases)
            }
            None if self.staged => (Some(repo.head()?.with_linked(paths::is_configuration).0), 1),
            None => (None, 0),
        };
        let states = now.iter().chain(&before);
        for state in states.filter(|_| repo.is_partial()) {
            let documents: Vec<_> = paths.documents(state).collect();
            let readable = documents
                .iter()
                .filter_map(|(_, file)| match &file.candidate.origin {
                    Origin::Blob(blob) if may_be_read(&file.candidate.name) => {
                        Some((file.candidate.name.as_str(), blob))
                    }
                    _ => None,
                });
            if let Some(problem) = repo.left_out(state, readable) {
                return Err(problem);
            }
        }
        let mut layout = match &now {
            Some(now) => layout::of_snapshot(&paths, now, configuration, globs, problems),
            None => layout::of_work_tree(&paths, configuration, globs, problems),
        };
        let states: Vec<_> = now.iter().chain(&before).collect();
        if now.is_some() {
            problems.extend(paths.absent(&states));
        }
        if let Some(before) = &before {
            if now.is_none() {
                // A new submodule is known only to the index.
                let index = repo.index().unwrap_or_else(|_| Snapshot::empty());
                layout.skip_submodules(&paths, &[before, &index]);
            }
            layout.add_base(&paths, before, now.is_none().then_some(&repo));
        }
        Ok(Chosen {
            only_files: paths.are_files(&states),
            roots: layout.into_roots(),
            base: before.map(|before| before.name),
            bases,
        })
    }
}

/// Whether a revision is all zeros, which is the name of no commit.
fn is_null(revision: &str) -> bool {
    matches!(revision.len(), 40 | 64) && revision.bytes().all(|byte| byte == b'0')
}

/// `state`, in which configurations that are symbolic links are read as what they lead to, as they are
/// in the work tree. One that leads to no file of the repository is a problem.
fn linked(state: Snapshot, problems: &mut Vec<Problem>) -> Snapshot {
    let (state, dangling) = state.with_linked(paths::is_configuration);
    problems.extend(dangling.into_iter().map(|path| {
        let message = format!("`{path}` is a symbolic link to nothing in {}", state.name);
        Problem::new(ProblemKind::Configuration, Code::Unreadable, message)
            .help("keep the configuration itself in the repository")
    }));
    state
}

fn usage(message: &str) -> Problem {
    Problem::new(ProblemKind::Command, Code::GitUsage, message)
}
