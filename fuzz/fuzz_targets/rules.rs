//! Bytes decide on a system; all built-in rules are asked of it, and every report is written, twice to the
//! same end. Slow, for all of that is done each time.
//!
//! No seeds are needed: `cargo +nightly fuzz run rules`.
#![no_main]

use libfuzzer_sys::fuzz_target;
use palisade_fuzz::{candidate, check, places_are_in_their_texts, report, system, write_reports};

fuzz_target!(|bytes: &[u8]| {
    let documents = system::documents(bytes);
    let run = || {
        let files = (0..).zip(&documents);
        let files = files.map(|(at, text): (u32, _)| candidate(&format!("{at}.yaml"), text));
        check(files.collect(), Vec::new())
    };
    let outcome = run();
    places_are_in_their_texts(&outcome);
    write_reports(&outcome);
    assert!(report(&outcome) == report(&run()), "two runs differ");
});
