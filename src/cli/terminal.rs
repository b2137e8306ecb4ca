//! What the terminal can show: colour, links, width, progress.

use std::io::{self, IsTerminal};
use std::time::Duration;

use clap::ValueEnum;
use indicatif::{ProgressBar, ProgressStyle};

use crate::check::Job;
use crate::report::Style;

/// When to use colour and links.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Color {
    /// On a terminal, unless `NO_COLOR` is set; also elsewhere, if `FORCE_COLOR` or
    /// `CLICOLOR_FORCE` is
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// How to write to standard output.
pub(super) fn style(color: Color) -> Style {
    let terminal = io::stdout().is_terminal();
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let forced = ["FORCE_COLOR", "CLICOLOR_FORCE"]
        .iter()
        .any(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty() && value != "0"));
    let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
    let color = match color {
        Color::Always => true,
        Color::Never => false,
        // https://no-color.org: set and not empty, whatever the value.
        Color::Auto if set("NO_COLOR") => false,
        Color::Auto => forced || (terminal && !dumb),
    };
    let mut style = Style {
        color,
        links: color && terminal,
        ..Style::default()
    };
    if terminal && let Some((width, _)) = terminal_size::terminal_size() {
        style.width = usize::from(width.0).min(style.width.max(120));
    }
    style
}

/// A sign of life on long work, where a person sees it.
pub(super) struct Progress(Option<ProgressBar>);

impl Progress {
    /// How many files make work long enough.
    const FILES: usize = 500;

    pub(super) fn start(job: &Job) -> Self {
        let files: usize = job
            .roots
            .iter()
            .map(|root| root.found.candidates.len())
            .sum();
        if files < Self::FILES || !io::stderr().is_terminal() || !io::stdout().is_terminal() {
            return Self(None);
        }
        let bar = ProgressBar::new_spinner().with_message(format!("checking {files} files"));
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} ({elapsed})") {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(120));
        Self(Some(bar))
    }

    pub(super) fn stop(self) {
        if let Some(bar) = self.0 {
            bar.finish_and_clear();
        }
    }
}
