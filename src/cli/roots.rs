//! Paths to roots: which files are checked together, and by which configuration.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::{Component, Path, PathBuf};

use super::nearest::{nearest, nearly_named_around};
use crate::check::{CheckInput, GlobResolver, Project, Scope};
use crate::config::{self, matcher, within};
use crate::source::{
    Candidate, Code, Found, Origin, Problem, ProblemKind, display_name, distinct, find,
};

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
pub(super) fn job_of(paths: &[PathBuf], globs: &[String]) -> CheckInput {
    let mut roots = Roots::new(Configuration::Nearest);
    for path in paths {
        roots.add_path(path);
    }
    let mut problems = Vec::new();
    CheckInput {
        roots: roots.finish(globs, &mut problems),
        problems,
        ..CheckInput::default()
    }
}

/// Files by the configuration that they come under.
pub(super) struct Roots {
    configuration: Configuration,
    /// By the canonical path of the configuration.
    roots: BTreeMap<Option<PathBuf>, Project>,
    /// The paths that were named, as shown to people.
    named: Vec<String>,
    /// The folders that they are in, or that they are.
    starts: Vec<PathBuf>,
}

impl Roots {
    pub(super) fn new(configuration: Configuration) -> Self {
        Self {
            configuration,
            roots: BTreeMap::new(),
            named: Vec::new(),
            starts: Vec::new(),
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
        self.named.push(display_name(path));
        self.starts.push(start.to_path_buf());
        let outer = nearest(start);
        let whole = is_around(path, outer.as_deref());
        let nested = nested(&found);
        let root = self.root(outer.as_deref());
        root.whole |= whole;
        root.found.unreadable.append(&mut found.unreadable);
        for folder in nested.values() {
            self.root(Some(folder)).whole = true;
        }
        let nearest = |name: &str| match nearest_in(&nested, name) {
            Some((_, path)) => Some(path.clone()),
            None => outer.clone(),
        };
        for skipped in found.skipped {
            if !is_configuration(&skipped.name) {
                let root = self.root(nearest(&skipped.name).as_deref());
                root.found.skipped.push(skipped);
            }
        }
        for link in found.links {
            let root = self.root(nearest(&link.name).as_deref());
            root.found.links.push(link);
        }
        for candidate in found.candidates {
            let is_policy = candidate.name.ends_with(".cedar") && !candidate.named;
            let root = self.root(nearest(&candidate.name).as_deref());
            match is_policy || is_configuration(&candidate.name) {
                true => root.found.settings.push(candidate.name),
                false => root.found.candidates.push(candidate),
            }
        }
    }

    /// Adds standard input, called `name`.
    pub(super) fn add_stdin(&mut self, name: &str) {
        let folder = Path::new(name).parent().unwrap_or(Path::new(""));
        self.named.push(name.to_owned());
        self.starts.push(folder.to_path_buf());
        let config = nearest(folder);
        self.root(config.as_deref())
            .found
            .candidates
            .push(Candidate {
                name: name.to_owned(),
                named: true,
                origin: Origin::Stdin,
            });
    }

    /// Adds the rest of each project of which a part was named: the part may refer to it.
    fn add_the_rest(&mut self) {
        if !matches!(self.configuration, Configuration::Nearest) {
            return;
        }
        for root in self.roots.values_mut().filter(|root| !root.whole) {
            let files = &root.found.candidates;
            // A text that is in no file yet is checked alone.
            let is_text = |file: &Candidate| matches!(file.origin, Origin::Stdin);
            let is_new = files
                .iter()
                .any(|file| is_text(file) && !Path::new(&file.name).exists());
            let folder = root.config.as_ref().map(Candidate::folder);
            let is_empty = files.is_empty() && root.found.settings.is_empty();
            let Some(folder) = folder.filter(|_| !is_empty && !is_new) else {
                continue;
            };
            let start = if folder.is_empty() { "." } else { folder };
            let found = find(&[PathBuf::from(start)]);
            let nested = nested(&found);
            let outermost =
                |name: &str| nearest_in(&nested, name).is_none_or(|(inner, _)| inner == folder);
            let texts: Vec<_> = files.iter().filter(|file| is_text(file)).collect();
            let is_typed = |name: &str| texts.iter().any(|text| text.name == name);
            let rest = found.candidates.into_iter().filter(|candidate| {
                let name = candidate.name.as_str();
                let is_other = name.ends_with(".cedar") || is_configuration(name);
                !is_other && !is_typed(name) && outermost(name)
            });
            let rest: Vec<_> = rest.collect();
            root.found.candidates.extend(rest);
            let known: HashSet<_> = root.found.links.iter().map(|it| it.name.clone()).collect();
            let links = found.links.into_iter();
            let links = links.filter(|it| !known.contains(&it.name) && outermost(&it.name));
            root.found.links.extend(links);
            // Who names the configuration means all that it is for.
            let configuration = root.config.as_ref().map(|config| &config.name);
            root.whole = configuration.is_some_and(|name| root.found.settings.contains(name));
            root.scope = (!root.whole).then(|| Scope::of(self.named.clone()));
        }
    }

    fn root(&mut self, nearest: Option<&Path>) -> &mut Project {
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
            Project {
                config,
                expand: Some(GlobResolver::new(move |glob| {
                    own_policy_files(&folder, glob)
                })),
                ..Project::default()
            }
        })
    }

    /// The roots, each with the policies that `globs` name besides its own.
    pub(super) fn finish(mut self, globs: &[String], problems: &mut Vec<Problem>) -> Vec<Project> {
        if self.roots.is_empty() {
            self.root(nearest(Path::new("")).as_deref());
        }
        self.add_the_rest();
        if matches!(self.configuration, Configuration::Nearest) {
            let candidates = self.roots.values().flat_map(|root| &root.found.candidates);
            let found: HashSet<&str> = candidates.map(|file| file.name.as_str()).collect();
            problems.extend(mistaken(&self.starts, &|name| found.contains(name)));
        }
        let policies = further(globs, problems);
        let roots = self.roots.into_values();
        roots
            .map(|mut root| {
                let files = &mut root.found.candidates;
                *files = distinct(std::mem::take(files));
                root.policies.clone_from(&policies);
                root
            })
            .collect()
    }
}

