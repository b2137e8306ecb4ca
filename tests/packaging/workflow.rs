//! As much of the machines of GitHub and GitLab as our own files for them need.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;
use serde_yaml::Value as Yaml;

use super::support::{Folder, NOW, program, root};

/// What is passed to an action or a component.
pub type Inputs<'i> = &'i [(&'i str, &'i str)];

/// A folder with a repository to check, and one for what a machine writes.
pub struct Machine {
    pub work: Folder,
    pub own: Folder,
    /// Variables that the machine sets.
    pub variables: Vec<(&'static str, String)>,
}

impl Machine {
    pub fn new() -> Self {
        let machine = Self {
            work: Folder::new(),
            own: Folder::new(),
            variables: Vec::new(),
        };
        // Instead of building, which takes minutes, it says what it is asked, and copies the program.
        let cargo = "#!/bin/sh\necho \"$@\" >> \"$OWN/cargo.txt\"\nwhile [ \"$1\" != --root ]; do shift; done\n\
                     mkdir -p \"$2/bin\"; cp \"$PALISADE\" \"$2/bin\"\n";
        machine.own.write("bin/cargo", cargo);
        let mut chmod = Command::new("chmod");
        chmod.arg("+x").arg(machine.own("bin/cargo"));
        assert!(chmod.status().expect("chmod").success());
        machine
    }

    /// A file that the machine keeps.
    pub fn own(&self, name: &str) -> PathBuf {
        self.own.path().join(name)
    }

    /// What is in a file that the machine keeps.
    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.own(name)).unwrap_or_default()
    }

    /// Runs a script with `shell` in `folder`: how it ended, and what it said.
    pub fn run(&self, shell: &[&str], script: &str, folder: &Path) -> (i32, String) {
        self.own.write("script", format!("exec 2>&1\n{script}"));
        let mut command = Command::new(shell[0]);
        command.args(&shell[1..]).arg(self.own("script"));
        command.current_dir(folder).env_clear();
        let path = std::env::var("PATH").expect("a path");
        let own = self.own("bin").to_str().expect("UTF-8").to_owned();
        command
            .env("PATH", format!("{own}:{path}"))
            .env("HOME", self.own.path())
            .env("OWN", self.own.path())
            .env("PALISADE", program(folder).get_program())
            .env("PALISADE_NOW", NOW);
        command.env("GIT_CONFIG_NOSYSTEM", "1");
        for (name, value) in &self.variables {
            command.env(name, value);
        }
        let output = command.output().expect("a shell");
        let said = String::from_utf8(output.stdout).expect("UTF-8");
        (output.status.code().expect("no signal"), said)
    }

    /// A script that makes the repository to check.
    pub fn prepare(self, script: &str) -> Self {
        let git = "git() { command git -c user.name=a -c user.email=a@example.com \
                   -c init.defaultBranch=main \"$@\"; }\n";
        let (code, said) = self.run(&["sh", "-e"], &format!("{git}{script}"), self.work.path());
        assert_eq!(code, 0, "{said}");
        self
    }
}

/// What a job did.
#[derive(Debug, Default)]
pub struct Ran {
    /// Whether the job is green.
    pub is_green: bool,
    /// The actions that it used, with what was passed to them.
    pub used: Vec<(String, BTreeMap<String, String>)>,
    /// What it handed on.
    pub outputs: BTreeMap<String, String>,
    /// Everything that it said.
    pub said: String,
}

#[derive(Deserialize)]
pub struct Action {
    pub inputs: BTreeMap<String, Input>,
    outputs: BTreeMap<String, Output>,
    runs: Runs,
}

#[derive(Deserialize)]
pub struct Input {
    pub description: String,
    #[serde(default)]
    default: Yaml,
}

#[derive(Deserialize)]
struct Output {
    value: String,
}

#[derive(Deserialize)]
struct Runs {
    steps: Vec<Step>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Step {
    id: Option<String>,
    r#if: Option<String>,
    uses: Option<String>,
    #[serde(default)]
    with: BTreeMap<String, String>,
    shell: Option<String>,
    working_directory: Option<String>,
    #[serde(default)]
    env: BTreeMap<String, String>,
    run: Option<String>,
}

impl Action {
    pub fn read() -> Self {
        let text = fs::read_to_string(root().join("action.yml")).expect("an action");
        serde_yaml::from_str(&text).expect("an action")
    }

    /// Text that a shell reads as such.
    pub fn scripts(&self) -> Vec<&str> {
        let steps = self.runs.steps.iter();
        steps.filter_map(|step| step.run.as_deref()).collect()
    }

