//! What was found out about policies, for people and for editors.

use std::io;

use super::human::remarks;
use super::{MIN_WIDTH, Style, clean};
use crate::finding::LintReport;

/// Draws each remark in its source, and sums up.
pub fn write_review(review: &LintReport, style: &Style, out: &mut dyn io::Write) -> io::Result<()> {
    let style = Style {
        width: style.width.max(MIN_WIDTH),
        ..style.clone()
    };
    remarks(review, &style, out)?;
    out.flush()
}

/// Writes one line for each remark: `path:line:column: problem code message`.
pub fn write_review_lines(review: &LintReport, out: &mut dyn io::Write) -> io::Result<()> {
    for remark in &review.remarks {
        let problem = &remark.problem;
        if let Some(label) = problem.labels.first() {
            let start = review.files.start(label.span);
            let path = clean(&review.files.get(label.span.file).name);
            write!(out, "{path}:{}:{}: ", start.line, start.column)?;
        }
        let (word, message) = (remark.word(), clean(&problem.message));
        writeln!(out, "{word} {} {message}", problem.code)?;
    }
    out.flush()
}
