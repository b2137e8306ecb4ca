//! `palisade check`: the main job.

use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use clap::builder::FalseyValueParser;
use clap::{Args, ValueEnum};

use super::cache;
use super::ended;
use super::git::{Chosen, Revisions};
use super::inventory::report_problems;
use super::output::{self, Output};
use super::progress::Bar;
use super::roots::{Configuration, Roots};
use super::settings;
use super::terminal::{self, Coloring};
use crate::check::{CheckInput, Progress, check, look};
use crate::config::Unknowns;
use crate::finding::{Outcome, Severity};
use crate::model::Date;
use crate::report::{self, Sort};
use crate::source::Problem;

/// A day in milliseconds.
pub(super) const DAY: i64 = 86_400_000;

/// Check documents against the rules
///
/// Exit codes: 0 everything was checked and nothing fails the run; 1 a finding does; 2 the command
/// line, a configuration or a policy cannot be used; 3 something could not be checked, or there was
/// nothing to check.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Files, and folders to look for documents in; `-` for standard input
    #[arg(default_value = ".")]
    paths: Vec<PathBuf>,
    /// File name to report for standard input; its extension selects the format
    #[arg(long, value_name = "NAME", default_value = "stdin.yaml")]
    stdin_filename: String,
    #[command(flatten)]
    revisions: Revisions,
    /// Further policy files, as paths or globs
    #[arg(
        long,
        value_name = "GLOB",
        env = "PALISADE_POLICIES",
        value_delimiter = ','
    )]
    policies: Vec<String>,
    /// Run only these rules: an id, a prefix with `*`, or `profile:NAME`
    #[arg(
        long,
        value_name = "RULE",
        env = "PALISADE_SELECT",
        value_delimiter = ','
    )]
    pub(super) select: Vec<String>,
    /// Do not run these rules
    #[arg(
        long,
        value_name = "RULE",
        env = "PALISADE_IGNORE",
        value_delimiter = ','
    )]
    pub(super) ignore: Vec<String>,
    /// Minimum severity that fails the run
    #[arg(long, value_name = "SEVERITY", env = "PALISADE_FAIL_ON")]
    pub(super) fail_on: Option<Severity>,
    /// Whether undetermined findings fail the run
    #[arg(long, value_name = "fail|warn", env = "PALISADE_UNKNOWNS")]
    pub(super) unknowns: Option<Unknowns>,
    /// Also fail on open questions: facts that infrastructure code cannot state
    #[arg(long)]
    pub(super) strict: bool,
    /// Report format: to standard output, or to a file with `=FILE`. May be given several times
    #[arg(
        long,
        value_name = "FORMAT[=FILE]",
        env = "PALISADE_FORMAT",
        default_value = "human",
        value_delimiter = ',',
        value_parser = output::Parser,
    )]
    format: Vec<Output>,
    /// Also report waived findings, with the reason and the last day
    ///
    /// `json` and `junit` always do. In a comparison, `concise`, `github` and `rdjson` report only new
    /// findings, waived ones too. GitHub shows suppressed results of `sarif` as open alerts.
    #[arg(long)]
    include_waived: bool,
    /// Report every instance of a finding, not only the first few
    #[arg(long)]
    all: bool,
    /// `human`: show at most this many causes, and count the rest
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
    /// `human`: order of causes
    #[arg(long, value_name = "ORDER", value_enum, default_value = "severity")]
    sort: Order,
    /// `human`: count the findings of each rule, and show none
    #[arg(long)]
    statistics: bool,
    /// Exit with 0 even if a finding fails the run
    #[arg(long)]
    exit_zero: bool,
    /// Neither use nor keep what earlier runs came to
    #[arg(long, env = "PALISADE_NO_CACHE", value_parser = FalseyValueParser::new())]
    no_cache: bool,
    /// Date of the check; today (UTC) if not given
    #[arg(long, value_name = "DATE", env = "PALISADE_NOW")]
    pub(super) now: Option<Date>,
    /// Use this configuration for every file, not the nearest `palisade.yaml`
    #[arg(
        long,
        value_name = "FILE",
        env = "PALISADE_CONFIG",
        conflicts_with = "no_config"
    )]
    config: Option<PathBuf>,
    /// Use no configuration
    #[arg(long)]
    no_config: bool,
    #[command(flatten)]
    color: Coloring,
    /// Leave out notes and the summary
    #[arg(long, short)]
    quiet: bool,
    /// Also list the files that were read and the rules that were evaluated
    #[arg(long, short, conflicts_with = "quiet")]
    verbose: bool,
    /// List each file with its status, and check nothing: read, left out, not a document, a problem
    #[arg(long)]
    show_files: bool,
    /// Print the settings in effect, and check nothing
    #[arg(long, conflicts_with = "show_files")]
    show_settings: bool,
}

/// The order of causes.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Order {
    /// The worst first
    Severity,
    /// By file and line
    Place,
    /// By rule
    Rule,
}

pub(super) fn run(arguments: Arguments) -> ExitCode {
    if let Some(conflict) = output::conflict(&arguments.format) {
        let _ = writeln!(io::stderr(), "error: {conflict}");
        return ExitCode::from(2);
    }
    if arguments.show_files {
        return show_files(&arguments);
    }
    let (failed, code) = if arguments.show_settings {
        let (job, _) = job(&arguments, Arc::default(), 0);
        let (shown, code) = settings::show(&arguments, &job);
        (shown.err().into_iter().collect(), code)
    } else {
        let progress = Arc::default();
        let bar = Bar::start(wants_bar(&arguments), &progress);
        let (first, bases) = job(&arguments, progress, 0);
        if let Some(conflict) = output::overwrites(&arguments.format, &first.roots) {
            bar.stop();
            let _ = writeln!(io::stderr(), "error: {conflict}");
            return ExitCode::from(2);
        }
        let outcome = check_all(&arguments, first, bases);
        bar.stop();
        (write(&arguments, &outcome), outcome.exit_code())
    };
    ended(failed, ExitCode::from(code))
}

