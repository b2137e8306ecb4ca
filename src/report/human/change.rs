//! What a change takes away, and how much it leaves as it was.

use std::io;

use crate::finding::{Finding, Outcome, Verdict};
use crate::report::clean::clean;
use crate::report::plural::count;

use super::page::Page;
use super::wrap::hang;

/// Writes what is no longer found, one line each; its places are in the files of before.
pub(super) fn gone(page: &mut Page<'_>, outcome: &Outcome) -> io::Result<()> {
    for finding in &outcome.gone {
        let line = line(page, finding);
        writeln!(page.out, "{}", hang("gone: ", &line, page.prose_width()))?;
    }
    match outcome.gone.is_empty() {
        true => Ok(()),
        false => page.blank(),
    }
}

/// "critical[key-no-plaintext] key `k` in key store `s`: …  keys.yaml:4:5"
fn line(page: &Page<'_>, finding: &Finding) -> String {
    let kind = match finding.verdict {
        Verdict::Violation => finding.rule.severity.name(),
        Verdict::Undetermined => finding.verdict.name(),
    };
    let span = finding.primary.span;
    let start = page.files.start(span);
    let path = clean(&page.files.get(span.file).name);
    let place = format!("{path}:{}:{}", start.line, start.column);
    let place = page.palette.path().style(place).to_string();
    let (rule, message) = (clean(&finding.rule.id), clean(&finding.message));
    format!("{kind}[{rule}] {message}  {place}")
}

/// "compared with `main` (1a2b3c4), from which 2 documents differ: 14 findings unchanged, 1 gone"
pub(in crate::report) fn compared(outcome: &Outcome) -> Option<String> {
    let comparison = outcome.comparison.as_ref()?;
    let differ = match comparison.differing {
        0 => "from which no document differs".to_owned(),
        1 => "from which 1 document differs".to_owned(),
        some => format!("from which {some} documents differ"),
    };
    Some(format!(
        "compared with {}, {differ}: {} unchanged, {} gone",
        clean(&comparison.base),
        count(outcome.count_unchanged(), "finding", "findings"),
        outcome.gone.len(),
    ))
}

/// Why what a comparison says may not be so.
pub(in crate::report) fn doubts(outcome: &Outcome) -> Vec<String> {
    let mut doubts = Vec::new();
    if !outcome.problems.is_empty() && !outcome.gone.is_empty() {
        doubts.push("what is listed as gone may still be there, behind a problem".to_owned());
    }
    let comparison = outcome.comparison.as_ref();
    if let Some(comparison) = comparison.filter(|known| known.problems > 0) {
        doubts.push(format!(
            "{} kept something of {} from being understood, so what is shown as new may be older",
            count(comparison.problems, "problem", "problems"),
            clean(&comparison.base),
        ));
    }
    if comparison.is_some_and(|known| known.waivers_unread) {
        let text = "a configuration of before cannot be read: what is counted as unchanged may have \
                    been waived";
        doubts.push(text.to_owned());
    }
    doubts
}
