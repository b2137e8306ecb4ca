//! `palisade explain`: a rule, a finding, a cause, a question or a problem, at length.

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::ended;
use super::inventory::report_problems;
use super::roots::job_of;
use super::rules::of_here;
use super::terminal::{self, Coloring};
use crate::check::{CheckInput, check};
use crate::finding::{Causes, Finding, Outcome, Questions, RuleInfo};
use crate::model::Date;
use crate::policy::pages;
use crate::report::{self, Style};
use crate::source::Code;

/// Explain a rule, a finding, a cause, a question or a problem
///
/// Of a problem, which is named by its code: what it means, and what to do. Of a rule: what it requires,
/// why, how to fix it, and the policy itself. Of a finding, a cause or a question, which are named by
/// the ids that reports give them: all that there is to say of each finding that it is about, then
/// their rules.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  palisade explain dump-no-downward           a rule
  palisade explain 66a82b8d                   a finding, of the folder that this runs in
  palisade explain 66a82b8d ae7b2895 shop     two findings, of the folder `shop`")]
pub(super) struct Arguments {
    /// The id of a rule, a finding, a cause or a question, or the code of a problem
    what: String,
    /// Further ids of findings, causes and questions, then the files and folders that were checked
    paths: Vec<PathBuf>,
    /// Date of the check, for findings; today (UTC) if not given
    #[arg(long, value_name = "DATE", env = "PALISADE_NOW")]
    now: Option<Date>,
    #[command(flatten)]
    color: Coloring,
}

pub(super) fn run(arguments: &Arguments) -> ExitCode {
    let style = terminal::style(arguments.color.when);
    let mut out = io::BufWriter::new(io::stdout().lock());
    let explained = if is_reported(&arguments.what) {
        explain_reported(arguments, &style, &mut out)
    } else {
        explain_rule(&arguments.what, &style, &mut out)
    };
    match explained {
        Ok(code) => ended(out.flush().err(), code),
        Err(error) => ended([error], ExitCode::SUCCESS),
    }
}

/// Findings are named by eight or sixteen hexadecimal digits, causes and questions by `c` and `q` and
/// eight; no rule may be, in good sense.
fn is_reported(what: &str) -> bool {
    let digits = match what.len() {
        9 => what.strip_prefix(['c', 'q']).unwrap_or("-"),
        _ => what,
    };
    matches!(digits.len(), 8 | 16) && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// The finding that `id` names, if there is one.
///
/// # Errors
///
/// What to type instead, where it names several.
pub(super) fn named<'f>(
    id: &str,
    findings: impl Iterator<Item = &'f Finding>,
) -> Result<Option<&'f Finding>, String> {
    let named: Vec<_> = findings.filter(|it| it.identity.is_named(id)).collect();
    let all: BTreeSet<_> = named.iter().map(|finding| &finding.identity).collect();
    if all.len() < 2 {
        return Ok(named.first().copied());
    }
    let each = all
        .iter()
        .map(|identity| format!("\n  {}  {identity}", identity.fingerprint()));
    let each: String = each.collect();
    Err(format!(
        "`{id}` names {} findings; name one by its longer id:{each}",
        all.len()
    ))
}

fn explain_rule(id: &str, style: &Style, out: &mut dyn Write) -> io::Result<ExitCode> {
    let outcome = of_here(&[id.to_owned()]);
    let Some(rule) = outcome.rules.iter().find(|rule| rule.id == id) else {
        return match Code::named(id) {
            Some(code) => {
                let area = format!("problem: {}", code.area());
                report::write_page(&report::problem_page(code), &area, style, out)?;
                Ok(ExitCode::SUCCESS)
            }
            None => unusable(&outcome),
        };
    };
    describe(rule, &outcome, style, out)?;
    Ok(ExitCode::SUCCESS)
}

fn explain_reported(
    arguments: &Arguments,
    style: &Style,
    out: &mut dyn Write,
) -> io::Result<ExitCode> {
    let mut ids = vec![arguments.what.clone()];
    let mut paths = arguments.paths.clone();
    while let Some(id) = paths.first().and_then(|path| path.to_str())
        && is_reported(id)
    {
        ids.push(id.to_owned());
        paths.remove(0);
    }
    if paths.is_empty() {
        paths.push(PathBuf::from("."));
    }
    let mut outcome = check(CheckInput {
        all: true,
        now: super::check::day(arguments.now),
        ..job_of(&paths, &[])
    });
    let found = match subjects(&ids, &outcome) {
        Ok(found) => found,
        Err(message) => {
            let _ = writeln!(io::stderr(), "palisade: {message}");
            outcome.findings.clear();
            return unusable(&outcome);
        }
    };
    let alone = Style {
        notes: false,
        all: true,
        ..style.clone()
    };
    report::write_explained(&outcome, &found, &alone, out)?;
    let mut rules: Vec<_> = found
        .iter()
        .map(|at| outcome.findings[*at].rule.clone())
        .collect();
    let mut seen = BTreeSet::new();
    rules.retain(|rule| seen.insert(rule.id.clone()));
    outcome.findings.clear();
    for rule in rules {
        describe(&rule, &outcome, style, out)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The findings that these ids are about, by their places, each once.
///
/// # Errors
///
/// What is not there, or names several.
fn subjects(ids: &[String], outcome: &Outcome) -> Result<Vec<usize>, String> {
    let causes = Causes::of(&outcome.findings, &outcome.files);
    let questions = Questions::of(&outcome.findings);
    let mut found = Vec::new();
    for id in ids {
        let of_cause = causes.all.iter().filter(|cause| cause.id == *id);
        let of_question = questions.all.iter().filter(|question| question.id == *id);
        let mut places: Vec<usize> = of_cause
            .flat_map(|cause| &cause.findings)
            .chain(of_question.flat_map(|question| &question.findings))
            .copied()
            .collect();
        if places.is_empty() {
            let finding = named(id, outcome.findings.iter())?;
            let finding =
                finding.ok_or_else(|| format!("no finding with id `{id}` in what was checked"))?;
            let all = outcome.findings.iter().enumerate();
            let same = all.filter(|(_, it)| it.identity == finding.identity);
            places.extend(same.map(|(at, _)| at));
        }
        found.extend(
            places
                .into_iter()
                .filter(|at| !found.contains(at))
                .collect::<Vec<_>>(),
        );
    }
    Ok(found)
}

fn unusable(outcome: &Outcome) -> io::Result<ExitCode> {
    report_problems(outcome)?;
    Ok(ExitCode::from(2))
}

/// The page of a rule, and its policy.
fn describe(
    rule: &RuleInfo,
    outcome: &Outcome,
    style: &Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    let file = outcome.files.get(rule.span.file);
    let stem = file.name.strip_suffix(".cedar").unwrap_or(&file.name);
    let own = format!("{stem}.md");
    let page = pages()
        .into_iter()
        .find(|(name, _)| *name == own && rule.built_in);
    let page = match page {
        Some((_, text)) => text.to_owned(),
        None => {
            let help = rule.help.as_deref().unwrap_or_default();
            let references = rule.references.iter();
            let references: String = references.map(|text| format!("- {text}\n")).collect();
            format!("# {}\n\n{}.\n\n{help}\n\n{references}", rule.id, rule.title)
        }
    };
    let page = format!(
        "{page}\n## The policy\n\n```cedar\n{}\n```\n",
        file.text().trim_end()
    );
    let severity = format!("severity: {}", rule.severity);
    report::write_page(&page, &severity, style, out)
}
