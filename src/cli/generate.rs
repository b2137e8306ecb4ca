//! `palisade completions` and `palisade man`: what a package of the program contains besides it.

use std::io::{self, Write};
use std::process::ExitCode;

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use super::print;

/// Print a script that completes commands in a shell
#[derive(Debug, Args)]
pub(super) struct Completions {
    /// Which shell
    #[arg(value_enum)]
    shell: Shell,
}

pub(super) fn completions<C: CommandFactory>(arguments: &Completions) -> ExitCode {
    let mut text = Vec::new();
    clap_complete::generate(arguments.shell, &mut C::command(), "palisade", &mut text);
    print(&text)
}

/// Print a manual page
#[derive(Debug, Args)]
pub(super) struct Man {
    /// Of which command; of the program as a whole, if none is named
    command: Option<String>,
}

pub(super) fn man<C: CommandFactory>(arguments: &Man) -> ExitCode {
    let mut command = C::command();
    command.build();
    let page = match &arguments.command {
        None => Some(command),
        Some(name) => command.find_subcommand(name).cloned(),
    };
    let Some(page) = page else {
        let _ = writeln!(io::stderr(), "palisade: there is no such command");
        return ExitCode::from(2);
    };
    let mut text = Vec::new();
    match clap_mangen::Man::new(page).render(&mut text) {
        Ok(()) => print(&text),
        Err(_) => ExitCode::from(3),
    }
}
