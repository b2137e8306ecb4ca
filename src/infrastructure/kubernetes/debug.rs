//! Ways to look into a program that its arguments and its environment open.

use super::cluster::Cluster;
use super::resource::{Pod, Resource};
use crate::model::{Debug, DumpMode};
use crate::source::{Span, Spanned};
use crate::syntax::Node;

/// What a pod tells its programs: arguments, and variables with their values.
#[derive(Debug, Default)]
pub(super) struct Settings {
    /// Each a word of a command line.
    arguments: Vec<Spanned<Box<str>>>,
    variables: Vec<(Box<str>, Spanned<Box<str>>)>,
}

impl Settings {
    /// What the containers of a pod are told, values from ConfigMaps included.
    pub(super) fn of(cluster: &Cluster<'_>, resource: &Resource, pod: Pod<'_>) -> Self {
        let namespace = resource.namespace_or_none();
        let mut all = Self::default();
        for container in pod.containers() {
            for list in ["command", "args"] {
                for item in container.get(list).map_or(&[][..], Node::items) {
                    all.argument(item);
                }
            }
            for source in container.get("envFrom").map_or(&[][..], Node::items) {
                let name = source.at(&["configMapRef", "name"]).and_then(Node::str);
                let map = name.and_then(|name| cluster.find("ConfigMap", &namespace, name));
                let data = map.and_then(|map| map.node.get("data"));
                for (name, value) in data.map_or(&[][..], Node::entries) {
                    all.variable(&name.value, value);
                }
            }
            for variable in container.get("env").map_or(&[][..], Node::items) {
                let Some(name) = variable.get("name").and_then(Node::str) else {
                    continue;
                };
                let reference = variable.at(&["valueFrom", "configMapKeyRef"]);
                let value = variable.get("value").or_else(|| {
                    let reference = reference?;
                    let map = reference.get("name").and_then(Node::str)?;
                    let key = reference.get("key").and_then(Node::str)?;
                    cluster
                        .find("ConfigMap", &namespace, map)?
                        .node
                        .at(&["data", key])
                });
                if let Some(value) = value {
                    all.variable(name, value);
                }
            }
        }
        all
    }

    fn argument(&mut self, node: &Node) {
        let text = node.scalar().unwrap_or_default();
        // A shell is given a whole line.
        for word in text.split_whitespace() {
            self.arguments.push(Spanned::new(word.into(), node.span));
        }
    }

    fn variable(&mut self, name: &str, node: &Node) {
        if let Some(text) = node.scalar() {
            // Runtimes read further arguments from such variables.
            if name.ends_with("OPTS") || name.ends_with("OPTIONS") || name.ends_with("FLAGS") {
                self.argument(node);
            }
            let value = Spanned::new(text.into(), node.span);
            self.variables.push((name.into(), value));
        }
    }

    fn value(&self, name: &str) -> Option<&Spanned<Box<str>>> {
        let mut all = self.variables.iter().rev();
        all.find(|(known, _)| &**known == name)
            .map(|(_, value)| value)
    }
}

