//! Digests of what something depends on: equal digests, equal things.

use std::fmt;

use sha2::{Digest as _, Sha256};

/// How many bytes a digest has.
pub(super) const DIGEST: usize = 32;

/// Takes in what something depends on, piece by piece. Where a piece ends counts: `ab` and `c` are not
/// `a` and `bc`.
///
/// It is SHA-256 (FIPS 180-4): nobody can make two things that count as one.
#[derive(Debug, Clone, Default)]
pub struct Digest(Sha256);

impl Digest {
    /// Takes in bytes.
    pub fn bytes(&mut self, bytes: &[u8]) {
        self.0.update((bytes.len() as u64).to_le_bytes());
        self.0.update(bytes);
    }

    /// Takes in a text.
    pub fn text(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }

    /// Takes in how many pieces follow, or any other number.
    pub fn number(&mut self, number: u64) {
        self.0.update(number.to_le_bytes());
    }

    /// The digest of all that was taken in.
    pub fn finish(self) -> Key {
        Key(self.0.finalize().into())
    }
}

/// A digest, as the name of what it is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Key([u8; DIGEST]);

impl Key {
    /// Its bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Whether a file is called as a key is written.
    pub(super) fn is_one(name: &str) -> bool {
        let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        name.len() == 2 * DIGEST && name.bytes().all(is_digit)
    }
}

/// In hexadecimal digits.
impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(pieces: &[&str]) -> Key {
        let mut digest = Digest::default();
        pieces.iter().for_each(|piece| digest.text(piece));
        digest.finish()
    }

    #[test]
    fn where_a_piece_ends_counts() {
        assert_eq!(of(&["ab", "c"]), of(&["ab", "c"]));
        assert_ne!(of(&["ab", "c"]), of(&["a", "bc"]));
        assert_ne!(of(&["ab"]), of(&["ab", ""]));
    }

    #[test]
    fn a_key_is_a_name_of_digits_and_nothing_else_is() {
        let name = of(&[]).to_string();
        // SHA-256 of nothing (FIPS 180-4).
        assert!(
            name.starts_with("e3b0c44298fc1c149afbf4c8996fb924"),
            "{name}"
        );
        assert!(Key::is_one(&name));
        for other in [&name[1..], &name.to_uppercase(), "draft-0"] {
            assert!(!Key::is_one(other), "{other}");
        }
    }
}
