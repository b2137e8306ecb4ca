//! What the black-box tests share: the program in a scrubbed environment, its report as text that
//! a person can compare with the documents, and cases written down in Markdown.

#![allow(dead_code, reason = "each test binary uses a part of it")]

pub mod cases;
pub mod console;
pub mod json_schema;
pub mod platform;
pub mod questions;
pub mod random;
pub mod render;
#[cfg(unix)]
pub mod scripts;
#[cfg(unix)]
pub mod terminal;

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value as Json;
use tempfile::TempDir;

/// The day that every test is run for.
pub const NOW: &str = "2026-11-22";

/// The root of the repository.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A folder with files, removed when dropped.
pub struct Folder(TempDir);

impl Folder {
    pub fn new() -> Self {
        Self(TempDir::new().expect("a temporary folder"))
    }

    /// A folder that holds these files.
    pub fn of(files: &[(&str, &str)]) -> Self {
        let folder = Self::new();
        for (name, text) in files {
            folder.write(name, text);
        }
        folder
    }

    /// A copy of everything in `from`.
    pub fn copy(from: &Path) -> Self {
        let folder = Self::new();
        copy(from, folder.path());
        folder
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }

    pub fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().expect("a file is in a folder")).expect("a folder");
        fs::write(path, text).expect("a file");
    }

    /// Runs the program here.
    pub fn run(&self, arguments: &[&str]) -> Run {
        run_in(self.path(), arguments, b"")
    }

    /// Runs `palisade check` here, for the day of the tests, and reads the JSON report.
    pub fn check(&self, arguments: &[&str]) -> Report {
        check_in(self.path(), arguments)
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder that can be listed") {
        let entry = entry.expect("an entry");
        let target = to.join(entry.file_name());
        if entry.file_type().expect("a type").is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).expect("a copy");
        }
    }
}

/// What the program wrote, and how it ended.
#[derive(Debug)]
pub struct Run {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

/// The program, with nothing of the environment that could change what it says.
pub fn program(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_palisade"));
    command.env_clear().current_dir(folder);
    // Nothing of the person who runs the tests: no global git configuration, no exclude file.
    command.env("HOME", folder).env("GIT_CONFIG_NOSYSTEM", "1");
    // Tests of what is kept give it a folder of its own.
    command.env("PALISADE_NO_CACHE", "1");
    command
}

pub fn run_in(folder: &Path, arguments: &[&str], stdin: &[u8]) -> Run {
    let mut child = program(folder)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    // A program that needs no input may have ended before it is written.
    let _ = child.stdin.take().expect("piped").write_all(stdin);
    let output = child.wait_with_output().expect("the program ends");
    Run {
        code: output.status.code().expect("no signal"),
        stdout: String::from_utf8(output.stdout).expect("UTF-8"),
        stderr: String::from_utf8(output.stderr).expect("UTF-8"),
    }
}

/// The JSON report of a check.
pub struct Report {
    pub folder: PathBuf,
    pub code: i32,
    pub json: Json,
    /// The folder, where it would be gone otherwise.
    pub kept: Option<Folder>,
}

pub fn check_in(folder: &Path, arguments: &[&str]) -> Report {
    let mut all = vec!["check", "--now", NOW, "--format", "json"];
    all.extend(arguments);
    let run = run_in(folder, &all, b"");
    let json = serde_json::from_str(&run.stdout)
        .unwrap_or_else(|error| panic!("{error}\n{}{}", run.stdout, run.stderr));
    Report {
        folder: folder.to_path_buf(),
        code: run.code,
        json,
        kept: None,
    }
}

impl Report {
    pub fn findings(&self) -> &[Json] {
        self.json["findings"].as_array().expect("findings")
    }

    pub fn problems(&self) -> &[Json] {
        self.json["problems"].as_array().expect("problems")
    }

    /// The codes of the problems, in the order of the report.
    pub fn codes(&self) -> Vec<&str> {
        let codes = self.problems().iter().map(|problem| &problem["code"]);
        codes.map(|code| code.as_str().expect("a code")).collect()
    }

    /// Rule and primary line of each finding: `key-no-plaintext keys.yaml:4`.
    pub fn places(&self) -> Vec<String> {
        let place = |finding: &Json| {
            let at = &finding["primary"]["location"];
            format!(
                "{} {}:{}",
                finding["rule"].as_str().expect("a rule"),
                at["path"].as_str().expect("a path"),
                at["start"]["line"]
            )
        };
        self.findings().iter().map(place).collect()
    }

    pub fn decisions(&self) -> u64 {
        self.json["summary"]["decisions"].as_u64().expect("a count")
    }
}

/// The files under `folder` with this extension, by path, with their text.
pub fn files(folder: &Path, extension: &str) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder that can be listed") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|known| known == extension) {
                let text = fs::read_to_string(&path).expect("a text");
                found.push((path, text));
            }
        }
    }
    found.sort();
    found
}
