//! Checks a text that is in memory, and prints what an editor would show beside it.
//!
//! `cargo run --example check_text`

#![allow(clippy::print_stdout, reason = "it prints what it found")]

use palisade::{Host, Standing};

const TEXT: &str = "palisade: v1
zones:
  signing: { clearance: secret, internet: none }
keyStores:
  vault: { zone: signing, custody: software-vault }
keys:
  token-key: { store: vault, kind: private, exportable: true, level: secret }
workloads:
  signer: { zone: signing, uses: [token-key], dump: full }
";

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut host = Host::new("2026-11-22".parse()?);
    host.set("palisade.yaml", "select: [dump-*, key-nonexportable]\n");
    host.set("signing.yaml", TEXT);
    for found in host.analysis().diagnostics() {
        let (place, code, message) = (&found.place, &found.code, &found.message);
        let what = match found.standing {
            Standing::Violation => "broken",
            Standing::Undetermined => "not known",
            _ => "problem",
        };
        println!(
            "{}:{}:{} to {}:{}: {what}: {code}: {message}",
            place.file, place.start.line, place.start.column, place.end.line, place.end.column
        );
        if let Some(passes_if) = &found.passes_if {
            println!("  passes if {passes_if}");
        }
        for (place, text) in &found.related {
            println!("  {}:{}: {text}", place.file, place.start.line);
        }
    }
    // As if somebody typed.
    host.set("signing.yaml", TEXT.replace("dump: full", "dump: off"));
    let left = host.analysis().diagnostics();
    println!("after `dump: off` {} are left", left.len());
    Ok(())
}
