//! What another tool printed (`infrastructure.rendered`): which chart, and which template of it, each
//! resource was made from.
//!
//! `helm template` writes `# Source: CHART/templates/FILE` above each document. It names the file and no
//! line, so that is all that is said.

use std::collections::{BTreeMap, BTreeSet};

use super::manifest::{File, resources_of};
use super::resource::Resource;
use super::{file_name, folder};
use crate::infrastructure::Lowering;
use crate::source::{Span, Via};
use crate::syntax::{Node, NodeValue};

/// What stands before the path of a template.
const SOURCE: &str = "# Source: ";

/// The charts of a project, by the name that each gives itself.
pub(super) struct Charts<'f> {
    folders: BTreeMap<&'f str, Vec<&'f str>>,
    files: BTreeMap<&'f str, File<'f>>,
}

impl<'f> Charts<'f> {
    /// The charts among `files`.
    pub(super) fn of(files: &[File<'f>]) -> Self {
        let mut folders: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for file in files.iter().filter(|file| is_chart(file.name)) {
            let document = file.manifest.documents.first();
            let name = document.and_then(|it| it.get("name")).and_then(Node::str);
            let name = name.unwrap_or_else(|| file_name(folder(file.name)));
            folders.entry(name).or_default().push(folder(file.name));
        }
        Self {
            folders,
            files: files.iter().map(|file| (file.name, *file)).collect(),
        }
    }

    /// The resources of a file that was made from charts, each with the place of its template. The
    /// folders of the charts go to `read`.
    pub(super) fn resources(
        &self,
        file: &File<'f>,
        read: &mut BTreeSet<&'f str>,
        lowering: &mut Lowering<'_>,
    ) -> Vec<Resource> {
        let comments = comments(lowering.source(file.file));
        let mut resources = resources_of(file);
        for resource in &mut resources {
            let start = resource.node.span.start as usize;
            let before = comments.iter().rev().find(|comment| comment.at <= start);
            let Some((path, at)) = before.and_then(|it| Some((it.path.as_deref()?, it.at))) else {
                continue;
            };
            let from = match self.template(path, read) {
                Some(template) => Span::file_start(template.file),
                None => {
                    let end = at + SOURCE.len() + path.len();
                    let offset = |at| u32::try_from(at).unwrap_or_default();
                    Span::new(file.file, offset(at), offset(end))
                }
            };
            made_from(&mut resource.node, from, lowering);
        }
        resources
    }

    /// The template that a comment names.
    fn template(&self, path: &str, read: &mut BTreeSet<&'f str>) -> Option<&File<'f>> {
        let (chart, inside) = path.split_once('/')?;
        let folders = self.folders.get(chart)?;
        let file_in = |folder: &str| match folder {
            "" => self.files.get(inside),
            folder => self.files.get(format!("{folder}/{inside}").as_str()),
        };
        let found = folders
            .iter()
            .find_map(|folder| Some((*folder, file_in(folder)?)));
        match (found, folders.as_slice()) {
            (Some((folder, file)), _) => {
                read.insert(folder);
                Some(file)
            }
            (None, [folder]) => {
                read.insert(folder);
                None
            }
            _ => None,
        }
    }
}

/// Whether a file says what a chart is.
pub(super) fn is_chart(path: &str) -> bool {
    file_name(path) == "Chart.yaml"
}

/// Where a document begins, or a comment says what the rest of one was made from.
struct Comment {
    at: usize,
    path: Option<String>,
}

fn comments(text: &str) -> Vec<Comment> {
    let mut all = Vec::new();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let path = line
            .strip_prefix(SOURCE)
            .map(|path| path.trim_end().to_owned());
        if path.is_some() || line.starts_with("---") {
            all.push(Comment { at, path });
        }
        at += line.len();
    }
    all
}

/// Says of all values that they were made from what stands at `from`.
fn made_from(node: &mut Node, from: Span, lowering: &mut Lowering<'_>) {
    node.span = lowering.place(node.span, &[(from, Via::Rendered)]);
    match &mut node.value {
        NodeValue::Map(entries) => {
            for (_, value) in entries {
                made_from(value, from, lowering);
            }
        }
        NodeValue::Seq(items) => {
            for item in items {
                made_from(item, from, lowering);
            }
        }
        _ => {}
    }
}
