//! Functions of texts.

use super::Arguments;
use crate::infrastructure::terraform::eval::template::joined;
use crate::infrastructure::terraform::eval::value::{Data, Entry, Value, number_text};

type Result<T = Value> = std::result::Result<T, String>;

/// Most bytes of a text that is made.
const LONGEST: usize = 16 << 20;

pub fn base64encode(a: &Arguments<'_>) -> Result {
    // What is encoded is read where it is used: the text is what matters.
    Ok(a.get(0)?.clone())
}

pub fn base64decode(a: &Arguments<'_>) -> Result {
    let text = a.text(0)?;
    let mut bytes = Vec::with_capacity(text.len() * 3 / 4);
    let (mut bits, mut count) = (0_u32, 0);
    for byte in text
        .bytes()
        .filter(|byte| !byte.is_ascii_whitespace() && *byte != b'=')
    {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            // It was never encoded: see `base64encode`.
            _ => return Ok(a.get(0)?.clone()),
        };
        bits = bits << 6 | u32::from(value);
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count & 0xff) as u8);
        }
    }
    let text = String::from_utf8(bytes).map_err(|_| "the content is not text".to_owned())?;
    a.result(text)
}

pub fn basename(a: &Arguments<'_>) -> Result {
    let text = a.text(0)?;
    a.result(
        text.trim_end_matches('/')
            .rsplit('/')
            .next()
            .unwrap_or_default(),
    )
}

pub fn dirname(a: &Arguments<'_>) -> Result {
    let text = a.text(0)?;
    a.result(text.rsplit_once('/').map_or(".", |(folder, _)| folder))
}

pub fn startswith(a: &Arguments<'_>) -> Result {
    a.computed(Data::Bool(a.text(0)?.starts_with(&*a.text(1)?)))
}

pub fn endswith(a: &Arguments<'_>) -> Result {
    a.computed(Data::Bool(a.text(0)?.ends_with(&*a.text(1)?)))
}

pub fn strcontains(a: &Arguments<'_>) -> Result {
    a.computed(Data::Bool(a.text(0)?.contains(&*a.text(1)?)))
}

pub fn trim(a: &Arguments<'_>) -> Result {
    let cut = a.text(1)?;
    a.result(a.text(0)?.trim_matches(|c| cut.contains(c)))
}

pub fn trimprefix(a: &Arguments<'_>) -> Result {
    let (text, cut) = (a.text(0)?, a.text(1)?);
    a.result(text.strip_prefix(&*cut).unwrap_or(&text))
}

pub fn trimsuffix(a: &Arguments<'_>) -> Result {
    let (text, cut) = (a.text(0)?, a.text(1)?);
    a.result(text.strip_suffix(&*cut).unwrap_or(&text))
}

pub fn title(a: &Arguments<'_>) -> Result {
    let mut out = String::new();
    let mut starts = true;
    for c in a.text(0)?.chars() {
        match starts {
            true => out.extend(c.to_uppercase()),
            false => out.push(c),
        }
        starts = c.is_whitespace();
    }
    a.result(out)
}

pub fn substr(a: &Arguments<'_>) -> Result {
    let text: Vec<_> = a.text(0)?.chars().collect();
    let (from, length) = (a.number(1)?, a.number(2)?);
    let from = match from < 0.0 {
        true => text.len().saturating_sub((-from) as usize),
        false => (from as usize).min(text.len()),
    };
    let length = match length < 0.0 {
        true => text.len(),
        false => length as usize,
    };
    let end = from.saturating_add(length).min(text.len());
    a.result(
        text.get(from..end)
            .unwrap_or_default()
            .iter()
            .collect::<String>(),
    )
}

pub fn indent(a: &Arguments<'_>) -> Result {
    let blank = " ".repeat((a.number(0)?.max(0.0) as usize).min(256));
    a.result(a.text(1)?.replace('\n', &format!("\n{blank}")))
}

