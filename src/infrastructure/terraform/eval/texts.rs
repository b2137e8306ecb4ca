//! Functions that read files of the checkout. What they name outside of it is unknown.

use std::sync::Arc;

use globset::GlobBuilder;

use super::expression::because;
use super::json::decode;
use super::value::{Cause, Data, Value};
use super::{Evaluated, Evaluator, Fault, Scope};
use crate::infrastructure::terraform::hcl::{Text, parse_template};
use crate::infrastructure::terraform::module::joined;
use crate::source::Span;
use crate::syntax::Syntax;

impl<'m> Evaluator<'m> {
    /// The value of a function that reads files; `None` if the function is none of them.
    pub(super) fn of_files(
        &mut self,
        name: &str,
        arguments: &[Value],
        at: Span,
    ) -> Option<Evaluated> {
        let first = arguments.first();
        let path = |value: Option<&Value>| value.and_then(Value::as_text);
        let unknown = |value: Option<&Value>| match value {
            Some(value) => Ok(because(value, at)),
            None => Err(Fault::Error(format!("`{name}` needs an argument"))),
        };
        Some(match name {
            "file" => match path(first) {
                Some(path) => self.file(&path, at),
                None => unknown(first),
            },
            "fileexists" => match path(first).map(|path| self.read(&path)) {
                Some(Ok(found)) => Ok(Value::new(Data::Bool(found.is_some()), at)),
                Some(Err(fault)) => Err(fault),
                None => unknown(first),
            },
            "fileset" => match (path(first), path(arguments.get(1))) {
                (Some(folder), Some(glob)) => self.fileset(&folder, &glob, at),
                _ => unknown(first),
            },
            "yamldecode" | "jsondecode" => {
                let syntax = match name {
                    "yamldecode" => Syntax::Yaml,
                    _ => Syntax::Json,
                };
                match first {
                    Some(text) if text.is_unknown() => Ok(because(text, at)),
                    Some(text) => match decode(syntax, text, self.limits) {
                        Some(value) => Ok(value.referred(at)),
                        None => Err(Fault::Error(format!("`{name}` cannot read the text"))),
                    },
                    None => unknown(first),
                }
            }
            "templatefile" | "templatestring" => match path(first) {
                Some(text) => self.rendered(name, &text, arguments, at),
                None => unknown(first),
            },
            _ => return None,
        })
    }

    /// The text of a file; `None` if it is not there, or not in the checkout.
    fn read(&mut self, path: &str) -> Result<Option<(crate::source::FileId, Arc<str>)>, Fault> {
        let is_outside = path.starts_with('/') || path.starts_with('~');
        // A state holds secrets.
        let is_state = path.ends_with(".tfstate") || path.contains(".tfstate.");
        let path = joined(&self.root, path).filter(|_| !is_outside && !is_state);
        let Some((file, text)) = path.and_then(|path| self.texts.text(&path)) else {
            return Ok(None);
        };
        match self.budget.bytes.checked_sub(text.len()) {
            Some(left) => self.budget.bytes = left,
            None => return self.limit("more bytes of files than are read"),
        }
        Ok(Some((file, text)))
    }

    fn file(&mut self, path: &str, at: Span) -> Evaluated {
        let Some((file, text)) = self.read(path)? else {
            let what = format!("the file `{path}`");
            return Ok(Value::unknown(Cause::NotEvaluated, what, at));
        };
        let whole = Span::new(file, 0, text.len() as u32);
        let text = Text {
            text,
            pieces: None,
            start: 0,
        };
        Ok(Value::new(Data::Text(text), whole).referred(at))
    }

    fn fileset(&mut self, folder: &str, glob: &str, at: Span) -> Evaluated {
        let Some(folder) = joined(&self.root, folder) else {
            let what = format!("the files in `{folder}`");
            return Ok(Value::unknown(Cause::NotEvaluated, what, at));
        };
        let glob = GlobBuilder::new(glob).literal_separator(true).build();
        let glob = glob.map_err(|_| Fault::Error("the pattern is invalid".to_owned()))?;
        let glob = glob.compile_matcher();
        let files = self.texts.under(&folder);
        let inside = |file: &str| match folder.is_empty() {
            true => Some(file.to_owned()),
            false => Some(file.strip_prefix(&*folder)?.strip_prefix('/')?.to_owned()),
        };
        let files = files.iter().filter_map(|file| inside(file));
        let files = files.filter(|file| glob.is_match(file));
        let files = files.map(|file| Value::computed(file, at));
        Ok(Value::list(files.collect(), at))
    }

    /// A template from a file, or from a text.
    fn rendered(&mut self, name: &str, first: &str, arguments: &[Value], at: Span) -> Evaluated {
        let (file, text) = match name {
            "templatestring" => (at.file, Arc::from(first)),
            _ => match self.read(first)? {
                Some(read) => read,
                None => {
                    let what = format!("the file `{first}`");
                    return Ok(Value::unknown(Cause::NotEvaluated, what, at));
                }
            },
        };
        let Some(parts) = parse_template(file, &text, 0) else {
            return Err(Fault::Error("the template cannot be read".to_owned()));
        };
        let whole = match name {
            "templatestring" => at,
            _ => Span::new(file, 0, text.len() as u32),
        };
        let variables = arguments.get(1);
        let given = variables
            .and_then(|given| self.pairs(given))
            .unwrap_or_default();
        // The template lives only here: it is evaluated by an evaluator that knows nothing else.
        let names: Vec<_> = given
            .into_iter()
            .filter_map(|(key, value)| Some((key.as_text()?, value)))
            .collect();
        let folders = std::collections::HashMap::new();
        let mut inner = Evaluator {
            folders: &folders,
            texts: self.texts,
            limits: self.limits,
            budget: self.budget,
            depth: self.depth,
            root: self.root.clone(),
            modules: Vec::new(),
            instances: Vec::new(),
            once: std::collections::HashMap::new(),
            resources: std::collections::HashMap::new(),
            calls: std::collections::HashMap::new(),
            exceeded: None,
        };
        let mut scope = Scope::of_module(0);
        for (name, value) in &names {
            scope = scope.with(name, value.clone());
        }
        let rendered = inner.template(&parts, &scope, whole);
        self.budget = inner.budget;
        self.exceeded = self.exceeded.or(inner.exceeded);
        Ok(rendered?.referred(at))
    }
}
