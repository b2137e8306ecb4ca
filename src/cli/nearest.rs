//! Where the configuration is that applies to a folder.

use std::path::{Component, Path, PathBuf};

use crate::config;

/// The nearest `palisade.yaml` in `folder` or a folder around it, named from where the run started:
/// whatever is called so, so that one that cannot be read is not taken for none.
pub(super) fn nearest(folder: &Path) -> Option<PathBuf> {
    around(folder).find_map(|folder| {
        let config = folder.join(config::FILE_NAME);
        config.symlink_metadata().is_ok().then_some(config)
    })
}

/// `folder`, then each one around it, named from where the run started.
fn around(folder: &Path) -> impl Iterator<Item = PathBuf> {
    let parts = folder.components();
    // No part at all stands for the current folder.
    let shown: PathBuf = parts.filter(|part| *part != Component::CurDir).collect();
    let here = std::path::absolute(".").unwrap_or_default();
    let most = here.components().count() + shown.components().count() + 1;
    let outward = std::iter::successors(Some(shown), |folder| {
        let mut shown = folder.clone();
        // Relative names read better in reports: climb with `..` only as far as needed.
        match folder.components().next_back() {
            Some(Component::Normal(_)) => _ = shown.pop(),
            Some(Component::RootDir | Component::Prefix(_)) => return None,
            Some(Component::ParentDir | Component::CurDir) | None => shown.push(".."),
        }
        Some(shown)
    });
    outward.take(most)
}

/// The files in `folder`, and in the folders around it up to the nearest `palisade.yaml`, that are
/// nearly called as that is, in a way that is usual elsewhere.
pub(super) fn nearly_named_around(folder: &Path) -> Vec<PathBuf> {
    const USUAL: [&str; 6] = [
        "palisade.yml",
        ".palisade.yaml",
        ".palisade.yml",
        "palisade.json",
        ".palisade.json",
        "Palisade.yaml",
    ];
    let mut found = Vec::new();
    for folder in around(folder) {
        if folder.join(config::FILE_NAME).symlink_metadata().is_ok() {
            return found;
        }
        let all = USUAL.iter().map(|name| folder.join(name));
        found.extend(all.filter(|path| path.is_file()));
    }
    found
}
