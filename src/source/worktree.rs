//! Files to check: which there are in the work tree, and what is in them.

use std::fs;
use std::io::{self, Read};
use std::path::{Component, Path, PathBuf};

use git2::Repository;
use walkdir::{DirEntry, WalkDir};

use super::git::Blob;

/// A text that may be a document, not yet read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// The path as shown to people, with `/`.
    pub name: String,
    /// Whether it was named explicitly, rather than found in a folder.
    pub named: bool,
    /// Where its bytes are.
    pub origin: Origin,
}

/// Where the bytes of a text are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// In a file.
    File(PathBuf),
    /// In memory: standard input, or a text that a program made.
    Memory(Vec<u8>),
    /// In the object database of a git repository.
    Blob(Blob),
}

/// Why what a repository lists is not looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Skip {
    /// It is a repository of its own.
    Submodule,
    /// Git LFS keeps the content elsewhere; the repository has a pointer to it.
    LfsPointer,
    /// It is announced (`git add --intent-to-add`), and nothing of it is staged.
    IntentToAdd,
}

/// What a repository lists and is not looked at.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Skipped {
    /// The path as shown to people.
    pub name: String,
    /// Why not.
    pub why: Skip,
}

/// Whether a file holds not its content but where Git LFS keeps that.
pub fn is_lfs_pointer(bytes: &[u8]) -> bool {
    // Pointers are this small, by their specification.
    bytes.len() < 1024 && bytes.starts_with(b"version https://git-lfs.github.com/spec/")
}

/// A path that could not be looked at.
#[derive(Debug)]
pub struct Unreadable {
    /// The path as shown to people.
    pub name: String,
    /// Why not.
    pub error: io::Error,
}

/// What was found under the paths of a run.
#[derive(Debug, Default)]
pub struct Found {
    /// The files, by name, each once.
    pub candidates: Vec<Candidate>,
    /// The paths that could not be looked at.
    pub unreadable: Vec<Unreadable>,
    /// Symbolic links that were not followed.
    pub links: usize,
    /// What a repository lists and is not looked at.
    pub skipped: Vec<Skipped>,
}

/// The files that `paths` name, and those in the folders that they name.
///
/// In folders, `.git` is left out and so is what `.gitignore` and git's other exclude files leave
/// out; symbolic links are not followed, so nothing outside the folder is read. A file that is
/// named explicitly is taken whatever it is.
pub fn find(paths: &[PathBuf]) -> Found {
    let mut found = Found::default();
    for path in paths {
        match fs::metadata(path) {
            Err(error) => found.unreadable.push(Unreadable {
                name: display_name(path),
                error,
            }),
            Ok(metadata) if metadata.is_dir() => walk(path, &mut found),
            Ok(_) => found.candidates.push(Candidate {
                name: display_name(path),
                named: true,
                origin: Origin::File(path.clone()),
            }),
        }
    }
    // A file that is named and also lies in a folder that is named counts as named.
    found
        .candidates
        .sort_by(|a, b| a.name.cmp(&b.name).then(b.named.cmp(&a.named)));
    found.candidates.dedup_by(|a, b| a.name == b.name);
    found
}

fn walk(root: &Path, found: &mut Found) {
    let excludes = Excludes::of(root);
    let left_out = |entry: &DirEntry| {
        entry.depth() > 0 && (entry.file_name() == ".git" || excludes.cover(entry.path()))
    };
    let entries = WalkDir::new(root).sort_by_file_name().into_iter();
    for entry in entries.filter_entry(|entry| !left_out(entry)) {
        match entry {
            Ok(entry) if entry.file_type().is_file() => found.candidates.push(Candidate {
                name: display_name(entry.path()),
                named: false,
                origin: Origin::File(entry.into_path()),
            }),
            Ok(entry) if entry.path_is_symlink() => found.links += 1,
            Ok(_) => {}
            Err(error) => {
                let path = error.path().unwrap_or(root);
                found.unreadable.push(Unreadable {
                    name: display_name(path),
                    error: error.into(),
                });
            }
        }
    }
}

/// What git leaves out of the work tree that a folder lies in.
struct Excludes<'r> {
    root: &'r Path,
    /// The repository, and the folder as git calls it.
    repository: Option<(Repository, PathBuf)>,
}

impl<'r> Excludes<'r> {
    /// Outside a repository nothing is left out; neither in one that git refuses to open.
    fn of(root: &'r Path) -> Self {
        let open = || {
            let repository = Repository::discover(root).ok()?;
            let work_tree = repository.workdir()?.canonicalize().ok()?;
            let folder = root.canonicalize().ok()?;
            let folder = folder.strip_prefix(&work_tree).ok()?.to_path_buf();
            Some((repository, folder))
        };
        Self {
            root,
            repository: open(),
        }
    }

    fn cover(&self, path: &Path) -> bool {
        let (Some((repository, folder)), Ok(inside)) =
            (&self.repository, path.strip_prefix(self.root))
        else {
            return false;
        };
        repository
            .is_path_ignored(folder.join(inside))
            .unwrap_or(false)
    }
}

/// A path as reports show it: with `/`, without a leading `./`.
pub fn display_name(path: &Path) -> String {
    let mut name = String::new();
    for component in path.components() {
        if matches!(component, Component::CurDir) {
            continue;
        }
        if !name.is_empty() && !name.ends_with('/') {
            name.push('/');
        }
        match component {
            Component::RootDir => name.push('/'),
            component => name.push_str(&component.as_os_str().to_string_lossy()),
        }
    }
    if name.is_empty() {
        name.push('.');
    }
    name
}

impl Candidate {
    /// The folder that it is in, as shown to people; empty for where the run started.
    pub fn folder(&self) -> &str {
        self.name.rsplit_once('/').map_or("", |(folder, _)| folder)
    }

    /// Its bytes, but no more than `limit` and one: whoever gets more knows that there are too many.
    ///
    /// # Errors
    ///
    /// What the file system or the object database says.
    pub fn read(&self, limit: u32) -> io::Result<Vec<u8>> {
        match &self.origin {
            Origin::Memory(bytes) => Ok(bytes.clone()),
            Origin::Blob(blob) => blob.read(limit),
            Origin::File(path) => {
                let file = fs::File::open(path)?;
                let size = file.metadata()?.len().min(u64::from(limit) + 1);
                let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or_default());
                file.take(u64::from(limit) + 1).read_to_end(&mut bytes)?;
                Ok(bytes)
            }
        }
    }
}
