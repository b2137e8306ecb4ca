//! Which files of a repository are checked together, now and before.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::Path;
use std::sync::Arc;

use super::paths::{Paths, around, folder_of, is_configuration, is_setting, within};
use crate::check::{BaseState, GlobResolver, Project};
use crate::cli::roots::{Configuration, Roots};
use crate::config;
use crate::source::{
    Candidate, Entry, Found, Linked, ObjectId, Origin, Problem, Repo, Skip, Skipped, Snapshot,
    Target,
};

/// Roots, each with the folder of its configuration as a path in the repository.
pub(super) struct Layout {
    roots: Vec<(Option<String>, Project)>,
    /// Whether one configuration, or none, is for everything.
    single: bool,
    /// Policy files that the command names.
    policies: Vec<Candidate>,
    /// The roots of which only a part is named, and that are read as a whole.
    extended: BTreeSet<usize>,
}

/// The roots of a state that is in the repository.
pub(super) fn of_snapshot(
    paths: &Paths,
    snapshot: &Snapshot,
    configuration: Configuration,
    globs: &[String],
    problems: &mut Vec<Problem>,
) -> Layout {
    let single = !matches!(configuration, Configuration::Nearest);
    let roots = Roots::new(configuration).finish(globs, problems);
    let policies = roots.first().map(|root| root.policies.clone());
    let mut layout = Layout {
        roots: Vec::new(),
        single,
        policies: policies.unwrap_or_default(),
        extended: BTreeSet::new(),
    };
    if single {
        layout.roots = roots.into_iter().map(|root| (None, root)).collect();
    } else {
        let entries: Arc<[Entry]> = snapshot.entries.clone().into();
        for (folder, entry) in configurations(paths, snapshot) {
            let mut root = root(paths, entry, &entries, &layout.policies);
            root.whole = paths.hold(folder) && !has_submodule(snapshot, folder);
            layout.roots.push((Some(folder.to_owned()), root));
        }
    }
    let nothing_moved = BTreeMap::new();
    for (path, file) in paths.documents(snapshot) {
        let at = layout.root_of(folder_of(path), &nothing_moved);
        let found = &mut layout.roots[at].1.found;
        if is_setting(path) {
            found.settings.push(file.candidate.name);
            continue;
        }
        if file.named {
            found.handed_over.insert(file.candidate.name.clone());
        }
        found.candidates.push(file.candidate);
    }
    layout.add_the_rest(paths, snapshot);
    let first = layout.root_of("", &nothing_moved);
    let found = &mut layout.roots[first].1.found;
    found.skipped.extend(skipped(paths, snapshot));
    for (path, link) in snapshot.followed() {
        let selected = paths.selected(path);
        let at = match &selected {
            Some(_) => Some(layout.root_of(folder_of(path), &nothing_moved)),
            None => layout.extended(path, &nothing_moved),
        };
        let Some(at) = at else {
            continue;
        };
        let found = &mut layout.roots[at].1.found;
        let why = link.as_ref().err().copied().unwrap_or(Skip::Link);
        let name = selected.map(|(name, _)| name);
        found.skipped.extend(name.map(|name| Skipped { name, why }));
        found.links.extend(linked(paths, path, link.ok()));
    }
    layout
}

/// The link at `path`, if it leads to something.
fn linked(paths: &Paths, path: &str, to: Option<Target>) -> Option<Linked> {
    let (to, file) = to?;
    Some(Linked {
        name: paths.name(path),
        to: paths.name(&to),
        origin: file.map(Origin::Blob),
    })
}

/// Whether what `folder` holds is in part that of another repository.
fn has_submodule(snapshot: &Snapshot, folder: &str) -> bool {
    let mut skipped = snapshot.skipped.iter();
    skipped.any(|skipped| skipped.why == Skip::Submodule && within(&skipped.name, folder).is_some())
}

/// What of `snapshot` would be checked, and is not looked at.
fn skipped(paths: &Paths, snapshot: &Snapshot) -> Vec<Skipped> {
    let skipped = snapshot.skipped.iter().filter_map(|skipped| {
        let (name, _) = paths.selected(&skipped.name)?;
        let why = skipped.why;
        Some(Skipped { name, why })
    });
    skipped.collect()
}

