//! `palisade waive` and `palisade baseline`: somebody answers for findings.

use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;

use super::check::day;
use super::inventory::report_problems;
use super::print;
use super::roots::job_of;
use crate::check::{Job, check};
use crate::config::{self, NewWaiver, add_waivers, items};
use crate::finding::{Finding, Outcome};
use crate::model::Date;

/// Excuse a finding until a day: writes a waiver into `palisade.yaml`
#[derive(Debug, Args)]
pub(super) struct Waive {
    /// The id of the finding, as reports give it
    finding: String,
    #[command(flatten)]
    terms: Terms,
}

/// Excuse everything that is found today until a day, so that only what is new is reported
#[derive(Debug, Args)]
pub(super) struct Baseline {
    #[command(flatten)]
    terms: Terms,
}

#[derive(Debug, Args)]
struct Terms {
    /// The files and folders to check
    #[arg(default_value = ".")]
    paths: Vec<PathBuf>,
    /// The last day on which it is excused
    #[arg(long, value_name = "DATE")]
    until: Date,
    /// Why, for whoever reads it then
    #[arg(long, value_name = "TEXT", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    reason: String,
    /// The day that the check is made for; today (UTC) if not given
    #[arg(long, value_name = "DATE", env = "PALISADE_NOW")]
    now: Option<Date>,
}

pub(super) fn waive(arguments: &Waive) -> ExitCode {
    let outcome = found(&arguments.terms);
    let id = &arguments.finding;
    let mut findings = outcome.findings.iter();
    match findings.find(|finding| finding.identity.short() == *id) {
        Some(finding) => tell(write(&arguments.terms, &[finding], &outcome)),
        None => {
            let mut excused = outcome.waived.iter();
            let is_excused = excused.any(|waived| waived.finding.identity.short() == *id);
            tell(Err(match is_excused {
                true => format!("finding `{id}` is excused already"),
                false => format!("no finding is called `{id}` in what was checked"),
            }))
        }
    }
}

pub(super) fn baseline(arguments: &Baseline) -> ExitCode {
    let mut outcome = found(&arguments.terms);
    let mut findings = std::mem::take(&mut outcome.findings);
    if !outcome.problems.is_empty() {
        let _ = report_problems(&outcome);
        return tell(Err(
            "solve these problems first: what they hide would not be excused".to_owned(),
        ));
    }
    // A waiver of a waiver would answer for nothing.
    findings.retain(|finding| finding.waived_rule().is_none());
    let all: Vec<_> = findings.iter().collect();
    tell(write(&arguments.terms, &all, &outcome))
}

/// Says what was done, or why not.
fn tell(done: Result<String, String>) -> ExitCode {
    match done {
        Ok(said) => print(said.as_bytes()),
        Err(message) => {
            let _ = writeln!(io::stderr(), "palisade: {message}");
            ExitCode::from(2)
        }
    }
}

fn found(terms: &Terms) -> Outcome {
    check(Job {
        now: day(terms.now),
        ..job_of(&terms.paths, &[])
    })
}

/// Writes a waiver for each finding into the configuration that it comes under; says which were.
fn write(terms: &Terms, findings: &[&Finding], outcome: &Outcome) -> Result<String, String> {
    if terms.until.milliseconds < day(terms.now) {
        return Err(format!("{} is past; choose a later day", terms.until));
    }
    let mut by_file: BTreeMap<PathBuf, Vec<NewWaiver>> = BTreeMap::new();
    let mut written = HashSet::new();
    for finding in findings {
        let identity = &finding.identity;
        let entities: Vec<_> = identity.entities().collect();
        let name = Path::new(&outcome.files.get(finding.primary.span.file).name);
        let folder = name.parent().unwrap_or(Path::new(""));
        let file = super::roots::nearest(folder).unwrap_or_else(|| config::FILE_NAME.into());
        let waivers = by_file.entry(file.clone()).or_default();
        if written.insert((file, &identity.rule, entities)) {
            waivers.push(NewWaiver {
                rule: identity.rule.clone(),
                entities: identity.entities().map(str::to_owned).collect(),
                until: terms.until,
                reason: terms.reason.clone(),
            });
        }
    }
    if by_file.is_empty() {
        return Ok("nothing is found that could be excused\n".to_owned());
    }
    let mut said = String::new();
    for (file, new) in &by_file {
        let shown = file.display();
        let text = match fs::read_to_string(file) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(format!("{shown}: {error}")),
        };
        let changed = add_waivers(&text, new).map_err(|why| {
            let by_hand = items(new, 2);
            format!("{shown} was left as it is, because {why}; write this into it:\n\nwaivers:\n{by_hand}")
        })?;
        fs::write(file, changed).map_err(|error| format!("{shown}: {error}"))?;
        said += &match new.len() {
            1 => format!("wrote a waiver to {shown}\n"),
            many => format!("wrote {many} waivers to {shown}\n"),
        };
    }
    Ok(said)
}
