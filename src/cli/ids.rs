//! `palisade ids`: what a shell proposes where the id of a finding is typed.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use clap::Args;

use super::check::day;
use super::print;
use super::roots::job_of;
use super::threads::{self, STACK_BYTES};
use crate::check::{CheckInput, check};
use crate::finding::{Causes, Outcome};
use crate::model::Date;

/// Print the ids of what is found here, for a shell to propose
#[derive(Debug, Args)]
#[command(hide = true)]
pub(super) struct Arguments {
    /// The folder to check
    #[arg(default_value = ".")]
    path: PathBuf,
    /// Print nothing if the check takes longer than so many milliseconds: nobody waits for a proposal
    #[arg(long, value_name = "MS", default_value = "500")]
    within: u64,
    /// The day that the check is made for; today (UTC) if not given
    #[arg(long, value_name = "DATE", env = "PALISADE_NOW")]
    now: Option<Date>,
}

pub(super) fn run(arguments: &Arguments) -> ExitCode {
    let (send, receive) = mpsc::channel();
    let (path, now) = (arguments.path.clone(), day(arguments.now));
    let checking = thread::Builder::new()
        .stack_size(STACK_BYTES)
        .spawn(move || {
            let outcome = threads::among(|| {
                check(CheckInput {
                    now,
                    ..job_of(std::slice::from_ref(&path), &[])
                })
            });
            // Nobody may be listening any more.
            let _ = send.send(ids(&outcome));
        });
    // The check ends with the program.
    let found = checking.ok().and_then(|_| {
        let within = Duration::from_millis(arguments.within);
        receive.recv_timeout(within).ok()
    });
    print(found.unwrap_or_default().as_bytes())
}

/// A line for each finding, the worst causes first: its id, and the rule with what is wrong.
fn ids(outcome: &Outcome) -> String {
    let causes = Causes::of(&outcome.findings, &outcome.files);
    let caused = causes.all.iter().flat_map(|cause| &cause.findings).copied();
    let all = caused.chain(0..outcome.findings.len());
    let mut seen = BTreeSet::new();
    let mut text = String::new();
    for finding in all.map(|at| &outcome.findings[at]) {
        if seen.insert(finding.identity.short()) {
            let said = format!("{}: {}", finding.rule.id, finding.message);
            let said = said.replace(char::is_control, " ");
            text += &format!("{}\t{said}\n", finding.identity.short());
        }
    }
    text
}
