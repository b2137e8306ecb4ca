//! `palisade.yaml`: what a repository wants checked, and how.

use std::path::{Path, PathBuf};

use globset::{GlobBuilder, GlobMatcher};

use crate::source::{FileId, Problem, ProblemKind, Spanned};
use crate::syntax::{Limits, NodeRef, Value, choose, parse_yaml, read};

/// The name of the file; it also marks the root of what is checked together.
pub const FILE_NAME: &str = "palisade.yaml";

/// What a repository wants checked, and how.
#[derive(Debug, Default)]
pub struct Config {
    /// The user's own policy files, as globs relative to the file.
    pub policies: Vec<Spanned<String>>,
    /// Bounds on what is read.
    pub limits: Limits,
}

const KEYS: [&str; 2] = ["policies", "limits"];
const LIMITS: [&str; 3] = ["file-bytes", "depth", "alias-nodes"];

impl Config {
    /// Reads the text of a `palisade.yaml`. Everything that is wrong in it is a problem.
    pub fn read(file: FileId, text: &str) -> (Self, Vec<Problem>) {
        let (tree, mut problems) = parse_yaml(file, text, &Limits::default());
        for problem in &mut problems {
            problem.kind = ProblemKind::Configuration;
        }
        let mut config = Self::default();
        let mut documents = tree.documents();
        if let Some(root) = documents.next() {
            config.document(root, &mut problems);
        }
        if let Some(further) = documents.next() {
            problems.push(
                problem("configuration has one document")
                    .at(further.span(), "this is a second one")
                    .help("merge it into the first"),
            );
        }
        (config, problems)
    }

    fn document(&mut self, root: NodeRef<'_>, problems: &mut Vec<Problem>) {
        for (name, key, value) in entries(root, problems) {
            match name {
                "policies" => self.policies = globs(value, problems),
                "limits" => self.limit(value, problems),
                _ => problems.push(unknown_key(name, key, &KEYS)),
            }
        }
    }

    fn limit(&mut self, node: NodeRef<'_>, problems: &mut Vec<Problem>) {
        for (name, key, value) in entries(node, problems) {
            if !LIMITS.contains(&name) {
                problems.push(unknown_key(name, key, &LIMITS));
                continue;
            }
            let Some(number) = positive(value, problems) else {
                continue;
            };
            let applied = match name {
                "file-bytes" => u32::try_from(number).map(|n| self.limits.file_bytes = n),
                "depth" => u16::try_from(number).map(|n| self.limits.depth = n),
                _ => u32::try_from(number).map(|n| self.limits.alias_nodes = n),
            };
            if applied.is_err() {
                let problem = problem(format!("`{number}` is too much for `{name}`"));
                problems.push(problem.at(value.span(), "out of range"));
            }
        }
    }
}

fn problem(message: impl Into<String>) -> Problem {
    Problem::new(ProblemKind::Configuration, "configuration", message)
}

/// The entries of a mapping with the text of each key; nothing for an empty file.
fn entries<'t>(
    node: NodeRef<'t>,
    problems: &mut Vec<Problem>,
) -> Vec<(&'t str, NodeRef<'t>, NodeRef<'t>)> {
    match node.value() {
        Value::Null => Vec::new(),
        Value::Map(map) => {
            let entries = map.iter();
            let named = entries.map(|(key, value)| (key.text().unwrap_or_default(), key, value));
            named.collect()
        }
        _ => {
            let problem = problem(format!("expected a mapping, found {}", node.kind()));
            problems.push(problem.at(node.span(), "here"));
            Vec::new()
        }
    }
}

fn unknown_key(name: &str, key: NodeRef<'_>, known: &[&str]) -> Problem {
    problem(format!("`{name}` is no setting"))
        .at(key.span(), "not known")
        .help(choose(name, known))
}

fn globs(node: NodeRef<'_>, problems: &mut Vec<Problem>) -> Vec<Spanned<String>> {
    match read::<Vec<Spanned<String>>>(node) {
        Ok(globs) => globs
            .into_iter()
            .filter(|glob| match matcher(&glob.value) {
                Ok(_) => true,
                Err(error) => {
                    problems.push(problem(error).at(glob.span, "no glob"));
                    false
                }
            })
            .collect(),
        Err(error) => {
            let span = error.span.unwrap_or_else(|| node.span());
            let mut problem = problem(error.message).at(span, "here");
            problem.help = Some("write `policies: [policies/*.cedar]`".to_owned());
            problems.push(problem);
            Vec::new()
        }
    }
}

fn positive(node: NodeRef<'_>, problems: &mut Vec<Problem>) -> Option<u64> {
    let number = read::<i64>(node)
        .ok()
        .and_then(|number| u64::try_from(number).ok());
    if number.is_none_or(|number| number == 0) {
        let problem = problem("a limit is a whole number above 0");
        problems.push(problem.at(node.span(), "here"));
        return None;
    }
    number
}

/// What a glob matches: `*` and `?` within a folder, `**` across folders.
///
/// # Errors
///
/// What is wrong with the glob, in words.
pub fn matcher(glob: &str) -> Result<GlobMatcher, String> {
    let glob = GlobBuilder::new(glob.strip_prefix("./").unwrap_or(glob))
        .literal_separator(true)
        .build();
    glob.map(|glob| glob.compile_matcher())
        .map_err(|error| error.to_string())
}

/// The nearest `palisade.yaml` in `path` or a folder around it.
pub fn nearest(path: &Path) -> Option<PathBuf> {
    // The parent of `a.yaml` is the empty path, which stands for the current folder.
    let here = path.as_os_str().is_empty();
    let absolute = std::path::absolute(if here { Path::new(".") } else { path }).ok()?;
    let mut folders = absolute.ancestors();
    // Relative names read better in reports: climb with `..` only as far as needed.
    let mut shown = path.to_path_buf();
    loop {
        let folder = folders.next()?;
        if folder.join(FILE_NAME).is_file() {
            return Some(shown.join(FILE_NAME));
        }
        let above = match shown.parent() {
            Some(above) if !shown.ends_with("..") && !shown.as_os_str().is_empty() => {
                above.to_path_buf()
            }
            _ => Path::new("..").join(&shown),
        };
        shown = above;
    }
}
