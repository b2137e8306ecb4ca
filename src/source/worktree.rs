//! Files to check: which there are in the work tree, and what is in them.

use std::borrow::Cow;
use std::cell::{OnceCell, RefCell};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::ffi::OsString;
use std::fs;
use std::io::{self, Read};
use std::path::{Component, Path, PathBuf};

use git2::{Repository, TreeWalkMode, TreeWalkResult};
use walkdir::{DirEntry, WalkDir};

use super::git::Blob;
use super::ledger::{Skip, Skipped};
use super::links::relative;

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
    /// In memory: a text that a program made.
    Memory(Vec<u8>),
    /// On standard input, which can be read once.
    Stdin,
    /// In the object database of a git repository.
    Blob(Blob),
}

/// A symbolic link to a file or folder of the checkout.
///
/// No link is followed to read a file by its name: what a link leads to is read under its own name, and
/// whoever knows links takes it for what the link is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Linked {
    /// The link, as shown to people.
    pub name: String,
    /// What it leads to once all links on the way are followed, as shown to people.
    pub to: String,
    /// Where the bytes of that are; `None` of a folder.
    pub origin: Option<Origin>,
}

impl Linked {
    /// What it leads to, as a file to look at; `None` of a folder.
    pub fn target(&self) -> Option<Candidate> {
        Some(Candidate {
            name: self.to.clone(),
            named: false,
            origin: self.origin.clone()?,
        })
    }
}

/// Whether a file holds not its content but where Git LFS keeps that.
pub fn is_lfs_pointer(bytes: &[u8]) -> bool {
    // Pointers are this small, by their specification.
    bytes.len() < 1024 && bytes.starts_with(b"version https://git-lfs.github.com/spec/")
}

/// Whether a file holds what git-crypt made of its content.
pub fn is_encrypted(bytes: &[u8]) -> bool {
    bytes.starts_with(b"\0GITCRYPT\0")
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
    /// What is left out.
    pub skipped: Vec<Skipped>,
    /// Of the symbolic links that are left out, those that lead to something in the checkout.
    pub links: Vec<Linked>,
    /// Configurations and policy files.
    pub settings: Vec<String>,
    /// Files that were named and need not be documents, as by a hook that names all files of a
    /// commit.
    pub handed_over: BTreeSet<String>,
}

impl Found {
    /// Adds the files that links lead to, of which `follows` says by the name that they are followed,
    /// where they are not among those that were found.
    pub fn add_linked(&mut self, follows: &dyn Fn(&str) -> bool) {
        let mut links = self
            .links
            .iter()
            .filter(|link| follows(&link.name))
            .peekable();
        if links.peek().is_none() {
            return;
        }
        let known: HashSet<&str> = self.candidates.iter().map(|it| it.name.as_str()).collect();
        let missing = links.filter(|link| !known.contains(link.to.as_str()));
        let missing: BTreeMap<&str, &Linked> = missing.map(|link| (&*link.to, link)).collect();
        let missing: Vec<_> = missing.values().filter_map(|link| link.target()).collect();
        if !missing.is_empty() {
            self.candidates.extend(missing);
            self.candidates.sort_by(|a, b| a.name.cmp(&b.name));
        }
    }
}

/// The files that `paths` name, and those in the folders that they name.
///
/// In folders, `.git` is left out and so is what `.gitignore` and git's other exclude files match,
/// unless git tracks it; no symbolic link is followed, so nothing outside the checkout is read. A
/// file that is named explicitly is taken whatever it is.
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
    found.candidates = distinct(std::mem::take(&mut found.candidates));
    found
}

/// `candidates` by name, each file once, whatever paths lead to it, as the first of these calls it.
/// One that is named and also lies in a folder that is named counts as named.
///
/// Looks at each folder, not at each file.
pub fn distinct(mut candidates: Vec<Candidate>) -> Vec<Candidate> {
    candidates.sort_by_key(|candidate| !candidate.named);
    let mut folders = HashMap::new();
    let mut seen = HashSet::new();
    candidates.retain(|candidate| seen.insert(identity(candidate, &mut folders)));
    candidates.sort_by(|a, b| a.name.cmp(&b.name));
    candidates
}

