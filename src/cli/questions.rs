//! `palisade questions`: what must be known before all findings are decided.

use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, ValueEnum};

use super::ended;
use super::inventory::report_problems;
use super::roots::job_of;
use super::terminal::{self, Coloring};
use crate::check::{CheckInput, check};
use crate::model::Date;
use crate::report::{self, QuestionForm, QuestionOrder};

/// List the facts that undetermined findings wait for
///
/// The worst and most decisive come first, with the values that would pass in brackets. For what a thing is,
/// such as its environment, no value is proposed.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  palisade questions                                 everything that is not known
  palisade questions --by owner --format markdown    a list to send to those who know
  palisade questions --format patch | git apply      write `unknown` where nothing is stated")]
pub(super) struct Arguments {
    /// The files and folders to check
    #[arg(default_value = ".")]
    paths: Vec<PathBuf>,
    /// How to put them together
    #[arg(long, value_name = "ORDER", default_value = "entity")]
    by: By,
    /// How to write them
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Format,
    /// Of `markdown`: also say what would pass
    #[arg(long)]
    answers: bool,
    /// The day that the check is made for; today (UTC) if not given
    #[arg(long, value_name = "DATE", env = "PALISADE_NOW")]
    now: Option<Date>,
    #[command(flatten)]
    color: Coloring,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum By {
    /// By entity
    Entity,
    /// By who answers for the entity, else for what it stands in
    Owner,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    /// For people, with what would pass
    Text,
    /// A list with boxes to tick
    Markdown,
    /// For programs
    Json,
    /// A patch that writes `unknown` into the documents
    Patch,
}

pub(super) fn run(arguments: &Arguments) -> ExitCode {
    let mut outcome = check(CheckInput {
        now: super::check::day(arguments.now),
        ..job_of(&arguments.paths, &[])
    });
    let form = match arguments.format {
        Format::Text => QuestionForm::Text,
        Format::Markdown => QuestionForm::Markdown,
        Format::Json => QuestionForm::Json,
        Format::Patch => QuestionForm::Patch,
    };
    let order = match arguments.by {
        By::Entity => QuestionOrder::Entity,
        By::Owner => QuestionOrder::Owner,
    };
    let style = terminal::style(arguments.color.when);
    let mut out = io::BufWriter::new(io::stdout().lock());
    let written =
        report::write_questions(&outcome, form, order, arguments.answers, &style, &mut out);
    outcome.findings.clear();
    let reported = report_problems(&outcome);
    let code = match outcome.exit_code() {
        code @ (2 | 3) => ExitCode::from(code),
        _ => ExitCode::SUCCESS,
    };
    ended(written.err().into_iter().chain(reported.err()), code)
}
