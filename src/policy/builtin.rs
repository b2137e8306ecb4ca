//! The rules that come with Palisade.

use include_dir::{Dir, DirEntry, include_dir};

/// `policies/<group>/<rule>.cedar`, each beside its page.
static POLICIES: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/policies");

/// The policy files, by name: how reports call them, and their text.
pub(super) fn policies() -> Vec<(String, &'static str)> {
    files("cedar")
}

/// The page of each rule, by name.
pub fn pages() -> Vec<(String, &'static str)> {
    files("md")
}

/// The group of a policy file by its name: the folder that it is in.
pub(super) fn group(name: &str) -> Option<&str> {
    let (folder, _) = name.rsplit_once('/')?;
    folder.rsplit_once('/').map(|(_, group)| group)
}

fn files(extension: &str) -> Vec<(String, &'static str)> {
    let mut found = Vec::new();
    let mut folders = vec![&POLICIES];
    while let Some(folder) = folders.pop() {
        for entry in folder.entries() {
            match entry {
                DirEntry::Dir(folder) => folders.push(folder),
                DirEntry::File(file) => {
                    if file.path().extension().is_some_and(|e| e == extension)
                        && let Some(text) = file.contents_utf8()
                    {
                        found.push((format!("built-in/{}", file.path().display()), text));
                    }
                }
            }
        }
    }
    found.sort();
    found
}