pub fn split(a: &Arguments<'_>) -> Result {
    let (separator, text) = (a.text(0)?, a.text(1)?);
    let of = a.get(1)?;
    let mut all = Vec::new();
    if separator.is_empty() {
        return Err("the separator is empty".to_owned());
    }
    if !text.is_empty() {
        all.extend(text.split(&*separator).map(|part| {
            let mut value = Value::computed(part, of.origin.at);
            value.origin = of.origin.clone();
            value
        }));
    } else {
        all.push(Value::computed("", a.at));
    }
    a.result_list(all)
}

/// Elements that are unknown stay unknown parts of the text.
pub fn join(a: &Arguments<'_>) -> Result {
    let separator = a.get(0)?;
    let mut parts = Vec::new();
    let mut items = Vec::new();
    for at in 1..a.values.len() {
        items.extend(a.list(at)?);
    }
    for (at, item) in items.into_iter().filter(|item| !item.is_null()).enumerate() {
        if at > 0 {
            parts.push(separator.clone());
        }
        parts.push(item);
    }
    let length = separator.as_text().map_or(0, |text| text.len());
    if length.saturating_mul(parts.len()) > LONGEST {
        return Err("the text would be too long".to_owned());
    }
    Ok(joined(parts, a.at))
}

pub fn replace(a: &Arguments<'_>) -> Result {
    let (text, of, by) = (a.text(0)?, a.text(1)?, a.text(2)?);
    let pattern = of.strip_prefix('/').and_then(|of| of.strip_suffix('/'));
    match pattern {
        Some(pattern) if of.len() > 1 => {
            let pattern = compiled(pattern)?;
            if by.len().saturating_mul(pattern.find_iter(&text).count()) > LONGEST {
                return Err("the text would be too long".to_owned());
            }
            a.result(pattern.replace_all(&text, &*by).into_owned())
        }
        _ if by.len().saturating_mul(text.matches(&*of).count()) > LONGEST => {
            Err("the text would be too long".to_owned())
        }
        _ => a.result(text.replace(&*of, &by)),
    }
}

fn compiled(pattern: &str) -> Result<regex::Regex> {
    let builder = regex::RegexBuilder::new(pattern)
        .size_limit(1 << 20)
        .build();
    builder.map_err(|_| "the pattern is invalid".to_owned())
}

/// What a match comes to: its text, or its groups.
fn matched(a: &Arguments<'_>, pattern: &regex::Regex, found: &regex::Captures<'_>) -> Value {
    let group = |group: Option<regex::Match<'_>>| match group {
        Some(group) => Value::computed(group.as_str(), a.at),
        None => Value::null(a.at),
    };
    let names: Vec<_> = pattern.capture_names().flatten().collect();
    if !names.is_empty() {
        let entries = names.into_iter().map(|name| Entry {
            key: name.into(),
            at: a.at,
            value: group(found.name(name)),
        });
        return Value::object(entries.collect(), a.at);
    }
    match found.len() {
        1 => group(found.get(0)),
        _ => Value::list(
            (1..found.len()).map(|at| group(found.get(at))).collect(),
            a.at,
        ),
    }
}

pub fn regex(a: &Arguments<'_>) -> Result {
    let (pattern, text) = (compiled(&a.text(0)?)?, a.text(1)?);
    match pattern.captures(&text) {
        Some(found) => Ok(matched(a, &pattern, &found)),
        None => Err("the pattern does not match".to_owned()),
    }
}

pub fn regexall(a: &Arguments<'_>) -> Result {
    let (pattern, text) = (compiled(&a.text(0)?)?, a.text(1)?);
    let all = pattern.captures_iter(&text);
    a.result_list(all.map(|found| matched(a, &pattern, &found)).collect())
}

pub fn urlencode(a: &Arguments<'_>) -> Result {
    let mut out = String::new();
    for byte in a.text(0)?.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                out.push(char::from(byte));
            }
            b' ' => out.push('+'),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    a.result(out)
}

