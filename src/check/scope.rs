//! Which files a configuration is for: what it includes and what it leaves out.

use std::collections::HashSet;

use globset::GlobMatcher;

use super::read::is_unread;
use super::{Project, root_folder};
use crate::config::{Config, matcher};
use crate::finding::{Finding, Identity, Outcome};
use crate::inventory::Inventory;
use crate::source::{
    Code, Exclusion, FileId, Found, Label, Linked, Problem, ProblemKind, Skip, Skipped, Span,
    inside,
};

/// What a configuration leaves out.
struct Excluded<'c> {
    folder: &'c str,
    globs: Vec<(GlobMatcher, Skip, Exclusion)>,
}

impl<'c> Excluded<'c> {
    fn by(folder: &'c str, config: &Config) -> Self {
        let exclude = config
            .exclude
            .iter()
            .map(|glob| (glob, Skip::Excluded(glob.span)));
        let tests = config
            .tests
            .iter()
            .map(|glob| (glob, Skip::Test(glob.span)));
        let globs = exclude.chain(tests).filter_map(|(glob, why)| {
            let exclusion = Exclusion {
                glob: glob.span,
                files: 0,
            };
            Some((matcher(&glob.value).ok()?, why, exclusion))
        });
        Self {
            folder,
            globs: globs.collect(),
        }
    }

    /// Which glob leaves out what is called `name`, if one does. One that covers a folder covers
    /// what is in it. Each that does counts.
    fn cover(&mut self, name: &str) -> Option<Skip> {
        if self.globs.is_empty() {
            return None;
        }
        let name = inside(self.folder, name.trim_end_matches('/'))?;
        let ends = name.char_indices().filter(|(_, c)| *c == '/');
        let parts: Vec<_> = ends.map(|(at, _)| &name[..at]).chain([&*name]).collect();
        let mut first = None;
        for (glob, why, exclusion) in &mut self.globs {
            if parts.iter().any(|part| glob.is_match(part)) {
                exclusion.files += 1;
                first.get_or_insert(*why);
            }
        }
        first
    }
}

/// Of each root, which glob of the configuration of another one leaves it out, if one does. Linear in the
/// roots times those that leave anything out.
pub(super) fn exclusions_of(roots: &[(Project, Config)]) -> Vec<Option<Skip>> {
    let excluding = roots.iter().filter_map(|(root, config)| {
        let at = root.config.as_ref()?;
        let excluded = Excluded::by(root_folder(root), config);
        (!excluded.globs.is_empty()).then_some((at, excluded))
    });
    let mut excluding: Vec<_> = excluding.collect();
    let hidden = roots.iter().map(|(root, _)| {
        let at = root.config.as_ref().filter(|at| !at.named)?;
        let mut others = excluding.iter_mut().filter(|(other, _)| *other != at);
        others.find_map(|(_, excluded)| excluded.cover(at.folder()))
    });
    hidden.collect()
}

/// Applies `include` and `exclude`: the first make a document of a file, the second hide it. Gives
/// how many files each glob hides, and the problems of those that include nothing.
pub(super) fn choose_files(
    found: &mut Found,
    folder: &str,
    config: &Config,
) -> (Vec<Exclusion>, Vec<Problem>) {
    let mut excluded = Excluded::by(folder, config);
    // What is left out anyway is matched all the same: such a glob does no harm.
    let mut hidden = HashSet::new();
    for skipped in &found.skipped {
        if excluded.cover(&skipped.name).is_some() {
            hidden.insert(skipped.name.as_str());
        }
    }
    found.links.retain(|link| !hidden.contains(&*link.name));
    let skipped = &mut found.skipped;
    found
        .candidates
        .retain(|candidate| match excluded.cover(&candidate.name) {
            Some(why) if !candidate.named => {
                let name = candidate.name.clone();
                skipped.push(Skipped { name, why });
                false
            }
            _ => true,
        });
    let mut unmatched = Vec::new();
    for glob in &config.include {
        let Ok(matcher) = matcher(&glob.value) else {
            continue;
        };
        let mut matched = false;
        for candidate in &mut found.candidates {
            if inside(folder, &candidate.name).is_some_and(|name| matcher.is_match(&*name)) {
                candidate.named = true;
                matched = true;
            }
        }
        if !matched {
            let message = format!("`{}` matches no file", glob.value);
            unmatched.push(
                Problem::new(ProblemKind::Configuration, Code::NoDocuments, message)
                    .at(glob.span, "nothing is included by this")
                    .help("globs are relative to the folder of this file"),
            );
        }
    }
    let exclusions = excluded
        .globs
        .into_iter()
        .map(|(_, _, exclusion)| exclusion);
    (exclusions.collect(), unmatched)
}

