//! Any text is read and evaluated as Terraform: every place of a problem is in it, between characters.
//!
//! Seeds: `cargo +nightly fuzz run terraform fuzz/corpus/terraform examples/terraform/modules/signer`.
#![no_main]

use libfuzzer_sys::fuzz_target;
use palisade_fuzz::{candidate, read};

fuzz_target!(|text: &str| read(vec![candidate("main.tf", text)]));
