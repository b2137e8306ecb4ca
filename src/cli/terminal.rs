//! What the terminal can show: colour, links, width.

use std::io::{self, IsTerminal};

use clap::{Args, ValueEnum};

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
        ..Style::default()
    };
    if terminal && let Some((width, _)) = terminal_size::terminal_size() {
        style.width = usize::from(width.0).min(style.width.max(120));
    }
    style
}

/// Whether standard error is a terminal on which a line can be drawn again.
pub(super) fn draws_on_stderr() -> bool {
    io::stderr().is_terminal() && !is_dumb()
}

fn is_dumb() -> bool {
    std::env::var_os("TERM").is_some_and(|term| term == "dumb")
}
