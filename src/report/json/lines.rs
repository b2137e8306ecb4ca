//! JSON with a line for each value of a finding, and for each element of its lists: short, and
//! readable with the tools for lines.

use std::io;

use serde_json::ser::Formatter;

/// What is nested deeper is written without spaces and line ends.
const OPEN: usize = 4;

/// Writes what is nested at most [`OPEN`] deep on lines of its own.
#[derive(Default)]
pub(super) struct Lines {
    depth: usize,
    /// Whether something is in the list or object that was begun last.
    has_value: bool,
}

impl Lines {
    fn begin<W: io::Write + ?Sized>(&mut self, out: &mut W, sign: &[u8]) -> io::Result<()> {
        self.depth += 1;
        self.has_value = false;
        out.write_all(sign)
    }

    fn end<W: io::Write + ?Sized>(&mut self, out: &mut W, sign: &[u8]) -> io::Result<()> {
        self.depth -= 1;
        if self.has_value && self.depth < OPEN {
            self.new_line(out)?;
        }
        self.has_value = true;
        out.write_all(sign)
    }

    fn next<W: io::Write + ?Sized>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        if !first {
            out.write_all(b",")?;
        }
        if self.depth <= OPEN {
            self.new_line(out)?;
        }
        Ok(())
    }

    fn new_line<W: io::Write + ?Sized>(&self, out: &mut W) -> io::Result<()> {
        out.write_all(b"\n")?;
        (0..self.depth).try_for_each(|_| out.write_all(b"  "))
    }
}

impl Formatter for Lines {
    fn begin_array<W: io::Write + ?Sized>(&mut self, out: &mut W) -> io::Result<()> {
        self.begin(out, b"[")
    }

    fn end_array<W: io::Write + ?Sized>(&mut self, out: &mut W) -> io::Result<()> {
        self.end(out, b"]")
    }

    fn begin_array_value<W: io::Write + ?Sized>(
        &mut self,
        out: &mut W,
        first: bool,
    ) -> io::Result<()> {
        self.next(out, first)
    }

    fn end_array_value<W: io::Write + ?Sized>(&mut self, _: &mut W) -> io::Result<()> {
        self.has_value = true;
        Ok(())
    }

    fn begin_object<W: io::Write + ?Sized>(&mut self, out: &mut W) -> io::Result<()> {
        self.begin(out, b"{")
    }

    fn end_object<W: io::Write + ?Sized>(&mut self, out: &mut W) -> io::Result<()> {
        self.end(out, b"}")
    }

    fn begin_object_key<W: io::Write + ?Sized>(
        &mut self,
        out: &mut W,
        first: bool,
    ) -> io::Result<()> {
        self.next(out, first)
    }

    fn begin_object_value<W: io::Write + ?Sized>(&mut self, out: &mut W) -> io::Result<()> {
        out.write_all(if self.depth <= OPEN { b": " } else { b":" })
    }

    fn end_object_value<W: io::Write + ?Sized>(&mut self, _: &mut W) -> io::Result<()> {
        self.has_value = true;
        Ok(())
    }
}

#[cfg(test)]
#[allow(clippy::expect_used, reason = "a test fails by panicking")]
mod tests {
    use serde::Serialize as _;

    use super::*;

    #[test]
    fn what_is_nested_deep_is_on_one_line() {
        let value = serde_json::json!({ "a": [{ "b": [1, { "c": [2, 3] }], "d": {} }], "e": null });
        let mut out = Vec::new();
        let mut serializer = serde_json::Serializer::with_formatter(&mut out, Lines::default());
        value
            .serialize(&mut serializer)
            .expect("a vector takes every byte");
        let text = String::from_utf8(out).expect("JSON is UTF-8");
        let expected = r#"{
  "a": [
    {
      "b": [
        1,
        {"c":[2,3]}
      ],
      "d": {}
    }
  ],
  "e": null
}"#;
        assert_eq!(text, expected);
    }
}
