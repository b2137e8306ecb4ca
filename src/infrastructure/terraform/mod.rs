//! Terraform and OpenTofu, evaluated: what `terraform plan` would make, as far as the code alone says.
//!
//! A folder that no other one calls as a module is a root. Its modules are instantiated, its expressions
//! evaluated, and each resource whose type means something here becomes entities. No provider, no state
//! and no network is asked: what only they know stays unknown, with the reason.
//!
//! The place of a value is the literal that a person must change, wherever that is; the places that it
//! came through are beside it.

mod aws;
mod azure;
mod eval;
mod google;
mod hcl;
mod links;
mod mapping;
mod module;
mod moves;
mod plan;
mod registry;
mod root;
mod secrets;
mod shared;
mod systems;
mod text;

use std::any::Any;

use super::{Claim, Dialect, Lowering, Parsed, Source, Unit};
use crate::source::Problem;
use crate::syntax::Limits;
use hcl::Body;

/// Terraform and OpenTofu.
#[derive(Debug)]
pub struct Terraform;

/// The ends of names of files in HCL, and of those in JSON.
const HCL: [&str; 3] = [".tf", ".tofu", ".tfvars"];
const JSON: [&str; 3] = [".tf.json", ".tofu.json", ".tfvars.json"];

/// What a file holds.
enum Content {
    /// Blocks and values, and what is wrong in those that nobody may read.
    Code(Body, Vec<Problem>),
    /// A plan in JSON.
    Plan(std::sync::Arc<str>),
    /// Text that code may read with `file` or `templatefile`.
    Text(std::sync::Arc<str>),
}

impl Dialect for Terraform {
    fn name(&self) -> &'static str {
        "terraform"
    }

    fn doc(&self) -> &'static str {
        "Terraform and OpenTofu, in HCL or JSON, with the modules that are in the checkout."
    }

    fn may_hold(&self, name: &str) -> bool {
        is_code(name) || text::may_be_read(name)
    }

    fn follows(&self, name: &str) -> bool {
        is_code(name)
    }

    fn claims(&self, name: &str, text: &[u8]) -> Claim {
        if is_code(name) {
            return Claim::Yes;
        }
        if name.ends_with(".json") && plan::is_plan(text) {
            return Claim::Yes;
        }
        match text::is_worth_reading(name, text) {
            true => Claim::Maybe,
            false => Claim::No,
        }
    }

    fn parse(&self, source: &Source<'_>, limits: &Limits) -> Parsed {
        let ends = |ends: &[&str]| ends.iter().any(|end| source.name.ends_with(end));
        // What is wrong in a file of values matters only if a root is given it.
        let code = |(body, problems)| match module::is_idle(source.name) {
            true => (Content::Code(body, problems), Vec::new()),
            false => (Content::Code(body, Vec::new()), problems),
        };
        let (content, problems) = if ends(&JSON) {
            code(hcl::parse_json_body(source.file, source.text, limits))
        } else if ends(&HCL) {
            code(hcl::parse_body(source.file, source.text))
        } else if plan::is_plan(source.text.as_bytes()) {
            (Content::Plan(source.text.into()), Vec::new())
        } else {
            (Content::Text(source.text.into()), Vec::new())
        };
        let content: Box<dyn Any + Send + Sync> = Box::new(content);
        Parsed {
            content,
            problems,
            expansions: Vec::new(),
        }
    }

    fn lower(&self, units: &[Unit<'_>], lowering: &mut Lowering<'_>) {
        systems::lower(units, lowering);
    }
}

fn is_code(name: &str) -> bool {
    HCL.iter().chain(&JSON).any(|end| name.ends_with(end))
}
