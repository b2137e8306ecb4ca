//! `palisade rules`: the rules that would be asked.

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Args, ValueEnum};
use serde_json::json;

use super::inventory::report_problems;
use super::roots::job_of;
use super::terminal::{self, Color};
use super::{ended, matrix};
use crate::check::{CheckInput, check, rules};
use crate::finding::{Outcome, PROFILES, RuleInfo, Severity};
use crate::model::Date;
use crate::report::cell;

/// List built-in and custom rules
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Rules to list: an id, the start of one and `*`, or `profile:NAME`; else those that the
    /// configuration selects
    rules: Vec<String>,
    /// Minimum severity of the rules to list
    #[arg(long, value_name = "SEVERITY")]
    severity: Option<Severity>,
    /// Output format
    #[arg(long, value_name = "FORMAT", default_value = "table")]
    format: Format,
    /// List the profiles that they are in, with how many of them each has
    #[arg(long, conflicts_with = "format")]
    profiles: bool,
    /// A standard by clause, with the rules that each asks for: `profile:pci-dss`; as `markdown` or `csv`
    #[arg(long, value_name = "PROFILE", conflicts_with_all = ["profiles", "rules", "severity"])]
    matrix: Option<String>,
    /// With `--matrix`: also what a check of this file or folder comes to, of each rule
    #[arg(long, value_name = "PATH", requires = "matrix")]
    check: Option<PathBuf>,
    /// With `--check`: date of the check; today (UTC) if not given
    #[arg(long, value_name = "DATE", env = "PALISADE_NOW")]
    now: Option<Date>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Table,
    /// For programs
    Json,
    /// For documents
    Markdown,
    /// For spreadsheets; only of a matrix
    Csv,
}

/// The rules of the folder that this runs in, chosen by `select`.
pub(super) fn of_here(select: &[String]) -> Outcome {
    rules(CheckInput {
        select: select.to_vec(),
        ..job_of(&[], &[])
    })
}

pub(super) fn run(arguments: &Arguments) -> ExitCode {
    if let Some(choice) = &arguments.matrix {
        return run_matrix(arguments, choice);
    }
    if arguments.format == Format::Csv {
        let _ = writeln!(io::stderr(), "error: `--format csv` is for `--matrix`");
        return ExitCode::from(2);
    }
    let mut outcome = of_here(&arguments.rules);
    if let Some(least) = arguments.severity {
        outcome.rules.retain(|rule| rule.severity >= least);
    }
    let mut out = io::BufWriter::new(io::stdout().lock());
    let written = match arguments.format {
        _ if arguments.profiles => table_of_profiles(&outcome.rules, &mut out),
        Format::Table => table(&outcome.rules, &mut out),
        Format::Json => as_json(&outcome.rules, &mut out),
        Format::Markdown | Format::Csv => markdown(&outcome.rules, &mut out),
    };
    let written = written.and_then(|()| out.flush());
    let written = written.and_then(|()| report_problems(&outcome));
    let code = if outcome.problems.is_empty() { 0 } else { 2 };
    ended(written.err(), ExitCode::from(code))
}

/// Findings fail nothing here: the table says what they are.
fn run_matrix(arguments: &Arguments, choice: &str) -> ExitCode {
    let profile = matrix::profile(choice);
    let choice = match &profile {
        Ok(profile) => format!("profile:{}", profile.name),
        Err(_) => String::new(),
    };
    let now = super::check::day(arguments.now);
    let mut outcome = match &profile {
        Ok(_) => match &arguments.check {
            None => of_here(&[choice]),
            Some(path) => check(CheckInput {
                select: vec![choice],
                now,
                ..job_of(std::slice::from_ref(path), &[])
            }),
        },
        Err(_) => Outcome::default(),
    };
    let mut out = io::BufWriter::new(io::stdout().lock());
    let (checked, as_csv) = (arguments.check.is_some(), arguments.format == Format::Csv);
    let written = match profile {
        Ok(profile) => matrix::write(&outcome, profile, checked, as_csv, &mut out),
        Err(problem) => {
            outcome.problems.push(problem);
            Ok(())
        }
    };
    let written = written.and_then(|()| out.flush());
    outcome.findings.clear();
    let written = written.and_then(|()| report_problems(&outcome));
    let code = match outcome.problems.is_empty() {
        true => 0,
        false => outcome.exit_code(),
    };
    ended(written.err(), ExitCode::from(code))
}

