//! The functions that are evaluated: one table.
//!
//! Names and behaviour: "Functions" in the documentation of Terraform 1.9. Those that are missing
//! here, such as `uuid`, `timestamp` and hashes, have unknown values.

mod collections;
mod convert;
mod strings;

use std::sync::Arc;

use super::value::{Data, Value};
use crate::source::Span;
use crate::syntax::Limits;

/// A function: what it makes of its arguments, or what is wrong with them.
pub type Function = fn(&Arguments<'_>) -> Result<Value, String>;

/// What becomes of unknown arguments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unknowns {
    /// The function looks at them itself.
    Taken,
    /// Arguments must be known; what is in them need not be.
    Inside,
    /// Nothing may be unknown.
    Refused,
}

/// What a function is called with.
pub struct Arguments<'a> {
    /// The arguments.
    pub values: &'a [Value],
    /// Where the call stands.
    pub at: Span,
    /// Bounds on texts that are parsed.
    pub limits: &'a Limits,
}

impl Arguments<'_> {
    fn get(&self, at: usize) -> Result<&Value, String> {
        let missing = || format!("argument {} is missing", at + 1);
        self.values.get(at).ok_or_else(missing)
    }

    fn text(&self, at: usize) -> Result<Arc<str>, String> {
        let value = self.get(at)?;
        let refuse = || format!("argument {} is not a text", at + 1);
        value.as_text().ok_or_else(refuse)
    }

    fn number(&self, at: usize) -> Result<f64, String> {
        let value = self.get(at)?;
        let refuse = || format!("argument {} is not a number", at + 1);
        value.as_number().ok_or_else(refuse)
    }

    fn list(&self, at: usize) -> Result<Vec<Value>, String> {
        let value = self.get(at)?;
        let refuse = || format!("argument {} is not a list", at + 1);
        value.items().ok_or_else(refuse)
    }

    /// A value that is computed here.
    fn computed(&self, data: Data) -> Result<Value, String> {
        let all: Vec<_> = self.values.iter().collect();
        Ok(super::expression::computed(data, self.at, &all))
    }

    /// A text that is computed here.
    fn result(&self, text: impl Into<Arc<str>>) -> Result<Value, String> {
        let Value { data, .. } = Value::computed(text, self.at);
        self.computed(data)
    }

    fn result_list(&self, items: Vec<Value>) -> Result<Value, String> {
        Ok(Value::list(items, self.at))
    }
}

/// The function called `name`, and what becomes of unknown arguments.
pub fn named(name: &str) -> Option<(Function, Unknowns)> {
    // Functions of Terraform itself may be called by their full name.
    let name = name.strip_prefix("core::").unwrap_or(name);
    let found = TABLE.binary_search_by(|(known, ..)| (*known).cmp(name));
    let (_, function, unknowns) = TABLE.get(found.ok()?)?;
    Some((*function, *unknowns))
}

use Unknowns::{Inside, Refused, Taken};

/// By name, in order.
const TABLE: &[(&str, Function, Unknowns)] = &[
    (
        "abs",
        |a| a.computed(Data::Number(a.number(0)?.abs())),
        Refused,
    ),
    ("abspath", |a| a.result(a.text(0)?), Refused),
    ("alltrue", collections::alltrue, Inside),
    ("anytrue", collections::anytrue, Inside),
    ("base64decode", strings::base64decode, Refused),
    ("base64encode", strings::base64encode, Taken),
    ("basename", strings::basename, Refused),
    (
        "ceil",
        |a| a.computed(Data::Number(a.number(0)?.ceil())),
        Refused,
    ),
    (
        "chomp",
        |a| a.result(a.text(0)?.trim_end_matches(['\r', '\n'])),
        Refused,
    ),
    ("chunklist", collections::chunklist, Inside),
    ("cidrhost", convert::cidrhost, Refused),
    ("cidrnetmask", convert::cidrnetmask, Refused),
    ("cidrsubnet", convert::cidrsubnet, Refused),
    ("cidrsubnets", convert::cidrsubnets, Refused),
    ("coalesce", collections::coalesce, Taken),
    ("coalescelist", collections::coalescelist, Inside),
    ("compact", collections::compact, Inside),
    ("concat", collections::concat, Inside),
    ("contains", collections::contains, Inside),
    ("dirname", strings::dirname, Refused),
    ("distinct", collections::distinct, Inside),
    ("element", collections::element, Inside),
    ("endswith", strings::endswith, Refused),
    ("flatten", collections::flatten, Inside),
    (
        "floor",
        |a| a.computed(Data::Number(a.number(0)?.floor())),
        Refused,
    ),
    ("format", strings::format, Taken),
    ("formatlist", strings::formatlist, Refused),
    ("indent", strings::indent, Refused),
    ("index", collections::index, Refused),
    ("issensitive", |a| a.computed(Data::Bool(false)), Inside),
    ("join", strings::join, Inside),
    ("jsonencode", convert::jsonencode, Taken),
    ("keys", collections::keys, Inside),
    ("length", collections::length, Inside),
    ("lookup", collections::lookup, Inside),
    ("lower", |a| a.result(a.text(0)?.to_lowercase()), Refused),
    ("matchkeys", collections::matchkeys, Refused),
    ("max", collections::max, Refused),
    ("merge", collections::merge, Inside),
    ("min", collections::min, Refused),
    ("nonsensitive", convert::same, Taken),
    ("one", collections::one, Inside),
    ("parseint", convert::parseint, Refused),
    ("pathexpand", |a| a.result(a.text(0)?), Refused),
    ("range", collections::range, Refused),
    ("regex", strings::regex, Refused),
    ("regexall", strings::regexall, Refused),
    ("replace", strings::replace, Refused),
    ("reverse", collections::reverse, Inside),
    ("sensitive", convert::same, Taken),
    ("setintersection", collections::setintersection, Refused),
    ("setproduct", collections::setproduct, Inside),
    ("setsubtract", collections::setsubtract, Refused),
    ("setunion", collections::setunion, Inside),
    ("slice", collections::slice, Inside),
    ("sort", collections::sort, Refused),
    ("split", strings::split, Refused),
    ("startswith", strings::startswith, Refused),
    ("strcontains", strings::strcontains, Refused),
    (
        "strrev",
        |a| a.result(a.text(0)?.chars().rev().collect::<String>()),
        Refused,
    ),
    ("substr", strings::substr, Refused),
    ("sum", collections::sum, Refused),
    ("title", strings::title, Refused),
    ("tobool", convert::tobool, Refused),
    ("tolist", convert::same, Taken),
    ("tomap", convert::same, Taken),
    ("tonumber", convert::tonumber, Refused),
    ("toset", convert::toset, Inside),
    ("tostring", convert::tostring, Taken),
    ("trim", strings::trim, Refused),
    ("trimprefix", strings::trimprefix, Refused),
    ("trimspace", |a| a.result(a.text(0)?.trim()), Refused),
    ("trimsuffix", strings::trimsuffix, Refused),
    ("upper", |a| a.result(a.text(0)?.to_uppercase()), Refused),
    ("urlencode", strings::urlencode, Refused),
    ("values", collections::values, Inside),
    ("zipmap", collections::zipmap, Inside),
];

#[cfg(test)]
mod tests {
    #[test]
    fn functions_are_in_order() {
        assert!(super::TABLE.is_sorted_by(|a, b| a.0 < b.0));
    }
}
