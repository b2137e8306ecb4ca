//! Resources of the provider hashicorp/google.

use super::root::{Resource, Root};

pub(super) fn is_mapped(_: &str) -> bool {
    false
}

pub(super) fn lower(_: &mut Root<'_, '_, '_>, _: &[Resource]) {}
