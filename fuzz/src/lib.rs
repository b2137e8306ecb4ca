//! What the fuzz targets of the whole pipeline have in common.

pub mod repository;
pub mod system;

use std::sync::LazyLock;

use palisade::check::{BaseState, CheckInput, Project, understand};
use palisade::finding::Outcome;
use palisade::report::{REPORTERS, Style, find, write};
use palisade::source::{Candidate, Found, Origin};

/// A text that was named, under this name.
pub fn candidate(name: &str, text: impl AsRef<[u8]>) -> Candidate {
    Candidate {
        name: name.to_owned(),
        named: true,
        origin: Origin::Memory(text.as_ref().to_vec()),
    }
}

/// Reads and links files, and asks nothing: every place of a problem is in its text. Cheap.
pub fn read(files: Vec<Candidate>) {
    let (_, outcome) = understand(job(files, Vec::new(), Vec::new()));
    places_are_in_their_texts(&outcome);
}

/// Checks files with the built-in rules, or only with `policies`.
pub fn check(files: Vec<Candidate>, policies: Vec<Candidate>) -> Outcome {
    static BUILT_IN: LazyLock<Vec<String>> = LazyLock::new(|| {
        let rules = palisade::check::rules(job(Vec::new(), Vec::new(), Vec::new())).rules;
        rules.iter().map(|rule| rule.id.clone()).collect()
    });
    let ignore = match policies.is_empty() {
        true => Vec::new(),
        false => BUILT_IN.clone(),
    };
    palisade::check::check(job(files, policies, ignore))
}

/// Checks files with the built-in rules, and compares what is found with what was found before.
pub fn compare(files: Vec<Candidate>, before: BaseState) -> Outcome {
    let mut job = job(files, Vec::new(), Vec::new());
    job.base = Some("before".to_owned());
    if let Some(root) = job.roots.first_mut() {
        root.whole = true;
        root.before = Some(before);
    }
    palisade::check::check(job)
}

fn job(files: Vec<Candidate>, policies: Vec<Candidate>, ignore: Vec<String>) -> CheckInput {
    CheckInput {
        ignore,
        roots: vec![Project {
            found: Found {
                candidates: files,
                ..Found::default()
            },
            policies,
            ..Project::default()
        }],
        now: 1_767_225_600_000,
        ..CheckInput::default()
    }
}

/// What `run` gives on so many threads.
pub fn on_threads<T: Send>(threads: usize, run: impl FnOnce() -> T + Send) -> T {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
    pool.expect("threads").install(run)
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
