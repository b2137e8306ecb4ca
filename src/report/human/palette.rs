//! Which colour means what.

use owo_colors::Style;

use crate::finding::{Finding, Severity, Verdict};

/// A style for everything that has one; all of them plain where colours are not wanted.
#[derive(Debug, Clone, Copy)]
pub(super) struct Palette {
    color: bool,
}

impl Palette {
    pub fn new(color: bool) -> Self {
        Self { color }
    }

    fn style(self, style: fn(Style) -> Style) -> Style {
        let plain = Style::new();
        if self.color { style(plain) } else { plain }
    }

    pub fn severity(self, severity: Severity) -> Style {
        self.style(match severity {
            Severity::Critical => |style| style.red().bold(),
            Severity::High => |style| style.red(),
            Severity::Medium => |style| style.yellow(),
            Severity::Low => |style| style.blue(),
        })
    }

    pub fn finding(self, finding: &Finding) -> Style {
        match finding.verdict {
            Verdict::Violation => self.severity(finding.rule.severity),
            Verdict::Undetermined => self.undetermined(),
        }
    }

    pub fn undetermined(self) -> Style {
        self.style(|style| style.magenta().bold())
    }

    pub fn problem(self) -> Style {
        self.style(|style| style.bright_red().bold())
    }

    pub fn passed(self) -> Style {
        self.style(|style| style.green().bold())
    }

    pub fn emphasis(self) -> Style {
        self.style(|style| style.bold())
    }

    /// Places that matter beside the one to change.
    pub fn related(self) -> Style {
        self.style(|style| style.cyan())
    }

    /// Parts of a rule: not green, for that a rule "holds" is no good news.
    pub fn clause(self) -> Style {
        self.style(|style| style.bright_blue())
    }

    pub fn path(self) -> Style {
        self.style(|style| style.cyan().underline())
    }

    /// What is there to be found if needed: line numbers, names of fields.
    pub fn quiet(self) -> Style {
        self.style(|style| style.dimmed())
    }
}
