//! What to underline.

use std::ops::Range;

/// The word at the byte `offset`, or the visible character before it where there is none.
///
/// Never takes in a line break. Empty only if nothing visible stands at or before `offset`.
pub(super) fn word_at(text: &str, offset: usize) -> Range<u32> {
    let offset = floor(text, offset);
    let (before, after) = text.split_at(offset);
    let word = after
        .find(|c: char| c.is_whitespace() || ",[]{}".contains(c))
        .unwrap_or(after.len());
    let first = after.chars().next().filter(|c| !c.is_whitespace());
    let (start, end) = match first {
        Some(first) => (offset, offset + word.max(first.len_utf8())),
        None => {
            let before = before.trim_end();
            let last = before.chars().next_back().map_or(0, char::len_utf8);
            (before.len() - last, before.len())
        }
    };
    start as u32..end as u32
}

/// The line that holds the byte `offset`, without its break.
pub(super) fn line_at(text: &str, offset: usize) -> Range<usize> {
    let offset = floor(text, offset);
    let bytes = text.as_bytes();
    let start = memchr::memrchr2(b'\n', b'\r', &bytes[..offset]).map_or(0, |at| at + 1);
    let end = memchr::memchr2(b'\n', b'\r', &bytes[offset..]);
    let end = end.map_or(text.len(), |at| offset + at);
    start..end
}

/// The last start of a character at or before the byte `offset`.
fn floor(text: &str, offset: usize) -> usize {
    let mut offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    offset
}