/// Whether a bar would disturb nobody: neither who wants quiet nor who types a document.
fn wants_bar(arguments: &Arguments) -> bool {
    let reads_stdin = arguments.paths.iter().any(|path| path == Path::new("-"));
    let types = reads_stdin && io::stdin().is_terminal();
    !arguments.quiet && !types
}

/// Checks what is asked for. Where histories crossed, it is compared with each state that both sides
/// come from: what was in one of them is not new.
fn check_all(arguments: &Arguments, mut first: CheckInput, bases: usize) -> Outcome {
    // What was kept tells only what is the same in one other state.
    let keeps = arguments.revisions.any() && bases <= 1 && !arguments.no_cache;
    first.cache = keeps.then(cache::of_user).flatten().map(Arc::new);
    let cache = first.cache.clone();
    let mut outcome = check(first);
    if let Some(cache) = cache {
        cache.prune();
    }
    for nth in 1..bases {
        let (further, _) = job(arguments, Arc::default(), nth);
        outcome.keep_new_against(&check(further));
    }
    outcome
}

/// What is checked, and how many states there are to compare with, of which it is with number `nth`.
fn job(arguments: &Arguments, progress: Arc<Progress>, nth: usize) -> (CheckInput, usize) {
    let mut problems = Vec::new();
    let configuration = match &arguments.config {
        Some(path) => Configuration::Named(path.clone()),
        None if arguments.no_config => Configuration::None,
        None => Configuration::Nearest,
    };
    let Chosen {
        mut roots,
        base,
        bases,
        only_files,
    } = choose(arguments, configuration, nth, &mut problems);
    output::leave_out(&arguments.format, &mut roots);
    let job = CheckInput {
        roots,
        base,
        only_files,
        select: arguments.select.clone(),
        ignore: arguments.ignore.clone(),
        fail_on: arguments.fail_on,
        unknowns: arguments.unknowns,
        strict: arguments.strict,
        all: arguments.all,
        exit_zero: arguments.exit_zero,
        trace: None,
        draw: arguments.format.iter().any(Output::draws),
        lists_unchanged: arguments.format.iter().any(Output::lists_unchanged),
        cache: None,
        now: day(arguments.now),
        problems,
        progress,
    };
    (job, bases)
}

/// What is checked, and what it is compared with.
fn choose(
    arguments: &Arguments,
    configuration: Configuration,
    nth: usize,
    problems: &mut Vec<Problem>,
) -> Chosen {
    let (paths, policies) = (&arguments.paths, &arguments.policies);
    if arguments.revisions.any() {
        let chosen = arguments
            .revisions
            .roots(paths, configuration, policies, nth, problems);
        return chosen.unwrap_or_else(|problem| {
            problems.push(problem);
            Chosen::default()
        });
    }
    let mut roots = Roots::new(configuration);
    for path in paths {
        if path == Path::new("-") {
            roots.add_stdin(&arguments.stdin_filename);
        } else {
            roots.add_path(path);
        }
    }
    Chosen {
        roots: roots.finish(policies, problems),
        ..Chosen::default()
    }
}

/// The day that a check is made for, in milliseconds since 1970: today (UTC) if none is given.
pub(super) fn day(given: Option<Date>) -> i64 {
    given.map_or_else(today, |date| date.milliseconds)
}

pub(super) fn today() -> i64 {
    let now = jiff::Timestamp::now().as_millisecond();
    now - now.rem_euclid(DAY)
}

/// Prints what becomes of each file in reach, and evaluates nothing.
fn show_files(arguments: &Arguments) -> ExitCode {
    let (job, _) = job(arguments, Arc::default(), 0);
    let outcome = look(job);
    let written = report::write_ledger(&outcome, &mut io::BufWriter::new(io::stdout().lock()));
    let reported = report_problems(&outcome);
    ended(
        written.err().into_iter().chain(reported.err()),
        ExitCode::SUCCESS,
    )
}

/// Writes the reports; what could not be written.
fn write(arguments: &Arguments, outcome: &Outcome) -> Vec<io::Error> {
    let says_so = output::tells_a_person(&arguments.format) && !arguments.quiet;
    if !says_so && outcome.problems.is_empty() && outcome.checked_nothing() {
        // Such a report is empty or for programs; a person who reads a log must see why it failed.
        let _ = writeln!(io::stderr(), "palisade: nothing was checked");
    }
    let mut style = terminal::style(arguments.color.when);
    style.notes = !arguments.quiet;
    style.details = arguments.verbose;
    style.waived = arguments.include_waived;
    style.all = arguments.all;
    style.limit = arguments.limit;
    style.statistics = arguments.statistics;
    style.sort = match arguments.sort {
        Order::Severity => Sort::Severity,
        Order::Place => Sort::Place,
        Order::Rule => Sort::Rule,
    };
    if says_so
        && output::tells_a_pass(&arguments.format)
        && let Some(line) = report::pass_line(outcome, &style)
    {
        let _ = writeln!(io::stderr(), "{line}");
    }
    output::write(&arguments.format, outcome, &style, arguments.color.when)
}