/// The problems of files in and around `starts` that are nearly called as the configuration is.
/// Those that are `found` are looked at with the others.
fn mistaken(starts: &[PathBuf], found: &dyn Fn(&str) -> bool) -> Vec<Problem> {
    let around = starts.iter().flat_map(|start| nearly_named_around(start));
    let around: BTreeSet<_> = around.collect();
    let problems = around.into_iter().filter_map(|path| {
        let name = display_name(&path);
        let candidate = Candidate {
            name: name.clone(),
            named: false,
            origin: Origin::File(path),
        };
        let text = candidate.read(LARGEST_CONFIGURATION).ok()?;
        let is_mistaken = !found(&name) && config::is_mistaken(&name, &text);
        is_mistaken.then(|| config::mistaken(&name))
    });
    problems.collect()
}

/// So many bytes are read to see whether a file has settings.
const LARGEST_CONFIGURATION: u32 = 1 << 20;

/// The configurations in what was found, by folder. Whatever is called so is one: what cannot be
/// read is a problem later, and not taken for none.
fn nested(found: &Found) -> BTreeMap<String, PathBuf> {
    let of_file = |name: &str, path: PathBuf| {
        let folder = name.rsplit_once('/').map_or("", |(folder, _)| folder);
        (folder.to_owned(), path)
    };
    let files = found
        .candidates
        .iter()
        .filter(|file| !file.named && is_configuration(&file.name));
    let files = files.filter_map(|file| match &file.origin {
        Origin::File(path) => Some(of_file(&file.name, path.clone())),
        _ => None,
    });
    let others = found
        .skipped
        .iter()
        .filter(|other| is_configuration(&other.name));
    let others = others.map(|other| of_file(&other.name, PathBuf::from(&other.name)));
    // A folder of that name.
    let folders = found.candidates.iter().filter_map(|file| {
        let mut above = file.folder();
        while !is_configuration(above) {
            above = above.rsplit_once('/')?.0;
        }
        Some(of_file(above, PathBuf::from(above)))
    });
    files.chain(others).chain(folders).collect()
}

