//! The layout of policy files.

use std::str::FromStr;

use cedar_policy::PolicySet;
use cedar_policy_formatter::{Config, policies_str_to_pretty};

use super::complaint::{cedar_problem, policy_problem};
use super::nesting::too_deep;
use super::text::Text;
use crate::source::{Code, FileId, Files, Problem, Span};

/// The text of a policy file, laid out as Cedar does it, with all of its comments.
///
/// # Errors
///
/// That it nests too deeply; what keeps Cedar from parsing it; or that a comment would be lost, which Cedar has no place for.
pub fn format(files: &Files, file: FileId) -> Result<String, Vec<Problem>> {
    let text = files.get(file).text();
    if let Some(problem) = too_deep(file, text) {
        return Err(vec![problem]);
    }
    let set = PolicySet::from_str(text).map_err(|errors| {
        let said = errors.iter();
        let said = said.map(|error| cedar_problem(Code::PolicySyntax, error, &[Text::of(file)]));
        said.collect::<Vec<_>>()
    })?;
    if set.policies().next().is_none() && set.templates().next().is_none() {
        return Ok(text.to_owned());
    }
    // The widths that Cedar's own tools have: one file is laid out in one way.
    let config = Config::default();
    let refused = |at: Span, what: &str, message: String| {
        vec![
            policy_problem(Code::NotFormatted, message)
                .at(at, what)
                .help("the file is left as it is; put comments on lines of their own"),
        ]
    };
    let formatted = policies_str_to_pretty(text, &config).map_err(|error| {
        let message = format!("Cedar cannot lay this out: {error}");
        refused(Span::file_start(file), "in this file", message)
    })?;
    let mut kept: Vec<_> = comments(&formatted).map(|(_, comment)| comment).collect();
    for (at, comment) in comments(text) {
        match kept.iter().position(|other| *other == comment) {
            Some(known) => drop(kept.swap_remove(known)),
            None => {
                let at = u32::try_from(at).unwrap_or_default();
                let length = u32::try_from(comment.len()).unwrap_or_default();
                let message = "a comment would be lost".to_owned();
                return Err(refused(
                    Span::new(file, at, at + length),
                    "no place for this one",
                    message,
                ));
            }
        }
    }
    Ok(formatted)
}

/// The comments of a text, with where each begins.
fn comments(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let bytes = text.as_bytes();
        while at < bytes.len() {
            match bytes[at] {
                b'"' => {
                    at += 1;
                    while at < bytes.len() && bytes[at] != b'"' {
                        at += if bytes[at] == b'\\' { 2 } else { 1 };
                    }
                    at += 1;
                }
                b'/' if bytes.get(at + 1) == Some(&b'/') => {
                    let start = at;
                    let end = memchr::memchr(b'\n', &bytes[at..]);
                    at = end.map_or(bytes.len(), |end| start + end);
                    return Some((start, text[start..at].trim_end()));
                }
                _ => at += 1,
            }
        }
        None
    })
}
