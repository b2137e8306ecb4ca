//! Values that a configuration states of what is read from code.

use crate::model::{Fact, Field, Omission};
use crate::source::{Span, Spanned};
use crate::syntax::{Node, NodeValue};

/// States in a field what stands in a node, at `place`; why not, if the attribute has no such value. A list
/// that `is_open` keeps what was seen, and is whole with what is said here.
pub(super) fn state<F: Field>(
    field: &mut F,
    value: &Node,
    place: Span,
    is_open: bool,
) -> Result<(), String> {
    if let Omission::Unless(word) = F::OMISSION
        && value.scalar().as_deref() == Some(word)
    {
        field.state_absent(place);
        return Ok(());
    }
    let items = match F::MANY {
        true => value.items(),
        false => std::slice::from_ref(value),
    };
    if F::MANY && !matches!(value.value, NodeValue::Seq(_)) {
        return Err("it is a list".to_owned());
    }
    let mut values = Vec::new();
    for item in items {
        match serde_json::from_value::<F::Value>(item.json()) {
            Ok(value) => values.push(Spanned::new(value, place)),
            Err(error) => return Err(error.to_string()),
        }
    }
    if F::MANY {
        let seen: Vec<_> = match (is_open, field.written()) {
            (true, Some(serde_json::Value::Array(seen))) => seen
                .into_iter()
                .filter_map(|item| serde_json::from_value::<F::Value>(item).ok())
                .collect(),
            _ => Vec::new(),
        };
        let span = match field.fact() {
            Fact::Many(_, span) => span,
            _ => place,
        };
        field.state_list(place, seen.len() + values.len());
        for value in seen {
            field.state(Spanned::new(value, span));
        }
    }
    for value in values {
        field.state(value);
    }
    Ok(())
}
