//! What is written in a Secret, or in something that should be one: a credential, or only settings.
//!
//! A Secret says nothing of what is in it. Its values are told apart by their names, and where they hold
//! settings of a program, by the names in these. What is encrypted, hashed or to be filled in is no
//! credential that stands there.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use super::resource::Resource;
use crate::infrastructure::credential::{
    holds_private_key, is_credential, is_hash, is_placeholder,
};
use crate::source::Span;

/// A value that is written in a Secret.
pub(super) struct Written {
    pub(super) span: Span,
    pub(super) is_private_key: bool,
    pub(super) is_credential: bool,
}

/// The values of a Secret.
pub(super) struct Content {
    /// Those that stand there as they are.
    pub(super) written: Vec<Written>,
    /// Whether all of its values do: none is encrypted, hashed or to be filled in.
    is_whole: bool,
}

impl Content {
    /// The values of a Secret, as far as they stand there.
    pub(super) fn of(resource: &Resource) -> Self {
        let mut content = Self {
            written: Vec::new(),
            is_whole: false,
        };
        // SOPS encrypts values in their places, and says so beside them.
        if resource.node.get("sops").is_some() {
            return content;
        }
        let mut all = 0;
        for (part, decodes) in [("stringData", false), ("data", true)] {
            for (name, value) in resource.node.get(part).map_or(&[][..], |it| it.entries()) {
                all += 1;
                let text = value.scalar().and_then(|text| match decodes {
                    true => decoded(&text),
                    false => Some(text),
                });
                let Some(text) = text.filter(|it| !is_placeholder(it) && !is_hash(it)) else {
                    continue;
                };
                content.written.push(Written {
                    span: value.span,
                    is_private_key: holds_private_key(&text),
                    is_credential: is_credential(&name.value, &text),
                });
            }
        }
        content.is_whole = all > 0 && content.written.len() == all;
        content
    }

    /// The value that makes it a secret.
    pub(super) fn credential(&self) -> Option<&Written> {
        self.written.iter().find(|value| value.is_credential)
    }

    /// Whether all that is in it stands there, and is no credential.
    pub(super) fn is_settings(&self) -> bool {
        self.is_whole && self.credential().is_none()
    }
}

/// The text of base64, as far as it is text; none if it is neither.
fn decoded(text: &str) -> Option<String> {
    let bytes: String = text.split_whitespace().collect();
    match BASE64_STANDARD.decode(&bytes) {
        Ok(bytes) => Some(String::from_utf8_lossy(&bytes).into_owned()),
        // The API would refuse it; what is to be filled in is no base64, either.
        Err(_) => None,
    }
}
