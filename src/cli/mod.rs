//! The command line: arguments in, exit code out. One file a command.

mod check;
mod generate;
mod init;
mod inventory;
mod progress;
mod roots;
mod schema;
mod settings;
mod terminal;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Checks that what must stay apart stays apart.
///
/// Palisade reads descriptions of an infrastructure, puts every fact in them to Cedar policies, and
/// reports what breaks a rule, with the values that decided and where they are written.
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
    Init(init::Arguments),
    Schema(schema::Arguments),
    Completions(generate::Completions),
    Man(generate::Man),
}

/// Runs the program with the arguments of the process.
pub fn run() -> ExitCode {
    match Arguments::parse().command {
        Command::Check(arguments) => check::run(*arguments),
        Command::Inventory(arguments) => inventory::run(&arguments),
        Command::Init(arguments) => init::run(&arguments),
        Command::Schema(arguments) => schema::run(&arguments),
        Command::Completions(arguments) => generate::completions::<Arguments>(&arguments),
        Command::Man(arguments) => generate::man::<Arguments>(&arguments),
    }
}