/// What was named, where more is read than that, because it may refer to it.
#[derive(Debug, Clone)]
pub struct Scope {
    /// The paths that were named, as shown to people.
    named: Vec<String>,
}

impl Scope {
    /// What lies at or in one of the paths `named`.
    pub fn of(named: Vec<String>) -> Self {
        Self { named }
    }

    /// Whether a file was named, or lies in a folder that was.
    pub fn holds(&self, name: &str) -> bool {
        self.named.iter().any(|path| {
            path == name
                || match path.as_str() {
                    "." => !name.starts_with("../") && !name.starts_with('/'),
                    path => name
                        .strip_prefix(path)
                        .is_some_and(|rest| rest.starts_with('/')),
                }
        })
    }
}

impl Scope {
    /// Takes in what links of the scope lead to.
    pub(super) fn extend(&mut self, links: &[Linked]) {
        let held = links.iter().filter(|link| self.holds(&link.name));
        let to: Vec<_> = held.map(|link| link.to.clone()).collect();
        self.named.extend(to);
    }

    /// Whether something is part of what is deployed from a folder that was named, or from one in it.
    fn deploys(&self, system: &str) -> bool {
        let named = self.named.iter();
        self.holds(system)
            || named
                .into_iter()
                .any(|path| system.is_empty() && path == ".")
    }

    /// Those of `findings` that are about what is deployed from a folder that was named: a module that is
    /// called from there, or a base, may lie elsewhere.
    pub(super) fn deployed<'f>(
        &self,
        findings: impl Iterator<Item = &'f Finding>,
        inventory: &Inventory,
    ) -> Vec<Identity> {
        let is_deployed = |name: &str| {
            let entity = inventory.identified(name);
            let import = entity.and_then(|entity| inventory.import(entity));
            import.is_some_and(|import| self.deploys(&import.system))
        };
        let about = findings.filter(|finding| finding.identity.entities().any(is_deployed));
        about.map(|finding| finding.identity.clone()).collect()
    }

    /// Whether a folder was named, or something in it.
    pub(super) fn reaches(&self, folder: &str) -> bool {
        let mut named = self.named.iter();
        named.any(|path| {
            let rest = path.strip_prefix(folder);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })
    }
}

/// Leaves only what is about other files than those in `aside`, or among those `deployed` from there, and
/// what makes the answer for those incomplete.
pub(super) fn narrow(outcome: &mut Outcome, aside: &HashSet<FileId>, deployed: &HashSet<Identity>) {
    if aside.is_empty() {
        return;
    }
    let is_named = |span: Span| !aside.contains(&span.file);
    let is_about = |finding: &Finding| {
        let labels = std::iter::once(&finding.primary).chain(&finding.related);
        deployed.contains(&finding.identity)
            || labels.into_iter().any(|label| is_named(label.span))
            || finding.path.iter().any(|hop| is_named(hop.span))
            || finding.because.iter().any(|because| is_named(because.span))
    };
    for findings in [
        &mut outcome.findings,
        &mut outcome.open,
        &mut outcome.unchanged,
        &mut outcome.gone,
    ] {
        findings.retain(is_about);
    }
    outcome.waived.retain(|waived| is_about(&waived.finding));
    outcome.problems.retain(|problem| {
        let first = problem.labels.first();
        let is_about = first.is_none_or(|label: &Label| is_named(label.span));
        is_about || problem.kind != ProblemKind::Input || is_unread(problem)
    });
}
