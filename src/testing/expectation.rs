//! What the comments of a test say: which findings it expects, which rules it asks, and for which day.

use crate::finding::{Finding, Verdict};
use crate::model::Date;
use crate::policy::Rule;
use crate::source::{Code, FileId, Files, Problem, ProblemKind, Span, Spanned, closest};

use super::{EXPECT, EXPECT_UNDETERMINED, word};

const SELECT: &str = "select";
const NOW: &str = "now";
/// What comments that say something to a test begin with.
const WORDS: [&str; 4] = [EXPECT, EXPECT_UNDETERMINED, SELECT, NOW];

/// A finding that a test expects.
#[derive(Debug)]
pub(super) struct Expectation {
    /// The id of the rule.
    pub rule: String,
    verdict: Verdict,
    /// The line that its primary span starts on, from 1.
    line: usize,
    /// Where the rule is named.
    span: Span,
}

/// What the comments of a test say.
#[derive(Debug, Default)]
pub(super) struct Remarks<'r> {
    /// The findings, in order.
    pub expectations: Vec<Expectation>,
    /// The rules that it asks, if it says so.
    pub rules: Option<Vec<&'r Rule>>,
    /// The day that it is checked for, if it says so, in milliseconds since 1970.
    pub now: Option<i64>,
}

impl Expectation {
    /// Whether this finding of the test's file is the one.
    pub fn is_met_by(&self, finding: &Finding, file: FileId, files: &Files) -> bool {
        let place = files.locate(finding.primary.span).span;
        self.rule == finding.rule.id
            && self.verdict == finding.verdict
            && place.file == file
            && files.start(place).line == self.line
    }

    /// That it was not found; `others` was, and not expected.
    pub fn missing(&self, others: &[Finding], files: &Files) -> Problem {
        let (rule, line) = (&self.rule, self.line);
        let line_of = |found: &Finding| files.start(files.locate(found.primary.span).span).line;
        let of_rule = others.iter().filter(|found| found.rule.id == *rule);
        let mut elsewhere: Vec<_> = of_rule.map(line_of).collect();
        elsewhere.sort_unstable();
        elsewhere.dedup();
        let what = match self.verdict {
            Verdict::Violation => "finds nothing wrong",
            Verdict::Undetermined => "is not undetermined",
        };
        let problem = Problem::input(
            Code::Missing,
            format!("rule `{rule}` {what} on line {line}, where that is expected"),
        )
        .at(self.span, "expected here");
        if elsewhere.contains(&line) {
            let other = match self.verdict {
                Verdict::Violation => Verdict::Undetermined,
                Verdict::Undetermined => Verdict::Violation,
            };
            return problem.help(format!(
                "there is a finding of it with another verdict; if that is meant, write `# {}: {rule}`",
                word(other)
            ));
        }
        let lines: Vec<_> = elsewhere.iter().map(usize::to_string).collect();
        match lines.as_slice() {
            [] => problem,
            [only] => problem.help(format!("it finds something on line {only}")),
            lines => problem.help(format!("it finds something on lines {}", lines.join(", "))),
        }
    }
}

impl<'r> Remarks<'r> {
    /// Reads the comments of a test; what they say that cannot be is a problem.
    pub fn read(
        remarks: &[Spanned<String>],
        files: &Files,
        rules: &'r [Rule],
        problems: &mut Vec<Problem>,
    ) -> Self {
        let mut read = Self::default();
        for remark in remarks {
            let (name, rest) = remark.value.split_once(':').unwrap_or((&remark.value, ""));
            let verdicts = [Verdict::Violation, Verdict::Undetermined];
            let verdict = verdicts.into_iter().find(|verdict| word(*verdict) == name);
            if let Some(problem) = mistaken(remark, rules) {
                problems.push(problem);
            } else if let Some(verdict) = verdict {
                read.expect(verdict, rest, remark.span, files);
            } else if name == SELECT {
                read.select(rest, remark.span, rules, problems);
            } else if name == NOW {
                read.day(rest, remark.span, problems);
            }
        }
        read.verify(rules, problems);
        read
    }

    fn day(&mut self, text: &str, comment: Span, problems: &mut Vec<Problem>) {
        let problem = match (text.trim().parse::<Date>(), self.now) {
            (Ok(date), None) => {
                self.now = Some(date.milliseconds);
                return;
            }
            (Ok(_), Some(_)) => unusable("a test has one day".to_owned())
                .at(comment, "a second one")
                .help("write what needs another day into a file of its own"),
            (Err(error), _) => unusable(error.to_string()).at(comment, "as in `# now: 2026-01-31`"),
        };
        problems.push(problem);
    }

    fn expect(&mut self, verdict: Verdict, text: &str, comment: Span, files: &Files) {
        let line = files.line_of_comment(comment);
        for (rule, span) in names(text, comment) {
            self.expectations.push(Expectation {
                rule: rule.to_owned(),
                verdict,
                line,
                span,
            });
        }
    }