/// What a file has that no other has: where it really is, or else its name. As it is written, for to
/// compare paths part by part takes longer, and these have no parts to be left out.
fn identity(candidate: &Candidate, folders: &mut HashMap<OsString, PathBuf>) -> OsString {
    let Origin::File(path) = &candidate.origin else {
        return OsString::from(&candidate.name);
    };
    if candidate.named
        && let Ok(path) = path.canonicalize()
    {
        return path.into_os_string();
    }
    let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else {
        return path.clone().into_os_string();
    };
    if let Some(real) = folders.get(folder.as_os_str()) {
        return real.join(name).into_os_string();
    }
    let shown = match folder.as_os_str().is_empty() {
        true => Path::new("."),
        false => folder,
    };
    let real = shown.canonicalize();
    let real = real.unwrap_or_else(|_| shown.to_path_buf());
    let identity = real.join(name).into_os_string();
    folders.insert(folder.as_os_str().to_os_string(), real);
    identity
}

fn walk(root: &Path, found: &mut Found) {
    let excludes = Excludes::of(root);
    let skipped = RefCell::new(Vec::new());
    let taken = |entry: &DirEntry| {
        if entry.depth() == 0 {
            return true;
        }
        if entry.file_name() == ".git" {
            return false;
        }
        let is_folder = entry.file_type().is_dir();
        let ignored = excludes.cover(entry.path());
        if ignored {
            let end = if is_folder { "/" } else { "" };
            skipped.borrow_mut().push(Skipped {
                name: display_name(entry.path()) + end,
                why: Skip::Ignored,
            });
        }
        !ignored
    };
    let entries = WalkDir::new(root).sort_by_file_name().into_iter();
    for entry in entries.filter_entry(taken) {
        match entry {
            Ok(entry) if entry.file_type().is_file() => found.candidates.push(Candidate {
                name: display_name(entry.path()),
                named: false,
                origin: Origin::File(entry.into_path()),
            }),
            Ok(entry) if entry.file_type().is_dir() => {}
            Ok(entry) => {
                let why = match entry.path_is_symlink() {
                    true => match follow(root, entry.path()) {
                        Ok(linked) => {
                            found.links.push(linked);
                            Skip::Link
                        }
                        Err(why) => why,
                    },
                    false => Skip::Special,
                };
                let name = display_name(entry.path());
                found.skipped.push(Skipped { name, why });
            }
            Err(error) => {
                let path = error.path().unwrap_or(root);
                found.unreadable.push(Unreadable {
                    name: display_name(path),
                    error: error.into(),
                });
            }
        }
    }
    found.skipped.append(&mut skipped.into_inner());
}

/// Follows the link at `path`, which was found in the folder `root`.
///
/// # Errors
///
/// Why it is not followed.
fn follow(root: &Path, path: &Path) -> Result<Linked, Skip> {
    let real = path.canonicalize().map_err(|error| match error.kind() {
        io::ErrorKind::PermissionDenied => Skip::Link,
        _ => Skip::LinkBroken,
    })?;
    let here = Path::new(".").canonicalize().unwrap_or_default();
    let start = root.canonicalize().map_err(|_| Skip::Link)?;
    let work_tree = start.ancestors().find(|it| it.join(".git").exists());
    let checkout = match work_tree {
        Some(work_tree) => work_tree,
        None if start.starts_with(&here) => &here,
        None => &start,
    };
    let inside = real.strip_prefix(checkout);
    let inside = inside.map_err(|_| Skip::LinkOutside)?;
    if inside.starts_with(".git") {
        return Err(Skip::LinkOutside);
    }
    let shown = match real.strip_prefix(&start) {
        Ok(rest) => root.join(rest),
        Err(_) => relative(&here, &real),
    };
    let is_file = real.is_file();
    if !is_file && !real.is_dir() {
        return Err(Skip::Special);
    }
    Ok(Linked {
        name: display_name(path),
        to: display_name(&shown),
        origin: is_file.then(|| Origin::File(shown)),
    })
}

/// What git leaves out of the work tree that a folder lies in.
struct Excludes<'r> {
    root: &'r Path,
    /// The repository, and the folder as git calls it.
    repository: Option<(Repository, PathBuf)>,
    /// What git tracks: files, and the folders that they lie in.
    tracked: OnceCell<HashSet<Vec<u8>>>,
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
            tracked: OnceCell::new(),
        }
    }

    /// Whether a rule matches `path` and git tracks neither it nor anything in it: git never
    /// ignores what it tracks.
    fn cover(&self, path: &Path) -> bool {
        let (Some((repository, folder)), Ok(inside)) =
            (&self.repository, path.strip_prefix(self.root))
        else {
            return false;
        };
        let inside = folder.join(inside);
        let is_ignored = repository.is_path_ignored(&inside).unwrap_or(false);
        let tracked = || self.tracked.get_or_init(|| tracked(repository));
        is_ignored && !tracked().contains(inside.as_os_str().as_encoded_bytes())
    }
}

