//! What a finding is about, whatever the lines and files are called.

use std::fmt;

/// What a finding is about: its rule, principal and resource, by id.
///
/// Of one that stands for all that breaks a rule for one cause, the principal is the cause: a conduit,
/// a grant, an entity that states something or does not.
///
/// It holds no place, so it survives moved lines, renamed files and rebases.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Identity {
    /// The rule's id.
    pub rule: String,
    /// The principal, as `Kind::id`.
    pub principal: String,
    /// The resource, as `Kind::id`; none for the declaration of an entity, whose resource is a file.
    pub resource: Option<String>,
    /// What makes the fact where several things can: the conduit, the grant or the log, as `Kind::id`.
    pub via: Option<String>,
}

impl Identity {
    /// What it is about: the principal, the resource, and what makes the fact.
    pub fn entities(&self) -> impl Iterator<Item = &str> {
        let others = self.resource.iter().chain(&self.via);
        let all = std::iter::once(&self.principal).chain(others);
        all.map(String::as_str)
    }

    /// Eight hexadecimal digits that stand for the identity in a report: its hash, folded.
    pub fn short(&self) -> String {
        let hash = hash(&self.parts());
        format!("{:08x}", (hash >> 32) ^ (hash & 0xffff_ffff))
    }

    /// Whether `id`, as somebody types it, stands for this: eight digits, which now and then stand
    /// for another identity too, or sixteen.
    pub fn is_named(&self, id: &str) -> bool {
        id == self.short() || id == self.fingerprint()
    }

    /// Sixteen hexadecimal digits that stand for the identity where programs compare runs.
    pub fn fingerprint(&self) -> String {
        fingerprint(&self.parts())
    }

    fn parts(&self) -> [&str; 4] {
        [
            &self.rule,
            &self.principal,
            self.resource.as_deref().unwrap_or(""),
            self.via.as_deref().unwrap_or(""),
        ]
    }
}

/// Sixteen hexadecimal digits that stand for these texts, the same in every version.
pub fn fingerprint(parts: &[&str]) -> String {
    format!("{:016x}", hash(parts))
}

/// 64 bits of FNV-1a.
fn hash(parts: &[&str]) -> u64 {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for byte in parts.iter().flat_map(|part| part.bytes().chain([0])) {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    hash
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.rule, self.principal)?;
        match &self.resource {
            Some(resource) => write!(f, " {resource}"),
            None => Ok(()),
        }
    }
}