/// The roots of the work tree.
pub(super) fn of_work_tree(
    paths: &Paths,
    configuration: Configuration,
    globs: &[String],
    problems: &mut Vec<Problem>,
) -> Layout {
    let single = !matches!(configuration, Configuration::Nearest);
    let mut roots = Roots::new(configuration);
    for path in paths.typed() {
        roots.add_path(path);
    }
    let roots = roots.finish(globs, problems);
    let policies = roots.first().map(|root| root.policies.clone());
    let placed = roots.into_iter().map(|root| {
        let place = match root.config.as_ref().map(|config| &config.origin) {
            Some(Origin::File(path)) if !single => paths.inside(path),
            _ => None,
        };
        (place.map(|path| folder_of(&path).to_owned()), root)
    });
    let roots: Vec<_> = placed.collect();
    let extended = roots
        .iter()
        .enumerate()
        .filter(|(_, (_, root))| root.scope.is_some());
    Layout {
        extended: extended.map(|(at, _)| at).collect(),
        roots,
        single,
        policies: policies.unwrap_or_default(),
    }
}

/// The configurations of what is checked: those in it, and the nearest one around each path.
fn configurations<'s>(paths: &Paths, snapshot: &'s Snapshot) -> BTreeMap<&'s str, &'s Entry> {
    let all = snapshot
        .entries
        .iter()
        .filter(|entry| is_configuration(&entry.path));
    let all: BTreeMap<&str, &Entry> = all.map(|entry| (folder_of(&entry.path), entry)).collect();
    let nearest = paths.starts().filter_map(|start| {
        let mut around = around(start);
        around.find(|folder| all.contains_key(folder))
    });
    let nearest: BTreeSet<&str> = nearest.collect();
    all.into_iter()
        .filter(|(folder, entry)| nearest.contains(folder) || paths.selected(&entry.path).is_some())
        .collect()
}

/// The root that the configuration `entry` begins.
fn root(paths: &Paths, entry: &Entry, entries: &Arc<[Entry]>, policies: &[Candidate]) -> Project {
    let (folder, all) = (folder_of(&entry.path).to_owned(), Arc::clone(entries));
    let known = paths.clone();
    let find = move |glob: &str| {
        let Some((matcher, exact)) = matcher(&folder, glob) else {
            return Err("it is outside of the repository".to_owned());
        };
        let is_exact = all.iter().any(|entry| entry.path == exact);
        let named = all.iter().filter(|entry| match is_exact {
            true => entry.path == exact,
            false => matcher.is_match(&entry.path),
        });
        Ok(named.map(|entry| known.file(entry)).collect())
    };
    Project {
        config: Some(paths.file(entry)),
        policies: policies.to_vec(),
        expand: Some(GlobResolver::new(find)),
        ..Project::default()
    }
}

/// The path of a file in `folder`.
fn inside(folder: &str, name: &str) -> String {
    match folder {
        "" => name.to_owned(),
        _ => format!("{folder}/{name}"),
    }
}

/// What matches a glob of the configuration in `folder`, among paths in the repository, and the
/// path that it is if it is none.
fn matcher(folder: &str, glob: &str) -> Option<(globset::GlobMatcher, String)> {
    if Path::new(glob).is_absolute() {
        return None;
    }
    let (mut folder, mut glob) = (folder, glob.strip_prefix("./").unwrap_or(glob));
    while let Some(rest) = glob.strip_prefix("../") {
        if folder.is_empty() {
            return None;
        }
        (folder, glob) = (folder_of(folder), rest);
    }
    Some((config::within(folder, glob)?, inside(folder, glob)))
}

impl Layout {
    pub(super) fn into_roots(self) -> Vec<Project> {
        self.roots.into_iter().map(|(_, root)| root).collect()
    }

    /// Adds the rest of each project of which a part is checked: the part may refer to it. Who names
    /// a configuration means all that it is for.
    fn add_the_rest(&mut self, paths: &Paths, snapshot: &Snapshot) {
        for (at, (place, root)) in self.roots.iter_mut().enumerate() {
            let found = &root.found;
            let is_empty = found.candidates.is_empty() && found.settings.is_empty();
            if place.is_none() || is_empty || root.whole {
                continue;
            }
            self.extended.insert(at);
            let configuration = root.config.as_ref().map(|config| &config.name);
            let is_named = configuration.is_some_and(|name| found.settings.contains(name));
            root.scope = (!is_named).then(|| paths.scope());
        }
        let nothing_moved = BTreeMap::new();
        for (path, candidate) in paths.others(snapshot) {
            if let Some(at) = self.extended(path, &nothing_moved) {
                self.roots[at].1.found.candidates.push(candidate);
            }
        }
    }

