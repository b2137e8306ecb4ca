//! A path in one chain: `a → b (transfer t) → c (grant g)`.

use crate::finding::Hop;
use crate::report::clean::prose;

/// More hops than these are not told one by one.
const HOPS: usize = 5;
/// Of more, so many at the beginning and at the end.
const FIRST: usize = 3;
const LAST: usize = 2;

/// The chain. Places of hops are for `explain`.
pub(super) fn chain(path: &[Hop]) -> String {
    let starts = path.first().is_some_and(|hop| hop.from.is_none());
    let hops = if starts { &path[1..] } else { path };
    let start = match path.first() {
        Some(hop) => hop.from.as_deref().unwrap_or(&hop.to),
        None => "",
    };
    let skipped: usize = path.iter().map(|hop| hop.skipped).sum();
    let mut text = prose(start);
    let is_long = hops.len() + skipped > HOPS;
    for (at, hop) in hops.iter().enumerate() {
        let left_out = is_long && at >= FIRST && at + LAST < hops.len();
        if left_out || hop.skipped > 0 && !is_long {
            if at == FIRST {
                text += &format!(" → … {} more …", hops.len() + skipped - FIRST - LAST);
            }
            continue;
        }
        if is_long && at == FIRST && skipped > 0 {
            text += &format!(" → … {} more …", hops.len() + skipped - FIRST - LAST);
        }
        let by = prose(&hop.by);
        let by = by.strip_prefix("by ").unwrap_or(&by);
        text += &format!(" → {} ({by})", prose(&hop.to));
        if !hop.removed.is_empty() {
            text += &format!(" without {}", prose(&hop.removed.join(", ")));
        }
    }
    text
}
