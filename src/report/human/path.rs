//! The way to what is wrong, as a chain: one hop to a line, each with its place.

use std::io;

use crate::finding::{Finding, Hop};
use crate::report::clean::{clean, prose};

use super::page::Page;

/// Writes the path of a finding, if it has one, and what closes every path to it.
pub(super) fn write(page: &mut Page<'_>, finding: &Finding) -> io::Result<()> {
    let hops = (1..).zip(&finding.path);
    let lines: Vec<_> = hops.map(|(number, hop)| line(page, number, hop)).collect();
    let names = std::iter::once("path:").chain(std::iter::repeat(""));
    let fields: Vec<_> = names.zip(lines).collect();
    page.fields(2, &fields)?;
    let way_out = finding.way_out.iter();
    let way_out: Vec<_> = way_out.map(|text| ("way out:", prose(text))).collect();
    page.fields(2, &way_out)
}

fn line(page: &Page<'_>, number: usize, hop: &Hop) -> String {
    let arrow = if hop.from.is_some() { "→ " } else { "" };
    let mut text = format!("{number}. {arrow}{}, {}", prose(&hop.to), prose(&hop.by));
    if !hop.added.is_empty() {
        text += &format!("; in it: {}", prose(&hop.added.join(", ")));
    }
    if !hop.removed.is_empty() {
        text += &format!("; removed: {}", prose(&hop.removed.join(", ")));
    }
    let place = page.files.locate(hop.span).span;
    let start = page.files.start(hop.span);
    let path = clean(&page.files.get(place.file).name);
    let place = format!("{path}:{}:{}", start.line, start.column);
    let place = page.palette.path().style(&place).to_string();
    format!("{text}  {place}")
}