/// Which of the configurations by folder is nearest to a file.
fn nearest_in<'n>(
    nested: &'n BTreeMap<String, PathBuf>,
    name: &str,
) -> Option<(&'n String, &'n PathBuf)> {
    let folder = name
        .trim_end_matches('/')
        .rsplit_once('/')
        .map_or("", |(folder, _)| folder);
    let mut folders = std::iter::successors(Some(folder), |folder| {
        let above = folder.rsplit_once('/').map(|(above, _)| above);
        above.or((!folder.is_empty()).then_some(""))
    });
    folders.find_map(|folder| nested.get_key_value(folder))
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
                Code::NoPolicies,
                message,
            ));
        }
        policies.extend(matching);
    }
    policies
}

/// The roots of the policy files that `paths` name or that lie in the folders that they name: each
/// file under the nearest configuration, with the documents of that one. `globs` name further ones.
pub(super) fn of_policies(paths: &[PathBuf], globs: &[String]) -> CheckInput {
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
    CheckInput {
        roots: roots.collect(),
        problems,
        ..CheckInput::default()
    }
}

/// The policy file that a path names, or those in the folder that it names.
pub(super) fn policies_in(path: &PathBuf, problems: &mut Vec<Problem>) -> Vec<Candidate> {
    let mut found = find(std::slice::from_ref(path));
    let is_policy = |candidate: &Candidate| candidate.named || candidate.name.ends_with(".cedar");
    found.candidates.retain(is_policy);
    let unreadable = found.unreadable.iter().map(|unreadable| {
        let (name, error) = (&unreadable.name, &unreadable.error);
        Problem::input(
            Code::Unreadable,
            format!("`{name}` cannot be read: {error}"),
        )
    });
    problems.extend(unreadable);
    if found.candidates.is_empty() && found.unreadable.is_empty() {
        let message = format!("`{}` holds no policy file", display_name(path));
        problems.push(Problem::input(Code::NoPolicies, message));
    }
    found.candidates
}

fn is_configuration(name: &str) -> bool {
    name.rsplit('/').next() == Some(config::FILE_NAME)
}

/// The files that a `glob` of the configuration in `folder` names.
///
/// # Errors
///
/// Why it may not: a configuration is part of what is checked, and a check reads nothing outside of
/// that.
fn own_policy_files(folder: &Path, glob: &str) -> Result<Vec<Candidate>, String> {
    if Path::new(glob).is_absolute() {
        return Err("it is an absolute path".to_owned());
    }
    let here = if folder.as_os_str().is_empty() {
        Path::new(".")
    } else {
        folder
    };
    let Ok(here) = here.canonicalize() else {
        return Ok(Vec::new());
    };
    let work_tree = here.ancestors().find(|folder| folder.join(".git").exists());
    let boundary = work_tree.unwrap_or(&here).to_path_buf();
    let start = fixed(folder, glob);
    let leaves = |path: &Path| {
        path.canonicalize()
            .is_ok_and(|path| !path.starts_with(&boundary))
    };
    if leaves(&start) {
        return Err(format!("it is outside of `{}`", display_name(&boundary)));
    }
    let exact = folder.join(glob);
    if exact
        .metadata()
        .is_ok_and(|metadata| !metadata.is_file() && !metadata.is_dir())
    {
        return Err("it is neither a file nor a folder".to_owned());
    }
    Ok(policy_files(folder, glob))
}

/// The part of a glob before its first wildcard, from `folder`: what it matches is there.
fn fixed(folder: &Path, glob: &str) -> PathBuf {
    let is_fixed = |part: &Component<'_>| {
        let part = part.as_os_str().to_string_lossy();
        !part.contains(['*', '?', '[', '{'])
    };
    let fixed: PathBuf = Path::new(glob).components().take_while(is_fixed).collect();
    let start = folder.join(fixed);
    match start.as_os_str().is_empty() {
        true => PathBuf::from("."),
        false => start,
    }
}

/// The files that `glob`, relative to `folder`, names.
fn policy_files(folder: &Path, glob: &str) -> Vec<Candidate> {
    let file = folder.join(glob);
    if file.is_file() {
        return find(&[file]).candidates;
    }
    let start = fixed(folder, glob);
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
