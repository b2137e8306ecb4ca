//! Bytes decide on a system in which things move; every fact about where they end up is a finding, whose
//! places are in the documents.
//!
//! No seeds are needed: `cargo +nightly fuzz run flow`.
#![no_main]

use libfuzzer_sys::fuzz_target;
use palisade_fuzz::{candidate, check, places_are_in_their_texts, system};

/// Every fact about where things end up is a finding.
const RULES: &str = r#"
@id("level") forbid(principal, action in [Action::"enter", Action::"rest", Action::"move"], resource)
    when { context.levelRank > 2 || context.approvalRank < 1 || !context.encrypted };
@id("contain") forbid(principal, action == Action::"contain", resource);
@id("reach") forbid(principal, action == Action::"reach", resource) when { context.inspectionRank < 2 };
@id("obtain") forbid(principal, action == Action::"obtain", resource) when { context.levelRank > 0 };
@id("keys") forbid(principal is Artifact, action == Action::"declare", resource)
    when { principal.keysCount > 0 || principal.derivedLevelRank > 2 };
@id("people") forbid(principal is Key, action == Action::"declare", resource)
    when { principal.obtainableByCount > 1 };
"#;

fuzz_target!(|bytes: &[u8]| {
    let documents = system::documents(bytes);
    let files = (0..).zip(&documents);
    let files = files.map(|(at, text): (u32, _)| candidate(&format!("{at}.yaml"), text));
    let outcome = check(files.collect(), vec![candidate("own.cedar", RULES)]);
    places_are_in_their_texts(&outcome);
});