    /// Runs the steps on `machine`, where `is_cached` says if the cache has what is asked of it.
    pub fn run(&self, machine: &Machine, inputs: Inputs<'_>, is_cached: bool) -> Ran {
        let temporary = machine.own("temporary");
        fs::create_dir_all(&temporary).expect("a folder");
        let mut known: BTreeMap<String, String> = BTreeMap::new();
        let temporary = temporary.to_str().expect("UTF-8").to_owned();
        known.insert("runner.temp".to_owned(), temporary.clone());
        for (name, variable) in [
            ("event_name", "EVENT"),
            ("event.pull_request.head.repo.full_name", "HEAD_REPOSITORY"),
        ] {
            let mut given = machine.variables.iter();
            let value = given.find(|(given, _)| *given == variable);
            let value = value.map_or("", |(_, value)| value);
            known.insert(format!("github.{name}"), value.to_owned());
        }
        for (name, input) in &self.inputs {
            let value = input.default.as_str().expect("inputs are texts");
            known.insert(format!("inputs.{name}"), value.to_owned());
        }
        for (name, value) in inputs {
            let before = known.insert(format!("inputs.{name}"), (*value).to_owned());
            assert!(before.is_some(), "there is no input {name}");
        }
        for step in &self.runs.steps {
            for output in ["exit-code", "sarif", "upload", "key", "cache-hit"] {
                let id = step.id.as_deref().unwrap_or_default();
                known.insert(format!("steps.{id}.outputs.{output}"), String::new());
            }
        }
        let mut ran = Ran {
            is_green: true,
            ..Ran::default()
        };
        for step in &self.runs.steps {
            if !applies(step.r#if.as_deref(), ran.is_green, &known) {
                continue;
            }
            let id = step.id.as_deref().unwrap_or_default();
            if let Some(uses) = &step.uses {
                let with = step.with.iter();
                let with = with.map(|(name, value)| (name.clone(), filled(value, &known)));
                ran.used.push((uses.clone(), with.collect()));
                let hit = format!("steps.{id}.outputs.cache-hit");
                known.insert(hit, is_cached.to_string());
                continue;
            }
            assert_eq!(step.shell.as_deref(), Some("bash"), "{id}");
            let mut set = String::new();
            let env = step.env.iter();
            let env = env.map(|(name, value)| (name.as_str(), filled(value, &known)));
            let given = [
                ("GITHUB_ACTION_PATH", root().to_str().expect("UTF-8")),
                ("RUNNER_TEMP", &temporary),
                ("RUNNER_OS", "Linux"),
                ("RUNNER_ARCH", "X64"),
                ("ImageOS", "ubuntu24"),
            ];
            let files = [
                ("GITHUB_OUTPUT", machine.own(&format!("{id}.txt"))),
                ("GITHUB_PATH", machine.own("path.txt")),
                ("GITHUB_STEP_SUMMARY", machine.own("summary.md")),
            ];
            let given = given.map(|(name, value)| (name, value.to_owned()));
            let files = files.map(|(name, file)| (name, file.display().to_string()));
            for (name, value) in given.into_iter().chain(files).chain(env) {
                let is_set = machine.variables.iter().any(|(set, _)| *set == name);
                if !is_set {
                    set += &format!("export {name}='{}'\n", value.replace('\'', "'\\''"));
                }
            }
            let run = step.run.as_deref().expect("a step uses or runs");
            let folder = step.working_directory.as_deref().unwrap_or(".");
            let folder = machine.work.path().join(filled(folder, &known));
            let shell = ["bash", "--noprofile", "--norc", "-eo", "pipefail"];
            let (code, said) = machine.run(&shell, &format!("{set}{run}"), &folder);
            ran.is_green &= code == 0;
            ran.said += &said;
            for line in machine.read(&format!("{id}.txt")).lines() {
                let (name, value) = line.split_once('=').expect("an output");
                let name = format!("steps.{id}.outputs.{name}");
                let before = known.insert(name.clone(), value.to_owned());
                assert!(before.is_some(), "{name} is used nowhere");
            }
        }
        let outputs = self.outputs.iter();
        let outputs = outputs.map(|(name, output)| (name.clone(), filled(&output.value, &known)));
        ran.outputs = outputs.collect();
        ran
    }
}

/// A text with its expressions replaced by what they stand for.
fn filled(text: &str, known: &BTreeMap<String, String>) -> String {
    let mut parts = text.split("${{ ");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (name, rest) = part.split_once(" }}").expect("an expression");
        out += value(name, known);
        out += rest;
    }
    out
}

fn value<'k>(name: &str, known: &'k BTreeMap<String, String>) -> &'k str {
    let value = known.get(name);
    value.unwrap_or_else(|| panic!("nothing is called {name}"))
}

