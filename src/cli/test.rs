//! `palisade test`: runs policy tests, and says what they are worth.

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::check::day;
use super::file;
use super::roots::job_of;
use super::terminal::{self, Coloring};
use super::{count, ended};
use crate::check::CheckInput;
use crate::model::Date;
use crate::report::{self, Notice, Style, write_finding, write_junit, write_notice};
use crate::source::{Code, Label, Problem};
use crate::testing::{Case, Mutation, Options, Tested, test, word};

/// Run policy tests: documents that say which findings they expect
///
/// A test is an ordinary document. On the line where a finding must start, a comment names the rule:
/// `# expect: key-signing-hsm`, or `# expect-undetermined: key-signing-hsm`. A comment alone on its
/// line is about the next one; several rules are separated by commas, and a rule with two findings on
/// a line is named twice. Nothing else may be found. Each file is a test by itself, and asks your
/// own rules; `# select: key-*` in it asks others, and `# now: 2026-01-31` sets the day.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Files and folders with tests; else the documents that `tests` in the configuration names
    paths: Vec<PathBuf>,
    /// Run the tests that have this in their name; may be given several times
    #[arg(long, value_name = "TEXT")]
    filter: Vec<String>,
    /// Policy files besides those of the configuration; may be given several times
    #[arg(long, value_name = "GLOB")]
    policies: Vec<String>,
    /// List what the tests do not show: rules that never fired or never stayed silent, and
    /// conditions that never held or always did
    #[arg(long)]
    coverage: bool,
    /// Fail if the tests show less than so many percent of that
    #[arg(long, value_name = "PERCENT", value_parser = percent)]
    min_coverage: Option<f64>,
    /// Break the rules in small ways, and list the changes that no test notices
    #[arg(long)]
    mutate: bool,
    /// Also write the results to this file, as JUnit XML
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    /// The day that the tests are run for, where they do not say; today (UTC) if not given
    #[arg(long, value_name = "DATE", env = "PALISADE_NOW")]
    now: Option<Date>,
    #[command(flatten)]
    color: Coloring,
    /// Also list the tests that passed
    #[arg(long, short)]
    verbose: bool,
}

fn percent(text: &str) -> Result<f64, String> {
    let number = text.parse().ok();
    let percent = number.filter(|percent| (0.0..=100.0).contains(percent));
    percent.ok_or_else(|| format!("`{text}` is not a number from 0 to 100"))
}

pub(super) fn run(arguments: &Arguments) -> ExitCode {
    let here = [PathBuf::from(".")];
    let paths = match arguments.paths.as_slice() {
        [] => here.as_slice(),
        paths => paths,
    };
    let job = CheckInput {
        now: day(arguments.now),
        ..job_of(paths, &arguments.policies)
    };
    let options = Options {
        filter: arguments.filter.clone(),
        mutate: arguments.mutate,
        all: !arguments.paths.is_empty(),
    };
    let tested = test(job, &options);
    let style = terminal::style(arguments.color.when);
    let mut out = io::BufWriter::new(io::stdout().lock());
    let written = write(arguments, &tested, &style, &mut out).and_then(|()| out.flush());
    let reported = arguments.junit.as_ref().map_or(Ok(()), |path| {
        let report = |out: &mut dyn Write| write_junit(junit(&tested), out);
        file::write(path, report)
            .map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", path.display())))
    });
    let code = tested.exit_code(arguments.min_coverage);
    let failed = [written, reported].into_iter().filter_map(Result::err);
    ended(failed, ExitCode::from(code))
}

/// Each test as JUnit knows tests, with what differs.
fn junit(tested: &Tested) -> Vec<report::Case> {
    let plain = Style {
        width: usize::from(u16::MAX),
        ..Style::default()
    };
    let cases = tested.cases.iter().map(|case| {
        let mut body = Vec::new();
        let (broken, missing) = (case.problems.len(), case.missing.len());
        let unexpected = case.unexpected.len();
        let message = format!("{missing} missing, {unexpected} unexpected, {broken} problems");
        let drawn = differences(case, tested, &plain, &mut body);
        let result = report::CaseResult {
            element: if broken > 0 { "error" } else { "failure" },
            message,
            kind: "difference".to_owned(),
            body: String::from_utf8_lossy(&body).into_owned(),
        };
        report::Case {
            class: "palisade test".to_owned(),
            name: case.name.clone(),
            file: None,
            result: (drawn.is_err() || !case.passed()).then_some(result),
        }
    });
    let unusable = tested.problems.iter().map(|problem| report::Case {
        class: format!("problem {}", problem.code),
        name: problem.message.clone(),
        file: None,
        result: Some(report::CaseResult {
            element: "error",
            message: problem.message.clone(),
            kind: problem.code.to_string(),
            body: problem.help.clone().unwrap_or_default(),
        }),
    });
    unusable.chain(cases).collect()
}

