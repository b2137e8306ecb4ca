//! Which resources mean something here, and what they are taken for.

use std::sync::Arc;

use super::root::Root;
use super::{aws, azure, google, plan, secrets};
use crate::source::FileId;

/// Whether resources of a type mean anything here.
fn is_mapped(kind: &str) -> bool {
    aws::is_mapped(kind)
        || azure::is_mapped(kind)
        || google::is_mapped(kind)
        || secrets::is_mapped(kind)
}

/// Adds what a root declares; the limit that was reached, if one was.
///
/// `plans` are those that stand beside the code.
pub(super) fn lower(
    mut root: Root<'_, '_, '_>,
    plans: &[(FileId, &Arc<str>)],
) -> Option<&'static str> {
    let mut resources = root.resources(is_mapped);
    for plan in plans {
        plan::apply(&mut root, &mut resources, *plan, is_mapped);
    }
    secrets::keys(&mut root, &resources);
    aws::lower(&mut root, &resources);
    azure::lower(&mut root, &resources);
    google::lower(&mut root, &resources);
    secrets::lower(&mut root, &resources);
    root.exceeded()
}
