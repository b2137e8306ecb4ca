//! Paths to roots: which files are checked together, and by which configuration.

use std::collections::BTreeMap;
use std::io::{self, Read};
use std::path::{Component, Path, PathBuf};

use crate::check::{Expand, Job, Root};
use crate::config::{self, matcher, within};
use crate::source::{Candidate, Origin, Problem, ProblemKind, display_name, find};

/// Which configuration to use.
pub(super) enum Configuration {
    /// The nearest `palisade.yaml` of each file.
    Nearest,
    /// This file, for everything.
    Named(PathBuf),
    /// None.
    None,
}

/// What `paths` name, each file under its nearest configuration, with the policies that `globs` name
/// besides. Without paths it is the configuration found here alone, and no file.
pub(super) fn job_of(paths: &[PathBuf], globs: &[String]) -> Job {
    let mut roots = Roots::new(Configuration::Nearest);
    for path in paths {
        roots.add_path(path);
    }
    let mut problems = Vec::new();
    Job {
        roots: roots.finish(globs, &mut problems),
        problems,
        ..Job::default()
    }
}

/// Files by the configuration that they come under.
pub(super) struct Roots {
    configuration: Configuration,
    /// By the canonical path of the configuration.
    roots: BTreeMap<Option<PathBuf>, Root>,
}

impl Roots {
    pub(super) fn new(configuration: Configuration) -> Self {
        Self {
            configuration,
            roots: BTreeMap::new(),
        }
    }

    /// Adds what `path` names: a file, or a folder and what is in it. A `palisade.yaml` in a folder
    /// begins a root of its own.
    pub(super) fn add_path(&mut self, path: &PathBuf) {
        let mut found = find(std::slice::from_ref(path));
        let start = match path.parent() {
            Some(parent) if !path.is_dir() => parent,
            _ => path,
        };
        let outer = nearest(start);
        let whole = is_around(path, outer.as_deref());
        let root = self.root(outer.as_deref());
        root.whole |= whole;
        root.found.unreadable.append(&mut found.unreadable);
        root.found.links += found.links;
        let (nested, files): (Vec<_>, Vec<_>) = found
            .candidates
            .into_iter()
            .filter(|candidate| candidate.named || !candidate.name.ends_with(".cedar"))
            .partition(|candidate| !candidate.named && is_configuration(&candidate.name));
        let nested: BTreeMap<&str, &Path> = nested
            .iter()
            .filter_map(|candidate| match &candidate.origin {
                Origin::File(path) => Some((candidate.folder(), path.as_path())),
                Origin::Memory(_) | Origin::Blob(_) => None,
            })
            .collect();
        for folder in nested.values() {
            self.root(Some(folder)).whole = true;
        }
        for candidate in files {
            let folders = std::iter::successors(Some(candidate.folder()), |folder| {
                let above = folder.rsplit_once('/').map(|(above, _)| above);
                above.or((!folder.is_empty()).then_some(""))
            });
            let inner = folders.filter_map(|folder| nested.get(folder)).next();
            let config = inner.map(|path| path.to_path_buf()).or(outer.clone());
            self.root(config.as_deref())
                .found
                .candidates
                .push(candidate);
        }
    }

    /// Adds standard input, called `name`.
    pub(super) fn add_stdin(&mut self, name: &str, problems: &mut Vec<Problem>) {
        let mut bytes = Vec::new();
        if let Err(error) = io::stdin().lock().read_to_end(&mut bytes) {
            let message = format!("standard input cannot be read: {error}");
            problems.push(Problem::input("unreadable", message));
            return;
        }
        let folder = Path::new(name).parent().unwrap_or(Path::new(""));
        let config = nearest(folder);
        self.root(config.as_deref())
            .found
            .candidates
            .push(Candidate {
                name: name.to_owned(),
                named: true,
                origin: Origin::Memory(bytes),
            });
    }

    fn root(&mut self, nearest: Option<&Path>) -> &mut Root {
        let path = match &self.configuration {
            Configuration::Nearest => nearest.map(Path::to_path_buf),
            Configuration::Named(path) => Some(path.clone()),
            Configuration::None => None,
        };
        let named = matches!(self.configuration, Configuration::Named(_));
        let key = path
            .as_ref()
            .map(|path| path.canonicalize().unwrap_or_else(|_| path.clone()));
        self.roots.entry(key).or_insert_with(|| {
            let config = path.map(|path| Candidate {
                name: display_name(&path),
                named,
                origin: Origin::File(path),
            });
            let folder = config.as_ref().map_or("", |config| config.folder());
            let folder = PathBuf::from(folder);
            Root {
                config,
                expand: Some(Expand::new(move |glob| policy_files(&folder, glob))),
                ..Root::default()
            }
        })
    }

    /// The roots, each with the policies that `globs` name besides its own.
    pub(super) fn finish(mut self, globs: &[String], problems: &mut Vec<Problem>) -> Vec<Root> {
        if self.roots.is_empty() {
            self.root(nearest(Path::new("")).as_deref());
        }
        let policies = further(globs, problems);
        let roots = self.roots.into_values();
        roots
            .map(|mut root| {
                let files = &mut root.found.candidates;
                files.sort_by(|a, b| a.name.cmp(&b.name).then(b.named.cmp(&a.named)));
                files.dedup_by(|a, b| a.name == b.name);
                root.policies.clone_from(&policies);
                root
            })
            .collect()
    }
}

