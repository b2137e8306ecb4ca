//! The way to what is wrong, as a chain: one hop to a line, each with its place.

use std::io;

use crate::finding::Finding;
use crate::report::clean::prose;
use crate::report::path_lines;

use super::page::Page;
use super::wrap::hang;

/// Writes the path of a finding, if it has one, and what closes every path to it.
pub(super) fn write(page: &mut Page<'_>, finding: &Finding) -> io::Result<()> {
    let paint = page.palette.path();
    let lines = path_lines(page.files, &finding.path, &|place| {
        paint.style(place).to_string()
    });
    let name = page.palette.quiet().style("path:").to_string();
    let names = std::iter::once(name).chain(std::iter::repeat("     ".to_owned()));
    for (name, (number, text)) in names.zip(lines) {
        let start = format!("  {name} {number} ");
        writeln!(page.out, "{}", hang(&start, &text, page.prose_width()))?;
    }
    let way_out = finding.way_out.iter();
    let way_out: Vec<_> = way_out.map(|text| ("way out:", prose(text))).collect();
    page.fields(2, &way_out)
}
