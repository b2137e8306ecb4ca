//! Any text is loaded as a user's policies and put to an inventory in which much is unknown.
//!
//! The rules are the seeds: `cargo +nightly fuzz run policy fuzz/corpus/policy policies examples`.
#![no_main]

use libfuzzer_sys::fuzz_target;
use palisade_fuzz::{candidate, check, places_are_in_their_texts};

fuzz_target!(|text: &str| {
    let inventory = candidate("a.yaml", include_str!("../inventory.yaml"));
    let outcome = check(vec![inventory], vec![candidate("own.cedar", text)]);
    places_are_in_their_texts(&outcome);
});
