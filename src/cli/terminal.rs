//! What the terminal can show: colour, links, width.

use std::io::{self, IsTerminal};

use clap::{Args, ValueEnum};

use crate::report::{MIN_WIDTH, Style};

/// Reports are laid out for no more columns than these: longer lines are hard to read.
const MAX_WIDTH: usize = 120;

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

/// The option that says so.
#[derive(Debug, Clone, Copy, Args)]
pub(super) struct Coloring {
    /// Whether to use colour and links
    #[arg(
        long = "color",
        value_name = "WHEN",
        env = "PALISADE_COLOR",
        default_value = "auto"
    )]
    pub(super) when: Color,
}

/// How to write to standard output.
pub(super) fn style(color: Color) -> Style {
    let terminal = io::stdout().is_terminal();
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let forced = ["FORCE_COLOR", "CLICOLOR_FORCE"]
        .iter()
        .any(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty() && value != "0"));
    let color = match color {
        Color::Always => true,
        Color::Never => false,
        // https://no-color.org: set and not empty, whatever the value.
        Color::Auto if set("NO_COLOR") => false,
        Color::Auto => forced || (terminal && !is_dumb()),
    };
    let mut style = Style {
        color,
        links: color && terminal,
        ascii: is_dumb() || !speaks_utf8(),
        passes: false,
        ..Style::default()
    };
    let of_terminal = terminal_size::terminal_size().filter(|_| terminal);
    let width = match of_terminal {
        Some((width, _)) => Some(usize::from(width.0)),
        None => std::env::var("COLUMNS")
            .ok()
            .and_then(|columns| columns.trim().parse().ok()),
    };
    style.width = width.unwrap_or(style.width).clamp(MIN_WIDTH, MAX_WIDTH);
    style
}

/// Whether the locale has more letters than those of ASCII; if it says nothing, it has.
fn speaks_utf8() -> bool {
    let names = ["LC_ALL", "LC_CTYPE", "LANG"].iter();
    let mut values = names.filter_map(|name| std::env::var(name).ok());
    let locale = values.find(|value| !value.is_empty());
    locale.is_none_or(|locale| {
        let locale = locale.to_ascii_lowercase();
        locale.contains("utf-8") || locale.contains("utf8")
    })
}

/// Whether standard error is a terminal on which a line can be drawn again.
pub(super) fn draws_on_stderr() -> bool {
    io::stderr().is_terminal() && !is_dumb()
}

fn is_dumb() -> bool {
    std::env::var_os("TERM").is_some_and(|term| term == "dumb")
}
