//! `palisade schema`: the vocabulary and the report as schemas, the vocabulary and the rules as
//! pages.

use std::io::Write;
use std::process::ExitCode;

use clap::{Args, ValueEnum};

use super::print;
use crate::check::{CheckInput, Project, rules};
use crate::{config, model, policy, report};

/// Print a schema, or a generated page of the documentation
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Which one
    schema: Schema,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Schema {
    /// JSON Schema of documents, for editors
    Document,
    /// Cedar schema of the vocabulary, for authors of policies
    Cedar,
    /// The same in Cedar's JSON form, for programs
    CedarJson,
    /// The vocabulary in words, as Markdown, for authors of documents and policies
    Vocabulary,
    /// The built-in rules, as Markdown
    Rules,
    /// The codes of problems, as Markdown: what each means, and what to do
    Problems,
    /// JSON Schema of `palisade.yaml`, for editors
    Config,
    /// JSON Schema of `--format json`
    Report,
}

pub(super) fn run(arguments: &Arguments) -> ExitCode {
    let text = match arguments.schema {
        Schema::Cedar => model::cedar_schema(),
        Schema::CedarJson => match policy::cedar_schema_json() {
            Ok(text) => text,
            Err(error) => {
                let _ = writeln!(
                    std::io::stderr(),
                    "palisade: the vocabulary is not a valid schema: {error}"
                );
                return ExitCode::from(3);
            }
        },
        Schema::Vocabulary => model::vocabulary(),
        Schema::Rules => {
            let outcome = rules(CheckInput {
                roots: vec![Project::default()],
                ..CheckInput::default()
            });
            report::rules_page(outcome.rules.iter().map(|rule| &**rule))
        }
        Schema::Problems => report::problems_page(),
        Schema::Document => format!("{:#}\n", model::document_schema()),
        Schema::Config => format!("{:#}\n", config::config_schema()),
        Schema::Report => format!("{:#}\n", report::report_schema()),
    };
    print(text.as_bytes())
}
