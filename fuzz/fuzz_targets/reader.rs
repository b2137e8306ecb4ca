//! Any bytes are read as a document and linked: every place of a problem is in the text, between
//! characters.
//!
//! The examples are the seeds: `cargo +nightly fuzz run reader fuzz/corpus/reader examples`.
#![no_main]

use libfuzzer_sys::fuzz_target;
use palisade_fuzz::{candidate, read};

fuzz_target!(|bytes: &[u8]| {
    let name = match bytes.starts_with(b"{") {
        true => "a.json",
        false => "a.yaml",
    };
    read(vec![candidate(name, bytes)]);
});
