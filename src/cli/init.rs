//! `palisade init`: a configuration and a first document.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;

use super::file;
use crate::config;

const CONFIGURATION: &str = include_str!("init/palisade.yaml");
const DOCUMENT: &str = include_str!("init/infrastructure.yaml");
const DOCUMENT_NAME: &str = "infrastructure.yaml";

/// Write a commented configuration and a first document; overwrite nothing
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The folder; made if it is not there
    #[arg(default_value = ".")]
    folder: PathBuf,
}

pub(super) fn run(arguments: &Arguments) -> ExitCode {
    match write(&arguments.folder) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "palisade: {error}");
            ExitCode::from(2)
        }
    }
}

fn write(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let mut out = io::stdout().lock();
    for (name, text) in [
        (config::FILE_NAME, CONFIGURATION),
        (DOCUMENT_NAME, DOCUMENT),
    ] {
        let path = folder.join(name);
        let shown = path.display();
        match file::create(&path, text) {
            Ok(true) => writeln!(out, "wrote {shown}")?,
            Ok(false) => writeln!(out, "{shown} is there already, and was left as it is")?,
            Err(error) => {
                return Err(io::Error::new(error.kind(), format!("{shown}: {error}")));
            }
        }
    }
    writeln!(out, "now run: palisade check {}", folder.display())
}
