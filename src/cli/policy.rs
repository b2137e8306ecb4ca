//! `palisade policy`: policies themselves, for those who write them.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Subcommand, ValueEnum};

use super::ended;
use super::file;
use super::roots::{job_of, of_policies, policies_in};
use super::terminal::{self, Coloring};
use crate::check::{own_policies, review};
use crate::config::LineEnds;
use crate::finding::{Lint, LintReport};
use crate::policy;
use crate::report::{write_review, write_review_lines};
use crate::source::{Candidate, Code, Origin, Problem, ProblemKind, SourceFile, Span};

/// Lint and format policies
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    Check(Check),
    Format(Format),
}

/// Lint policies without evaluating them
///
/// Reports policies that cannot be used, as `palisade check` does, and rules that can never fire, that
/// name an undeclared entity, or that repeat another rule. A rule that denies every request in its scope is
/// a note. Everything reported is proved; rules may still be wrong in other ways.
///
/// Exit codes: 0 no problems; 1 problems; 2 the command line or a configuration cannot be
/// used; 3 something could not be read, or there was nothing to look at.
#[derive(Debug, Args)]
pub(super) struct Check {
    /// Policy files, and folders to look for them in; else those that the configuration lists
    paths: Vec<PathBuf>,
    /// Further policy files, as paths or globs
    #[arg(
        long,
        value_name = "GLOB",
        env = "PALISADE_POLICIES",
        value_delimiter = ','
    )]
    policies: Vec<String>,
    /// Also lint the built-in policies
    #[arg(long)]
    built_in: bool,
    /// Notes fail the run, too
    #[arg(long)]
    strict: bool,
    /// Report format
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    format: Layout,
    #[command(flatten)]
    color: Coloring,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Layout {
    /// For people: each remark drawn in the policy
    Human,
    /// One line for each remark: `path:line:column: problem code message`
    Concise,
}

/// Format policy files in place
///
/// Lists the changed files, or with `--check` those that would change. Keeps comments. A file that cannot be
/// parsed is left as it is, and reported.
///
/// Exit codes: 0 done, or nothing to do; 1 a file cannot be parsed, or with `--check` would change; 2 the
/// command line or a configuration cannot be used; 3 a file cannot be read or written, or there is none.
#[derive(Debug, Args)]
pub(super) struct Format {
    /// Policy files, and folders to look for them in; else those that the configuration lists; `-`
    /// for standard input, to standard output
    paths: Vec<PathBuf>,
    /// Change nothing
    #[arg(long)]
    check: bool,
    #[command(flatten)]
    color: Coloring,
}

pub(super) fn run(command: &Command) -> ExitCode {
    match command {
        Command::Check(arguments) => check(arguments),
        Command::Format(arguments) => match format(arguments) {
            Ok(code) => ExitCode::from(code),
            Err(error) => ended([error], ExitCode::SUCCESS),
        },
    }
}

fn check(arguments: &Check) -> ExitCode {
    let job = if arguments.paths.is_empty() {
        job_of(&[PathBuf::from(".")], &arguments.policies)
    } else {
        of_policies(&arguments.paths, &arguments.policies)
    };
    let review = review(job, arguments.built_in);
    let code = review.exit_code(arguments.strict);
    let mut out = io::BufWriter::new(io::stdout().lock());
    let written = match arguments.format {
        Layout::Human => write_review(&review, &terminal::style(arguments.color.when), &mut out),
        Layout::Concise => write_review_lines(&review, &mut out),
    };
    ended(written.err(), ExitCode::from(code))
}

fn format(arguments: &Format) -> io::Result<u8> {
    let reads_stdin = arguments.paths.iter().any(|path| path == Path::new("-"));
    if reads_stdin && arguments.paths.len() > 1 {
        writeln!(io::stderr(), "palisade: `-` stands by itself")?;
        return Ok(2);
    }
    let mut review = LintReport::default();
    let candidates = if reads_stdin {
        vec![Candidate {
            name: "stdin.cedar".to_owned(),
            named: true,
            origin: Origin::Stdin,
        }]
    } else {
        let (candidates, problems) = to_format(&arguments.paths, &mut review);
        review.remarks.extend(problems.into_iter().map(Lint::fault));
        candidates
    };
    let mut differ = false;
    for candidate in &candidates {
        review.policies += 1;
        match format_one(candidate, arguments.check, &mut review) {
            Ok(differs) => differ |= differs,
            Err(problems) => review.remarks.extend(problems.into_iter().map(Lint::fault)),
        }
    }
    if review.policies == 0 && review.remarks.is_empty() {
        writeln!(io::stderr(), "palisade: no policy is here")?;
    }
    let mut style = terminal::style(arguments.color.when);
    style.notes = false;
    write_review(&review, &style, &mut io::stderr().lock())?;
    Ok(match review.exit_code(true) {
        0 if differ && arguments.check => 1,
        code => code,
    })
}

/// The files that `paths` or else configurations name, and what is wrong with these.
fn to_format(paths: &[PathBuf], review: &mut LintReport) -> (Vec<Candidate>, Vec<Problem>) {
    if paths.is_empty() {
        let (candidates, outcome) = own_policies(job_of(&[PathBuf::from(".")], &[]));
        review.files = outcome.files;
        return (candidates, outcome.problems);
    }
    let (mut all, mut problems) = (Vec::new(), Vec::new());
    for path in paths {
        all.extend(policies_in(path, &mut problems));
    }
    all.sort_by(|a, b| a.name.cmp(&b.name));
    all.dedup_by(|a, b| a.name == b.name);
    (all, problems)
}

/// Lays one file out, unless it is only to be checked. Whether it is laid out otherwise.
fn format_one(
    candidate: &Candidate,
    check: bool,
    review: &mut LintReport,
) -> Result<bool, Vec<Problem>> {
    let name = &candidate.name;
    let refused = |what: &str| vec![Problem::input(Code::Unreadable, format!("`{name}` {what}"))];
    let bytes = candidate.read(u32::MAX);
    let bytes = bytes.map_err(|error| refused(&format!("cannot be read: {error}")))?;
    let text = std::str::from_utf8(&bytes).map_err(|_| refused("is not UTF-8"))?;
    let (mark, plain) = match text.strip_prefix('\u{feff}') {
        Some(plain) => ("\u{feff}", plain),
        None => ("", text),
    };
    let file = review.files.add(SourceFile::new(name.clone(), plain));
    let formatted = policy::format(&review.files, file)?;
    let formatted = format!("{mark}{}", LineEnds::of(text).apply(&formatted));
    let differs = formatted != text;
    let mut out = io::stdout().lock();
    let written = match &candidate.origin {
        Origin::Stdin if !check => out.write_all(formatted.as_bytes()),
        Origin::File(path) if differs => {
            let written = match check {
                true => Ok(true),
                false => file::update(path, |now| match now == bytes {
                    true => Ok(Some(formatted.clone().into_bytes())),
                    false => Err(io::Error::other("it was changed meanwhile; try again")),
                }),
            };
            written.and_then(|_| writeln!(out, "{name}"))
        }
        Origin::Stdin if differs => writeln!(out, "{name}"),
        Origin::Memory(_) | Origin::Stdin | Origin::File(_) | Origin::Blob(_) => Ok(()),
    };
    written.map_err(|error| {
        let message = format!("`{name}` cannot be written: {error}");
        let problem = Problem::new(ProblemKind::Input, Code::Unwritable, message);
        vec![problem.at(Span::file_start(file), "left as it is")]
    })?;
    Ok(differs)
}
