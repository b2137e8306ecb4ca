//! `palisade init`: a configuration and a first document.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;

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
        let file = OpenOptions::new().write(true).create_new(true).open(&path);
        match file {
            Ok(mut file) => {
                file.write_all(text.as_bytes())?;
                writeln!(out, "wrote {shown}")?;
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                writeln!(out, "{shown} is there already, and was left as it is")?;
            }
            Err(error) => {
                return Err(io::Error::new(error.kind(), format!("{shown}: {error}")));
            }
        }
    }
    writeln!(out, "now run: palisade check {}", folder.display())
}
