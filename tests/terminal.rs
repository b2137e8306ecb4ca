//! Manners on a terminal: colour, links, width, progress; who decides about them, and what the
//! environment and files decide besides.

#![cfg(unix)]
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod support;

use std::fs;
use std::thread::sleep;
use std::time::Duration;

use palisade::report::REPORTERS;
use support::terminal::{Shows, Terminal, screen};
use support::{Folder, NOW, program, root};

const EXAMPLE: [&str; 4] = ["check", "examples/storm-0558", "--now", NOW];
const COLOR: &str = "\u{1b}[";
const LINK: &str = "\u{1b}]8;;";

/// What the program reports to a terminal; a bar that a slow machine shows is not part of it.
fn on_terminal(width: u16, arguments: &[&str], variables: &[(&str, &str)]) -> String {
    let terminal = Terminal::start(root(), width, Shows::Output, |command| {
        command.args(arguments).envs(variables.iter().copied())
    });
    terminal.end()
}

/// What the program writes to a pipe.
fn on_pipe(arguments: &[&str], variables: &[(&str, &str)]) -> String {
    let mut command = program(root());
    command.args(arguments).envs(variables.iter().copied());
    String::from_utf8(command.output().expect("it runs").stdout).expect("UTF-8")
}

#[test]
fn colour_is_for_the_flag_then_the_environment_then_the_terminal_to_decide() {
    const AUTO: &[&str] = &["--color", "auto"];
    const ALWAYS: &[&str] = &["--color", "always"];
    const NEVER: &[&str] = &["--color", "never"];
    // Flags, variables, and whether there is colour on a terminal and in a pipe.
    type Case = (
        &'static [&'static str],
        &'static [(&'static str, &'static str)],
        bool,
        bool,
    );
    let cases: [Case; 17] = [
        (&[], &[], true, false),
        (AUTO, &[], true, false),
        (ALWAYS, &[], true, true),
        (NEVER, &[], false, false),
        (&[], &[("NO_COLOR", "1")], false, false),
        (&[], &[("NO_COLOR", "")], true, false),
        (&[], &[("FORCE_COLOR", "1")], true, true),
        (&[], &[("FORCE_COLOR", "0")], true, false),
        (&[], &[("CLICOLOR_FORCE", "1")], true, true),
        (
            &[],
            &[("NO_COLOR", "1"), ("FORCE_COLOR", "1")],
            false,
            false,
        ),
        (&[], &[("TERM", "dumb")], false, false),
        (ALWAYS, &[("NO_COLOR", "1")], true, true),
        (NEVER, &[("FORCE_COLOR", "1")], false, false),
        (&[], &[("PALISADE_COLOR", "always")], true, true),
        (&[], &[("PALISADE_COLOR", "never")], false, false),
        (
            &[],
            &[("PALISADE_COLOR", "always"), ("NO_COLOR", "1")],
            true,
            true,
        ),
        (NEVER, &[("PALISADE_COLOR", "always")], false, false),
    ];
    for (flags, variables, terminal, pipe) in cases {
        let arguments = [&EXAMPLE[..], flags].concat();
        let said = on_terminal(80, &arguments, variables);
        assert!(said.contains("violations"), "{said}");
        assert_eq!(said.contains(COLOR), terminal, "{flags:?} {variables:?}");
        let said = on_pipe(&arguments, variables);
        assert_eq!(said.contains(COLOR), pipe, "{flags:?} {variables:?}");
    }
}

#[test]
fn links_are_only_on_a_terminal_that_has_colour() {
    // References are only told at length.
    let verbose = [&EXAMPLE[..], &["--verbose"]].concat();
    assert!(on_terminal(80, &verbose, &[]).contains(LINK));
    assert!(!on_terminal(80, &verbose, &[("NO_COLOR", "1")]).contains(LINK));
    assert!(!on_pipe(&verbose, &[("FORCE_COLOR", "1")]).contains(LINK));
}

/// What is to be parsed is never coloured, and never has more than its lines.
#[test]
fn formats_for_programs_are_the_same_on_a_terminal() {
    let for_programs = REPORTERS.iter().filter(|reporter| !reporter.for_people);
    for format in for_programs.map(|reporter| reporter.name) {
        let arguments = [&EXAMPLE[..], &["--format", format]].concat();
        let said = on_terminal(60, &arguments, &[("FORCE_COLOR", "1")]);
        assert_eq!(said.replace("\r\n", "\n"), on_pipe(&arguments, &[]));
    }
}

