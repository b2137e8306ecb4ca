//! As much of XML as a report needs.

use std::io::{self, Write};

/// Writes elements, each on a line of its own.
pub(super) struct Writer<'w> {
    out: &'w mut dyn Write,
    depth: usize,
}

impl<'w> Writer<'w> {
    /// Begins a document.
    pub(super) fn new(out: &'w mut dyn Write) -> io::Result<Self> {
        writeln!(out, r#"<?xml version="1.0" encoding="UTF-8"?>"#)?;
        Ok(Self { out, depth: 0 })
    }

    /// Begins an element that holds others.
    pub(super) fn open(&mut self, name: &str, attributes: &[(&str, &str)]) -> io::Result<()> {
        self.start(name, attributes)?;
        self.depth += 1;
        writeln!(self.out, ">")
    }

    /// Ends the element.
    pub(super) fn close(&mut self, name: &str) -> io::Result<()> {
        self.depth -= 1;
        writeln!(self.out, "{:width$}</{name}>", "", width = 2 * self.depth)
    }

    /// An element that holds nothing.
    pub(super) fn empty(&mut self, name: &str, attributes: &[(&str, &str)]) -> io::Result<()> {
        self.start(name, attributes)?;
        writeln!(self.out, "/>")
    }

    /// An element that holds a text.
    pub(super) fn text(
        &mut self,
        name: &str,
        attributes: &[(&str, &str)],
        text: &str,
    ) -> io::Result<()> {
        self.start(name, attributes)?;
        writeln!(self.out, ">{}</{name}>", escape(text))
    }

    fn start(&mut self, name: &str, attributes: &[(&str, &str)]) -> io::Result<()> {
        write!(self.out, "{:width$}<{name}", "", width = 2 * self.depth)?;
        for (name, value) in attributes {
            // A reader makes spaces of line breaks in an attribute, unless they are written so.
            let value = escape(value).replace('\n', "&#10;");
            write!(self.out, " {name}=\"{value}\"")?;
        }
        Ok(())
    }
}

/// `text` as it stands in a document: what is mark-up as a reference, so that `]]>` is none either,
/// and what XML cannot hold at all as its escape, such as `\u{1b}`.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\n' => escaped.push(c),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => {
                escaped.extend(c.escape_default());
            }
            c => escaped.push(c),
        }
    }
    escaped
}
