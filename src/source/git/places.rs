//! Paths in a repository, paths as they are typed, and names as they are shown.

use std::ffi::OsStr;
use std::path::{Component, Path, PathBuf};

use super::problem;
use crate::source::links::relative;
use crate::source::{Code, Problem, display_name, shown};

/// Where a repository lies, seen from where the run started.
#[derive(Debug, Clone)]
pub struct Places {
    /// The folder that paths in the repository start from: the work tree, or, if it is bare, the
    /// repository itself.
    root: PathBuf,
    /// The git directory, where hooks of a server run: there, too, paths start from the root.
    git: PathBuf,
    /// Where the run started, from the root; `None` if that is outside.
    here: Option<PathBuf>,
    bare: bool,
}

impl Places {
    pub(super) fn of(repository: &git2::Repository) -> Self {
        let canonical = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
        let git = canonical(repository.path());
        let root = repository.workdir().map_or_else(|| git.clone(), canonical);
        let here = Path::new(".").canonicalize().ok();
        let here = here.and_then(|here| Some(here.strip_prefix(&root).ok()?.to_path_buf()));
        Self {
            root,
            git,
            here,
            bare: repository.is_bare(),
        }
    }

    /// Whether there is no work tree.
    pub fn is_bare(&self) -> bool {
        self.bare
    }

    /// The path in the repository of the file or folder that `path` names, whether or not it is
    /// there; empty for all of the repository.
    ///
    /// # Errors
    ///
    /// Where it lies outside.
    pub fn path_of(&self, path: &Path) -> Result<String, Problem> {
        let (there, rest) = existing(path);
        let whole = match there.canonicalize() {
            Ok(there) => there.join(&rest),
            Err(_) => path.to_path_buf(),
        };
        let inside = whole.strip_prefix(&self.git);
        let inside = match inside.or_else(|_| whole.strip_prefix(&self.root)) {
            Ok(inside) => inside,
            Err(_) if self.bare && path.is_relative() => path,
            Err(_) => return Err(self.outside(path)),
        };
        let mut parts = Vec::new();
        for part in inside.components() {
            match part {
                Component::CurDir => {}
                Component::Normal(name) => parts.push(shown(name.as_encoded_bytes())),
                _ => return Err(self.outside(path)),
            }
        }
        Ok(parts.join("/"))
    }

    fn outside(&self, path: &Path) -> Problem {
        let (path, root) = (display_name(path), display_name(&self.root));
        let message = format!("`{path}` lies outside of the repository `{root}`");
        problem(Code::GitPath, message).help("name paths of one repository; run once for each")
    }

    /// What to call `path`, a path in the repository, from where the run started.
    pub fn name_of(&self, path: &str) -> String {
        let Some(here) = self.here.as_ref().filter(|_| !self.bare) else {
            return match self.bare {
                true => path.to_owned(),
                false => display_name(&self.root.join(path)),
            };
        };
        display_name(&relative(here, Path::new(path)))
    }
}

/// The part of `path` that is there, and the rest.
pub(super) fn existing(path: &Path) -> (PathBuf, PathBuf) {
    let or_here = |path: &Path| match path.as_os_str().is_empty() {
        true => PathBuf::from("."),
        false => path.to_path_buf(),
    };
    let mut there = or_here(path);
    let mut rest: Vec<&OsStr> = Vec::new();
    let mut left = path;
    while !there.exists() {
        let (Some(above), Some(name)) = (left.parent(), left.file_name()) else {
            break;
        };
        rest.push(name);
        left = above;
        there = or_here(above);
    }
    (there, rest.into_iter().rev().collect())
}
