//! Any text is read as a manifest, as a patch and as a kustomization: every place is in it, between
//! characters, and the report is the same twice.
//!
//! Seeds: `cargo +nightly fuzz run manifests fuzz/corpus/manifests examples/cluster`.
#![no_main]

use libfuzzer_sys::fuzz_target;
use palisade::finding::Outcome;
use palisade::source::{Candidate, Found, Origin};
use palisade_fuzz::{check, places_are_in_their_texts, report, write_reports};

fuzz_target!(|texts: (&str, &str)| {
    let first = run(texts);
    places_are_in_their_texts(&first);
    write_reports(&first);
    assert!(report(&first) == report(&run(texts)), "two runs differ");
});

fn run((manifest, kustomization): (&str, &str)) -> Outcome {
    let candidate = |name: &str, text: &str| Candidate {
        name: name.to_owned(),
        named: true,
        origin: Origin::Memory(text.as_bytes().to_vec()),
    };
    let found = Found {
        candidates: vec![
            candidate("manifest.yaml", manifest),
            candidate("overlay/kustomization.yaml", kustomization),
            candidate("overlay/patch.yaml", manifest),
        ],
        ..Found::default()
    };
    check(found, Vec::new())
}
