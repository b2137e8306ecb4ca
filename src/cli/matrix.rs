//! `palisade rules --matrix`: a standard by clause, with the rules of each and what came of them.

use std::io::{self, Write};

use crate::finding::{Outcome, PROFILES, Profile};
use crate::report::{Matrix, cell, matrix};
use crate::source::{Code, Problem, ProblemKind, closest};

/// The profile that is chosen as `profile:NAME`, or by its name alone.
pub(super) fn profile(choice: &str) -> Result<&'static Profile, Problem> {
    let name = choice.strip_prefix("profile:").unwrap_or(choice);
    let mut profiles = PROFILES.iter();
    profiles
        .find(|profile| profile.name == name)
        .ok_or_else(|| {
            let message = format!("unknown standard `{name}`");
            let problem = Problem::new(ProblemKind::Command, Code::UnknownRule, message);
            match closest(name, PROFILES.iter().map(|profile| profile.name)) {
                Some(similar) => problem.help(format!("did you mean `profile:{similar}`?")),
                None => problem.help("`palisade rules --profiles` lists them"),
            }
        })
}

/// Writes the matrix of a profile. `checked`: whether anything was put to the rules.
pub(super) fn write(
    outcome: &Outcome,
    profile: &Profile,
    checked: bool,
    as_csv: bool,
    out: &mut dyn Write,
) -> io::Result<()> {
    let matrix = matrix(outcome, profile);
    match as_csv {
        true => csv(&matrix, checked, out),
        false => markdown(&matrix, checked, out),
    }
}

fn markdown(matrix: &Matrix, checked: bool, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "# {}\n", matrix.title)?;
    if !checked {
        writeln!(out, "| clause | rule | severity |\n|---|---|---|")?;
        for row in &matrix.rows {
            let (clause, rule) = (cell(&row.clause), cell(&row.rule));
            writeln!(out, "| {clause} | `{rule}` | {} |", row.severity)?;
        }
        return Ok(());
    }
    writeln!(
        out,
        "| clause | rule | severity | result | asked | broken | undetermined | waived |\n\
         |---|---|---|---|--:|--:|--:|--:|"
    )?;
    for row in &matrix.rows {
        writeln!(
            out,
            "| {} | `{}` | {} | {} | {} | {} | {} | {} |",
            cell(&row.clause),
            cell(&row.rule),
            row.severity,
            row.result(),
            row.asked,
            row.broken,
            row.undetermined,
            row.waived
        )?;
    }
    Ok(())
}

fn csv(matrix: &Matrix, checked: bool, out: &mut dyn Write) -> io::Result<()> {
    let more = ",result,asked,broken,undetermined,waived";
    writeln!(
        out,
        "clause,rule,severity{}",
        if checked { more } else { "" }
    )?;
    for row in &matrix.rows {
        let fields = [&row.clause, &row.rule].map(|text| field(text));
        write!(out, "{},{}", fields.join(","), row.severity)?;
        if checked {
            let counts = [row.asked, row.broken, row.undetermined, row.waived];
            write!(out, ",{}", row.result())?;
            for count in counts {
                write!(out, ",{count}")?;
            }
        }
        writeln!(out)?;
    }
    Ok(())
}

/// A field of CSV (RFC 4180), which no spreadsheet takes for a formula.
fn field(text: &str) -> String {
    let safe = match text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        true => format!("'{text}"),
        false => text.to_owned(),
    };
    match safe.contains([',', '"', '\n', '\r']) {
        true => format!("\"{}\"", safe.replace('"', "\"\"")),
        false => safe,
    }
}
