//! Paths over symbolic links.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

use super::ledger::Skip;

/// So many links are followed on the way to one place, as Linux does.
const MOST: usize = 40;

/// The path `to` as seen from the folder `from`, both from the root of the file system.
pub(super) fn relative(from: &Path, to: &Path) -> PathBuf {
    let mut from = from.components().peekable();
    let mut to = to.components().peekable();
    while from.peek().is_some() && from.peek() == to.peek() {
        from.next();
        to.next();
    }
    from.map(|_| Component::ParentDir).chain(to).collect()
}

/// Where the link at `path` leads, both from the root of the repository, if `links` are what its links
/// hold. The empty path is the root.
///
/// # Errors
///
/// Why it cannot be followed.
pub(super) fn resolve(path: &str, links: &BTreeMap<&str, String>) -> Result<String, Skip> {
    let mut left: Vec<String> = parts(path);
    let mut at: Vec<String> = Vec::new();
    let mut followed = 0;
    while let Some(part) = left.pop() {
        match part.as_str() {
            "" | "." => continue,
            ".." => {
                at.pop().ok_or(Skip::LinkOutside)?;
                continue;
            }
            _ => at.push(part),
        }
        let Some(to) = links.get(at.join("/").as_str()) else {
            continue;
        };
        followed += 1;
        if followed > MOST {
            return Err(Skip::LinkBroken);
        }
        if to.starts_with('/') {
            return Err(Skip::LinkOutside);
        }
        at.pop();
        left.append(&mut parts(to));
    }
    Ok(at.join("/"))
}

/// The names in a path, the last first.
fn parts(path: &str) -> Vec<String> {
    path.split('/').rev().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::{Skip, resolve};
    use std::collections::BTreeMap;

    #[test]
    fn links_are_followed_within_the_repository() {
        let links = [
            ("a/x.tf", "../b/x.tf"),
            ("b", "./c/../d"),
            ("again.tf", "a/x.tf"),
            ("out.tf", "../x.tf"),
            ("absolute.tf", "/x.tf"),
            ("one", "two"),
            ("two", "one"),
            ("self", "self/deeper"),
            ("root", "."),
        ];
        let links: BTreeMap<&str, String> = links
            .iter()
            .map(|(at, to)| (*at, (*to).to_owned()))
            .collect();
        for (path, to) in [
            ("a/x.tf", Ok("d/x.tf")),
            ("again.tf", Ok("d/x.tf")),
            ("b", Ok("d")),
            ("root", Ok("")),
            ("plain/file", Ok("plain/file")),
            ("out.tf", Err(Skip::LinkOutside)),
            ("absolute.tf", Err(Skip::LinkOutside)),
            ("one", Err(Skip::LinkBroken)),
            ("self", Err(Skip::LinkBroken)),
        ] {
            assert_eq!(resolve(path, &links), to.map(str::to_owned), "{path}");
        }
    }
}
