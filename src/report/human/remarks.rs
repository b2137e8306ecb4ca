//! Remarks on policies, each drawn in its source, and how many there are.

use std::io;

use super::page::Page;
use super::{Style, said};
use crate::finding::LintReport;
use crate::report::plural::count;

/// Writes all of `review`, and what it comes to.
pub(in crate::report) fn remarks(
    review: &LintReport,
    style: &Style,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let mut page = Page::new(out, &review.files, style);
    for remark in &review.remarks {
        let paint = match remark.is_fault {
            true => page.palette.problem(),
            false => page.palette.undetermined(),
        };
        said(&mut page, remark.word(), paint, &remark.problem)?;
        page.blank()?;
    }
    if !style.notes {
        return Ok(());
    }
    if review.documents == Some(0) {
        writeln!(
            page.out,
            "note: no document is here: the entities that rules name were not looked up\n"
        )?;
    }
    let faults = review.remarks.iter().filter(|remark| remark.is_fault);
    let faults = faults.count();
    let notes = review.remarks.len() - faults;
    if review.policies == 0 {
        return writeln!(page.out, "no policy is here");
    }
    writeln!(
        page.out,
        "looked at {} in {}: {}, {}",
        count(review.rules, "rule", "rules"),
        count(review.policies, "file", "files"),
        count(faults, "problem", "problems"),
        count(notes, "note", "notes")
    )
}
