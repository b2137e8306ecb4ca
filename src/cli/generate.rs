//! `palisade completions` and `palisade man`: what a package of the program contains besides it.

use std::io::{self, Write};
use std::process::ExitCode;

use clap::builder::PossibleValuesParser;
use clap::{Arg, Args, Command, CommandFactory};
use clap_complete::Shell;

use super::print;
use crate::finding::{PROFILES, Severity};
use crate::policy::pages;

/// Print a completion script for a shell
#[derive(Debug, Args)]
pub(super) struct Completions {
    /// Which shell
    #[arg(value_enum)]
    shell: Shell,
}

pub(super) fn completions<C: CommandFactory>(arguments: &Completions) -> ExitCode {
    let mut text = Vec::new();
    let mut command = knowing(C::command());
    clap_complete::generate(arguments.shell, &mut command, "palisade", &mut text);
    text.extend_from_slice(of_findings(arguments.shell).as_bytes());
    print(&text)
}

/// What proposes the ids of findings: it asks the program, which checks the folder and says nothing if
/// that takes long. Nothing for a shell of which this is not known.
fn of_findings(shell: Shell) -> &'static str {
    match shell {
        Shell::Bash => {
            r#"
_palisade_ids() {
    _palisade "$@"
    case "${COMP_WORDS[1]} $3" in
        "explain "*|"waive waive"|"graph --finding")
            COMPREPLY+=($(compgen -W "$("$1" ids 2>/dev/null | cut -f1)" -- "$2")) ;;
    esac
}
complete -F _palisade_ids -o bashdefault -o default palisade
"#
        }
        Shell::Zsh => {
            r#"
_palisade_ids() {
    case "$words[2] $words[CURRENT-1]" in
        "explain "*|"waive waive"|"graph --finding")
            local found=(${(f)"$($words[1] ids 2>/dev/null | tr '\t:' ': ')"})
            _describe -V finding found ;;
    esac
    _palisade "$@"
}
compdef _palisade_ids palisade
"#
        }
        Shell::Fish => {
            r#"
complete -c palisade -n "__fish_palisade_using_subcommand explain" -f -a "(palisade ids 2>/dev/null)"
complete -c palisade -n "__fish_palisade_using_subcommand waive" -f -a "(palisade ids 2>/dev/null)"
complete -c palisade -n "__fish_palisade_using_subcommand graph" -l finding -x -a "(palisade ids 2>/dev/null)"
"#
        }
        _ => "",
    }
}

/// The command, with the names that a shell may propose. More than these are taken: rules of one's own,
/// ids of findings, prefixes.
fn knowing(command: Command) -> Command {
    let pages = pages().into_iter();
    let rules = pages.filter_map(|(name, _)| Some(name.rsplit_once('/')?.1.to_owned()));
    let mut rules: Vec<String> = rules
        .filter_map(|name| Some(name.strip_suffix(".md")?.to_owned()))
        .collect();
    rules.sort();
    let profiles = PROFILES
        .iter()
        .map(|profile| format!("profile:{}", profile.name));
    let selectable: Vec<String> = rules.iter().cloned().chain(profiles).collect();
    let severities = Severity::ALL.map(|severity| severity.name().to_owned());
    let propose = |values: &[String]| {
        // For as long as the process runs, which ends with this.
        let values: Vec<&'static str> = values.iter().map(|it| &*it.clone().leak()).collect();
        move |argument: Arg| argument.value_parser(PossibleValuesParser::new(values))
    };
    command
        .mut_subcommand("check", |check| {
            check
                .mut_arg("select", propose(&selectable))
                .mut_arg("ignore", propose(&selectable))
                .mut_arg("fail_on", propose(&severities))
        })
        .mut_subcommand("rules", |of| {
            of.mut_arg("rules", propose(&selectable))
                .mut_arg("severity", propose(&severities))
        })
        .mut_subcommand("explain", |explain| {
            explain
                .mut_arg("what", |what| propose(&rules)(what).index(1))
                .mut_arg("paths", |paths| paths.index(2))
        })
}

/// Print a manual page
#[derive(Debug, Args)]
pub(super) struct Man {
    /// Command to print the page of; the whole program if not given
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
    let is_whole = arguments.command.is_none();
    let mut text = Vec::new();
    let written = clap_mangen::Man::new(page).render(&mut text);
    let written = written.and_then(|()| sections(is_whole, &mut text));
    match written {
        Ok(()) => print(&text),
        Err(_) => ExitCode::from(3),
    }
}

/// What a manual page says besides options: of the program as a whole also files and the environment.
const EXIT_STATUS: [(&str, &str); 4] = [
    ("0", "Everything was checked and nothing fails the run."),
    ("1", "A finding fails the run."),
    (
        "2",
        "The command line, a configuration or a policy cannot be used.",
    ),
    (
        "3",
        "Something could not be checked or written, or there was nothing to check.",
    ),
];
const FILES: [(&str, &str); 2] = [
    (
        "palisade.yaml",
        "The configuration: it holds for the folder that it is in and all below.",
    ),
    (
        "*.yaml, *.yml, *.json, *.md",
        "Documents, if they say `palisade: v1`.",
    ),
];
const ENVIRONMENT: [(&str, &str); 5] = [
    (
        "PALISADE_...",
        "Options by another name, such as PALISADE_FORMAT for --format; an option comes before its variable.",
    ),
    (
        "NO_COLOR, FORCE_COLOR, CLICOLOR_FORCE, TERM",
        "Whether reports for people have colours.",
    ),
    (
        "COLUMNS",
        "How wide reports are where standard output is no terminal.",
    ),
    (
        "LC_ALL, LC_CTYPE, LANG",
        "Whether reports for people have letters besides those of ASCII.",
    ),
    (
        "GITHUB_STEP_SUMMARY",
        "Where --format github adds a summary.",
    ),
];
const EXAMPLES: [(&str, &str); 6] = [
    ("palisade check", "Check the documents here and below."),
    (
        "palisade check --staged",
        "Check what the next commit would bring.",
    ),
    (
        "palisade explain 66a82b8d",
        "Tell all that there is to say of a finding.",
    ),
    (
        "palisade questions --by owner --format markdown",
        "List what has to be known, to be sent to those who know.",
    ),
    (
        "palisade waive 66a82b8d --until 2027-01-31 --reason 'moved in January'",
        "Accept a finding until a date.",
    ),
    (
        "palisade path store dumps",
        "Show how something gets from one place to another.",
    ),
];

fn sections(is_whole: bool, out: &mut Vec<u8>) -> io::Result<()> {
    let mut all: Vec<(&str, &[(&str, &str)])> = vec![("EXIT STATUS", &EXIT_STATUS)];
    if is_whole {
        all.extend([
            ("FILES", &FILES[..]),
            ("ENVIRONMENT", &ENVIRONMENT[..]),
            ("EXAMPLES", &EXAMPLES[..]),
        ]);
    }
    let escape = |text: &str| text.replace('\\', "\\e").replace('-', "\\-");
    for (title, entries) in all {
        writeln!(out, ".SH \"{title}\"")?;
        for (name, text) in entries {
            writeln!(out, ".TP\n\\fB{}\\fR\n{}", escape(name), escape(text))?;
        }
    }
    Ok(())
}
