//! What the fuzz targets of the whole pipeline have in common.

use std::sync::LazyLock;

use palisade::check::{Job, Root};
use palisade::finding::Outcome;
use palisade::report::{REPORTERS, Style, find, write};
use palisade::source::{Candidate, Found};

/// Checks what was found, with the built-in rules or with `policies`.
pub fn check(found: Found, policies: Vec<Candidate>) -> Outcome {
    static BUILT_IN: LazyLock<Vec<String>> = LazyLock::new(|| {
        let rules = run(Found::default(), Vec::new(), Vec::new()).rules;
        rules.iter().map(|rule| rule.id.clone()).collect()
    });
    let ignore = if policies.is_empty() {
        Vec::new()
    } else {
        BUILT_IN.clone()
    };
    run(found, policies, ignore)
}

fn run(found: Found, policies: Vec<Candidate>, ignore: Vec<String>) -> Outcome {
    palisade::check::check(Job {
        ignore,
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

/// The outcome in every format, once: writing them ends.
pub fn write_reports(outcome: &Outcome) {
    for reporter in REPORTERS {
        write(reporter, outcome, &Style::default(), &mut std::io::sink())
            .expect("a sink takes all");
    }
}

/// The outcome for programs, in which everything is.
pub fn report(outcome: &Outcome) -> Vec<u8> {
    let mut bytes = Vec::new();
    let json = find("json").expect("a reporter");
    write(json, outcome, &Style::default(), &mut bytes).expect("memory is enough");
    bytes
}
