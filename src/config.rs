//! `palisade.yaml`: what a repository wants checked, and how.

mod edit;
mod infrastructure;
mod waivers;

use std::path::Path;

use globset::{GlobBuilder, GlobMatcher};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value as Json, json};

use crate::finding::{Severity, Waiver};
use crate::infrastructure::Binding;
use crate::model::{Action, MARKER, for_editors, generator};
use crate::source::{Code, FileId, Label, Problem, ProblemKind, Spanned, closest, quote};
use crate::syntax::{
    Limits, NodeRef, ReadError, Value, choose, parse_yaml, read, without_comments,
};

pub use edit::{LineEnds, NewWaiver, add_bindings, add_waivers, binding_items, items};
pub use infrastructure::{Infrastructure, Unsaid};
pub use waivers::inline_waiver;

/// The name of the file; it also marks the root of what is checked together.
pub const FILE_NAME: &str = "palisade.yaml";

/// What a repository wants checked, and how.
#[derive(Debug, Clone, Default, JsonSchema)]
#[schemars(rename_all = "kebab-case", deny_unknown_fields, default)]
#[schemars(title = "palisade.yaml")]
pub struct Config {
    /// Your own policy files: paths or globs, relative to the folder of this file.
    pub policies: Vec<Spanned<String>>,
    /// The rules to take: ids, or the start of some and `*`. If omitted, all.
    pub select: Vec<Spanned<String>>,
    /// The rules to leave out, in the same way.
    pub ignore: Vec<Spanned<String>>,
    /// Files that must be documents: one that does not say `palisade: v1` is a problem, where any
    /// other would be left alone; globs.
    pub include: Vec<Spanned<String>>,
    /// Files and folders not to look at; globs.
    pub exclude: Vec<Spanned<String>>,
    /// Documents that test your policies: `palisade test` runs them, and a check leaves them out;
    /// globs.
    pub tests: Vec<Spanned<String>>,
    /// The actions for which everything is forbidden that no `permit` policy allows.
    pub default_deny: Vec<Spanned<ActionName>>,
    /// The least severity that makes a run fail. If omitted, `low`.
    pub fail_on: Option<Spanned<Severity>>,
    /// Whether a run fails when a rule may be broken, depending on what is unknown. If omitted,
    /// `fail`; a mapping says more.
    #[schemars(with = "Option<infrastructure::WrittenUnknowns>")]
    pub unknowns: Option<Spanned<Unknowns>>,
    /// What is done where that depends on what infrastructure code has no word for. If omitted, the
    /// questions are counted, and fail nothing.
    #[schemars(skip)]
    pub unsaid: Option<Spanned<Unsaid>>,
    /// Which infrastructure code is read.
    pub infrastructure: Infrastructure,
    /// What is so of what is read from code, although no code says it.
    #[schemars(with = "Vec<infrastructure::WrittenBinding>")]
    pub bindings: Vec<Binding>,
    /// Other severities for rules, by id.
    #[schemars(with = "std::collections::BTreeMap<String, Severity>")]
    pub severity: Vec<(Spanned<String>, Spanned<Severity>)>,
    /// Findings that are excused until a day, and why.
    #[schemars(with = "Vec<waivers::Written>")]
    pub waivers: Vec<Waiver>,
    /// For how many days from now a waiver may hold. If omitted, 365.
    #[schemars(with = "Option<u32>")]
    pub max_waiver_days: Option<i64>,
    /// Bounds on what is read.
    pub limits: Limits,
}

/// What an undetermined finding does to the exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Unknowns {
    /// It fails the run, as a violation does.
    #[default]
    Fail,
    /// It is reported, and does not fail the run.
    Warn,
}

impl std::fmt::Display for Unknowns {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Fail => "fail",
            Self::Warn => "warn",
        })
    }
}

impl std::str::FromStr for Unknowns {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "fail" => Ok(Self::Fail),
            "warn" => Ok(Self::Warn),
            _ => Err(format!("{} is neither `fail` nor `warn`", quote(text))),
        }
    }
}

