//! `palisade check`: the main job.

use std::io::{self, IsTerminal, Read, Write};
use std::path::{Component, Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, ValueEnum};

use crate::check::{Job, check};
use crate::config::{self, matcher};
use crate::finding::Outcome;
use crate::model::Date;
use crate::report::{self, Style};
use crate::source::{Candidate, Found, Origin, Problem, ProblemKind, display_name, find};

const DAY: i64 = 86_400_000;

/// Check documents against the rules
///
/// Exit codes: 0 nothing was found; 1 something was; 2 the command line, the configuration or a
/// policy cannot be used; 3 something could not be checked, or there was nothing to check.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Files, and folders to look for documents in; `-` for standard input
    #[arg(default_value = ".")]
    paths: Vec<PathBuf>,
    /// What to call standard input in reports; its extension says how to read it
    #[arg(long, value_name = "NAME", default_value = "stdin.yaml")]
    stdin_filename: String,
    /// Further policy files, as paths or globs
    #[arg(long, value_name = "GLOB")]
    policies: Vec<String>,
    /// Take only these rules; an id, or the start of one and `*`
    #[arg(long, value_name = "RULE", value_delimiter = ',')]
    select: Vec<String>,
    /// Leave these rules out
    #[arg(long, value_name = "RULE", value_delimiter = ',')]
    ignore: Vec<String>,
    /// How to report
    #[arg(long, value_name = "FORMAT", default_value = "human", value_parser = format_names())]
    format: String,
    /// The day that the check is made for; today (UTC) if not given
    #[arg(long, value_name = "DATE")]
    now: Option<Date>,
    /// Use this configuration instead of the nearest `palisade.yaml`
    #[arg(long, value_name = "FILE", conflicts_with = "no_config")]
    config: Option<PathBuf>,
    /// Use no configuration
    #[arg(long)]
    no_config: bool,
    /// Whether to use colour and links
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    color: Color,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Color {
    /// On a terminal
    Auto,
    Always,
    Never,
}

fn format_names() -> clap::builder::PossibleValuesParser {
    let formats = report::REPORTERS.iter();
    formats
        .map(|format| clap::builder::PossibleValue::new(format.name).help(format.doc))
        .into()
}

pub(super) fn run(arguments: Arguments) -> ExitCode {
    let outcome = check(job(&arguments));
    match write(&arguments, &outcome) {
        // Whoever stopped reading has seen enough; what was found does not change.
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            let _ = writeln!(io::stderr(), "palisade: cannot write the report: {error}");
            ExitCode::from(3)
        }
        _ => ExitCode::from(outcome.exit_code()),
    }
}

fn job(arguments: &Arguments) -> Job {
    let mut job = Job {
        select: arguments.select.clone(),
        ignore: arguments.ignore.clone(),
        now: arguments.now.map_or_else(today, |date| date.milliseconds),
        expand: Some(expand),
        ..Job::default()
    };
    let (stdin, paths): (Vec<_>, Vec<_>) = arguments
        .paths
        .iter()
        .cloned()
        .partition(|path| path == Path::new("-"));
    job.config = configuration(arguments, &paths, &mut job.problems);
    job.found = find(&paths);
    let (roots, candidates) = std::mem::take(&mut job.found.candidates)
        .into_iter()
        .partition(is_found_configuration);
    job.found.candidates = candidates;
    if arguments.config.is_none() && !arguments.no_config {
        report_nested(roots, job.config.as_ref(), &mut job.problems);
    }
    if !stdin.is_empty() {
        read_stdin(&arguments.stdin_filename, &mut job.found, &mut job.problems);
    }
    for glob in &arguments.policies {
        let matching = policy_files(Path::new(""), glob);
        if matching.is_empty() {
            let message = format!("`--policies {glob}` matches no file");
            job.problems.push(Problem::new(
                ProblemKind::Configuration,
                "no-policies",
                message,
            ));
        }
        job.policies.extend(matching);
    }
    job
}

fn is_found_configuration(candidate: &Candidate) -> bool {
    let name = Path::new(&candidate.name).file_name();
    !candidate.named && name.is_some_and(|name| name == config::FILE_NAME)
}

/// Configurations other than the one in use: what they say would not be done, in silence.
fn report_nested(roots: Vec<Candidate>, used: Option<&Candidate>, problems: &mut Vec<Problem>) {
    let real = |candidate: &Candidate| match &candidate.origin {
        Origin::File(path) => path.canonicalize().ok(),
        Origin::Memory(_) => None,
    };
    let used = used.and_then(real);
    for root in roots {
        if used.is_some() && real(&root) == used {
            continue;
        }
        let name = &root.name;
        let folder = Path::new(name).parent().unwrap_or(Path::new(""));
        let message = format!("`{name}` marks a folder that is checked by itself");
        let problem = Problem::new(ProblemKind::Configuration, "nested-root", message);
        problems.push(problem.help(format!(
            "run `palisade check {}`, or say which configuration to use for all with `--config`",
            display_name(folder)
        )));
    }
}

