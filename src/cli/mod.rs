//! The command line: arguments in, exit code out. One file a command.

#![allow(
    clippy::disallowed_methods,
    reason = "the command line reads and writes files"
)]

mod bindings;
mod cache;
mod check;
mod environment;
mod explain;
mod file;
mod generate;
mod git;
mod graph;
mod ids;
mod init;
mod inventory;
mod matrix;
mod nearest;
mod output;
mod path;
mod policy;
mod progress;
mod questions;
mod roots;
mod rules;
mod schema;
mod settings;
mod terminal;
mod test;
mod threads;
mod trace;
mod waive;

use std::io::{self, Write};
use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::report::plural;

/// Check infrastructure descriptions and infrastructure code against Cedar policies
///
/// Evaluates policies against every fact and every transitive path, and reports each violation with the
/// values that decided it and where they are written.
#[derive(Debug, Parser)]
#[command(name = "palisade", version, max_term_width = 100)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Check(Box<check::Arguments>),
    Inventory(inventory::Arguments),
    Trace(trace::Arguments),
    Path(path::Arguments),
    Graph(graph::Arguments),
    Questions(questions::Arguments),
    Rules(rules::Arguments),
    #[command(subcommand)]
    Policy(policy::Command),
    Explain(explain::Arguments),
    Test(test::Arguments),
    Waive(waive::Waive),
    Baseline(waive::Baseline),
    Bindings(bindings::Arguments),
    #[command(subcommand)]
    Cache(cache::Command),
    Ids(ids::Arguments),
    Init(init::Arguments),
    Schema(schema::Arguments),
    Completions(generate::Completions),
    Man(generate::Man),
}

/// The exit code of a command: `code`, or 3 if something could not be written. Whoever stopped reading
/// has seen enough; what was found does not change.
fn ended(failed: impl IntoIterator<Item = io::Error>, code: ExitCode) -> ExitCode {
    let failed = failed.into_iter();
    let failed = failed.filter(|error| error.kind() != io::ErrorKind::BrokenPipe);
    failed.fold(code, |_, error| {
        let _ = writeln!(io::stderr(), "palisade: cannot write: {error}");
        ExitCode::from(3)
    })
}

/// So many of what `one` is the word for.
fn count(number: usize, one: &str) -> String {
    match number {
        1 => format!("1 {one}"),
        _ => format!("{number} {}", plural(one)),
    }
}

/// Ends a command that says nothing but this.
fn print(text: &[u8]) -> ExitCode {
    ended(io::stdout().write_all(text).err(), ExitCode::SUCCESS)
}

/// Runs the program with the arguments of the process. Threads are started only for what has work to
/// share.
pub fn run() -> ExitCode {
    let mut command = environment::heeded(Arguments::command());
    let matches = command.try_get_matches_from_mut(std::env::args_os());
    match matches.and_then(|matches| Arguments::from_arg_matches(&matches)) {
        Ok(arguments) => threads::among(|| run_command(arguments.command)),
        Err(error) => {
            let _ = error.print();
            if let Some(name) = environment::to_blame(&command, &error) {
                let _ = writeln!(io::stderr(), "\nThe value is that of the variable {name}.");
            }
            ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2))
        }
    }
}

fn run_command(command: Command) -> ExitCode {
    match command {
        Command::Check(arguments) => {
            crate::policy::prepare();
            check::run(*arguments)
        }
        Command::Inventory(arguments) => inventory::run(&arguments),
        Command::Trace(arguments) => trace::run(&arguments),
        Command::Path(arguments) => path::run(&arguments),
        Command::Graph(arguments) => graph::run(&arguments),
        Command::Questions(arguments) => questions::run(&arguments),
        Command::Rules(arguments) => rules::run(&arguments),
        Command::Policy(command) => policy::run(&command),
        Command::Explain(arguments) => explain::run(&arguments),
        Command::Test(arguments) => test::run(&arguments),
        Command::Waive(arguments) => waive::waive(&arguments),
        Command::Baseline(arguments) => waive::baseline(&arguments),
        Command::Bindings(arguments) => bindings::run(&arguments),
        Command::Cache(command) => cache::run(&command),
        Command::Ids(arguments) => ids::run(&arguments),
        Command::Init(arguments) => init::run(&arguments),
        Command::Schema(arguments) => schema::run(&arguments),
        Command::Completions(arguments) => generate::completions::<Arguments>(&arguments),
        Command::Man(arguments) => generate::man::<Arguments>(&arguments),
    }
}
