//! Entities that no document lists: what a list may hold besides.

use crate::model::EntityId;

/// The last index, and with those before it the indices, of entities that no document declares:
/// elements that an incomplete list may have.
pub(super) const UNLISTED: u32 = u32::MAX;

/// How many such entities there are.
pub(super) const UNLISTED_COUNT: usize = 24;

/// Whether no document declares `entity`.
pub(super) fn is_unlisted(entity: EntityId) -> bool {
    entity.index > UNLISTED - UNLISTED_COUNT as u32
}
