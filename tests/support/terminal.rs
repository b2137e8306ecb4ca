//! The program on a terminal, and what is on the screen afterwards.

use std::fs::File;
use std::io::{ErrorKind, Read, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use rustix::fs::{Mode, OFlags, open};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

use super::program;

/// Which of the streams of the program are the terminal; the others are a pipe that nobody reads.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Shows {
    Both,
    Output,
    Errors,
}

/// A terminal with the program running on it.
pub struct Terminal {
    screen: File,
    child: Child,
}

impl Terminal {
    /// Starts the program in `folder` on a terminal of `width` columns.
    pub fn start(
        folder: &Path,
        width: u16,
        shows: Shows,
        set: impl FnOnce(&mut Command) -> &mut Command,
    ) -> Self {
        let screen = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a terminal");
        grantpt(&screen).expect("a terminal");
        unlockpt(&screen).expect("a terminal");
        let name = ptsname(&screen, Vec::new()).expect("a name");
        let inside = || {
            let file = open(&name, OFlags::RDWR | OFlags::NOCTTY, Mode::empty());
            let file = file.expect("the other end");
            let size = Winsize {
                ws_row: 50,
                ws_col: width,
                ws_xpixel: 0,
                ws_ypixel: 0,
            };
            tcsetwinsize(&file, size).expect("a size");
            Stdio::from(file)
        };
        let stream = |here: bool| if here { inside() } else { Stdio::null() };
        let mut command = program(folder);
        command.env("TERM", "xterm-256color").stdin(Stdio::piped());
        command.stdout(stream(shows != Shows::Errors));
        command.stderr(stream(shows != Shows::Output));
        let child = set(&mut command).spawn().expect("the program starts");
        Self {
            screen: screen.into(),
            child,
        }
    }

    /// What is typed, or rather piped, into the program.
    pub fn write(&mut self, text: &str) {
        let stdin = self.child.stdin.as_mut().expect("piped");
        stdin.write_all(text.as_bytes()).expect("it reads");
    }

    /// Everything that was written to the terminal until the program ended.
    pub fn end(mut self) -> String {
        drop(self.child.stdin.take());
        let mut bytes = Vec::new();
        let mut part = [0; 4096];
        loop {
            match self.screen.read(&mut part) {
                Ok(0) => break,
                Ok(count) => bytes.extend_from_slice(&part[..count]),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                // How Linux says that nobody has the other end open any more.
                Err(_) => break,
            }
        }
        self.child.wait().expect("the program ends");
        String::from_utf8(bytes).expect("UTF-8")
    }
}

/// The lines that a person sees in the end: what was drawn over or wiped is gone.
pub fn screen(written: &str) -> Vec<String> {
    let mut lines = vec![String::new()];
    let (mut row, mut column) = (0, 0);
    let mut rest = written.chars();
    while let Some(c) = rest.next() {
        match c {
            '\r' => column = 0,
            '\n' => {
                row += 1;
                if row == lines.len() {
                    lines.push(String::new());
                }
            }
            '\u{1b}' => {
                let (parameters, command) = control(&mut rest);
                let count = parameters.parse().unwrap_or(1);
                let line: &mut String = &mut lines[row];
                match command {
                    'A' => row = row.saturating_sub(count),
                    'K' if parameters == "2" => line.clear(),
                    'K' => *line = line.chars().take(column).collect(),
                    _ => {}
                }
            }
            c => {
                let line = &mut lines[row];
                let mut drawn: Vec<char> = line.chars().collect();
                drawn.resize(drawn.len().max(column + 1), ' ');
                drawn[column] = c;
                *line = drawn.into_iter().collect();
                column += 1;
            }
        }
    }
    lines
}

/// What follows an escape: a control sequence with its parameters, or a link, which draws nothing.
fn control(rest: &mut std::str::Chars<'_>) -> (String, char) {
    match rest.next() {
        Some('[') => {
            let mut parameters = String::new();
            for c in rest.by_ref() {
                if c.is_ascii_alphabetic() {
                    return (parameters, c);
                }
                parameters.push(c);
            }
            (parameters, ' ')
        }
        Some(']') => {
            rest.by_ref().find(|c| *c == '\u{1b}');
            rest.next();
            (String::new(), ']')
        }
        _ => (String::new(), ' '),
    }
}
