//! The work tree that a run happens in: what platforms call a file.

use std::collections::HashMap;
use std::path::{Component, Path, PathBuf};

/// A work tree of git, or else the folder that a run started in.
#[derive(Debug)]
pub struct Checkout {
    /// Where the run started.
    start: PathBuf,
    /// The root of the work tree.
    root: PathBuf,
    /// Folders as they were named, and where they really are.
    folders: HashMap<PathBuf, PathBuf>,
}

impl Checkout {
    /// The work tree that `start` lies in, or `start` itself.
    ///
    /// A root is known by its `.git`. The repository is not opened: one that belongs to somebody
    /// else, as in a container of a pipeline, is a root too.
    pub fn around(start: &Path) -> Self {
        let start = real(start);
        let root = start
            .ancestors()
            .find(|folder| folder.join(".git").exists());
        Self {
            root: root.unwrap_or(&start).to_path_buf(),
            start,
            folders: HashMap::new(),
        }
    }

    /// What a file is called from the root, with `/`, whatever folder the run started in and however
    /// the file was named there. It begins with `../` if it is not in the work tree.
    pub fn path_of(&mut self, name: &str) -> String {
        let named = self.start.join(name);
        let (Some(folder), Some(file)) = (named.parent(), named.file_name()) else {
            return name.to_owned();
        };
        let folders = &mut self.folders;
        let folder = folders
            .entry(folder.to_path_buf())
            .or_insert_with_key(|folder| real(folder));
        let path = folder.join(file);
        let same = |(a, b): &(Component<'_>, Component<'_>)| a == b;
        let shared = path.components().zip(self.root.components());
        let shared = shared.take_while(same).count();
        let above = self.root.components().skip(shared).map(|_| "..".into());
        let below = path.components().skip(shared);
        let below = below.map(|part| part.as_os_str().to_string_lossy());
        above.chain(below).collect::<Vec<_>>().join("/")
    }
}

/// Where a folder really is. Of one that is not there, such as of a text that comes from elsewhere,
/// where it would be.
fn real(folder: &Path) -> PathBuf {
    if let Ok(path) = folder.canonicalize() {
        return path;
    }
    let mut path = PathBuf::new();
    for part in folder.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                path.pop();
            }
            part => path.push(part),
        }
    }
    path
}
