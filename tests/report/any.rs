//! Whatever the texts and spans are, there is a report.

use palisade::finding::Severity;
use palisade::report::{REPORTERS, Style};
use palisade::source::{Code, FileId, Label, Problem, Span};
use proptest::prelude::*;

use super::build::{Texts, render, rule, violation};
use super::support::random;

proptest! {
    #![proptest_config(random::tries(256, None))]

    #[test]
    fn no_span_makes_a_reporter_panic(
        text in "([a-z:{} \t]|\r?\n|\r|é|漢|👩‍💻|\u{feff}|\u{1b}|\u{301}){0,80}",
        spans in proptest::collection::vec((0u32..90, 0u32..90, any::<bool>()), 1..8),
        width in 0usize..130,
    ) {
        let texts = Texts::new(&[("a.yaml", &text), ("b.cedar", &text)]);
        let length = text.len() as u32;
        let labels = spans.iter().enumerate().map(|(n, (start, end, other))| {
            let (start, end) = (start.min(end).min(&length), start.max(end).min(&length));
            Label {
                span: Span::new(FileId(u32::from(*other)), *start, *end),
                text: ["", "short", "a text that is long enough to need more than a line"][n % 3].into(),
            }
        });
        let labels: Vec<_> = labels.collect();
        let mut finding = violation(rule("r", Severity::High, labels[0].span), "m", labels[0].clone());
        finding.related = labels.clone();
        finding.clauses = labels.clone();
        let mut outcome = texts.outcome(vec![finding]);
        let mut problem = Problem::input(Code::WrongValue, "m");
        problem.labels = labels;
        outcome.problems.push(problem);
        for reporter in REPORTERS {
            for color in [false, true] {
                let style = Style { color, links: color, width, ..Style::default() };
                prop_assert!(!render(reporter.name, &outcome, &style).is_empty());
            }
        }
    }
}
