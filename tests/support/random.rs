//! How often properties are tried, and on what.

use proptest::prelude::ProptestConfig;
use proptest::test_runner::{FileFailurePersistence, RngSeed};

/// Where each random sequence starts.
const SEED: u64 = 2026;

/// The same cases each time, so that a change is judged by what it changes; first those that failed
/// once, if `failed` names the file with them. `PROPTEST_CASES` asks for as many others.
pub fn tries(usual: u32, failed: Option<&'static str>) -> ProptestConfig {
    let asked = std::env::var("PROPTEST_CASES").ok();
    let asked = asked.and_then(|text| text.parse().ok());
    let usually = ProptestConfig::default();
    ProptestConfig {
        cases: asked.unwrap_or(usual),
        rng_seed: match asked {
            Some(_) => usually.rng_seed,
            None => RngSeed::Fixed(SEED),
        },
        failure_persistence: failed.map(|file| {
            let file = FileFailurePersistence::Direct(file);
            Box::new(file) as _
        }),
        ..usually
    }
}
