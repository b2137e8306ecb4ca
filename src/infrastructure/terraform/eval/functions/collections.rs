//! Functions of lists and maps. What they take out of one keeps where it was written.

use super::Arguments;
use crate::infrastructure::terraform::eval::types::as_set;
use crate::infrastructure::terraform::eval::value::{Data, Entry, Value};

type Result<T = Value> = std::result::Result<T, String>;

/// Most elements that a function makes out of nothing.
const MOST: usize = 10_000;

fn all_of(a: &Arguments<'_>, decides: bool) -> Result {
    let items = a.list(0)?;
    let is = |value: &Value| value.as_bool();
    if let Some(one) = items.iter().find(|item| is(item) == Some(decides)) {
        let mut value = one.clone();
        value.data = Data::Bool(decides);
        return Ok(value);
    }
    match items
        .iter()
        .find(|item| is(item).is_none() && !item.is_null())
    {
        Some(open) => Ok(crate::infrastructure::terraform::eval::expression::because(
            open, a.at,
        )),
        None => a.computed(Data::Bool(!decides)),
    }
}

pub fn alltrue(a: &Arguments<'_>) -> Result {
    all_of(a, false)
}

pub fn anytrue(a: &Arguments<'_>) -> Result {
    all_of(a, true)
}

pub fn chunklist(a: &Arguments<'_>) -> Result {
    let size = a.number(1)?.max(1.0) as usize;
    let items = a.list(0)?;
    let chunks = items.chunks(size);
    a.result_list(
        chunks
            .map(|chunk| Value::list(chunk.to_vec(), a.at))
            .collect(),
    )
}

/// The first that is neither null nor an empty text; unknown if that may be an unknown one.
pub fn coalesce(a: &Arguments<'_>) -> Result {
    let is_empty = |value: &&Value| {
        value.is_null() || matches!(&value.data, Data::Text(text) if text.text.is_empty())
    };
    let first = a.values.iter().find(|value| !is_empty(value));
    let first = first.cloned().ok_or("all arguments are null or empty")?;
    Ok(first)
}

pub fn coalescelist(a: &Arguments<'_>) -> Result {
    let is_full = |value: &&Value| value.items().is_some_and(|items| !items.is_empty());
    let first = a.values.iter().find(is_full);
    first
        .cloned()
        .ok_or_else(|| "all lists are empty".to_owned())
}

pub fn compact(a: &Arguments<'_>) -> Result {
    let mut items = a.list(0)?;
    items.retain(|item| {
        !item.is_null() && !matches!(&item.data, Data::Text(text) if text.text.is_empty())
    });
    a.result_list(items)
}

pub fn concat(a: &Arguments<'_>) -> Result {
    let mut all = Vec::new();
    for at in 0..a.values.len() {
        all.extend(a.list(at)?);
    }
    a.result_list(all)
}

pub fn contains(a: &Arguments<'_>) -> Result {
    let (items, of) = (a.list(0)?, a.get(1)?);
    let mut open = None;
    for item in &items {
        match text_equal(item, of) {
            Some(true) => return a.computed(Data::Bool(true)),
            Some(false) => {}
            None => open = Some(item),
        }
    }
    match open {
        Some(open) => Ok(crate::infrastructure::terraform::eval::expression::because(
            open, a.at,
        )),
        None => a.computed(Data::Bool(false)),
    }
}

/// Whether two values are equal once they have one type.
fn text_equal(a: &Value, b: &Value) -> Option<bool> {
    match (a.as_text(), b.as_text()) {
        (Some(a), Some(b)) => Some(a == b),
        _ => a.equals(b),
    }
}

pub fn distinct(a: &Arguments<'_>) -> Result {
    let mut kept: Vec<Value> = Vec::new();
    let mut seen = std::collections::HashSet::new();
    for item in a.list(0)? {
        let is_new = match item.as_text() {
            Some(text) => seen.insert(text),
            None => !kept.iter().any(|other| other.equals(&item) == Some(true)),
        };
        if is_new {
            kept.push(item);
        }
    }
    a.result_list(kept)
}

