//! `palisade explain`: a rule, a finding, or a problem, at length.

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
use crate::check::{Job, check};
use crate::finding::{Finding, Outcome, RuleInfo};
use crate::model::Date;
use crate::policy::pages;
use crate::report::{self, Style};
use crate::source::Code;

/// Explain a rule, a finding, or a problem, at length
///
/// Of a problem, which is named by its code: what it means, and what to do. Of a rule: what it requires, why, how to fix it, and the policy itself. Of a finding, which is
/// named by the id that the report gives it: all that there is to say of it, then its rule.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The id of a rule or of a finding, or the code of a problem
    what: String,
    /// Of a finding: the files and folders that were checked
    #[arg(default_value = ".")]
    paths: Vec<PathBuf>,
    /// Of a finding: the day that the check was made for; today (UTC) if not given
    #[arg(long, value_name = "DATE", env = "PALISADE_NOW")]
    now: Option<Date>,
    #[command(flatten)]
    color: Coloring,
}

pub(super) fn run(arguments: &Arguments) -> ExitCode {
    let style = terminal::style(arguments.color.when);
    let mut out = io::BufWriter::new(io::stdout().lock());
    let explained = if is_finding(&arguments.what) {
        explain_finding(arguments, &style, &mut out)
    } else {
        explain_rule(&arguments.what, &style, &mut out)
    };
    match explained {
        Ok(code) => ended(out.flush().err(), code),
        Err(error) => ended([error], ExitCode::SUCCESS),
    }
}

/// Findings are named by eight or sixteen hexadecimal digits; no rule may be, in good sense.
fn is_finding(what: &str) -> bool {
    matches!(what.len(), 8 | 16) && what.bytes().all(|byte| byte.is_ascii_hexdigit())
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

fn explain_finding(
    arguments: &Arguments,
    style: &Style,
    out: &mut dyn Write,
) -> io::Result<ExitCode> {
    let mut outcome = check(Job {
        all: true,
        now: super::check::day(arguments.now),
        ..job_of(&arguments.paths, &[])
    });
    let (what, found) = (&arguments.what, std::mem::take(&mut outcome.findings));
    let finding = named(what, found.iter()).and_then(|finding| {
        finding.ok_or_else(|| format!("no finding is called `{what}` in what was checked"))
    });
    let finding = match finding {
        Ok(finding) => finding.clone(),
        Err(message) => {
            let _ = writeln!(io::stderr(), "palisade: {message}");
            return unusable(&outcome);
        }
    };
    let rule = finding.rule.clone();
    outcome.findings.push(finding);
    outcome.problems.clear();
    let alone = Style {
        notes: false,
        all: true,
        ..style.clone()
    };
    if let Some(reporter) = report::find("full") {
        report::write(reporter, &outcome, &alone, out)?;
    }
    describe(&rule, &outcome, style, out)?;
    Ok(ExitCode::SUCCESS)
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
