//! `palisade cache`: where what earlier runs came to is kept, and forgetting it.

use std::env;
use std::fmt::Display;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::UNIX_EPOCH;

use clap::Subcommand;

use super::{count, print};
use crate::source::{Cache, Usage};

/// What earlier comparisons came to, kept so that the next one is faster
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Print where it is kept, and how much
    Info,
    /// Forget all of it
    Clear,
}

pub(super) fn run(command: &Command) -> ExitCode {
    let Some(cache) = of_user() else {
        let _ = writeln!(
            io::stderr(),
            "error: this user has no folder for caches: set `XDG_CACHE_HOME` or `HOME`"
        );
        return ExitCode::from(2);
    };
    let folder = cache.folder().display();
    match command {
        Command::Info => told(cache.usage(), &folder, |usage| {
            format!("{folder}\n{}\n", amount(usage))
        }),
        Command::Clear => told(cache.clear(), &folder, |usage| {
            format!("{folder}\nforgot {}\n", amount(usage))
        }),
    }
}

/// Prints what `text` says of what was done to a folder, or that it could not be.
fn told(
    done: io::Result<Usage>,
    folder: &dyn Display,
    text: impl FnOnce(Usage) -> String,
) -> ExitCode {
    match done {
        Ok(usage) => print(text(usage).as_bytes()),
        Err(error) => {
            let _ = writeln!(io::stderr(), "error: {folder}: {error}");
            ExitCode::from(3)
        }
    }
}

/// "3 entries, 45,120 bytes"
fn amount(usage: Usage) -> String {
    let bytes = usize::try_from(usage.bytes).unwrap_or(usize::MAX);
    format!(
        "{}, {}",
        count(usage.entries, "entry"),
        count(bytes, "byte")
    )
}

/// The cache of the user who runs the program; `None` where the system names no folder for it.
pub(super) fn of_user() -> Option<Cache> {
    Some(Cache::new(folder()?.join("palisade"), program()?))
}

/// The folder for caches: what `XDG_CACHE_HOME` names (XDG Base Directory Specification 0.8), or else
/// the one that the system has for them.
fn folder() -> Option<PathBuf> {
    let named = |variable: &str| {
        let path = PathBuf::from(env::var_os(variable)?);
        path.is_absolute().then_some(path)
    };
    let of_system = || {
        if cfg!(windows) {
            named("LOCALAPPDATA")
        } else if cfg!(target_os = "macos") {
            Some(named("HOME")?.join("Library/Caches"))
        } else {
            Some(named("HOME")?.join(".cache"))
        }
    };
    named("XDG_CACHE_HOME").or_else(of_system)
}

/// What tells this program from others, which may come to other results: its version, and the file that
/// it is.
fn program() -> Option<String> {
    let path = env::current_exe().ok()?;
    let file = Path::new(&path).metadata().ok()?;
    let built = file.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
    let version = env!("CARGO_PKG_VERSION");
    let (length, built, path) = (file.len(), built.as_nanos(), path.display());
    Some(format!(
        "palisade {version}, {length} bytes of {built}, {path}"
    ))
}