/// The name of an action of the vocabulary.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ActionName(pub Action);

impl<'de> Deserialize<'de> for ActionName {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        Action::named(&name).map(Self).ok_or_else(|| {
            let names: Vec<_> = Action::ALL.iter().map(|def| def.name).collect();
            let choice = choose(&name, &names);
            serde::de::Error::custom(format!("unknown action {}; {choice}", quote(&name)))
        })
    }
}

impl JsonSchema for ActionName {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Action".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let actions = Action::ALL.iter();
        let actions = actions.map(|def| json!({ "const": def.name, "description": def.doc }));
        schemars::json_schema!({ "oneOf": actions.collect::<Vec<_>>() })
    }
}

/// The JSON Schema of `palisade.yaml`.
pub fn config_schema() -> Json {
    let mut schema = generator().into_root_schema_for::<Config>().to_value();
    for_editors(&mut schema);
    // An empty value is the same as none.
    let properties = schema["properties"].as_object_mut();
    for property in properties.into_iter().flat_map(|all| all.values_mut()) {
        if let Some(Json::String(ty)) = property.get("type") {
            property["type"] = json!([ty, "null"]);
        }
    }
    schema
}

const KEYS: [&str; 15] = [
    "policies",
    "select",
    "ignore",
    "include",
    "exclude",
    "tests",
    "default-deny",
    "fail-on",
    "unknowns",
    "infrastructure",
    "bindings",
    "severity",
    "waivers",
    "max-waiver-days",
    "limits",
];
const LIMITS: [&str; 4] = ["file-bytes", "depth", "alias-nodes", "completions"];

impl Config {
    /// Reads the text of a `palisade.yaml`. Everything that is wrong in it is a problem.
    pub fn read(file: FileId, text: &str) -> (Self, Vec<Problem>) {
        let (tree, mut problems) = parse_yaml(file, text, &Limits::default());
        for problem in &mut problems {
            problem.kind = ProblemKind::Configuration;
        }
        let mut config = Self::default();
        let mut reader = Reader {
            problems: &mut problems,
        };
        let mut documents = tree.documents();
        if let Some(root) = documents.next() {
            reader.document(&mut config, root);
        }
        if let Some(further) = documents.next() {
            let problem = problem("a configuration is one document");
            let problem = problem.at(further.span(), "this is a second one");
            problems.push(problem.help("merge it into the first"));
        }
        (config, problems)
    }
}

struct Reader<'p> {
    problems: &'p mut Vec<Problem>,
}

