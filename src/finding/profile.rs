//! Profiles: rules by what asks for them, and by what they are about.
//!
//! A profile is no list of rules: a rule is in it by one of its references, by its severity, or by its
//! group.

use super::{RuleInfo, Severity};

/// A standard or report, by which rules can be chosen.
#[derive(Debug)]
pub struct Profile {
    /// As it is chosen: `profile:pci-dss`.
    pub name: &'static str,
    /// What it is called.
    pub title: &'static str,
    /// Which rules are in it.
    by: By,
}

/// What puts a rule into a profile.
#[derive(Debug)]
enum By {
    /// A reference that begins so.
    Reference(&'static str),
    /// How bad it is to break it.
    Severity(Severity),
}

/// The standards and reports that rules refer to.
pub const PROFILES: &[Profile] = &[
    profile("asvs", "OWASP ASVS 5", "OWASP ASVS"),
    profile("attack", "MITRE ATT&CK", "MITRE ATT&CK"),
    profile("bio2", "BIO2", "BIO2"),
    profile("ccm", "CSA Cloud Controls Matrix 4", "CSA CCM"),
    profile("cis-aws", "CIS Benchmark AWS", "CIS Benchmark AWS"),
    profile("cis-azure", "CIS Benchmark Azure", "CIS Benchmark Azure"),
    profile("cis-gcp", "CIS Benchmark GCP", "CIS Benchmark GCP"),
    profile(
        "cis-kubernetes",
        "CIS Benchmark Kubernetes",
        "CIS Benchmark Kubernetes",
    ),
    profile("cis-controls", "CIS Controls 8.1", "CIS Controls"),
    profile(
        "csbr",
        "CA/Browser Forum Code Signing Baseline Requirements",
        "CA/Browser Forum Code Signing Baseline Requirements",
    ),
    profile(
        "csrb",
        "CSRB report on the summer 2023 Exchange Online intrusion",
        "CSRB",
    ),
    profile("cwe", "CWE", "CWE-"),
    profile("d3fend", "MITRE D3FEND", "MITRE D3FEND"),
    profile("dora", "DORA RTS on ICT risk management", "DORA"),
    profile(
        "gdpr",
        "General Data Protection Regulation (EU) 2016/679",
        "GDPR",
    ),
    Profile {
        name: "hygiene",
        title: "what is about the documentation itself",
        by: By::Severity(Severity::Low),
    },
    profile("iec-62443", "IEC 62443", "IEC 62443"),
    profile("iso-27001", "ISO/IEC 27001:2022 annex A", "ISO/IEC 27001"),
    profile("iso-27002", "ISO/IEC 27002", "ISO/IEC 27002"),
    profile(
        "ncssr",
        "CA/Browser Forum Network and Certificate System Security Requirements",
        "CA/Browser Forum NCSSR",
    ),
    profile(
        "nis2",
        "NIS2 Implementing Regulation (EU) 2024/2690",
        "NIS2",
    ),
    profile("nist-800-53", "NIST SP 800-53", "NIST SP 800-53"),
    profile("nist-800-57", "NIST SP 800-57", "NIST SP 800-57"),
    profile("nist-800-63", "NIST SP 800-63B-4", "NIST SP 800-63"),
    profile("pci-dss", "PCI DSS", "PCI DSS"),
    profile(
        "rfc-8725",
        "RFC 8725: JSON Web Token Best Current Practices",
        "RFC 8725",
    ),
    profile("slsa", "SLSA 1.2", "SLSA"),
    profile(
        "ssdf",
        "NIST SP 800-218: Secure Software Development Framework",
        "NIST SSDF",
    ),
];

const fn profile(name: &'static str, title: &'static str, prefix: &'static str) -> Profile {
    Profile {
        name,
        title,
        by: By::Reference(prefix),
    }
}

impl Profile {
    /// The references of a rule that are to this standard, as in "PCI DSS 3.6.1"; all of them of a profile
    /// that is no standard.
    pub fn clauses<'r>(&self, rule: &'r RuleInfo) -> impl Iterator<Item = &'r str> {
        let prefix = match self.by {
            By::Reference(prefix) => prefix,
            By::Severity(_) => "",
        };
        let references = rule.references.iter().map(String::as_str);
        references.filter(move |reference| reference.starts_with(prefix))
    }

    /// Whether a rule is in it.
    pub fn has(&self, rule: &RuleInfo) -> bool {
        match self.by {
            By::Reference(prefix) => {
                let mut references = rule.references.iter();
                references.any(|reference| reference.starts_with(prefix))
            }
            By::Severity(severity) => rule.severity == severity,
        }
    }
}

impl RuleInfo {
    /// Whether a choice of rules means this one: `key-signing-hsm`, `key-*`, `profile:pci-dss`, or
    /// a group of the rules that come with Palisade, `profile:dump`.
    pub fn is_meant_by(&self, choice: &str) -> bool {
        if let Some(name) = choice.strip_prefix("profile:") {
            let mut profiles = PROFILES.iter();
            return self.group.as_deref() == Some(name)
                || profiles.any(|profile| profile.name == name && profile.has(self));
        }
        match choice.strip_suffix('*') {
            Some(start) => self.id.starts_with(start),
            None => choice == self.id,
        }
    }
}