fn table_of_profiles(rules: &[Arc<RuleInfo>], out: &mut dyn Write) -> io::Result<()> {
    let profiles = profiles(rules);
    let longest = profiles
        .iter()
        .map(|(name, ..)| name.len())
        .max()
        .unwrap_or(0);
    for (name, title, count) in profiles {
        writeln!(out, "profile:{name:longest$}  {count:>3}  {title}")?;
    }
    Ok(())
}

fn table(rules: &[Arc<RuleInfo>], out: &mut dyn Write) -> io::Result<()> {
    let width = terminal::style(Color::Never).width;
    let longest = |of: fn(&RuleInfo) -> usize| rules.iter().map(|rule| of(rule)).max().unwrap_or(0);
    let id = longest(|rule| rule.id.len());
    let severity = longest(|rule| rule.severity.name().len());
    for rule in rules {
        let start = format!("{:id$}  {:severity$}  ", rule.id, rule.severity.name());
        let indent = " ".repeat(start.len());
        let options = textwrap::Options::new(width.max(start.len() + 24))
            .initial_indent(&start)
            .subsequent_indent(&indent);
        writeln!(out, "{}", textwrap::fill(&rule.title, options))?;
    }
    writeln!(out, "\n{} rules", rules.len())?;
    let names: Vec<_> = profiles(rules)
        .into_iter()
        .map(|(name, _, count)| format!("{name} ({count})"))
        .collect();
    let options = textwrap::Options::new(width)
        .initial_indent("profiles: ")
        .subsequent_indent("          ");
    writeln!(out, "{}", textwrap::fill(&names.join(", "), options))
}

/// The profiles and groups that rules are in: name, title, and how many.
fn profiles(rules: &[Arc<RuleInfo>]) -> Vec<(String, String, usize)> {
    let standards = PROFILES.iter().map(|profile| {
        let count = rules.iter().filter(|rule| profile.has(rule)).count();
        (profile.name.to_owned(), profile.title.to_owned(), count)
    });
    let mut groups: Vec<_> = rules.iter().filter_map(|rule| rule.group.clone()).collect();
    groups.sort_unstable();
    groups.dedup();
    let groups = groups.into_iter().map(|group| {
        let of_group = rules
            .iter()
            .filter(|rule| rule.group.as_ref() == Some(&group));
        let count = of_group.count();
        (group.clone(), format!("rules about {group}"), count)
    });
    let all = standards.chain(groups);
    all.filter(|(.., count)| *count > 0).collect()
}

fn as_json(rules: &[Arc<RuleInfo>], out: &mut dyn Write) -> io::Result<()> {
    let all = rules.iter().map(|rule| {
        let profiles = PROFILES.iter().filter(|profile| profile.has(rule));
        json!({
            "id": rule.id,
            "title": rule.title,
            "severity": rule.severity.name(),
            "group": rule.group,
            "profiles": profiles.map(|profile| profile.name).collect::<Vec<_>>(),
            "references": rule.references,
            "help": rule.help,
            "builtIn": rule.built_in,
        })
    });
    serde_json::to_writer_pretty(&mut *out, &all.collect::<Vec<_>>())?;
    writeln!(out)
}

fn markdown(rules: &[Arc<RuleInfo>], out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "| rule | severity | requires | references |")?;
    writeln!(out, "|---|---|---|---|")?;
    for rule in rules {
        writeln!(
            out,
            "| `{}` | {} | {} | {} |",
            cell(&rule.id),
            rule.severity,
            cell(&rule.title),
            cell(&rule.references.join("; "))
        )?;
    }
    Ok(())
}
