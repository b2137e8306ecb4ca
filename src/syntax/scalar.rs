//! What a scalar means: the core schema of YAML 1.2.2 (section 10.3.2).

use super::tree::{Tag, Value};

/// The value of a scalar: by its tag if it has one, by its form if it is plain, else text.
///
/// The tag `!` (section 6.9.1) arrives here as `!!str`. A text that its tag does not fit is text;
/// [`fits`] tells.
pub(super) fn resolve(text: &str, plain: bool, tag: Tag) -> Value<'_> {
    match tag {
        Tag::None if plain => resolve_plain(text),
        Tag::None | Tag::Str | Tag::Custom | Tag::Merge | Tag::Seq | Tag::Map => Value::Str(text),
        Tag::Null => match resolve_plain(text) {
            Value::Null => Value::Null,
            _ => Value::Str(text),
        },
        Tag::Bool => match resolve_plain(text) {
            value @ Value::Bool(_) => value,
            _ => Value::Str(text),
        },
        // A whole number too large for an integer is a float without a fraction.
        Tag::Int => match resolve_plain(text) {
            value @ Value::Int(_) => value,
            value @ Value::Float(_) if !text.contains(['.', 'e', 'E']) => value,
            _ => Value::Str(text),
        },
        Tag::Float => match resolve_plain(text) {
            Value::Int(int) => Value::Float(int as f64),
            value @ Value::Float(_) => value,
            _ => Value::Str(text),
        },
    }
}

/// Whether a scalar can have this tag.
pub(super) fn fits(text: &str, tag: Tag) -> bool {
    match tag {
        Tag::None | Tag::Str | Tag::Custom | Tag::Merge => true,
        Tag::Seq | Tag::Map => false,
        Tag::Null | Tag::Bool | Tag::Int | Tag::Float => {
            !matches!(resolve(text, true, tag), Value::Str(_))
        }
    }
}

/// The value of a plain scalar without a tag.
///
/// A whole number beyond 64 bits, in whatever base, is the nearest float.
fn resolve_plain(text: &str) -> Value<'_> {
    // Most scalars are words: the first byte tells.
    let Some(first) = text.as_bytes().first() else {
        return Value::Null;
    };
    let value = match first {
        b'~' | b'n' | b'N' if matches!(text, "~" | "null" | "Null" | "NULL") => Some(Value::Null),
        b't' | b'T' if matches!(text, "true" | "True" | "TRUE") => Some(Value::Bool(true)),
        b'f' | b'F' if matches!(text, "false" | "False" | "FALSE") => Some(Value::Bool(false)),
        b'0'..=b'9' | b'-' | b'+' | b'.' => number(text),
        _ => None,
    };
    value.unwrap_or(Value::Str(text))
}

fn number(text: &str) -> Option<Value<'_>> {
    if let Some(digits) = text.strip_prefix("0x") {
        return based(digits, 16);
    }
    if let Some(digits) = text.strip_prefix("0o") {
        return based(digits, 8);
    }
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    match unsigned {
        ".inf" | ".Inf" | ".INF" => {
            let sign = if text.starts_with('-') { -1.0 } else { 1.0 };
            return Some(Value::Float(f64::INFINITY * sign));
        }
        ".nan" | ".NaN" | ".NAN" if unsigned.len() == text.len() => {
            return Some(Value::Float(f64::NAN));
        }
        _ => {}
    }
    // What is left of the standard library's numbers is then exactly what the schema allows. A sign
    // within one stands behind the `e`: most of what has others is a date.
    let mut before = b'e';
    for byte in text.bytes() {
        match byte {
            b'0'..=b'9' | b'.' | b'e' | b'E' => {}
            b'-' | b'+' if matches!(before, b'e' | b'E') => {}
            _ => return None,
        }
        before = byte;
    }
    if let Ok(int) = text.parse() {
        return Some(Value::Int(int));
    }
    text.parse().ok().map(Value::Float)
}

fn based(digits: &str, base: u32) -> Option<Value<'static>> {
    if digits.is_empty() || !digits.chars().all(|digit| digit.is_digit(base)) {
        return None;
    }
    let int = i64::from_str_radix(digits, base).map(Value::Int);
    Some(int.unwrap_or_else(|_| {
        let digits = digits.chars().filter_map(|digit| digit.to_digit(base));
        Value::Float(digits.fold(0.0, |sum, digit| sum * f64::from(base) + f64::from(digit)))
    }))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Without a base, infinity and what is no number, which have words of their own.
        #[test]
        fn a_number_is_what_the_library_takes_for_one(text in "[-+0-9.eE]{1,7}|[0-9]{1,4}[-+eE.][0-9]{1,20}") {
            let int = text.parse().map(Value::Int).ok();
            let number = int.or_else(|| text.parse().map(Value::Float).ok());
            let expected = number.unwrap_or(Value::Str(&text));
            prop_assert_eq!(format!("{:?}", resolve_plain(&text)), format!("{expected:?}"));
        }
    }
}