impl Reader<'_> {
    fn document(&mut self, config: &mut Config, root: NodeRef<'_>) {
        for (name, key, value) in self.entries(root) {
            match name {
                "policies" => config.policies = self.globs(value),
                "select" => config.select = self.value(value),
                "ignore" => config.ignore = self.value(value),
                "include" => config.include = self.globs(value),
                "exclude" => config.exclude = self.globs(value),
                "tests" => config.tests = self.globs(value),
                "default-deny" => config.default_deny = self.value(value),
                "fail-on" => config.fail_on = self.value(value),
                "unknowns" => self.unknowns(config, value),
                "infrastructure" => config.infrastructure = self.infrastructure(value),
                "bindings" => config.bindings = self.bindings(value),
                "severity" => config.severity = self.severities(value),
                "waivers" => config.waivers = self.waivers(value),
                "max-waiver-days" => config.max_waiver_days = self.days(value),
                "limits" => self.limits(&mut config.limits, value),
                _ => self.unknown_key(name, key, &KEYS),
            }
        }
    }

    fn value<'t, T: Deserialize<'t> + Default>(&mut self, node: NodeRef<'t>) -> T {
        if let Value::Null = node.value() {
            return T::default();
        }
        read(node).unwrap_or_else(|error| {
            self.wrong(error, node);
            T::default()
        })
    }

    fn wrong(&mut self, error: ReadError, node: NodeRef<'_>) {
        let mut problem = problem(error.message);
        let span = error.span.unwrap_or_else(|| node.span());
        problem.labels.push(Label {
            span,
            text: "no such value".to_owned(),
        });
        problem.help = error.help;
        self.problems.push(problem);
    }

    fn globs(&mut self, node: NodeRef<'_>) -> Vec<Spanned<String>> {
        let mut globs: Vec<Spanned<String>> = self.value(node);
        globs.retain(|glob| match matcher(&glob.value) {
            Ok(_) => true,
            Err(error) => {
                self.problems.push(problem(error).at(glob.span, "no glob"));
                false
            }
        });
        globs
    }

    fn severities(&mut self, node: NodeRef<'_>) -> Vec<(Spanned<String>, Spanned<Severity>)> {
        let mut all = Vec::new();
        for (name, key, value) in self.entries(node) {
            match read::<Spanned<Severity>>(value) {
                Ok(severity) => all.push((Spanned::new(name.to_owned(), key.span()), severity)),
                Err(error) => self.wrong(error, value),
            }
        }
        all
    }

    fn days(&mut self, node: NodeRef<'_>) -> Option<i64> {
        let days = read::<i64>(node).ok().filter(|days| *days > 0);
        if days.is_none() {
            let message = "`max-waiver-days` is a whole number above 0";
            self.problems
                .push(problem(message).at(node.span(), "not such a number"));
        }
        days
    }

    fn limits(&mut self, limits: &mut Limits, node: NodeRef<'_>) {
        for (name, key, value) in self.entries(node) {
            if !LIMITS.contains(&name) {
                self.unknown_key(name, key, &LIMITS);
                continue;
            }
            let number = read::<i64>(value).unwrap_or_default();
            let applied = match name {
                "file-bytes" => positive(number).map(|number| limits.file_bytes = number),
                "depth" => positive(number).map(|number| limits.depth = number),
                "alias-nodes" => positive(number).map(|number| limits.alias_nodes = number),
                _ => positive(number).map(|number| limits.completions = number),
            };
            if applied.is_none() {
                let message = format!("`{name}` is a whole number above 0, and not too large");
                self.problems
                    .push(problem(message).at(value.span(), "not such a number"));
            }
        }
    }

    /// The entries of a mapping with the text of each key; nothing for an empty file.
    fn entries<'t>(&mut self, node: NodeRef<'t>) -> Vec<(&'t str, NodeRef<'t>, NodeRef<'t>)> {
        match node.value() {
            Value::Null => Vec::new(),
            Value::Map(map) => {
                let entries = map.iter();
                let named =
                    entries.map(|(key, value)| (key.text().unwrap_or_default(), key, value));
                named.collect()
            }
            _ => {
                let problem = problem(format!("expected a mapping, found {}", node.kind()));
                self.problems.push(problem.at(node.span(), "no mapping"));
                Vec::new()
            }
        }
    }

    fn unknown_key(&mut self, name: &str, key: NodeRef<'_>, known: &[&str]) {
        self.problems.push(
            problem(format!("unknown setting {}", quote(name)))
                .at(key.span(), "not known")
                .help(choose(name, known)),
        );
    }
}

fn positive<T: TryFrom<i64>>(number: i64) -> Option<T> {
    T::try_from(number).ok().filter(|_| number > 0)
}