    /// The root of a file that belongs to a project of which only a part is named.
    fn extended(&self, path: &str, moved: &BTreeMap<String, String>) -> Option<usize> {
        let root = self.placed(folder_of(path), moved);
        root.filter(|at| self.extended.contains(at))
    }

    /// The root of a configuration that is nearest to `folder`. Folders that `moved` count as those
    /// that they moved to.
    fn placed(&self, folder: &str, moved: &BTreeMap<String, String>) -> Option<usize> {
        let mut folders = around(folder).filter(|_| !self.single);
        folders.find_map(|folder| {
            let folder = moved.get(folder).map_or(folder, String::as_str);
            let mut roots = self.roots.iter();
            roots.position(|(place, _)| place.as_deref() == Some(folder))
        })
    }

    /// The root of the files in `folder`. Folders that `moved` count as those that they moved to.
    fn root_of(&mut self, folder: &str, moved: &BTreeMap<String, String>) -> usize {
        let nearest = self.placed(folder, moved);
        let mut roots = self.roots.iter();
        let outside = nearest.or_else(|| roots.position(|(place, _)| place.is_none()));
        outside.unwrap_or_else(|| {
            let root = Project {
                policies: self.policies.clone(),
                ..Project::default()
            };
            self.roots.push((None, root));
            self.roots.len() - 1
        })
    }

    /// Gives each root what it was in `base`: the files in the same folders, or in those that the
    /// folder of its configuration was moved from.
    ///
    /// Of the work tree, `repo` knows which files are as they were although git filters them.
    pub(super) fn add_base(&mut self, paths: &Paths, base: &Snapshot, repo: Option<&Repo>) {
        let is_work_tree = repo.is_some();
        let repo = repo.filter(|repo| repo.has_filters());
        let moved = self.moved(paths, base);
        let all = self
            .roots
            .iter()
            .flat_map(|(_, root)| &root.found.candidates);
        let mut now: HashSet<String> = all.map(|candidate| candidate.name.clone()).collect();
        let links = self.roots.iter().flat_map(|(_, root)| &root.found.links);
        now.extend(links.map(|link| link.name.clone()));
        let configs = base
            .entries
            .iter()
            .filter(|entry| is_configuration(&entry.path));
        let configs: BTreeMap<&str, &Entry> = configs
            .map(|entry| (folder_of(&entry.path), entry))
            .collect();
        let mut found: BTreeMap<usize, Vec<Candidate>> = BTreeMap::new();
        // The folders of the configurations that were for what each root is for now.
        let mut were_for: BTreeMap<usize, BTreeSet<&str>> = BTreeMap::new();
        let files = paths.documents(base).filter(|(path, _)| !is_setting(path));
        let files = files.map(|(path, file)| (path, file.candidate));
        let rest = paths
            .others(base)
            .filter(|(path, _)| self.extended(path, &moved).is_some());
        let rest: Vec<_> = rest.collect();
        for (path, mut candidate) in files.chain(rest) {
            if let Origin::Blob(blob) = &candidate.origin
                && let Some(file) = repo.and_then(|repo| repo.unchanged_behind_filter(path, blob))
            {
                candidate.origin = Origin::File(file);
            }
            // What is there and was not found is ignored; so it is on both sides.
            let is_ignored = is_work_tree
                && !now.contains(&candidate.name)
                && Path::new(&candidate.name).exists();
            if !is_ignored {
                let folder = folder_of(path);
                let at = self.root_of(folder, &moved);
                found.entry(at).or_default().push(candidate);
                let nearest = around(folder).find_map(|folder| configs.get_key_value(folder));
                let were_for = were_for.entry(at).or_default();
                were_for.extend(nearest.map(|(folder, _)| *folder));
            }
        }
        let mut links: BTreeMap<usize, Vec<Linked>> = BTreeMap::new();
        for (path, link) in base.followed() {
            let at = match paths.selected(path) {
                Some(_) => Some(self.root_of(folder_of(path), &moved)),
                None => self.extended(path, &moved),
            };
            if let (Some(at), Some(link)) = (at, linked(paths, path, link.ok())) {
                links.entry(at).or_default().push(link);
            }
        }
        let single = self.single;
        for (at, (place, root)) in self.roots.iter_mut().enumerate() {
            let from = moved.iter().find(|(_, to)| Some(*to) == place.as_ref());
            let mut were_for = were_for.remove(&at).unwrap_or_default();
            if let Some(place) = place {
                were_for.insert(from.map_or(place.as_str(), |(from, _)| from));
            }
            let was = were_for.iter().filter_map(|folder| configs.get(folder));
            let mut was: Vec<_> = was
                .filter(|_| !single)
                .map(|entry| paths.file(entry))
                .collect();
            // One that is no file of the repository is what it was.
            if place.is_none() {
                was.extend(root.config.clone());
            }
            let folder = match from {
                Some((from, _)) => {
                    folder_of(&paths.name(&format!("{from}/{}", config::FILE_NAME))).to_owned()
                }
                None => root
                    .config
                    .as_ref()
                    .map_or("", |config| config.folder())
                    .to_owned(),
            };
            root.before = Some(BaseState {
                found: Found {
                    candidates: found.remove(&at).unwrap_or_default(),
                    links: links.remove(&at).unwrap_or_default(),
                    ..Found::default()
                },
                folder,
                configs: was,
            });
        }
    }