pub fn element(a: &Arguments<'_>) -> Result {
    let items = a.list(0)?;
    let index = a.number(1)? as i64;
    if items.is_empty() {
        return Err("the list is empty".to_owned());
    }
    let index = index.rem_euclid(items.len() as i64) as usize;
    items
        .get(index)
        .cloned()
        .ok_or_else(|| "no such element".to_owned())
}

pub fn flatten(a: &Arguments<'_>) -> Result {
    fn flat(items: Vec<Value>, all: &mut Vec<Value>) {
        for item in items {
            match item.items() {
                Some(inner) => flat(inner, all),
                None => all.push(item),
            }
        }
    }
    let mut all = Vec::new();
    flat(a.list(0)?, &mut all);
    a.result_list(all)
}

pub fn index(a: &Arguments<'_>) -> Result {
    let (items, of) = (a.list(0)?, a.get(1)?);
    let at = items
        .iter()
        .position(|item| text_equal(item, of) == Some(true));
    let at = at.ok_or("the list has no such element")?;
    a.computed(Data::Number(at as f64))
}

fn entries(a: &Arguments<'_>, at: usize) -> Result<Vec<Entry>> {
    let value = a.get(at)?;
    match &value.data {
        Data::Object(entries) => Ok(entries
            .iter()
            .map(|entry| Entry {
                key: entry.key.clone(),
                at: entry.at,
                value: entry.value.within(value),
            })
            .collect()),
        Data::Null => Ok(Vec::new()),
        _ => Err(format!("argument {} is not a map", at + 1)),
    }
}

pub fn keys(a: &Arguments<'_>) -> Result {
    let keys = entries(a, 0)?.into_iter();
    a.result_list(
        keys.map(|entry| Value::computed(entry.key, entry.at))
            .collect(),
    )
}

pub fn values(a: &Arguments<'_>) -> Result {
    let values = entries(a, 0)?.into_iter();
    a.result_list(values.map(|entry| entry.value).collect())
}

pub fn length(a: &Arguments<'_>) -> Result {
    let length = match &a.get(0)?.data {
        Data::List(items) => items.len(),
        Data::Object(entries) => entries.len(),
        Data::Text(text) => text.text.chars().count(),
        _ => return Err("the argument has no length".to_owned()),
    };
    a.computed(Data::Number(length as f64))
}

pub fn lookup(a: &Arguments<'_>) -> Result {
    let key = a.text(1)?;
    match (a.get(0)?.entry(&key), a.values.get(2)) {
        (Some(value), _) => Ok(value),
        (None, Some(default)) => Ok(default.clone()),
        (None, None) => Err(format!("the map has no `{key}`")),
    }
}

pub fn matchkeys(a: &Arguments<'_>) -> Result {
    let (values, keys, wanted) = (a.list(0)?, a.list(1)?, a.list(2)?);
    let is_wanted = |key: &Value| {
        wanted
            .iter()
            .any(|other| text_equal(key, other) == Some(true))
    };
    let pairs = values.into_iter().zip(keys);
    a.result_list(
        pairs
            .filter(|(_, key)| is_wanted(key))
            .map(|(value, _)| value)
            .collect(),
    )
}

fn numbers(a: &Arguments<'_>) -> Result<Vec<f64>> {
    match a.values {
        [list] if list.items().is_some() => {
            let items = a.list(0)?;
            let numbers = items.iter().map(Value::as_number);
            numbers
                .collect::<Option<_>>()
                .ok_or_else(|| "not a list of numbers".to_owned())
        }
        _ => (0..a.values.len()).map(|at| a.number(at)).collect(),
    }
}

pub fn max(a: &Arguments<'_>) -> Result {
    let most = numbers(a)?.into_iter().reduce(f64::max);
    a.computed(Data::Number(most.ok_or("no arguments")?))
}

pub fn min(a: &Arguments<'_>) -> Result {
    let least = numbers(a)?.into_iter().reduce(f64::min);
    a.computed(Data::Number(least.ok_or("no arguments")?))
}