/// What the index of a repository lists, or, where it is in a form that cannot be read, what the
/// last commit has; with the folders.
fn tracked(repository: &Repository) -> HashSet<Vec<u8>> {
    let mut all = HashSet::new();
    let mut add = |path: &[u8]| {
        let ends = memchr::memchr_iter(b'/', path).chain([path.len()]);
        for end in ends {
            let part = &path[..end];
            if !all.contains(part) {
                all.insert(part.to_vec());
            }
        }
    };
    match repository.index() {
        Ok(index) => index.iter().for_each(|entry| add(&entry.path)),
        Err(_) => {
            let tree = repository.head().and_then(|head| head.peel_to_tree());
            let _ = tree.and_then(|tree| {
                tree.walk(TreeWalkMode::PreOrder, |folder, entry| {
                    add(&[folder.as_bytes(), entry.name_bytes()].concat());
                    TreeWalkResult::Ok
                })
            });
        }
    }
    all
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
            component => name.push_str(&shown(component.as_os_str().as_encoded_bytes())),
        }
    }
    if name.is_empty() {
        name.push('.');
    }
    name
}

/// `name` from `folder`, both as shown to people; `None` if it is not in that folder.
pub fn inside<'n>(folder: &str, name: &'n str) -> Option<Cow<'n, str>> {
    let above = |path: &str| path == ".." || path.starts_with("../") || path.starts_with('/');
    if folder.is_empty() && !above(name) {
        return Some(Cow::Borrowed(name));
    }
    let rest = name
        .strip_prefix(folder)
        .and_then(|rest| rest.strip_prefix('/'));
    if let Some(rest) = rest.filter(|rest| !above(rest)) {
        return Some(Cow::Borrowed(rest));
    }
    if !above(folder) && !above(name) {
        return None;
    }
    let rest = plain(Path::new(name))
        .strip_prefix(plain(Path::new(folder)))
        .ok()?
        .to_path_buf();
    Some(Cow::Owned(display_name(&rest)))
}

/// An absolute path without `..`, as it reads; links are not followed.
fn plain(path: &Path) -> PathBuf {
    let path = if path.as_os_str().is_empty() {
        Path::new(".")
    } else {
        path
    };
    let mut plain = PathBuf::new();
    for part in std::path::absolute(path)
        .unwrap_or_else(|_| path.to_path_buf())
        .components()
    {
        match part {
            Component::ParentDir => _ = plain.pop(),
            part => plain.push(part),
        }
    }
    plain
}

/// A name as reports show it. Two names are never shown alike: bytes that are not UTF-8 are
/// written as `\xE8`.
pub fn shown(name: &[u8]) -> Cow<'_, str> {
    if let Ok(name) = str::from_utf8(name) {
        return Cow::Borrowed(name);
    }
    let mut shown = String::new();
    for chunk in name.utf8_chunks() {
        shown += chunk.valid();
        for byte in chunk.invalid() {
            shown += &format!("\\x{byte:02X}");
        }
    }
    Cow::Owned(shown)
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
            Origin::Stdin => {
                let mut bytes = Vec::new();
                let most = u64::from(limit) + 1;
                io::stdin().lock().take(most).read_to_end(&mut bytes)?;
                Ok(bytes)
            }
            Origin::File(path) => {
                // Looked at before it is opened: to open a pipe may take for ever.
                let metadata = fs::metadata(path)?;
                if !metadata.is_file() && !is_open(path) {
                    return Err(io::Error::other(match metadata.is_dir() {
                        true => "it is a folder",
                        false => "it is neither a file nor a folder",
                    }));
                }
                let most = u64::from(limit) + 1;
                let size = metadata.len().min(most);
                let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or_default());
                fs::File::open(path)?.take(most).read_to_end(&mut bytes)?;
                Ok(bytes)
            }
        }
    }
}

/// Whether to open a path waits for nobody, although it is no file: what a shell hands over, such as
/// `<(command)`, is open already.
fn is_open(path: &Path) -> bool {
    let open = ["/dev/fd", "/dev/stdin", "/dev/null", "/proc/self/fd"];
    open.iter().any(|open| path.starts_with(open))
}