/// Whether all that a configuration is for is in `path`.
fn is_around(path: &Path, configuration: Option<&Path>) -> bool {
    let folder = configuration.and_then(Path::parent);
    let folder = folder.map(|folder| std::path::absolute(folder).unwrap_or(folder.to_path_buf()));
    let path = path.canonicalize().ok();
    let folder = folder.and_then(|folder| folder.canonicalize().ok());
    folder
        .zip(path)
        .is_some_and(|(folder, path)| folder.starts_with(path))
}

/// The policy files that `--policies` names.
fn further(globs: &[String], problems: &mut Vec<Problem>) -> Vec<Candidate> {
    let mut policies = Vec::new();
    for glob in globs {
        let matching = policy_files(Path::new(""), glob);
        if matching.is_empty() {
            let message = format!("`--policies {glob}` matches no file");
            problems.push(Problem::new(
                ProblemKind::Configuration,
                "no-policies",
                message,
            ));
        }
        policies.extend(matching);
    }
    policies
}

/// The roots of the policy files that `paths` name or that lie in the folders that they name: each
/// file under the nearest configuration, with the documents of that one. `globs` name further ones.
pub(super) fn of_policies(paths: &[PathBuf], globs: &[String]) -> Job {
    let mut problems = Vec::new();
    let mut by_configuration: BTreeMap<Option<PathBuf>, (PathBuf, Vec<Candidate>)> =
        BTreeMap::new();
    let mut found = further(globs, &mut problems);
    for path in paths {
        found.extend(policies_in(path, &mut problems));
    }
    for candidate in found {
        let folder = Path::new(candidate.folder()).to_path_buf();
        let nearest = nearest(&folder);
        let above = nearest.as_deref().and_then(Path::parent);
        let start = above.map_or(folder, Path::to_path_buf);
        let (_, policies) = by_configuration
            .entry(nearest)
            .or_insert((start, Vec::new()));
        policies.push(candidate);
    }
    let roots = by_configuration
        .into_iter()
        .map(|(nearest, (mut start, policies))| {
            if start.as_os_str().is_empty() {
                start = PathBuf::from(".");
            }
            let mut roots = Roots::new(Configuration::Nearest);
            roots.add_path(&start);
            let mut root = std::mem::take(roots.root(nearest.as_deref()));
            root.policies = policies;
            root.expand = None;
            root
        });
    Job {
        roots: roots.collect(),
        problems,
        ..Job::default()
    }
}

/// The policy file that a path names, or those in the folder that it names.
pub(super) fn policies_in(path: &PathBuf, problems: &mut Vec<Problem>) -> Vec<Candidate> {
    let mut found = find(std::slice::from_ref(path));
    let is_policy = |candidate: &Candidate| candidate.named || candidate.name.ends_with(".cedar");
    found.candidates.retain(is_policy);
    let unreadable = found.unreadable.iter().map(|unreadable| {
        let (name, error) = (&unreadable.name, &unreadable.error);
        Problem::input("unreadable", format!("`{name}` cannot be read: {error}"))
    });
    problems.extend(unreadable);
    if found.candidates.is_empty() && found.unreadable.is_empty() {
        let message = format!("`{}` holds no policy file", display_name(path));
        problems.push(Problem::input("no-policies", message));
    }
    found.candidates
}

fn is_configuration(name: &str) -> bool {
    name.rsplit('/').next() == Some(config::FILE_NAME)
}

/// The files that `glob`, relative to `folder`, names.
fn policy_files(folder: &Path, glob: &str) -> Vec<Candidate> {
    let file = folder.join(glob);
    if file.is_file() {
        return find(&[file]).candidates;
    }
    let is_fixed = |part: &Component<'_>| {
        let part = part.as_os_str().to_string_lossy();
        !part.contains(['*', '?', '[', '{'])
    };
    // Nothing above the first wildcard can be anywhere else.
    let fixed: PathBuf = Path::new(glob).components().take_while(is_fixed).collect();
    let mut start = folder.join(fixed);
    if start.as_os_str().is_empty() {
        start = PathBuf::from(".");
    }
    let folder = match folder.as_os_str().is_empty() {
        true => String::new(),
        false => display_name(folder),
    };
    let matcher = within(&folder, glob).or_else(|| matcher(glob).ok());
    let mut found = find(&[start]).candidates;
    found.retain(|candidate| {
        matcher
            .as_ref()
            .is_some_and(|glob| glob.is_match(&candidate.name))
    });
    found
}

/// The nearest `palisade.yaml` in `folder` or a folder around it, named from where the run started.
pub(super) fn nearest(folder: &Path) -> Option<PathBuf> {
    let parts = folder.components();
    // No part at all stands for the current folder.
    let mut shown: PathBuf = parts.filter(|part| *part != Component::CurDir).collect();
    let here = std::path::absolute(".").ok()?;
    for _ in 0..=here.components().count() + shown.components().count() {
        let config = shown.join(config::FILE_NAME);
        if config.is_file() {
            return Some(config);
        }
        // Relative names read better in reports: climb with `..` only as far as needed.
        match shown.components().next_back() {
            Some(Component::Normal(_)) => _ = shown.pop(),
            Some(Component::RootDir | Component::Prefix(_)) => return None,
            Some(Component::ParentDir | Component::CurDir) | None => shown.push(".."),
        }
    }
    None
}