fn today() -> i64 {
    let now = jiff::Timestamp::now().as_millisecond();
    now - now.rem_euclid(DAY)
}

fn read_stdin(name: &str, found: &mut Found, problems: &mut Vec<Problem>) {
    let mut bytes = Vec::new();
    if let Err(error) = io::stdin().lock().read_to_end(&mut bytes) {
        let message = format!("standard input cannot be read: {error}");
        problems.push(Problem::input("unreadable", message));
        return;
    }
    found.candidates.push(Candidate {
        name: name.to_owned(),
        named: true,
        origin: Origin::Memory(bytes),
    });
    found.candidates.sort_by(|a, b| a.name.cmp(&b.name));
}

/// The configuration that is asked for, or the nearest one to the paths.
fn configuration(
    arguments: &Arguments,
    paths: &[PathBuf],
    problems: &mut Vec<Problem>,
) -> Option<Candidate> {
    if arguments.no_config {
        return None;
    }
    let named = arguments.config.is_some();
    let path = match &arguments.config {
        Some(path) => path.clone(),
        None => nearest(paths, problems)?,
    };
    Some(Candidate {
        name: display_name(&path),
        named,
        origin: Origin::File(path),
    })
}

fn nearest(paths: &[PathBuf], problems: &mut Vec<Problem>) -> Option<PathBuf> {
    let start = |path: &PathBuf| match path.parent() {
        Some(parent) if !path.is_dir() => parent.to_path_buf(),
        _ => path.clone(),
    };
    let mut found: Vec<_> = paths
        .iter()
        .map(|path| config::nearest(&start(path)))
        .collect();
    if found.is_empty() {
        found.push(config::nearest(Path::new("")));
    }
    let same = |a: &Option<PathBuf>, b: &Option<PathBuf>| match (a, b) {
        (Some(a), Some(b)) => a.canonicalize().ok() == b.canonicalize().ok(),
        (None, None) => true,
        _ => false,
    };
    let first = found.first().cloned().flatten();
    if let Some(other) = found.iter().find(|other| !same(&found[0], other)) {
        let name = |path: &Option<PathBuf>| match path {
            Some(path) => format!("`{}`", display_name(path)),
            None => "none".to_owned(),
        };
        let message = format!(
            "the paths belong to different configurations: {} and {}",
            name(&found[0]),
            name(other)
        );
        let problem = Problem::new(ProblemKind::Configuration, "several-roots", message);
        problems.push(problem.help("check them one by one, or say which to use with `--config`"));
    }
    first
}

/// The policy files that a glob of a configuration names.
fn expand(config: &Candidate, glob: &str) -> Vec<Candidate> {
    let Origin::File(path) = &config.origin else {
        return Vec::new();
    };
    policy_files(path.parent().unwrap_or(Path::new("")), glob)
}

/// The files that `glob`, relative to `folder`, names.
fn policy_files(folder: &Path, glob: &str) -> Vec<Candidate> {
    let file = folder.join(glob);
    if file.is_file() {
        return find(&[file]).candidates;
    }
    let is_fixed = |part: &Component<'_>| {
        let part = part.as_os_str().to_string_lossy();
        !part.contains(['*', '?', '[', '{'])
    };
    // Nothing above the first wildcard can be anywhere else.
    let fixed: PathBuf = Path::new(glob).components().take_while(is_fixed).collect();
    let pattern = if Path::new(glob).is_absolute() || folder.as_os_str().is_empty() {
        display_name(Path::new(glob))
    } else {
        format!(
            "{}/{}",
            globset::escape(&display_name(folder)),
            display_name(Path::new(glob))
        )
    };
    let (Ok(matcher), start) = (matcher(&pattern), folder.join(fixed)) else {
        return Vec::new();
    };
    let start = if start.as_os_str().is_empty() {
        PathBuf::from(".")
    } else {
        start
    };
    let mut found = find(&[start]).candidates;
    found.retain(|candidate| matcher.is_match(&candidate.name));
    found
}

fn write(arguments: &Arguments, outcome: &Outcome) -> io::Result<()> {
    let stdout = io::stdout();
    let terminal = stdout.is_terminal();
    let color = match arguments.color {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => {
            terminal && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
        }
    };
    let style = Style {
        color,
        links: color && terminal,
        ..Style::default()
    };
    if arguments.format != report::REPORTERS[0].name
        && outcome.problems.is_empty()
        && outcome.summary.decisions == 0
    {
        // Such a report is empty or for programs; a person who reads a log must see why it failed.
        writeln!(io::stderr(), "palisade: nothing was checked")?;
    }
    match report::find(&arguments.format) {
        Some(reporter) => {
            // Standard output alone writes line by line.
            let mut out = io::BufWriter::new(stdout.lock());
            report::write(reporter, outcome, &style, &mut out)
        }
        None => Ok(()),
    }
}
