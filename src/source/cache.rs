//! What earlier runs came to, in a folder of the user's cache.
//!
//! An entry is a file of its own, called by its key, and begins with a digest of its key and of what it
//! holds. Whatever is damaged, cut off, or of another key is taken for nothing. An entry is written
//! beside its place and renamed into it, so that a kill leaves none in part, and of two runs that write
//! the same one the last wins.

use std::collections::hash_map::RandomState;
use std::fs::{self, File, OpenOptions};
use std::hash::BuildHasher;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::SystemTime;

use super::digest::{DIGEST, Digest, Key};

/// So many entries are kept, of so many bytes together. Of more, what was written or used longest ago
/// goes, until there is half of both.
const ENTRIES: usize = 4096;
const BYTES: u64 = 64 << 20;
/// No entry is larger.
const LARGEST: usize = 16 << 20;
/// A draft older than this, in seconds, is of a run that was killed.
const ABANDONED: u64 = 3600;

/// How a draft is called; entries are called by the digits of their keys.
const DRAFT: &str = "draft-";

/// The folder that earlier runs left what they came to in.
#[derive(Debug)]
pub struct Cache {
    folder: PathBuf,
    /// What entries are for besides their keys: another program may mean other things by the same.
    program: String,
    /// Whether nobody else can have written what is in the folder, once somebody asks.
    is_own: OnceLock<bool>,
    /// Whether this run wrote anything.
    written: AtomicBool,
}

/// What a cache holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// How many entries.
    pub entries: usize,
    /// Of how many bytes together.
    pub bytes: u64,
}

impl Cache {
    /// The cache in `folder`, which need not be there, for what `program` wrote.
    pub fn new(folder: PathBuf, program: String) -> Self {
        Self {
            folder,
            program,
            is_own: OnceLock::new(),
            written: AtomicBool::new(false),
        }
    }

    /// Where it is.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// A digest to add to what an entry depends on.
    pub fn digest(&self) -> Digest {
        let mut digest = Digest::default();
        digest.text(&self.program);
        digest
    }

    /// What was kept under `key`; `None` if nothing was, or it is damaged.
    pub fn get(&self, key: &Key) -> Option<Vec<u8>> {
        if !*self.is_own.get_or_init(|| is_own(&self.folder)) {
            return None;
        }
        let path = self.folder.join(key.to_string());
        let file = File::open(&path).ok()?;
        let mut bytes = Vec::new();
        file.take(LARGEST as u64).read_to_end(&mut bytes).ok()?;
        let (sealed, body) = bytes.split_at_checked(DIGEST)?;
        if sealed != seal(key, body).as_bytes() {
            return None;
        }
        // What is used is kept longest.
        if let Ok(file) = OpenOptions::new().append(true).open(&path) {
            let _ = file.set_modified(SystemTime::now());
        }
        Some(body.to_vec())
    }

    /// Keeps `body` under `key`.
    ///
    /// # Errors
    ///
    /// What the system says, as where nothing can be written; then nothing is kept.
    pub fn put(&self, key: &Key, body: &[u8]) -> io::Result<()> {
        if body.len() + DIGEST > LARGEST {
            return Ok(());
        }
        make(&self.folder)?;
        self.written.store(true, Ordering::Relaxed);
        // Seeds are random: no other run has the same.
        let unlike = RandomState::new().hash_one(key.as_bytes());
        let draft = self.folder.join(format!("{DRAFT}{unlike:016x}"));
        let write = || {
            let mut file = private(&draft)?;
            file.write_all(seal(key, body).as_bytes())?;
            file.write_all(body)?;
            drop(file);
            fs::rename(&draft, self.folder.join(key.to_string()))
        };
        write().inspect_err(|_| {
            let _ = fs::remove_file(&draft);
        })
    }

    /// Forgets what is too much. To be called once a run has written what it has to.
    pub fn prune(&self) {
        if !self.written.load(Ordering::Relaxed) {
            return;
        }
        let Ok(all) = self.entries() else {
            return;
        };
        let now = SystemTime::now();
        let is_abandoned = |entry: &Kept| {
            let age = now.duration_since(entry.used).unwrap_or_default();
            entry.is_draft && age.as_secs() > ABANDONED
        };
        let (drafts, mut entries): (Vec<Kept>, Vec<Kept>) =
            all.into_iter().partition(|it| it.is_draft);
        let abandoned = drafts.into_iter().filter(is_abandoned);
        let mut count = entries.len();
        let mut bytes: u64 = entries.iter().map(|entry| entry.bytes).sum();
        let is_full = count > ENTRIES || bytes > BYTES;
        entries.sort_by_key(|entry| entry.used);
        let excess = entries.into_iter().take_while(|entry| {
            let is_excess = is_full && (count > ENTRIES / 2 || bytes > BYTES / 2);
            count -= 1;
            bytes -= entry.bytes;
            is_excess
        });
        for entry in excess.chain(abandoned) {
            let _ = fs::remove_file(entry.path);
        }
    }

