//! Where a value stands in the text it was read from.

/// A file (or other text) of one run: its place in the sorted list of [`Files`](super::Files).
///
/// Order follows path order, so sorting by span is sorting by path, then by position.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(pub u32);

/// A half-open range of bytes in one file.
///
/// A range that starts past the end of the text stands for a value that a YAML alias or merge key
/// brought in, or that was read from a part of the text, such as a fence in Markdown:
/// [`Files::locate`](super::Files::locate) turns it into the place where it was written and, behind
/// an alias, the place of the use. This keeps a span at twelve bytes whatever its origin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The file that holds the text.
    pub file: FileId,
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// The range `start..end` of `file`.
    pub fn new(file: FileId, start: u32, end: u32) -> Self {
        debug_assert!(start <= end);
        Self { file, start, end }
    }

    /// The empty range at the start of `file`: for what concerns the whole file.
    pub fn file_start(file: FileId) -> Self {
        Self::new(file, 0, 0)
    }

    /// The range as indices into the text.
    pub fn range(self) -> std::ops::Range<usize> {
        self.start as usize..self.end as usize
    }
}

/// A value and where it was written. Compares and hashes by value alone.
#[derive(Debug, Clone, Copy)]
pub struct Spanned<T> {
    /// The value.
    pub value: T,
    /// Where it was written.
    pub span: Span,
}

impl<T> Spanned<T> {
    /// Pairs `value` with the place it was read from.
    pub fn new(value: T, span: Span) -> Self {
        Self { value, span }
    }
}

impl<T: PartialEq> PartialEq for Spanned<T> {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl<T: Eq> Eq for Spanned<T> {}

/// The name by which a deserializer knows that a [`Spanned`] is asked for: it then gives the file,
/// the start and the end before the value.
pub const SPANNED: &str = "$palisade::Spanned";

impl<'de, T: serde::Deserialize<'de>> serde::Deserialize<'de> for Spanned<T> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Parts<T>(std::marker::PhantomData<T>);

        impl<'de, T: serde::Deserialize<'de>> serde::de::Visitor<'de> for Parts<T> {
            type Value = Spanned<T>;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a value with its place")
            }

            fn visit_seq<A: serde::de::SeqAccess<'de>>(
                self,
                mut parts: A,
            ) -> Result<Self::Value, A::Error> {
                let missing = |at| serde::de::Error::invalid_length(at, &self);
                let file = parts.next_element()?.ok_or_else(|| missing(0))?;
                let start = parts.next_element()?.ok_or_else(|| missing(1))?;
                let end = parts.next_element()?.ok_or_else(|| missing(2))?;
                let value = parts.next_element()?.ok_or_else(|| missing(3))?;
                Ok(Spanned::new(value, Span::new(FileId(file), start, end)))
            }
        }

        const FIELDS: &[&str] = &["file", "start", "end", "value"];
        deserializer.deserialize_struct(SPANNED, FIELDS, Parts(std::marker::PhantomData))
    }
}
