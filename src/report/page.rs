//! A page of the documentation in a terminal: the Markdown that pages of rules are written in.

use std::io::{self, Write};

use super::Style;
use super::clean::clean;

/// Lines of prose get no longer than this, however wide the terminal is.
const MAX_PROSE: usize = 100;

/// Writes a page: headings stand out, paragraphs and lists are filled, code stays as it is.
/// `below` is said under the first heading.
pub fn write_page(page: &str, below: &str, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let width = style.width.min(MAX_PROSE);
    let strong = |text: &str| match style.color {
        true => format!("\u{1b}[1m{text}\u{1b}[0m"),
        false => text.to_owned(),
    };
    let mut paragraph = String::new();
    let mut code = false;
    let mut first = true;
    for line in page.lines().map(clean) {
        if line.starts_with("```") {
            flush(&mut paragraph, width, out)?;
            code = !code;
        } else if code {
            writeln!(out, "    {line}")?;
        } else if let Some(heading) = line.strip_prefix('#') {
            flush(&mut paragraph, width, out)?;
            writeln!(out, "{}", strong(heading.trim_start_matches('#').trim()))?;
            if std::mem::take(&mut first) {
                writeln!(out, "{below}")?;
            }
        } else if line.is_empty() {
            flush(&mut paragraph, width, out)?;
            writeln!(out)?;
        } else if line.starts_with("- ") || line.starts_with('|') {
            flush(&mut paragraph, width, out)?;
            paragraph = line.into_owned();
        } else {
            if !paragraph.is_empty() {
                paragraph.push(' ');
            }
            paragraph += line.trim();
        }
    }
    flush(&mut paragraph, width, out)
}

fn flush(paragraph: &mut String, width: usize, out: &mut dyn Write) -> io::Result<()> {
    if paragraph.is_empty() {
        return Ok(());
    }
    let hang = if paragraph.starts_with("- ") {
        "  "
    } else {
        ""
    };
    let options = textwrap::Options::new(width).subsequent_indent(hang);
    writeln!(out, "{}", textwrap::fill(paragraph, options))?;
    paragraph.clear();
    Ok(())
}