    fn select(
        &mut self,
        text: &str,
        comment: Span,
        rules: &'r [Rule],
        problems: &mut Vec<Problem>,
    ) {
        if names(text, comment).is_empty() {
            problems.push(
                unusable("a test that asks no rule shows nothing".to_owned())
                    .at(comment, "no rule is named")
                    .help("name rules, separated by commas, or leave this comment out"),
            );
        }
        let chosen = self.rules.get_or_insert_default();
        for (pattern, span) in names(text, comment) {
            let meant = rules.iter().filter(|rule| rule.info.is_meant_by(pattern));
            let before = chosen.len();
            for rule in meant {
                if !chosen.iter().any(|known| known.info.id == rule.info.id) {
                    chosen.push(rule);
                }
            }
            if chosen.len() == before && !rules.iter().any(|rule| rule.info.is_meant_by(pattern)) {
                problems.push(unknown(pattern, span, rules));
            }
        }
    }

    /// Keeps what is expected of rules that are asked; the rest is a problem.
    fn verify(&mut self, rules: &'r [Rule], problems: &mut Vec<Problem>) {
        let by_default = super::by_default(rules);
        let asked = self.rules.as_ref().unwrap_or(&by_default);
        self.expectations.retain(|expected| {
            let id = &expected.rule;
            let is_asked = asked.iter().any(|rule| rule.info.id == *id);
            if !rules.iter().any(|rule| rule.info.id == *id) {
                problems.push(unknown(id, expected.span, rules));
            } else if !is_asked {
                problems.push(
                    unusable(format!("rule `{id}` is not evaluated in this test"))
                        .at(expected.span, "expected here")
                        .help(format!("select it with a comment: `# select: {id}`")),
                );
            }
            is_asked
        });
    }
}

/// What is wrong with a comment that was meant for this program, and would say nothing to it.
fn mistaken(remark: &Spanned<String>, rules: &[Rule]) -> Option<Problem> {
    let text = remark.value.as_str();
    let end = text.find(|c: char| !c.is_ascii_alphabetic() && c != '-');
    let (first, rest) = text.split_at(end.unwrap_or(text.len()));
    let is_word = WORDS.contains(&first);
    let problem = unusable("this comment says nothing to `palisade test`".to_owned());
    let begins = text.get(1..).unwrap_or_default();
    if begins.contains("# expect") {
        let problem = problem.at(remark.span, "it must begin with the word");
        return Some(problem.help("write one comment, and name several rules with commas between"));
    }
    if is_word && rest.starts_with(':') {
        return None;
    }
    let named = rest.trim_start_matches([':', ' ']);
    let named = named.split([' ', ',']).next().unwrap_or_default();
    let names_rule = rules.iter().any(|rule| rule.info.id == named);
    let lower = first.to_ascii_lowercase();
    let meant = match closest(&lower, WORDS.into_iter()) {
        Some(meant) if is_word || lower == meant => meant,
        // Short words are close to many others.
        Some(meant) if lower.len() > 5 && (names_rule || rest.starts_with(':')) => meant,
        _ if rest.starts_with(':') && is_swapped(&lower, NOW) => NOW,
        _ => return None,
    };
    // `# expect nothing here` is prose.
    if !rest.starts_with(':') && !names_rule {
        return None;
    }
    let problem = problem.at(remark.span, "not understood");
    Some(problem.help(format!("did you mean `# {meant}:`?")))
}

/// Whether the letters of a word are those of another in a different order.
fn is_swapped(word: &str, other: &str) -> bool {
    let sorted = |text: &str| {
        let mut letters: Vec<_> = text.chars().collect();
        letters.sort_unstable();
        letters
    };
    word != other && sorted(word) == sorted(other)
}

fn unusable(message: String) -> Problem {
    Problem::new(ProblemKind::Input, Code::TestComment, message)
}

fn unknown(name: &str, span: Span, rules: &[Rule]) -> Problem {
    let problem = unusable(format!("unknown rule `{name}`")).at(span, "not known");
    let ids = rules.iter().map(|rule| rule.info.id.as_str());
    match closest(name, ids) {
        Some(similar) => problem.help(format!("did you mean `{similar}`?")),
        None => problem.help("`palisade rules` lists the rules"),
    }
}

/// The names that a comment lists, separated by commas or blanks, each with its place. `text` is the
/// end of the comment.
fn names(text: &str, comment: Span) -> Vec<(&str, Span)> {
    let is_separator = |c: char| c == ',' || c.is_whitespace();
    let base = comment.end as usize - text.len();
    let mut names = Vec::new();
    let mut at = 0;
    while let Some(skipped) = text[at..].find(|c| !is_separator(c)) {
        let start = at + skipped;
        let length = text[start..].find(is_separator);
        let end = length.map_or(text.len(), |length| start + length);
        let position = |offset: usize| u32::try_from(base + offset).unwrap_or(comment.end);
        let span = Span::new(comment.file, position(start), position(end));
        names.push((&text[start..end], span));
        at = end;
    }
    names
}
