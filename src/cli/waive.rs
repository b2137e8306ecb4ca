//! `palisade waive` and `palisade baseline`: somebody answers for findings.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;

use super::check::{DAY, day};
use super::inventory::report_problems;
use super::roots::job_of;
use super::{explain, file, print};
use crate::check::{CheckInput, check};
use crate::config::{self, Config, NewWaiver, add_waivers, items};
use crate::finding::{Causes, Finding, MAX_WAIVER_DAYS, Outcome};
use crate::model::Date;
use crate::source::FileId;

/// Waive a finding until a date: writes a waiver into `palisade.yaml`
///
/// The id of a cause waives every finding of it. The waiver applies while the finding stays as it is: it
/// records the verdict and every value that decided it (`--broad` records neither).
#[derive(Debug, Args)]
pub(super) struct Waive {
    /// The id of the finding or of the cause, as reports give it
    finding: String,
    #[command(flatten)]
    terms: Terms,
}

/// Waive all current findings until a date, so that only new ones are reported
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
    /// Last day of the waiver
    #[arg(long, value_name = "DATE")]
    until: Date,
    /// Why, for whoever reads it then
    #[arg(long, value_name = "TEXT", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    reason: String,
    /// Waive the finding whatever decides it, even if what is undetermined becomes a violation
    #[arg(long)]
    broad: bool,
    /// Date of the check; today (UTC) if not given
    #[arg(long, value_name = "DATE", env = "PALISADE_NOW")]
    now: Option<Date>,
}

pub(super) fn waive(arguments: &Waive) -> ExitCode {
    let outcome = found(&arguments.terms);
    let id = &arguments.finding;
    let known = match explain::named(id, outcome.findings.iter()) {
        Ok(Some(finding)) => write(&arguments.terms, &[finding], &outcome),
        Ok(None) => {
            let of_cause = of_cause(id, &outcome);
            let mut excused = outcome.waived.iter();
            let is_excused = excused.any(|waived| waived.finding.identity.is_named(id));
            match () {
                () if !of_cause.is_empty() => write(&arguments.terms, &of_cause, &outcome),
                () if is_excused => Err(format!("finding `{id}` is already waived")),
                () => Err(format!("no finding with id `{id}` in what was checked")),
            }
        }
        Err(several) => Err(several),
    };
    tell(known)
}

/// The findings of the cause that `id` names. A waiver names findings and no cause: what the same edit
/// would end tomorrow is not excused today.
fn of_cause<'o>(id: &str, outcome: &'o Outcome) -> Vec<&'o Finding> {
    let causes = Causes::of(&outcome.findings, &outcome.files).all;
    let named = causes.iter().find(|cause| cause.id == id);
    let findings = named.into_iter().flat_map(|cause| &cause.findings);
    findings.map(|at| &outcome.findings[*at]).collect()
}

pub(super) fn baseline(arguments: &Baseline) -> ExitCode {
    let mut outcome = found(&arguments.terms);
    let mut findings = std::mem::take(&mut outcome.findings);
    if !outcome.problems.is_empty() {
        let _ = report_problems(&outcome);
        return tell(Err(
            "fix these problems first: the findings that they hide would not be waived".to_owned(),
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
    check(CheckInput {
        now: day(terms.now),
        ..job_of(&terms.paths, &[])
    })
}

/// Writes a waiver for each finding into the configuration that it comes under; says which were.
fn write(terms: &Terms, findings: &[&Finding], outcome: &Outcome) -> Result<String, String> {
    let now = day(terms.now);
    if terms.until.milliseconds < now {
        return Err(format!("{} is past; choose a later day", terms.until));
    }
    let mut by_file: BTreeMap<PathBuf, Vec<NewWaiver>> = BTreeMap::new();
    for finding in findings {
        let name = Path::new(&outcome.files.get(finding.primary.span.file).name);
        let folder = name.parent().unwrap_or(Path::new(""));
        let file = super::nearest::nearest(folder).unwrap_or_else(|| config::FILE_NAME.into());
        let waiver = NewWaiver::of(finding, terms.broad, terms.until, &terms.reason);
        let waivers = by_file.entry(file).or_default();
        if !waivers.contains(&waiver) {
            waivers.push(waiver);
        }
    }
    if by_file.is_empty() {
        return Ok("there are no findings to waive\n".to_owned());
    }
    // Nothing is written unless everything can be.
    for (file, new) in &by_file {
        let text = match fs::read(file) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(format!("{}: {error}", file.display())),
        };
        changed(file, &text, new, now).map_err(|failure| failure.told(file))?;
    }
    let mut said = String::new();
    for (file, new) in &by_file {
        let mut count = 0;
        let written = file::update(file, |text| {
            let change = changed(file, text, new, now)?;
            count = change.as_ref().map_or(0, |(count, _)| *count);
            Ok::<_, Failure>(change.map(|(_, text)| text.into_bytes()))
        });
        written.map_err(|failure| format!("{said}{}", failure.told(file)))?;
        let shown = file.display();
        said += &match count {
            0 => format!("{shown} has this waiver already\n"),
            1 => format!("wrote a waiver to {shown}\n"),
            many => format!("wrote {many} waivers to {shown}\n"),
        };
    }
    Ok(said)
}

/// Why waivers were not written.
enum Failure {
    /// The file cannot be read or written.
    File(io::Error),
    /// What it holds cannot be changed, in a whole message.
    Text(String),
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::File(error)
    }
}

impl Failure {
    fn told(self, file: &Path) -> String {
        match self {
            Self::File(error) => format!("{}: {error}", file.display()),
            Self::Text(message) => message,
        }
    }
}

/// The text of a configuration with those of `new` that it does not have, and how many these are;
/// `None` if it has all of them.
fn changed(
    file: &Path,
    text: &[u8],
    new: &[NewWaiver],
    now: i64,
) -> Result<Option<(usize, String)>, Failure> {
    let shown = file.display();
    let text = std::str::from_utf8(text).map_err(|_| {
        Failure::Text(format!(
            "{shown} was left as it is, because it is not UTF-8"
        ))
    })?;
    let (config, _) = Config::read(FileId(0), text);
    let limit = config.max_waiver_days.unwrap_or(MAX_WAIVER_DAYS);
    let last = Date {
        milliseconds: now.saturating_add(limit.saturating_mul(DAY)),
    };
    if let Some(late) = new
        .iter()
        .find(|waiver| waiver.until.milliseconds > last.milliseconds)
    {
        return Err(Failure::Text(format!(
            "{} is more than {limit} days away; choose a day until {last}, or raise \
             `max-waiver-days` in {shown}",
            late.until
        )));
    }
    let is_there = |new: &&NewWaiver| {
        let mut known = config.waivers.iter();
        known.any(|known| known.until.value.milliseconds >= now && new.is(known))
    };
    let new: Vec<_> = new.iter().filter(|new| !is_there(new)).cloned().collect();
    if new.is_empty() {
        return Ok(None);
    }
    let changed = add_waivers(text, &new).map_err(|why| {
        let by_hand = items(&new, 2);
        Failure::Text(format!(
            "{shown} was left as it is, because {why}; write this into it:\n\nwaivers:\n{by_hand}"
        ))
    })?;
    Ok(Some((new.len(), changed)))
}
