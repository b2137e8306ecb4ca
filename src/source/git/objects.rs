//! The contents of files in the object database of a repository.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use git2::{
    AttrCheckFlags, AttrValue, ErrorCode, ObjectType, Oid, Repository, RepositoryOpenFlags,
};

/// The name that git gives to a content: equal ids, equal bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectId([u8; 20]);

impl ObjectId {
    /// The id of `bytes`, as the content of a file. Linear in their number.
    pub fn of(bytes: &[u8]) -> Option<Self> {
        let id = Oid::hash_object(ObjectType::Blob, bytes).ok()?;
        Some(Self::from(id))
    }

    /// Its bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl From<Oid> for ObjectId {
    fn from(id: Oid) -> Self {
        let mut bytes = [0; 20];
        for (to, from) in bytes.iter_mut().zip(id.as_bytes()) {
            *to = *from;
        }
        Self(bytes)
    }
}

impl From<ObjectId> for Oid {
    fn from(id: ObjectId) -> Self {
        // Twenty bytes are always an id.
        Oid::from_bytes(&id.0).unwrap_or(Oid::ZERO_SHA1)
    }
}

/// Contents of so many times the limit are not even looked at; git gives them only in one piece.
const HUGE: usize = 16;

/// How to open a repository once more.
#[derive(Debug, Clone)]
pub(super) enum Start {
    /// The one that `GIT_DIR` names.
    Environment,
    /// The one that this path lies in.
    Near(PathBuf),
}

impl Start {
    pub(super) fn open(&self) -> Result<Repository, git2::Error> {
        // Git does not verify what it reads either; `git fsck` does.
        git2::opts::strict_hash_verification(false);
        match self {
            Self::Environment => Repository::open_from_env(),
            Self::Near(path) => {
                let nowhere: [&Path; 0] = [];
                Repository::open_ext(path, RepositoryOpenFlags::FROM_ENV, nowhere)
            }
        }
    }
}

/// The object database, for any number of threads: a repository handle is for one at a time.
pub(super) struct Objects {
    start: Start,
    /// The remote that has what a partial clone has not.
    promisor: Option<String>,
    idle: Mutex<Vec<Repository>>,
}

impl fmt::Debug for Objects {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Objects").field(&self.start).finish()
    }
}

impl Objects {
    pub(super) fn new(start: Start, promisor: Option<String>) -> Self {
        Self {
            start,
            promisor,
            idle: Mutex::default(),
        }
    }

    fn read(&self, id: ObjectId, limit: u32) -> io::Result<Vec<u8>> {
        let idle = || self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = idle().pop();
        let repository = match taken {
            Some(repository) => repository,
            None => self.start.open().map_err(io::Error::other)?,
        };
        let read = self.read_from(&repository, id, limit);
        idle().push(repository);
        read
    }

    fn read_from(&self, from: &Repository, id: ObjectId, limit: u32) -> io::Result<Vec<u8>> {
        let failed = |error: git2::Error| match error.code() {
            ErrorCode::NotFound => io::Error::new(io::ErrorKind::NotFound, self.missing(id)),
            _ => io::Error::other(error.message().to_owned()),
        };
        let id = Oid::from(id);
        let objects = from.odb().map_err(failed)?;
        // Looked at first, because a few bytes of a pack can stand for any number.
        let (size, _) = objects.read_header(id).map_err(failed)?;
        let limit = limit as usize;
        if size > limit.saturating_mul(HUGE) {
            let message = format!("its {size} bytes are too many to look whether it is a document");
            return Err(io::Error::other(message));
        }
        let object = objects.read(id).map_err(failed)?;
        let read = object.data().get(..limit + 1);
        Ok(read.unwrap_or(object.data()).to_vec())
    }

    fn is_filtered(&self, path: &Path) -> bool {
        let idle = || self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = idle().pop();
        let Some(repository) = taken.or_else(|| self.start.open().ok()) else {
            return false;
        };
        let is_filtered = has_filter(&repository, path);
        idle().push(repository);
        is_filtered
    }

    fn missing(&self, id: ObjectId) -> MissingObject {
        let hexadecimal = id.0.iter().take(4).map(|byte| format!("{byte:02x}"));
        MissingObject {
            id: hexadecimal.collect(),
            promisor: self.promisor.clone(),
        }
    }
}

/// Whether git filters the content of the file at `path`, in another way than Git LFS does.
pub(super) fn has_filter(repository: &Repository, path: &Path) -> bool {
    let flags = AttrCheckFlags::INDEX_THEN_FILE;
    let filter = repository.get_attr_bytes(path, "filter", flags);
    match AttrValue::from_bytes(filter.ok().flatten()) {
        AttrValue::String(name) => name != "lfs",
        AttrValue::Bytes(_) => true,
        AttrValue::True | AttrValue::False | AttrValue::Unspecified => false,
    }
}

/// A content that the repository refers to and does not hold.
#[derive(Debug)]
pub struct MissingObject {
    id: String,
    promisor: Option<String>,
}

impl MissingObject {
    /// The one that an error is about, if it is about one.
    pub fn behind(error: &io::Error) -> Option<&Self> {
        error.get_ref()?.downcast_ref()
    }

    /// What to do about it.
    pub fn help(&self) -> String {
        help_for_missing(self.promisor.as_deref())
    }
}

impl fmt::Display for MissingObject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let why = match self.promisor {
            Some(_) => "this is a partial clone",
            None => "the repository is damaged",
        };
        write!(f, "git object `{}` is not here; {why}", self.id)
    }
}

impl std::error::Error for MissingObject {}

pub(super) fn help_for_missing(promisor: Option<&str>) -> String {
    match promisor {
        Some(remote) => format!(
            "get what is missing with `git fetch --refetch --no-filter {remote}`, or clone without \
             `--filter`"
        ),
        None => "`git fsck` lists what is missing; clone the repository again".to_owned(),
    }
}

/// The content of a file in a repository.
#[derive(Debug, Clone)]
pub struct Blob {
    pub(super) objects: Arc<Objects>,
    pub(super) id: ObjectId,
    /// Where it was found, from the root of the repository.
    pub(super) path: Arc<str>,
}

impl Blob {
    /// Whether the attributes of the repository say that git filters it, so that the work tree holds
    /// something else. Git LFS, which leaves a pointer, does not count.
    pub fn is_filtered(&self) -> bool {
        self.objects.is_filtered(Path::new(&*self.path))
    }

    /// Its name: the same for the same bytes.
    pub fn id(&self) -> ObjectId {
        self.id
    }

    /// Its bytes, but no more than `limit` and one.
    ///
    /// # Errors
    ///
    /// Where it is many times larger; what git says; a [`MissingObject`] where the object database does not have it.
    pub fn read(&self, limit: u32) -> io::Result<Vec<u8>> {
        self.objects.read(self.id, limit)
    }
}

/// Blobs of one run are of one repository.
impl PartialEq for Blob {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl Eq for Blob {}
