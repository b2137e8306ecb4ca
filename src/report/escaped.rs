//! JSON in which nothing is hidden from whoever reads it as a text.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::Serializer;
use serde_json::ser::{Formatter, PrettyFormatter};

use super::clean::is_hostile;

/// Writes `value` on several lines, with each character that a reader would not see, or that turns
/// the direction of what follows, as its escape: to a program that is the same text.
pub(super) fn write_json(value: &impl Serialize, out: &mut dyn Write) -> io::Result<()> {
    write_json_as(value, PrettyFormatter::new(), out)
}

/// The same, laid out by `formatter`.
pub(super) fn write_json_as(
    value: &impl Serialize,
    formatter: impl Formatter,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut serializer = Serializer::with_formatter(Escaped(&mut *out), formatter);
    value.serialize(&mut serializer)?;
    writeln!(out)
}

/// Escapes what is outside of ASCII, where it can only be in a text; the others are escaped already.
struct Escaped<'w>(&'w mut dyn Write);

impl Write for Escaped<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let hides = |c: char| !c.is_ascii() && is_hostile(c);
        match std::str::from_utf8(bytes) {
            Ok(text) if !text.is_ascii() => {
                let mut rest = text;
                while let Some(at) = rest.find(hides) {
                    let (before, after) = rest.split_at(at);
                    self.0.write_all(before.as_bytes())?;
                    let mut after = after.chars();
                    for unit in after.next().into_iter().flat_map(|c| {
                        let mut units = [0; 2];
                        c.encode_utf16(&mut units).to_vec()
                    }) {
                        write!(self.0, "\\u{unit:04x}")?;
                    }
                    rest = after.as_str();
                }
                self.0.write_all(rest.as_bytes())?;
            }
            _ => self.0.write_all(bytes)?,
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::write_json;

    #[test]
    fn what_is_hidden_is_escaped_and_the_same_text() -> Result<(), Box<dyn std::error::Error>> {
        let text = [
            "plain é",
            "a\u{202e}b",
            "\u{200b}\u{e0041}",
            "tab\tand\u{85}",
        ];
        let mut out = Vec::new();
        write_json(&text, &mut out)?;
        let out = String::from_utf8(out)?;
        let expected = r#"[
  "plain é",
  "a\u202eb",
  "\u200b\udb40\udc41",
  "tab\tand\u0085"
]
"#;
        assert_eq!(out, expected);
        let again: Vec<String> = serde_json::from_str(&out)?;
        assert_eq!(again, text);
        Ok(())
    }
}
