//! Where the value of a finding came through, as places beside it.

use crate::finding::Finding;
use crate::source::{Files, Label};

/// So many places are shown that a value came through: the outermost ones say what to do.
const PLACES: usize = 4;

/// Adds to each finding the places that its primary value came through.
pub(super) fn relate(findings: &mut [Finding], files: &Files) {
    for finding in findings {
        let through = files.came_through(finding.primary.span);
        let mut labels: Vec<_> = through
            .iter()
            .rev()
            .take(PLACES)
            .map(|(span, via)| Label {
                span: *span,
                text: via.says().to_owned(),
            })
            .collect();
        labels.retain(|label| !finding.related.iter().any(|known| known.span == label.span));
        finding.related.splice(0..0, labels);
    }
}