/// Whether a step is run. Without a condition it is if all is well so far, and so it is with one
/// that does not ask how things are.
fn applies(condition: Option<&str>, is_green: bool, known: &BTreeMap<String, String>) -> bool {
    let condition = condition.map_or("success()", |condition| {
        let inner = condition.strip_prefix("${{ ");
        inner
            .and_then(|inner| inner.strip_suffix(" }}"))
            .expect("an expression")
    });
    let asks = condition.contains("()");
    let mut terms = condition.split(" && ");
    (asks || is_green)
        && terms.all(|term| match term {
            "success()" => is_green,
            "!cancelled()" => true,
            _ => {
                let (name, is_equal, text) = match term.split_once(" == ") {
                    Some((name, text)) => (name, true, text),
                    None => {
                        let (name, text) = term.split_once(" != ").expect("a comparison");
                        (name, false, text)
                    }
                };
                (value(name, known) == text.trim_matches('\'')) == is_equal
            }
        })
}

/// The template for GitLab: what is said of its inputs, and the text with the jobs.
pub struct Component {
    pub inputs: BTreeMap<String, Yaml>,
    pub jobs: Yaml,
}

impl Component {
    pub fn read() -> Self {
        let text = fs::read_to_string(root().join("templates/palisade.yml")).expect("a template");
        let mut documents = serde_yaml::Deserializer::from_str(&text);
        let mut next = || Yaml::deserialize(documents.next().expect("a document")).expect("YAML");
        let (head, jobs) = (next(), next());
        assert!(documents.next().is_none(), "more than two documents");
        let inputs = serde_yaml::from_value(head["spec"]["inputs"].clone()).expect("inputs");
        Self { inputs, jobs }
    }

    /// The one job, with these inputs.
    pub fn job(&self, inputs: Inputs<'_>) -> (String, Yaml) {
        let filled = fill(&self.jobs, &|name| {
            let given = inputs.iter().find(|(given, _)| *given == name);
            let input = self.inputs.get(name);
            let input = input.unwrap_or_else(|| panic!("there is no input {name}"));
            match (given, &input["default"]) {
                (Some((_, value)), _) => (*value).to_owned(),
                (None, Yaml::String(text)) => text.clone(),
                (None, Yaml::Bool(value)) => value.to_string(),
                (None, other) => panic!("{name} has no default: {other:?}"),
            }
        });
        let jobs: BTreeMap<String, Yaml> = serde_yaml::from_value(filled).expect("jobs");
        assert_eq!(jobs.len(), 1);
        jobs.into_iter().next().expect("a job")
    }

    /// Runs the job on `machine`: how it ended, what it said, and the reports that it hands in.
    pub fn run(&self, machine: &Machine, inputs: Inputs<'_>) -> (i32, String, Vec<String>) {
        let (_, job) = self.job(inputs);
        let variables = job["variables"].as_mapping().expect("variables");
        let mut script = String::new();
        for (name, value) in variables {
            let name = name.as_str().expect("a name");
            let value = match value {
                Yaml::String(text) => text.clone(),
                Yaml::Number(number) => number.to_string(),
                other => panic!("{name}: {other:?} is no value of a variable"),
            };
            script += &format!("export {name}='{}'\n", value.replace('\'', "'\\''"));
        }
        script += "palisade() { \"$PALISADE\" \"$@\"; }\n";
        for line in job["script"].as_sequence().expect("a script") {
            script += &format!("{}\n", line.as_str().expect("a line"));
        }
        let (code, said) = machine.run(&["sh", "-e"], &script, machine.work.path());
        assert_eq!(job["artifacts"]["when"], "always");
        let reports = job["artifacts"]["reports"].as_mapping().expect("reports");
        let names = reports.values().map(|name| name.as_str().expect("a name"));
        let written = names.filter(|name| machine.work.path().join(name).is_file());
        (code, said, written.map(str::to_owned).collect())
    }
}

/// YAML with each `$[[ inputs.NAME ]]` replaced, which is done after it is parsed. A value that is
/// nothing else keeps its type, which only texts may have here.
fn fill(yaml: &Yaml, value: &dyn Fn(&str) -> String) -> Yaml {
    match yaml {
        Yaml::String(text) => {
            let mut parts = text.split("$[[ inputs.");
            let mut out = parts.next().unwrap_or_default().to_owned();
            for part in parts {
                let (name, rest) = part.split_once(" ]]").expect("an input");
                out += &value(name);
                out += rest;
            }
            Yaml::String(out)
        }
        Yaml::Sequence(items) => items.iter().map(|item| fill(item, value)).collect(),
        Yaml::Mapping(fields) => {
            let field = |(name, field): (&Yaml, &Yaml)| (fill(name, value), fill(field, value));
            Yaml::Mapping(fields.iter().map(field).collect())
        }
        other => other.clone(),
    }
}