/// `%s`, `%d`, `%v`, `%q` and the like; flags and widths as far as they are whole numbers.
pub fn format(a: &Arguments<'_>) -> Result {
    let pattern = match a.get(0)?.as_text() {
        Some(pattern) => pattern,
        None => {
            return Ok(crate::infrastructure::terraform::eval::expression::because(
                a.get(0)?,
                a.at,
            ));
        }
    };
    let mut parts = Vec::new();
    let mut rest = &*pattern;
    let mut next = 1;
    while let Some(at) = rest.find('%') {
        let (before, after) = rest.split_at(at);
        if !before.is_empty() {
            parts.push(Value::computed(before, a.at));
        }
        let verb = after
            .get(1..)
            .and_then(|after| after.find(|c: char| c.is_ascii_alphabetic() || c == '%'));
        let verb = verb.ok_or("a verb is missing")? + 1;
        let (flags, kind) = (
            after.get(1..verb).unwrap_or_default(),
            after.as_bytes().get(verb),
        );
        rest = after.get(verb + 1..).unwrap_or_default();
        if kind == Some(&b'%') {
            parts.push(Value::computed("%", a.at));
            continue;
        }
        let value = a.get(next)?;
        next += 1;
        parts.push(formatted(value, flags, kind.copied().unwrap_or(b'v'), a)?);
    }
    if !rest.is_empty() {
        parts.push(Value::computed(rest, a.at));
    }
    let mut value = joined(parts, a.at);
    if let Data::Text(text) = &mut value.data {
        text.pieces = Some(std::sync::Arc::default());
    }
    Ok(value)
}

fn formatted(value: &Value, flags: &str, kind: u8, a: &Arguments<'_>) -> Result {
    let Some(text) = value.as_text() else {
        return match value.data {
            Data::Unknown(_) | Data::Parts(_) | Data::Choice(_) => Ok(value.clone()),
            Data::Null => Ok(Value::computed("null", a.at)),
            _ => match crate::infrastructure::terraform::eval::value::encode(value) {
                Some(text) => Ok(Value::computed(text, a.at)),
                None => Ok(crate::infrastructure::terraform::eval::expression::because(
                    value, a.at,
                )),
            },
        };
    };
    let text = match (kind, value.as_number()) {
        (b'q', _) => format!("{text:?}"),
        (b'x', Some(number)) => format!("{:x}", number as i64),
        (b'X', Some(number)) => format!("{:X}", number as i64),
        (b'b', Some(number)) => format!("{:b}", number as i64),
        (b'o', Some(number)) => format!("{:o}", number as i64),
        (b'd', Some(number)) => number_text(number.trunc()),
        _ => text.to_string(),
    };
    let width = flags.trim_start_matches(['-', '+', '#', ' ', '0']);
    let width: usize = width
        .split('.')
        .next()
        .unwrap_or_default()
        .parse()
        .unwrap_or(0);
    let missing = width.min(256).saturating_sub(text.chars().count());
    let text = match (flags.starts_with('-'), flags.starts_with('0')) {
        (true, _) => text + &" ".repeat(missing),
        (_, true) => "0".repeat(missing) + &text,
        _ => " ".repeat(missing) + &text,
    };
    let mut made = Value::computed(text, value.origin.at);
    made.origin = value.origin.clone();
    Ok(made)
}

pub fn formatlist(a: &Arguments<'_>) -> Result {
    let lists: Vec<_> = a.values.iter().map(Value::items).collect();
    let length = lists.iter().flatten().map(Vec::len).min().unwrap_or(1);
    let mut all = Vec::with_capacity(length);
    for at in 0..length {
        let row = a.values.iter().zip(&lists).map(|(value, list)| match list {
            Some(items) => items.get(at).cloned().unwrap_or_else(|| value.clone()),
            None => value.clone(),
        });
        let row: Vec<_> = row.collect();
        all.push(format(&Arguments {
            values: &row,
            at: a.at,
            limits: a.limits,
        })?);
    }
    a.result_list(all)
}
