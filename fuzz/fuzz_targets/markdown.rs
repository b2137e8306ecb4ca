//! Any text is read as a Markdown page and linked: every place of a problem is in it, between characters.
//!
//! Seeds: `cargo +nightly fuzz run markdown fuzz/corpus/markdown docs examples/design-doc`.
#![no_main]

use libfuzzer_sys::fuzz_target;
use palisade_fuzz::{candidate, read};

fuzz_target!(|text: &str| read(vec![candidate("a.md", text)]));