fn problem(message: impl Into<String>) -> Problem {
    Problem::new(ProblemKind::Configuration, Code::Configuration, message)
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

/// What a glob of the configuration in `folder` matches, among names from where the run started.
pub fn within(folder: &str, glob: &str) -> Option<GlobMatcher> {
    if folder.is_empty() || Path::new(glob).is_absolute() {
        return matcher(glob).ok();
    }
    let glob = glob.strip_prefix("./").unwrap_or(glob);
    matcher(&format!("{}/{glob}", globset::escape(folder))).ok()
}

/// Whether a file is nearly called as the configuration is, so that its name is a mistake if it has
/// settings.
pub fn is_nearly_named(name: &str) -> bool {
    let name = name.rsplit('/').next().unwrap_or(name);
    let lower = name.to_ascii_lowercase();
    let stem = lower.trim_start_matches(['.', '_']);
    let end = stem
        .find(|c: char| !c.is_alphanumeric())
        .unwrap_or(stem.len());
    let word = stem[..end].strip_suffix("rc").unwrap_or(&stem[..end]);
    let (known, _) = MARKER;
    name != FILE_NAME && (word == known || closest(word, std::iter::once(known)).is_some())
}

/// The configuration that a file called `name` may be a copy of, which an editor, a merge or a file manager
/// left beside it: `palisade.yaml~`, `.palisade.yaml.swp`, `palisade_BASE_4711.yaml` and `palisade
/// (1).yaml` are not its name misspelt.
pub fn copied(name: &str) -> Option<String> {
    let (folder, name) = name.split_at(name.rfind('/').map_or(0, |slash| slash + 1));
    let (stem, end) = FILE_NAME.split_once('.')?;
    let rest = name
        .trim_start_matches(['.', '#', '_'])
        .strip_prefix(stem)?;
    let after_end = rest
        .strip_prefix('.')
        .and_then(|rest| rest.strip_prefix(end));
    let is_copy = match after_end {
        Some(rest) => rest.starts_with(|c: char| !c.is_alphanumeric()),
        None => {
            let between = rest
                .strip_suffix(end)
                .and_then(|rest| rest.strip_suffix('.'));
            between.is_some_and(|between| {
                // As `git mergetool` calls the sides, with a number or without.
                let side = between.trim_matches(|c: char| c.is_ascii_digit() || "._".contains(c));
                between.starts_with(' ') || ["BACKUP", "BASE", "LOCAL", "REMOTE"].contains(&side)
            })
        }
    };
    is_copy.then(|| format!("{folder}{FILE_NAME}"))
}

/// Whether `text`, the content of a file called `name`, has settings, although it is only nearly
/// called as the configuration is.
pub fn is_mistaken(name: &str, text: &[u8]) -> bool {
    if !is_nearly_named(name) {
        return false;
    }
    let text = String::from_utf8_lossy(text);
    let is_setting = |key: &str| closest(key, KEYS.into_iter()).is_some();
    let text = match text.trim_start().starts_with('{') {
        true => without_comments(&text),
        false => text.into_owned(),
    };
    let (tree, problems) = parse_yaml(FileId(0), &text, &Limits::default());
    let mut documents = tree.documents();
    let root = documents.next().map(NodeRef::value);
    match root {
        Some(Value::Map(map)) if !map.is_empty() => map
            .iter()
            .all(|(key, _)| key.text().is_some_and(is_setting)),
        // What is empty says only that a root is here.
        Some(Value::Null) | None if problems.is_empty() => {
            let name = name.rsplit('/').next().unwrap_or(name);
            let (stem, end) = name
                .trim_start_matches('.')
                .rsplit_once('.')
                .unwrap_or((name, ""));
            stem.eq_ignore_ascii_case(MARKER.0) && matches!(end, "yaml" | "yml")
        }
        // It is broken, or in another language: TOML begins like this, too.
        _ => text.lines().any(|line| {
            let line = line.trim_start_matches('[');
            let end = line.find(|c: char| !c.is_ascii_lowercase() && c != '-');
            let (key, rest) = line.split_at(end.unwrap_or(line.len()));
            KEYS.contains(&key) && rest.trim_start().starts_with([':', '=', ']'])
        }),
    }
}

/// The problem of a file called `name` that is only nearly called as the configuration is.
pub fn mistaken(name: &str) -> Problem {
    let message = format!("`{name}` has settings, and only a `{FILE_NAME}` is a configuration");
    Problem::new(ProblemKind::Configuration, Code::ConfigurationName, message).help(format!(
        "call it `{FILE_NAME}`; if it is of another tool, list it under `exclude` in that"
    ))
}
