//! Infrastructure code that nothing here reads: it is named, so that no finding is not taken for none.

use super::{Claim, Dialect, Lowering, Parsed, Source, Unit};
use crate::source::{Span, Unread};
use crate::syntax::Limits;

/// Code and state of other tools.
#[derive(Debug)]
pub struct Others;

/// One kind of file that is named and not read.
struct Other {
    /// What it is, in the singular and in the plural.
    what: (&'static str, &'static str),
    /// What to do, or why it is not read.
    help: &'static str,
    /// Whether a file may be of it, by its name alone, without folders.
    may_be: fn(&str) -> bool,
    /// Whether a text of such a name is.
    is: fn(&[u8]) -> bool,
}

/// All of them; the first that matches names a file.
const ALL: &[Other] = &[
    Other {
        what: ("state of Terraform", "states of Terraform"),
        help: "it holds secrets, and belongs into no repository; the code that made it is read, and \
               so is a plan (`terraform show -json`)",
        may_be: |name| name.ends_with(".tfstate") || name.ends_with(".tfstate.backup"),
        is: |_| true,
    },
    Other {
        what: ("CloudFormation template", "CloudFormation templates"),
        help: "this language is not read yet: nothing in it is checked",
        may_be: is_data,
        is: is_cloudformation,
    },
    Other {
        what: ("ARM template", "ARM templates"),
        help: "this language is not read: nothing in it is checked",
        may_be: |name| name.ends_with(".json"),
        is: |text| has(text, "schema.management.azure.com") && has(text, "eploymentTemplate.json"),
    },
    Other {
        what: ("Bicep file", "Bicep files"),
        help: "this language is not read: nothing in it is checked",
        may_be: |name| name.ends_with(".bicep"),
        is: |_| true,
    },
    Other {
        what: ("Terragrunt file", "Terragrunt files"),
        help: "values that it hands to modules are not known: check a plan (`terraform show -json`)",
        may_be: |name| {
            matches!(
                name,
                "terragrunt.hcl" | "terragrunt.hcl.json" | "terragrunt.stack.hcl"
            )
        },
        is: |_| true,
    },
    Other {
        what: ("Compose file", "Compose files"),
        help: "this language is not read yet: nothing in it is checked",
        may_be: |name| is_data(name) && has(name.as_bytes(), "compose"),
        is: |text| has_line(text, "services:"),
    },
    Other {
        what: ("Pulumi project", "Pulumi projects"),
        help: "programs are not run: nothing that they make is checked",
        may_be: |name| matches!(name, "Pulumi.yaml" | "Pulumi.yml"),
        is: |_| true,
    },
    Other {
        what: ("CDK application", "CDK applications"),
        help: "programs are not run: nothing that they make is checked",
        may_be: |name| name == "cdk.json",
        is: |_| true,
    },
    Other {
        what: ("Jsonnet file", "Jsonnet files"),
        help: "render its manifests into a file, and list that under \
               `infrastructure: { rendered: … }`",
        may_be: |name| name.ends_with(".jsonnet"),
        is: |_| true,
    },
];

impl Dialect for Others {
    fn name(&self) -> &'static str {
        "others"
    }

    fn doc(&self) -> &'static str {
        "Code and state of other tools, which is listed and not read."
    }

    fn may_hold(&self, name: &str) -> bool {
        ALL.iter().any(|other| (other.may_be)(file_name(name)))
    }

    fn claims(&self, name: &str, text: &[u8]) -> Claim {
        match of(name, text) {
            Some(_) => Claim::Yes,
            None => Claim::No,
        }
    }

    fn parse(&self, source: &Source<'_>, _: &Limits) -> Parsed {
        Parsed {
            content: Box::new(of(source.name, source.text.as_bytes())),
            problems: Vec::new(),
            expansions: Vec::new(),
        }
    }

    fn lower(&self, units: &[Unit<'_>], lowering: &mut Lowering<'_>) {
        for unit in units {
            lowering.foreign(unit.file);
            if let Some(Some(other)) = unit.content.downcast_ref::<Option<&'static Other>>() {
                lowering.unread(Unread {
                    what: other.what,
                    name: unit.name.to_owned(),
                    help: other.help,
                    span: Span::file_start(unit.file),
                });
            }
        }
    }
}

fn of(name: &str, text: &[u8]) -> Option<&'static Other> {
    let name = file_name(name);
    ALL.iter()
        .find(|other| (other.may_be)(name) && (other.is)(text))
}

fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

fn is_data(name: &str) -> bool {
    let ends = [".yaml", ".yml", ".json", ".template"];
    ends.iter().any(|end| name.ends_with(end))
}

/// Whether a text is a template by its format version, or by a resource of Amazon's: the version is
/// optional (AWS CloudFormation User Guide, "Template sections").
fn is_cloudformation(text: &[u8]) -> bool {
    let has_resources = || has_line(text, "Resources:") || has(text, "\"Resources\"");
    let has_type = || {
        let types = [
            "Type: AWS::",
            "Type: \"AWS::",
            "Type: 'AWS::",
            "\"Type\": \"AWS::",
            "\"Type\" : \"AWS::",
        ];
        types.iter().any(|ty| has(text, ty))
    };
    has(text, "AWSTemplateFormatVersion") && has(text, "Resources") || has_resources() && has_type()
}

fn has(text: &[u8], word: &str) -> bool {
    memchr::memmem::find(text, word.as_bytes()).is_some()
}

/// Whether a line begins with a word.
fn has_line(text: &[u8], word: &str) -> bool {
    let mut found = memchr::memmem::find_iter(text, word.as_bytes());
    found.any(|at| at.checked_sub(1).is_none_or(|at| text[at] == b'\n'))
}
