//! Where a value that somebody asks about comes from.

use super::Span;

/// A question about one attribute of what code declares, and what reading the code answers.
#[derive(Debug, Clone, Default)]
pub struct Trace {
    /// The address of a resource, a period, and the name of an attribute in it.
    pub wanted: String,
    /// Its value in each instance that has the address.
    pub found: Vec<Traced>,
}

/// The value of an attribute in one instance.
#[derive(Debug, Clone)]
pub struct Traced {
    /// The address of the attribute among everything.
    pub address: String,
    /// Why the value is not known, if it is not.
    pub unknown: Option<String>,
    /// Whether it is written at all.
    pub is_set: bool,
    /// The literal that it comes from, by way of places; the head of the resource if it is not set.
    pub span: Span,
}
