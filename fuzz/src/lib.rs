//! What the fuzz targets of the whole pipeline have in common.

use palisade::check::{Job, Root};
use palisade::finding::Outcome;
use palisade::report::{REPORTERS, Style, write};
use palisade::source::{Candidate, Found};

/// Checks what was found, with the built-in rules and `policies`.
pub fn check(found: Found, policies: Vec<Candidate>) -> Outcome {
    palisade::check::check(Job {
        roots: vec![Root {
            found,
            policies,
            ..Root::default()
        }],
        now: 1_767_225_600_000,
        ..Job::default()
    })
}

/// Every place that an outcome speaks of is in its text, between characters.
pub fn places_are_in_their_texts(outcome: &Outcome) {
    let of_findings = outcome.findings.iter().flat_map(|finding| {
        let because = finding.because.iter().map(|because| because.span);
        let labels = finding
            .related
            .iter()
            .chain(&finding.clauses)
            .chain([&finding.primary]);
        labels.map(|label| label.span).chain(because)
    });
    let of_problems = outcome.problems.iter().flat_map(|problem| &problem.labels);
    let of_rules = outcome.rules.iter().map(|rule| rule.span);
    let labels = of_problems.map(|label| label.span);
    for span in of_findings.chain(labels).chain(of_rules) {
        let place = outcome.files.locate(span);
        for span in [Some(place.span), place.used_at].into_iter().flatten() {
            let file = outcome.files.get(span.file);
            assert!(
                file.text().get(span.range()).is_some(),
                "{span:?} in `{}`",
                file.name
            );
        }
    }
}

/// The outcome in every format.
pub fn reports(outcome: &Outcome) -> Vec<Vec<u8>> {
    let reports = REPORTERS.iter().map(|reporter| {
        let mut bytes = Vec::new();
        write(reporter, outcome, &Style::default(), &mut bytes).expect("memory is enough");
        bytes
    });
    reports.collect()
}