#[test]
fn no_line_is_wider_than_the_terminal() {
    let examples = fs::read_dir(root().join("examples")).expect("a folder");
    let examples = examples.map(|example| example.expect("an entry").path());
    // A program that uses the library is no folder to check.
    for path in examples.filter(|path| path.is_dir()) {
        let path = path.to_str().expect("a name");
        let forms = [
            ["--format", "full", "--verbose"],
            ["--format", "human", "--verbose"],
            ["--format", "human", "--include-waived"],
        ];
        for (width, form) in [60, 72, 80, 100, 120, 160]
            .into_iter()
            .flat_map(|width| forms.map(|form| (width, form)))
        {
            // From the folder itself: the name of a file is not broken, however long it is.
            let terminal = Terminal::start(path.as_ref(), width, Shows::Both, |command| {
                command.args(["check", "--now", NOW]).args(form)
            });
            for line in screen(&terminal.end()) {
                // The name of a file is not broken, that of a rule neither.
                if line.trim_start().starts_with("╭─[built-in/") {
                    continue;
                }
                let columns = unicode_width::UnicodeWidthStr::width(line.as_str());
                assert!(columns <= usize::from(width), "{path} {width}: {line}");
            }
        }
    }
}

#[test]
fn a_terminal_of_less_than_60_columns_is_taken_to_have_60() {
    let narrow = |width| screen(&on_terminal(width, &EXAMPLE, &[]));
    assert_eq!(narrow(40), narrow(60));
    assert_ne!(narrow(60), narrow(61));
}

const DOCUMENT: &str = "palisade: v1\nzones: { z: { environment: test, clearance: internal } }\n";

/// A check that waits for its input for `milliseconds`: the log of the terminal.
fn slow(milliseconds: u64, shows: Shows, set: &[&str], variables: &[(&str, &str)]) -> String {
    let folder = Folder::new();
    let mut terminal = Terminal::start(folder.path(), 60, shows, |command| {
        let command = command.args(["check", "-", "--format", "concise"]);
        command.args(set).envs(variables.iter().copied())
    });
    sleep(Duration::from_millis(milliseconds));
    terminal.write(DOCUMENT);
    terminal.end()
}

#[test]
fn long_work_shows_a_bar_and_leaves_nothing_of_it() {
    let written = slow(1200, Shows::Both, &[], &[]);
    assert!(written.contains("reading files"), "{written:?}");
    assert_eq!(screen(&written), [""], "{written:?}");
    // Whether the report goes to the terminal, too, makes no difference.
    let written = slow(1200, Shows::Errors, &[], &[]);
    assert!(written.contains("reading files"), "{written:?}");
    assert_eq!(screen(&written), [""], "{written:?}");
}

#[test]
fn there_is_no_bar_where_nobody_wants_it() {
    for flag in ["-q", "--quiet"] {
        assert_eq!(slow(1200, Shows::Both, &[flag], &[]), "");
    }
    assert_eq!(slow(1200, Shows::Both, &[], &[("TERM", "dumb")]), "");
    assert_eq!(slow(1200, Shows::Output, &[], &[]), "");
    // Quick work needs none; a busy machine may be slow a few times.
    assert!((0..5).any(|_| slow(0, Shows::Both, &[], &[]).is_empty()));
}

#[test]
fn quiet_leaves_out_what_was_not_found_and_verbose_adds_what_was_asked() {
    let said = |flags: &[&str]| on_pipe(&[&EXAMPLE[..], flags].concat(), &[]);
    let (plain, quiet, verbose) = (said(&[]), said(&["--quiet"]), said(&["--verbose"]));
    let (_, notes) = plain.split_at(quiet.len());
    assert!(plain.starts_with(&quiet), "{plain}");
    assert!(
        notes.contains("violations (") && notes.contains("\nchecked "),
        "{notes}"
    );
    assert!(
        verbose.contains("\nread: examples/storm-0558/keys.yaml\n"),
        "{verbose}"
    );
    assert!(
        verbose.contains("\n  see:  ") && verbose.contains("\n  rule: "),
        "{verbose}"
    );

    let form = ["--format", "full"];
    let said = |flags: &[&str]| on_pipe(&[&EXAMPLE[..], &form, flags].concat(), &[]);
    let (plain, quiet, verbose) = (said(&[]), said(&["--quiet"]), said(&["--verbose"]));
    let (findings, notes) = plain.split_at(quiet.len());
    assert_eq!(findings, quiet);
    assert!(
        notes.starts_with("note: ") && notes.contains("\nchecked "),
        "{notes}"
    );
    let added = verbose.strip_prefix(findings).unwrap();
    let added = added.strip_suffix(notes).unwrap();
    assert!(
        added.contains("read: examples/storm-0558/keys.yaml\n"),
        "{added}"
    );
    assert!(
        added.contains("\nasked: ") && added.contains(" rules: "),
        "{added}"
    );
    // Nobody is left alone with an exit code.
    let folder = Folder::new();
    let run = folder.run(&["check", "--quiet"]);
    assert_eq!((run.code, run.stdout.as_str()), (3, ""));
    assert_eq!(run.stderr, "palisade: nothing was checked\n");
}
