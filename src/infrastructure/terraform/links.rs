//! Symbolic links between folders and files: what a path leads to.
//!
//! Terraform opens paths as the system does: a file in the folder of a root or a module may be a link to
//! one elsewhere, and a module may be a folder that is a link.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::source::Linked;

/// The links of a project that lead to something in the checkout.
pub(super) struct Links<'l> {
    by_name: BTreeMap<&'l str, &'l Linked>,
}

/// So many links are followed on the way to one place.
const MOST: usize = 40;

impl<'l> Links<'l> {
    pub fn of(links: &'l [Linked]) -> Self {
        Self {
            by_name: links.iter().map(|link| (&*link.name, link)).collect(),
        }
    }

    /// The links, by name.
    pub fn all(&self) -> impl Iterator<Item = &'l Linked> {
        self.by_name.values().copied()
    }

    /// What a path, relative to the checkout, leads to. Paths without a link are what they are.
    pub fn resolve<'p>(&self, path: &'p str) -> Cow<'p, str> {
        let mut path = Cow::Borrowed(path);
        for _ in 0..MOST {
            let ends = path.match_indices('/').map(|(at, _)| at);
            let mut starts = ends.chain([path.len()]).map(|end| path.split_at(end));
            let found = starts.find_map(|(start, rest)| {
                let to = self.by_name.get(start)?.to.as_str();
                Some(match (to, rest) {
                    (".", "") => String::new(),
                    (".", rest) => rest.trim_start_matches('/').to_owned(),
                    (to, rest) => format!("{to}{rest}"),
                })
            });
            match found {
                Some(to) => path = Cow::Owned(to),
                None => break,
            }
        }
        path
    }
}