fn write(
    arguments: &Arguments,
    tested: &Tested,
    style: &Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    for problem in &tested.problems {
        notice("problem", problem, tested, style, out)?;
    }
    for case in &tested.cases {
        if !case.passed() {
            writeln!(out, "failed {}\n", case.name)?;
            differences(case, tested, style, out)?;
        } else if arguments.verbose {
            writeln!(out, "passed {} ({})", case.name, count(case.met, "finding"))?;
        }
    }
    let least = arguments.min_coverage;
    let too_little = least.is_some_and(|least| tested.covered() < least);
    if arguments.coverage || too_little {
        gaps(tested, out)?;
    }
    if let Some(mutation) = &tested.mutation {
        survivors(mutation, tested, style, out)?;
    }
    summary(arguments, tested, out)
}

fn differences(case: &Case, tested: &Tested, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    for problem in &case.problems {
        notice("problem", problem, tested, style, out)?;
    }
    for missing in &case.missing {
        notice(Code::Missing.name(), missing, tested, style, out)?;
    }
    for finding in &case.unexpected {
        let place = tested.files.locate(finding.primary.span).span;
        let line = tested.files.start(place).line;
        writeln!(
            out,
            "unexpected; if it is right, write `# {}: {}` on line {line}:",
            word(finding.verdict),
            finding.rule.id
        )?;
        write_finding(finding, &tested.files, style, out)?;
    }
    Ok(())
}

fn notice(
    word: &str,
    problem: &Problem,
    tested: &Tested,
    style: &Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    let notice = Notice {
        what: match word == problem.code.name() {
            true => word.to_owned(),
            false => format!("{word}[{}]", problem.code),
        },
        message: &problem.message,
        labels: &problem.labels,
        help: problem.help.as_deref(),
    };
    write_notice(&notice, &tested.files, style, out)
}

/// What the tests do not show, a line each.
fn gaps(tested: &Tested, out: &mut dyn Write) -> io::Result<()> {
    for (rule, coverage) in &tested.coverage {
        let (total, seen) = coverage.score();
        if seen == total {
            continue;
        }
        writeln!(out, "not covered[{}]: {seen} of {total} seen", rule.id)?;
        if !coverage.fired {
            writeln!(out, "  never fired")?;
        }
        if coverage.can_be_silent() && !coverage.silent {
            writeln!(out, "  never stayed silent")?;
        }
        for condition in &coverage.conditions {
            let never = match (condition.held, condition.failed) {
                (true, true) => continue,
                (true, false) => "always held",
                (false, true) => "never held",
                (false, false) => "was never looked at",
            };
            let start = tested.files.start(condition.span);
            let name = &tested.files.get(condition.span.file).name;
            let text = tested.files.slice(condition.span);
            let text: Vec<_> = text.split_whitespace().collect();
            writeln!(
                out,
                "  {name}:{}:{}: `{}` {never}",
                start.line,
                start.column,
                text.join(" ")
            )?;
        }
        writeln!(out)?;
    }
    Ok(())
}

fn survivors(
    mutation: &Mutation,
    tested: &Tested,
    style: &Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    for (rule, mutant) in &mutation.survivors {
        let labels = [Label {
            span: mutant.span,
            text: format!("no test notices `{}` here", mutant.replacement),
        }];
        let notice = Notice {
            what: format!("survived[{}]", rule.id),
            message: &mutant.what,
            labels: &labels,
            help: None,
        };
        write_notice(&notice, &tested.files, style, out)?;
    }
    Ok(())
}

fn summary(arguments: &Arguments, tested: &Tested, out: &mut dyn Write) -> io::Result<()> {
    let total = tested.cases.len();
    let passed = tested.cases.iter().filter(|case| case.passed()).count();
    if tested.problems.iter().any(Problem::makes_unusable) {
        return writeln!(
            out,
            "the tests were not run, because not all rules can be used"
        );
    }
    if total == 0 {
        let remedy = match (arguments.filter.is_empty(), arguments.paths.is_empty()) {
            (false, _) => "none has in its name what `--filter` asks for",
            (true, true) => "name documents under `tests` in `palisade.yaml`, or give paths",
            (true, false) => "no document is there; one says `palisade: v1`",
        };
        return writeln!(out, "no tests: {remedy}");
    }
    match total - passed {
        0 => writeln!(out, "{} passed", count(total, "test"))?,
        failed => writeln!(
            out,
            "{}: {passed} passed, {failed} failed",
            count(total, "test")
        )?,
    }
    if tested.coverage.is_empty() {
        return Ok(());
    }
    let rules = count(tested.coverage.len(), "rule");
    let covered = tested.covered();
    match arguments.min_coverage.filter(|least| covered < *least) {
        Some(least) => writeln!(out, "coverage of {rules}: {covered} %, less than {least} %")?,
        None => writeln!(out, "coverage of {rules}: {covered} %")?,
    }
    if let Some(mutation) = &tested.mutation {
        if mutation.total > 0 {
            let noticed = mutation.total - mutation.survivors.len();
            let changes = count(mutation.total, "small change");
            let score = mutation.score();
            writeln!(out, "mutation: {noticed} of {changes} noticed, {score} %")?;
        }
        if mutation.skipped > 0 {
            let rules = count(mutation.skipped, "rule");
            writeln!(
                out,
                "mutation was not tried on {rules}, because a test of them fails"
            )?;
        }
    }
    Ok(())
}