    /// What it holds. Linear in the number of entries.
    ///
    /// # Errors
    ///
    /// What the system says of the folder; that it is not there is none.
    pub fn usage(&self) -> io::Result<Usage> {
        let all = self.entries()?;
        Ok(Usage {
            entries: all.len(),
            bytes: all.iter().map(|entry| entry.bytes).sum(),
        })
    }

    /// Forgets everything; what that was.
    ///
    /// # Errors
    ///
    /// The first thing that could not be removed.
    pub fn clear(&self) -> io::Result<Usage> {
        let mut usage = Usage::default();
        for entry in self.entries()? {
            fs::remove_file(&entry.path)?;
            usage.entries += 1;
            usage.bytes += entry.bytes;
        }
        Ok(usage)
    }

    /// The files that are its own; none that somebody else put there.
    fn entries(&self) -> io::Result<Vec<Kept>> {
        let read = match fs::read_dir(&self.folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            read => read?,
        };
        let own = read.filter_map(|entry| {
            let entry = entry.ok()?;
            let name = entry.file_name();
            let name = name.to_str()?;
            let is_draft = name.starts_with(DRAFT);
            if !is_draft && !Key::is_one(name) {
                return None;
            }
            // Another run may have removed it.
            let found = entry.metadata().ok().filter(|found| found.is_file())?;
            Some(Kept {
                path: entry.path(),
                used: found.modified().unwrap_or(SystemTime::UNIX_EPOCH),
                bytes: found.len(),
                is_draft,
            })
        });
        Ok(own.collect())
    }
}

/// A file of a cache.
struct Kept {
    path: PathBuf,
    used: SystemTime,
    bytes: u64,
    is_draft: bool,
}

/// What an entry begins with.
fn seal(key: &Key, body: &[u8]) -> Key {
    let mut digest = Digest::default();
    digest.bytes(key.as_bytes());
    digest.bytes(body);
    digest.finish()
}

/// Whether a folder is of the user who runs the program, and nobody else may write in it: what others
/// left there is not to be believed.
#[cfg(unix)]
fn is_own(folder: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let user = rustix::process::geteuid().as_raw();
    fs::metadata(folder).is_ok_and(|found| found.uid() == user && found.mode() & 0o022 == 0)
}

/// Elsewhere the cache of a user is in the profile of that user, which others cannot write to.
#[cfg(not(unix))]
fn is_own(_: &Path) -> bool {
    true
}

/// Makes the folder, for its owner alone.
fn make(folder: &Path) -> io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt;
        builder.mode(0o700);
    }
    builder.create(folder)
}

/// A new file that only its owner may read.
fn private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    options.open(path)
}

#[cfg(test)]
#[allow(clippy::expect_used, reason = "a test fails by panicking")]
mod tests {
    use std::time::Duration;

    use super::*;

    fn key(cache: &Cache, number: u64) -> Key {
        let mut digest = cache.digest();
        digest.number(number);
        digest.finish()
    }

    #[test]
    fn what_is_too_much_goes_by_how_long_it_was_not_used() {
        let folder = tempfile::tempdir().expect("a folder");
        let cache = Cache::new(folder.path().join("cache"), "test".to_owned());
        let all = ENTRIES as u64 + 1;
        let old = SystemTime::now() - Duration::from_secs(2 * all);
        for number in 0..all {
            let key = key(&cache, number);
            cache.put(&key, b"body").expect("an entry");
            let file = File::options()
                .append(true)
                .open(cache.folder.join(key.to_string()));
            let used = old + Duration::from_secs(number);
            file.and_then(|file| file.set_modified(used))
                .expect("a time");
        }
        // What was asked for is used.
        assert_eq!(cache.get(&key(&cache, 0)).as_deref(), Some(&b"body"[..]));
        let drafts = ["draft-0", "draft-1"].map(|name| cache.folder.join(name));
        drafts
            .iter()
            .for_each(|draft| fs::write(draft, "").expect("a file"));
        let killed = File::options().append(true).open(&drafts[0]);
        killed
            .and_then(|file| file.set_modified(old))
            .expect("a time");
        cache.prune();
        let usage = cache.usage().expect("a folder");
        assert_eq!(
            usage.entries,
            ENTRIES / 2 + 1,
            "with the draft of a run that goes on"
        );
        assert_eq!(drafts.map(|draft| draft.exists()), [false, true]);
        let is_kept = |number| cache.get(&key(&cache, number)).is_some();
        let kept = [0, 1, all - ENTRIES as u64 / 2, all - 1].map(is_kept);
        assert_eq!(kept, [true, false, false, true]);
    }

    #[test]
    fn another_program_finds_nothing() {
        let folder = tempfile::tempdir().expect("a folder");
        let [one, other] = ["one", "other"]
            .map(|program| Cache::new(folder.path().join("cache"), program.to_owned()));
        one.put(&key(&one, 1), b"body").expect("an entry");
        assert!(one.get(&key(&one, 1)).is_some());
        assert!(other.get(&key(&other, 1)).is_none());
    }
}
