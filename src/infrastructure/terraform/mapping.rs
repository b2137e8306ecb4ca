//! Which resources mean something here, and what they are taken for.

use super::root::Root;
use super::{aws, azure, google, secrets};

/// Whether resources of a type mean anything here.
fn is_mapped(kind: &str) -> bool {
    aws::is_mapped(kind)
        || azure::is_mapped(kind)
        || google::is_mapped(kind)
        || secrets::is_mapped(kind)
}

/// Adds what a root declares; the limit that was reached, if one was.
pub(super) fn lower(mut root: Root<'_, '_, '_>) -> Option<&'static str> {
    let resources = root.resources(is_mapped);
    aws::lower(&mut root, &resources);
    azure::lower(&mut root, &resources);
    google::lower(&mut root, &resources);
    secrets::lower(&mut root, &resources);
    root.exceeded()
}
