//! Any text is read as a manifest, as a patch and as a kustomization: every place of a problem is in it,
//! between characters.
//!
//! Seeds: `cargo +nightly fuzz run manifests fuzz/corpus/manifests examples/cluster`.
#![no_main]

use libfuzzer_sys::fuzz_target;
use palisade_fuzz::{candidate, read};

fuzz_target!(|texts: (&str, &str)| {
    let (manifest, kustomization) = texts;
    read(vec![
        candidate("manifest.yaml", manifest),
        candidate("overlay/kustomization.yaml", kustomization),
        candidate("overlay/patch.yaml", manifest),
    ]);
});
