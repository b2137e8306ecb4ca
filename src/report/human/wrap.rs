//! Prose in a given number of columns.

use textwrap::{Options, WordSeparator, WordSplitter};

/// `text` in lines of `width` columns. Names such as `dump-no-downward` and paths are not split as
/// long as they fit on a line.
pub(super) fn wrap(text: &str, width: usize) -> Vec<String> {
    let lines = textwrap::wrap(text, options(width));
    lines.into_iter().map(|line| line.into_owned()).collect()
}

/// `text` in lines of `width` columns: `first` before the first line, and as many spaces before
/// the others as `first` has columns.
pub(in crate::report) fn hang(first: &str, text: &str, width: usize) -> String {
    let rest = " ".repeat(textwrap::core::display_width(first));
    fill(first, &rest, text, width)
}

/// `text` in lines of `width` columns: `first` before the first line, `rest` before the others.
pub(super) fn fill(first: &str, rest: &str, text: &str, width: usize) -> String {
    let options = options(width).initial_indent(first).subsequent_indent(rest);
    textwrap::fill(text, options)
}

fn options<'a>(width: usize) -> Options<'a> {
    Options::new(width)
        .word_separator(WordSeparator::AsciiSpace)
        .word_splitter(WordSplitter::NoHyphenation)
}
