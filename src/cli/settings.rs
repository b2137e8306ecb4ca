//! `palisade check --show-settings`: the settings that hold, and where each comes from.

use std::fmt::Display;
use std::io::{self, Write};

use super::check::Arguments;
use crate::check::CheckInput;
use crate::config::{Config, Unknowns, Unsaid};
use crate::finding::{MAX_WAIVER_DAYS, Outcome, Severity};
use crate::infrastructure::DIALECTS;
use crate::model::Date;
use crate::report;
use crate::source::{FileId, SourceFile, Spanned};

/// Prints the settings of each root; the second value is the exit code.
pub(super) fn show(arguments: &Arguments, job: &CheckInput) -> (io::Result<()>, u8) {
    let mut outcome = Outcome::default();
    let mut out = io::stdout().lock();
    let mut written = Ok(());
    for root in &job.roots {
        let config = match &root.config {
            None => Config::default(),
            Some(candidate) => {
                let text = candidate.read(u32::MAX).map(String::from_utf8);
                let text = text.ok().and_then(Result::ok).unwrap_or_default();
                let file = FileId(u32::try_from(outcome.files.len()).unwrap_or(u32::MAX));
                let (config, problems) = Config::read(file, &text);
                outcome.files.add(SourceFile::new(&candidate.name, text));
                outcome.problems.extend(problems);
                config
            }
        };
        let name = root
            .config
            .as_ref()
            .map(|candidate| candidate.name.as_str());
        let settings = Settings {
            arguments,
            now: job.now,
            config: &config,
            name,
        };
        written = written.and_then(|()| settings.write(&mut out));
    }
    if outcome.problems.is_empty() {
        return (written, 0);
    }
    let style = super::terminal::style(super::terminal::Color::Auto);
    let reporter = report::find("concise");
    let reported = match reporter {
        Some(reporter) => report::write(reporter, &outcome, &style, &mut io::stderr().lock()),
        None => Ok(()),
    };
    (written.and(reported), outcome.exit_code())
}

struct Settings<'s> {
    arguments: &'s Arguments,
    now: i64,
    config: &'s Config,
    name: Option<&'s str>,
}

const FLAG: &str = "command line or environment";
const DEFAULT: &str = "default";

impl Settings<'_> {
    fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        let (config, flags) = (self.config, self.arguments);
        writeln!(out, "# {}", self.name.unwrap_or("no palisade.yaml"))?;
        self.list(out, "policies", &[], &config.policies)?;
        self.list(out, "select", &flags.select, &config.select)?;
        self.list(out, "ignore", &flags.ignore, &config.ignore)?;
        self.list(out, "include", &[], &config.include)?;
        self.list(out, "exclude", &[], &config.exclude)?;
        self.list(out, "tests", &[], &config.tests)?;
        let deny = config.default_deny.iter();
        let deny: Vec<_> = deny
            .map(|name| Spanned::new(name.value.0.def().name.to_owned(), name.span))
            .collect();
        self.list(out, "default-deny", &[], &deny)?;
        self.single(
            out,
            "fail-on",
            flags.fail_on,
            config.fail_on.as_ref(),
            Severity::Low,
        )?;
        let unknowns = (flags.unknowns, config.unknowns.as_ref());
        self.single(out, "unknowns", unknowns.0, unknowns.1, Unknowns::Fail)?;
        let (unsaid, from) = match &config.unsaid {
            _ if flags.strict => (Unsaid::Fail, FLAG),
            Some(unsaid) => (unsaid.value, self.name.unwrap_or(DEFAULT)),
            None => (Unsaid::List, DEFAULT),
        };
        writeln!(out, "# unsaid: {} ({from})", unsaid.name())?;
        let read = config.infrastructure.read.as_deref();
        let all: Vec<_> = DIALECTS.iter().map(|it| it.name()).collect();
        let read: Vec<_> = match read {
            Some(read) => read.iter().map(|it| it.value.as_str()).collect(),
            None => all,
        };
        let rendered = config.infrastructure.rendered.iter();
        let rendered: Vec<_> = rendered.map(|glob| format!("{:?}", glob.value)).collect();
        let roots = config.infrastructure.roots.iter().map(|root| {
            let files = root.var_files.iter().map(|file| file.value.as_str());
            let files: Vec<_> = files.collect();
            format!(" {:?}: {{ var-files: {files:?} }} ", root.folder.value)
        });
        let roots: Vec<_> = roots.collect();
        writeln!(
            out,
            "infrastructure: {{ read: [{}], rendered: [{}], roots: {{{}}} }}",
            read.join(", "),
            rendered.join(", "),
            roots.join(", ")
        )?;
        match config.bindings.len() {
            0 => writeln!(out, "bindings: [] # {DEFAULT}")?,
            count => {
                let file = self.name.unwrap_or(DEFAULT);
                writeln!(out, "bindings: # {count} in {file}")?;
            }
        }
        if !config.severity.is_empty() {
            writeln!(out, "severity: # {}", self.name.unwrap_or(DEFAULT))?;
            for (rule, severity) in &config.severity {
                writeln!(out, "  {}: {}", rule.value, severity.value)?;
            }
        }
        if !config.waivers.is_empty() {
            let (count, file) = (config.waivers.len(), self.name.unwrap_or(DEFAULT));
            writeln!(out, "waivers: # {count} in {file}")?;
        }
        let days = config.max_waiver_days.unwrap_or(MAX_WAIVER_DAYS);
        let from = config.max_waiver_days.and(self.name).unwrap_or(DEFAULT);
        writeln!(out, "max-waiver-days: {days} # {from}")?;
        let limits = config.limits;
        writeln!(
            out,
            "limits: {{ file-bytes: {}, depth: {}, alias-nodes: {}, completions: {} }}",
            limits.file_bytes, limits.depth, limits.alias_nodes, limits.completions
        )?;
        let now = Date {
            milliseconds: self.now,
        };
        let source = if flags.now.is_some() { FLAG } else { "today" };
        writeln!(out, "# now: {now} ({source})")
    }

    fn list(
        &self,
        out: &mut dyn Write,
        name: &str,
        flags: &[String],
        config: &[Spanned<String>],
    ) -> io::Result<()> {
        let (values, source): (Vec<_>, _) = if !flags.is_empty() {
            (flags.iter().map(String::as_str).collect(), FLAG)
        } else {
            let source = match config.is_empty() {
                true => DEFAULT,
                false => self.name.unwrap_or(DEFAULT),
            };
            (
                config.iter().map(|value| value.value.as_str()).collect(),
                source,
            )
        };
        let values: Vec<_> = values.iter().map(|value| format!("{value:?}")).collect();
        writeln!(out, "{name}: [{}] # {source}", values.join(", "))
    }

    fn single<T: Display>(
        &self,
        out: &mut dyn Write,
        name: &str,
        flag: Option<T>,
        config: Option<&Spanned<T>>,
        default: T,
    ) -> io::Result<()> {
        match (flag, config) {
            (Some(value), _) => writeln!(out, "{name}: {value} # {FLAG}"),
            (None, Some(value)) => {
                writeln!(
                    out,
                    "{name}: {} # {}",
                    value.value,
                    self.name.unwrap_or(DEFAULT)
                )
            }
            (None, None) => writeln!(out, "{name}: {default} # {DEFAULT}"),
        }
    }
}
