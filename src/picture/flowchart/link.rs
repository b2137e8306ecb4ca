//! Arrows: a line of dashes, equals signs or dots, with heads and a label.

use super::cursor::Cursor;

/// What a line ends in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Head {
    None,
    Point,
    Cross,
    Circle,
}

/// An arrow.
pub(super) struct Link {
    pub(super) left: Head,
    pub(super) right: Head,
    pub(super) is_invisible: bool,
    /// What it is called: `name@-->`.
    pub(super) name: Option<String>,
}

/// Takes an arrow; `None` if there is none.
///
/// # Errors
///
/// Why it cannot be read.
pub(super) fn link(cursor: &mut Cursor<'_>) -> Result<Option<Link>, String> {
    let start = cursor.at();
    let name = name(cursor);
    if cursor.starts_with("~~~") {
        cursor.take_while(|c| c == '~');
        label(cursor)?;
        let (left, right) = (Head::None, Head::None);
        return Ok(Some(Link {
            left,
            right,
            is_invisible: true,
            name,
        }));
    }
    let left = left(cursor);
    let Some(stroke) = stroke(cursor) else {
        cursor.back_to(start);
        return Ok(None);
    };
    let right = match stroke.right(cursor) {
        Some(right) => {
            label(cursor)?;
            right
        }
        None => stroke.after_text(cursor)?,
    };
    Ok(Some(Link {
        left,
        right,
        is_invisible: false,
        name,
    }))
}

/// `name@` before an arrow.
fn name(cursor: &mut Cursor<'_>) -> Option<String> {
    let start = cursor.at();
    let name = cursor.take_while(|c| c.is_alphanumeric() || c == '_');
    let is_name = !name.is_empty()
        && cursor.take("@")
        && matches!(cursor.peek(), Some('-' | '=' | '<' | '~' | 'x' | 'o'));
    if !is_name {
        cursor.back_to(start);
        return None;
    }
    Some(name.to_owned())
}

/// The head on the left: only before a line.
fn left(cursor: &mut Cursor<'_>) -> Head {
    let head = match cursor.peek() {
        Some('<') => Head::Point,
        Some('x') => Head::Cross,
        Some('o') => Head::Circle,
        _ => return Head::None,
    };
    let start = cursor.at();
    cursor.next();
    let is_line = ["--", "==", "-."]
        .iter()
        .any(|line| cursor.starts_with(line));
    if !is_line {
        cursor.back_to(start);
        return Head::None;
    }
    head
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stroke {
    /// So many dashes.
    Dashes(usize),
    Equals(usize),
    /// Whether it is complete, as in `-.-`, and not only begun, as in `-.`.
    Dots(bool),
}

fn stroke(cursor: &mut Cursor<'_>) -> Option<Stroke> {
    if cursor.starts_with("-.") {
        cursor.take("-");
        cursor.take_while(|c| c == '.');
        return Some(Stroke::Dots(cursor.take("-")));
    }
    if cursor.starts_with("--") {
        return Some(Stroke::Dashes(cursor.take_while(|c| c == '-').len()));
    }
    if cursor.starts_with("==") {
        return Some(Stroke::Equals(cursor.take_while(|c| c == '=').len()));
    }
    None
}

fn right(cursor: &mut Cursor<'_>) -> Option<Head> {
    let head = match cursor.peek()? {
        '>' => Head::Point,
        'x' => Head::Cross,
        'o' => Head::Circle,
        _ => return None,
    };
    cursor.next();
    Some(head)
}

impl Stroke {
    /// The head on the right; `None` if a text goes on with the line.
    fn right(self, cursor: &mut Cursor<'_>) -> Option<Head> {
        match self {
            Self::Dots(false) => None,
            Self::Dots(true) => Some(right(cursor).unwrap_or(Head::None)),
            Self::Dashes(length) | Self::Equals(length) => match right(cursor) {
                None if length > 2 => Some(Head::None),
                head => head,
            },
        }
    }

    /// The head on the right behind a text in the line: `-- text -->`.
    fn after_text(self, cursor: &mut Cursor<'_>) -> Result<Head, String> {
        let (start, ends, begun): (_, &[&str], _) = match self {
            Self::Dashes(_) => (cursor.at(), &["--"], "--"),
            Self::Equals(_) => (cursor.at(), &["=="], "=="),
            Self::Dots(_) => (cursor.at(), &[".-"], "-."),
        };
        cursor.skip_spaces();
        if cursor.quoted().is_none() {
            cursor.back_to(start);
        }
        let rest = cursor.at();
        let line = cursor.line();
        let found = ends.iter().filter_map(|end| line.find(end)).min();
        let Some(found) = found else {
            cursor.back_to(rest);
            return Err(format!(
                "an arrow that begins with `{begun}` and a text has no end"
            ));
        };
        cursor.back_to(rest + found);
        let head = match self {
            Self::Dots(_) => {
                cursor.take_while(|c| c == '.');
                cursor.take("-");
                right(cursor).unwrap_or(Head::None)
            }
            Self::Dashes(_) | Self::Equals(_) => {
                let mark = if matches!(self, Self::Dashes(_)) {
                    '-'
                } else {
                    '='
                };
                let length = cursor.take_while(|c| c == mark).len();
                match right(cursor) {
                    Some(head) => head,
                    None if length > 2 => Head::None,
                    None => {
                        return Err(format!(
                            "an arrow that begins with `{begun}` and a text has no end"
                        ));
                    }
                }
            }
        };
        label(cursor)?;
        Ok(head)
    }
}

/// `|text|` behind an arrow.
fn label(cursor: &mut Cursor<'_>) -> Result<(), String> {
    let start = cursor.at();
    cursor.skip_spaces();
    if !cursor.take("|") {
        cursor.back_to(start);
        return Ok(());
    }
    cursor.skip_spaces();
    let quoted = cursor.quoted().is_some();
    let from = cursor.at();
    let line = cursor.line();
    match line.find('|') {
        Some(end) => {
            cursor.back_to(from + end + 1);
            Ok(())
        }
        None => {
            cursor.back_to(if quoted { from } else { start });
            Err("the label of an arrow begins with `|` and has no `|` at its end".to_owned())
        }
    }
}
