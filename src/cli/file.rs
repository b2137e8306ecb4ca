//! Files that are written whole or not at all.
//!
//! The new text is written to a draft beside the file, flushed to the disk, and renamed over it. So a
//! full disk, a crash or a kill leaves the old file as it was. A change of a file that others may
//! change, too, holds a lock and is tried again if the file is not what it was made from.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::process;

/// How often a change is tried while others change the file.
const TRIES: usize = 5;
/// How many links are followed, as the system does.
const MAX_LINKS: usize = 40;
/// How many names are tried for a draft.
const MAX_DRAFTS: usize = 100;

/// Writes what `fill` writes to `path`, in place of what is there. A symbolic link stays, and what it
/// points at is written; a device or a pipe is written to directly.
///
/// # Errors
///
/// What `fill` or the system says. The file is then what it was.
pub(super) fn write(
    path: &Path,
    fill: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<()> {
    let target = followed(path)?;
    if is_stream(&target) {
        let mut out = BufWriter::new(OpenOptions::new().append(true).open(&target)?);
        fill(&mut out)?;
        return out.flush();
    }
    let mut draft = Draft::beside(&target)?;
    let mut out = BufWriter::new(&mut draft.file);
    fill(&mut out)?;
    out.flush()?;
    drop(out);
    draft.publish(&target)
}

/// Changes the text of a file, or makes it: `change` is given what it holds (nothing if it is not
/// there) and returns what it is to hold, or `None` to leave it. Says whether it was changed.
///
/// Other programs that do the same wait; if any other program changes the file meanwhile, `change`
/// is called again.
///
/// # Errors
///
/// What `change` or the system says. The file is then as it was, or as others made it.
pub(super) fn update<E: From<io::Error>>(
    path: &Path,
    mut change: impl FnMut(&[u8]) -> Result<Option<Vec<u8>>, E>,
) -> Result<bool, E> {
    let target = followed(path)?;
    let _lock = Lock::of(folder_of(&target));
    for _ in 0..TRIES {
        let before = read(&target)?;
        let Some(after) = change(before.as_deref().unwrap_or_default())? else {
            return Ok(false);
        };
        let mut draft = Draft::beside(&target)?;
        draft.file.write_all(&after)?;
        draft.file.sync_all()?;
        if read(&target)? == before {
            draft.publish(&target)?;
            return Ok(true);
        }
    }
    let message = "another program keeps changing it; try again";
    Err(io::Error::other(message).into())
}

/// Makes a file that holds `text`; `false` if there is one already, which is left as it is.
///
/// # Errors
///
/// What the system says; then there is no file.
pub(super) fn create(path: &Path, text: &str) -> io::Result<bool> {
    let folder = folder_of(path);
    let _lock = Lock::of(folder);
    if path.symlink_metadata().is_ok() {
        return Ok(false);
    }
    let mut draft = Draft::beside(path)?;
    draft.file.write_all(text.as_bytes())?;
    draft.file.sync_all()?;
    // A rename would also replace what another program has made meanwhile.
    match fs::hard_link(&draft.path, path) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
        Err(_) => draft.publish(path).map(|()| true),
    }
}

/// Adds what `fill` writes to the end of a file, or makes it.
///
/// # Errors
///
/// What `fill` or the system says. The file is then as long as it was.
pub(super) fn append(
    path: &Path,
    fill: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<()> {
    let mut text = Vec::new();
    fill(&mut text)?;
    let mut file = OpenOptions::new().append(true).create(true).open(path)?;
    let length = file.metadata()?.len();
    file.write_all(&text).inspect_err(|_| {
        let _ = file.set_len(length);
    })
}

/// What a file holds; `None` if it is not there.
fn read(path: &Path) -> io::Result<Option<Vec<u8>>> {
    match File::open(path) {
        Ok(mut file) => {
            let mut bytes = Vec::new();
            file.read_to_end(&mut bytes)?;
            Ok(Some(bytes))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// What `path` is once symbolic links are followed, whether or not that is there.
fn followed(path: &Path) -> io::Result<PathBuf> {
    let mut path = path.to_path_buf();
    for _ in 0..MAX_LINKS {
        let is_link = path
            .symlink_metadata()
            .is_ok_and(|found| found.file_type().is_symlink());
        if !is_link || is_special(&path) {
            return Ok(path);
        }
        path = folder_of(&path).join(fs::read_link(&path)?);
    }
    let message = "too many levels of symbolic links";
    Err(io::Error::other(message))
}

/// Whether the system makes up what is there: `/dev/stdout` is no name of the file that it is.
fn is_special(path: &Path) -> bool {
    path.starts_with("/dev") || path.starts_with("/proc")
}

/// Whether it can be written to but not replaced.
fn is_stream(path: &Path) -> bool {
    is_special(path) || fs::metadata(path).is_ok_and(|found| !found.is_file() && !found.is_dir())
}

/// The folder that a file is in.
fn folder_of(path: &Path) -> &Path {
    let folder = path.parent();
    let folder = folder.filter(|folder| !folder.as_os_str().is_empty());
    folder.unwrap_or(Path::new("."))
}

/// Keeps other runs from changing files of a folder at the same time. Where the system has no such
/// lock, the file is compared before it is replaced, and that is all.
struct Lock {
    _folder: Option<File>,
}

impl Lock {
    fn of(folder: &Path) -> Self {
        let folder = File::open(folder).ok();
        Self {
            _folder: folder.filter(|folder| folder.lock().is_ok()),
        }
    }
}

/// A file to be, beside the one whose place it is to take. Removed unless it is published.
struct Draft {
    path: PathBuf,
    file: File,
}

impl Draft {
    /// A draft for `target`, with the owner and the permissions of what is there.
    fn beside(target: &Path) -> io::Result<Self> {
        let old = match OpenOptions::new().write(true).open(target) {
            Ok(old) => Some(old.metadata()?),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(error),
        };
        let folder = folder_of(target);
        let mut number = 0;
        let (path, file) = loop {
            let path = folder.join(format!(".tmp-palisade-{}-{number}", process::id()));
            match OpenOptions::new().write(true).create_new(true).open(&path) {
                Ok(file) => break (path, file),
                Err(error)
                    if error.kind() == io::ErrorKind::AlreadyExists && number < MAX_DRAFTS =>
                {
                    number += 1;
                }
                Err(error) => return Err(error),
            }
        };
        let draft = Self { path, file };
        if let Some(old) = old {
            keep_owner(&draft.file, &old);
            draft.file.set_permissions(old.permissions())?;
        }
        Ok(draft)
    }

    /// Puts it in the place of `target`.
    fn publish(self, target: &Path) -> io::Result<()> {
        self.file.sync_all()?;
        fs::rename(&self.path, target)?;
        // That the folder names the new file must reach the disk, too, where the system can say so.
        if let Ok(folder) = File::open(folder_of(target)) {
            let _ = folder.sync_all();
        }
        Ok(())
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        // After it was published there is nothing of this name.
        let _ = fs::remove_file(&self.path);
    }
}

/// Gives a draft the owner of the old file, as far as this user may.
#[cfg(unix)]
fn keep_owner(draft: &File, old: &fs::Metadata) {
    use std::os::unix::fs::{MetadataExt, fchown};
    let is = draft.metadata().map(|new| (new.uid(), new.gid()));
    if is.is_ok_and(|is| is != (old.uid(), old.gid())) {
        let _ = fchown(draft, Some(old.uid()), Some(old.gid()))
            .or_else(|_| fchown(draft, None, Some(old.gid())));
    }
}

#[cfg(not(unix))]
fn keep_owner(_: &File, _: &fs::Metadata) {}