/// The ways to look into what runs, each where it is opened, each once.
pub(super) fn ways(settings: &Settings) -> Vec<Spanned<Debug>> {
    let mut all: Vec<Spanned<Debug>> = Vec::new();
    let mut add = |way: Debug, span: Span| {
        if !all.iter().any(|known| known.value == way) {
            all.push(Spanned::new(way, span));
        }
    };
    let mut before = "";
    for (at, argument) in settings.arguments.iter().enumerate() {
        let (word, span) = (&*argument.value, argument.span);
        let next = || settings.arguments.get(at + 1).map_or("", |it| &*it.value);
        let program = word.rsplit('/').next().unwrap_or(word);
        if word.contains("-agentlib:jdwp") || word.contains("-Xrunjdwp") {
            // JDK, JPDA connection and invocation: `server=n` attaches to a debugger that waits.
            add(by_address(after(word, "address=")), span);
        } else if let Some(rest) = ["--inspect-brk", "--inspect-wait", "--inspect"]
            .iter()
            .find_map(|flag| word.strip_prefix(flag))
        {
            // Node.js, `--inspect=[[host:]port]`: 127.0.0.1 where no host is given.
            match rest.strip_prefix('=') {
                Some(address) if address.contains(':') => add(by_address(Some(address)), span),
                Some(_) => add(Debug::Local, span),
                None if rest.is_empty() => add(Debug::Local, span),
                None => {}
            }
        } else if matches!(before, "debugpy" | "ptvsd") && word == "--listen" {
            let address = next();
            match address.contains(':') {
                true => add(by_address(Some(address)), span),
                false => add(Debug::Local, span),
            }
        } else if program == "dlv" {
            let rest = settings.arguments.get(at..).unwrap_or_default();
            let listens = rest
                .iter()
                .find_map(|it| it.value.strip_prefix("--listen="));
            match listens {
                Some(address) => add(by_address(Some(address)), span),
                None => add(Debug::Local, span),
            }
        } else if program == "gdbserver" {
            add(Debug::Remote, span);
        } else if word == "--profiling=true" || word == "--enable-pprof=true" {
            add(Debug::Profiler, span);
        }
        before = program;
    }
    let is_on = |value: &str| matches!(value, "1" | "true" | "True" | "on" | "yes");
    for name in ["FLASK_DEBUG", "DJANGO_DEBUG"] {
        if let Some(value) = settings.value(name).filter(|value| is_on(&value.value)) {
            add(Debug::Flag, value.span);
        }
    }
    for name in ["ASPNETCORE_ENVIRONMENT", "FLASK_ENV"] {
        let value = settings.value(name);
        let is_development =
            |value: &&Spanned<Box<str>>| value.value.eq_ignore_ascii_case("development");
        if let Some(value) = value.filter(is_development) {
            add(Debug::Flag, value.span);
        }
    }
    all
}

/// What stands behind a word, up to the next comma.
fn after<'t>(text: &'t str, word: &str) -> Option<&'t str> {
    let (_, rest) = text.split_once(word)?;
    rest.split(',').next()
}

/// Who can reach a debugger that listens at an address: only the same machine if that is the loopback.
fn by_address(address: Option<&str>) -> Debug {
    let host = address.and_then(|address| address.rsplit_once(':'));
    match host.map(|(host, _)| host) {
        Some("localhost" | "127.0.0.1" | "[::1]") => Debug::Local,
        _ => Debug::Remote,
    }
}

/// How much is written out when a program fails, where a variable or an argument says so.
pub(super) fn dump(settings: &Settings) -> Option<Spanned<DumpMode>> {
    // .NET, "Collect dumps on crash": 1 mini, 2 heap, which is the default, 3 triage, 4 full.
    for prefix in ["DOTNET_", "COMPlus_"] {
        let enabled = settings.value(&format!("{prefix}DbgEnableMiniDump"));
        if let Some(enabled) = enabled.filter(|value| &*value.value == "1") {
            let ty = settings.value(&format!("{prefix}DbgMiniDumpType"));
            let mode = match ty.map(|ty| &*ty.value) {
                Some("1" | "3") => DumpMode::Mini,
                Some("4") => DumpMode::Full,
                _ => DumpMode::Heap,
            };
            return Some(Spanned::new(mode, ty.unwrap_or(enabled).span));
        }
    }
    // Go, package runtime: `crash` ends with a core dump.
    let traceback = settings.value("GOTRACEBACK");
    if let Some(value) = traceback.filter(|value| &*value.value == "crash") {
        return Some(Spanned::new(DumpMode::Full, value.span));
    }
    let mut arguments = settings.arguments.iter();
    let heap = arguments.find(|it| it.value.contains("+HeapDumpOnOutOfMemoryError"));
    heap.map(|argument| Spanned::new(DumpMode::Heap, argument.span))
}
