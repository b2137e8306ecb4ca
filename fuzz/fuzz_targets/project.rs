//! Bytes decide on a small project and on a change to it. Checked on one thread and on three, its files in
//! one order and in the other, from memory and through the index and the commit of a repository, it gives
//! the same bytes.
//!
//! No seeds are needed: `cargo +nightly fuzz run project`.
#![no_main]

use libfuzzer_sys::fuzz_target;
use palisade::check::BaseState;
use palisade::source::{Candidate, Found};
use palisade_fuzz::{candidate, compare, on_threads, report, repository, system};

fuzz_target!(|bytes: &[u8]| {
    let (first, second) = bytes.split_at(bytes.len() / 2);
    let named = |documents: Vec<String>| -> Vec<(String, String)> {
        let all = (0..).zip(documents);
        let all = all.map(|(at, text): (u32, _)| (format!("{at}.yaml"), text));
        all.collect()
    };
    let before = named(system::documents(first));
    // One file is changed, and one is new.
    let mut now = before.clone();
    let changed = named(system::documents(second));
    let at = bytes.first().map_or(0, |byte| usize::from(*byte)) % now.len();
    now[at] = changed[at].clone();
    now.push(("new.yaml".to_owned(), changed[0].1.clone()));

    let in_memory = |files: &[(String, String)]| -> Vec<Candidate> {
        files
            .iter()
            .map(|(name, text)| candidate(name, text))
            .collect()
    };
    let run = |threads: usize, now: Vec<Candidate>, before: Vec<Candidate>| {
        let before = BaseState {
            found: Found {
                candidates: before,
                ..Found::default()
            },
            ..BaseState::default()
        };
        on_threads(threads, || report(&compare(now, before)))
    };
    let reversed = |mut files: Vec<Candidate>| {
        files.reverse();
        files
    };
    let alone = run(1, in_memory(&now), in_memory(&before));
    let together = run(3, in_memory(&now), in_memory(&before));
    assert!(
        alone == together,
        "the number of threads changes the report"
    );
    let turned = run(1, reversed(in_memory(&now)), reversed(in_memory(&before)));
    assert!(alone == turned, "the order of files changes the report");
    let (index, head) = repository::states(&now, &before);
    assert!(alone == run(1, index, head), "git changes the report");
});