    /// Where configurations of `base` are now that are no longer where they were: where the same
    /// text is, or else where the only new one is, if only one is gone. One whose files stayed where
    /// they were did not take its folder along.
    fn moved(&self, paths: &Paths, base: &Snapshot) -> BTreeMap<String, String> {
        let text = |root: &Project| {
            let config = root.config.as_ref()?;
            match &config.origin {
                Origin::Blob(blob) => Some(blob.id()),
                _ => ObjectId::of(&config.read(u32::MAX).ok()?),
            }
        };
        let mut gone = configurations(paths, base);
        let mut new: BTreeMap<&str, Option<ObjectId>> = BTreeMap::new();
        for (place, root) in &self.roots {
            if let Some(place) = place
                && gone.remove(place.as_str()).is_none()
            {
                new.insert(place, text(root));
            }
        }
        let roots = self.roots.iter();
        let now = roots.flat_map(|(_, root)| &root.found.candidates);
        let now: HashSet<&str> = now.map(|candidate| candidate.name.as_str()).collect();
        let took_along = |from: &str, to: &str| {
            let shown = |folder: &str| {
                let config = paths.name(&inside(folder, config::FILE_NAME));
                folder_of(&config).to_owned()
            };
            let (from, to) = (shown(from), shown(to));
            let (mut stayed, mut moved) = (false, false);
            for entry in &base.entries {
                let name = paths.name(&entry.path);
                let is_there = within(&name, &to).is_some_and(|_| !to.is_empty());
                if let Some(rest) = within(&name, &from).filter(|_| !is_there) {
                    stayed |= now.contains(name.as_str());
                    moved |= now.contains(inside(&to, rest).as_str());
                }
            }
            moved || !stayed
        };
        let mut moved = BTreeMap::new();
        gone.retain(|from, entry| {
            let mut known = new.iter();
            let same =
                known.find(|(to, text)| **text == Some(entry.blob.id()) && took_along(from, to));
            let Some(to) = same.map(|(to, _)| *to) else {
                return true;
            };
            new.remove(to);
            moved.insert((*from).to_owned(), to.to_owned());
            false
        });
        if let (1, 1, Some(from), Some(to)) =
            (gone.len(), new.len(), gone.keys().next(), new.keys().next())
            && took_along(from, to)
        {
            moved.insert((*from).to_owned(), (*to).to_owned());
        }
        moved
    }

    /// Of the work tree, leaves out the submodules of `states`: each is a repository of its own, of
    /// which a state before the change holds nothing.
    pub(super) fn skip_submodules(&mut self, paths: &Paths, states: &[&Snapshot]) {
        let skipped = states.iter().flat_map(|state| skipped(paths, state));
        let submodules = skipped.filter(|skipped| skipped.why == Skip::Submodule);
        let submodules: BTreeSet<Skipped> = submodules.collect();
        for (place, root) in &mut self.roots {
            let mut states = states.iter();
            let place = place.as_deref();
            root.whole &=
                place.is_none_or(|folder| !states.any(|state| has_submodule(state, folder)));
            root.found.candidates.retain(|candidate| {
                let mut submodules = submodules.iter();
                !submodules.any(|submodule| within(&candidate.name, &submodule.name).is_some())
            });
        }
        if let Some((_, root)) = self.roots.first_mut() {
            root.found.skipped.extend(submodules);
        }
    }
}
