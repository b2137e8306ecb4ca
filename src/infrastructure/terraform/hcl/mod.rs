//! HCL, the language of Terraform and OpenTofu: text to a tree with places.
//!
//! What cannot be read is lost alone: an attribute, or a block whose braces do not match, with a
//! problem that names it; all around it is read. Syntax: HCL native syntax specification, `spec.md`
//! in the repository of HCL, version 2.

mod body;
mod cursor;
mod expression;
mod json;
mod template;
mod tree;

pub use body::{parse_body, parse_body_at};
pub use expression::parse_template;
pub use json::parse_json_body;
pub use tree::{
    Attribute, Binary, Block, Body, Call, Expr, For, Name, Part, Step, Term, Text, Unary,
};
