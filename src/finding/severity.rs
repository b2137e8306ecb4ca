//! How bad it is to break a rule.

use std::str::FromStr;

/// How bad it is to break a rule; the least bad first.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    serde::Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Good practice.
    Low,
    /// A weakness that needs others to matter.
    Medium,
    /// A weakness that matters by itself.
    High,
    /// The kind of weakness that ends in an incident.
    Critical,
}

impl Severity {
    /// Every severity, the least bad first.
    pub const ALL: [Self; 4] = [Self::Low, Self::Medium, Self::High, Self::Critical];

    /// The name in policies and reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

impl std::fmt::Display for Severity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Severity {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut all = Self::ALL.into_iter();
        all.find(|severity| severity.name() == text).ok_or_else(|| {
            format!("invalid severity `{text}`; write `low`, `medium`, `high` or `critical`")
        })
    }
}