pub fn sum(a: &Arguments<'_>) -> Result {
    let sum = numbers(a)?.into_iter().sum();
    a.computed(Data::Number(sum))
}

pub fn merge(a: &Arguments<'_>) -> Result {
    let mut all = Vec::new();
    for at in 0..a.values.len() {
        all.extend(entries(a, at)?);
    }
    Ok(Value::object(all, a.at))
}

pub fn one(a: &Arguments<'_>) -> Result {
    let mut items = a.list(0)?;
    match items.len() {
        0 => a.computed(Data::Null),
        1 => Ok(items.remove(0)),
        _ => Err("the list has more than one element".to_owned()),
    }
}

pub fn range(a: &Arguments<'_>) -> Result {
    let (start, end, step) = match a.values.len() {
        1 => (0.0, a.number(0)?, 1.0),
        2 => (a.number(0)?, a.number(1)?, 1.0),
        _ => (a.number(0)?, a.number(1)?, a.number(2)?),
    };
    if step == 0.0 || !step.is_finite() {
        return Err("the step is zero".to_owned());
    }
    let mut all = Vec::new();
    let mut next = start;
    while (step > 0.0 && next < end) || (step < 0.0 && next > end) {
        if all.len() >= MOST {
            return Err("the range is too long".to_owned());
        }
        all.push(Value::new(Data::Number(next), a.at));
        next += step;
    }
    a.result_list(all)
}

pub fn reverse(a: &Arguments<'_>) -> Result {
    let mut items = a.list(0)?;
    items.reverse();
    a.result_list(items)
}

pub fn setunion(a: &Arguments<'_>) -> Result {
    let mut all = Vec::new();
    for at in 0..a.values.len() {
        all.extend(a.list(at)?);
    }
    a.result_list(as_set(all))
}

pub fn setintersection(a: &Arguments<'_>) -> Result {
    let mut all = a.list(0)?;
    for at in 1..a.values.len() {
        let other = a.list(at)?;
        all.retain(|item| {
            other
                .iter()
                .any(|other| text_equal(item, other) == Some(true))
        });
    }
    a.result_list(as_set(all))
}

pub fn setsubtract(a: &Arguments<'_>) -> Result {
    let (mut all, other) = (a.list(0)?, a.list(1)?);
    all.retain(|item| {
        !other
            .iter()
            .any(|other| text_equal(item, other) == Some(true))
    });
    a.result_list(as_set(all))
}

pub fn setproduct(a: &Arguments<'_>) -> Result {
    let mut all: Vec<Vec<Value>> = vec![Vec::new()];
    for at in 0..a.values.len() {
        let items = a.list(at)?;
        if all.len().saturating_mul(items.len()) > MOST {
            return Err("the product is too large".to_owned());
        }
        all = all
            .iter()
            .flat_map(|before| {
                items.iter().map(|item| {
                    let mut next = before.clone();
                    next.push(item.clone());
                    next
                })
            })
            .collect();
    }
    a.result_list(
        all.into_iter()
            .map(|items| Value::list(items, a.at))
            .collect(),
    )
}

pub fn slice(a: &Arguments<'_>) -> Result {
    let items = a.list(0)?;
    let (from, to) = (a.number(1)? as usize, a.number(2)? as usize);
    let slice = items.get(from..to).ok_or("the list is shorter")?;
    a.result_list(slice.to_vec())
}

pub fn sort(a: &Arguments<'_>) -> Result {
    let mut items = a.list(0)?;
    items.sort_by_cached_key(Value::as_text);
    a.result_list(items)
}

pub fn zipmap(a: &Arguments<'_>) -> Result {
    let (keys, values) = (a.list(0)?, a.list(1)?);
    let mut all = Vec::new();
    for (key, value) in keys.into_iter().zip(values) {
        all.push(Entry {
            key: key.as_text().ok_or("a key is not a text")?,
            at: key.origin.at,
            value,
        });
    }
    Ok(Value::object(all, a.at))
}
