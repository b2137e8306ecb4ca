//! Text that is safe to show: what a document says may try to drive the terminal that shows it.

use std::borrow::Cow;

/// Whether a terminal would act on `c`, or a reader not see it, where it should be shown.
///
/// Joiners stay: writing systems and emoji need them.
pub(super) fn is_hostile(c: char) -> bool {
    // Spaces that are not the space.
    c.is_control()
        || c.is_whitespace() && c != ' '
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' // soft hyphen, joiner of graphemes, direction
            | '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}' // fillers of Hangul
            | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}' // invisible in Khmer and Mongolian
            | '\u{200b}' | '\u{200e}' | '\u{200f}' // invisible, or turns the direction
            | '\u{2028}'..='\u{202e}' // line separators, direction
            | '\u{2060}'..='\u{206f}' // invisible, direction
            | '\u{2800}' // an empty Braille pattern
            | '\u{feff}' | '\u{fff0}'..='\u{fffb}' | '\u{fffe}' | '\u{ffff}'
            | '\u{1d173}'..='\u{1d17a}' // marks of musical notation
            | '\u{e0000}'..='\u{e0fff}') // tags: hidden text
}

/// `text` with each hostile character written as its escape, such as `\n` or `\u{1b}`.
pub(super) fn clean(text: &str) -> Cow<'_, str> {
    if !text.contains(is_hostile) {
        return Cow::Borrowed(text);
    }
    let mut cleaned = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        if is_hostile(c) {
            cleaned.extend(c.escape_default());
        } else {
            cleaned.push(c);
        }
    }
    Cow::Owned(cleaned)
}

/// Prose that may have been written over several lines, on one line, clean.
pub(super) fn prose(text: &str) -> String {
    let words: Vec<_> = text.split_whitespace().map(clean).collect();
    words.join(" ")
}
