//! Texts with computed parts.

use std::rc::Rc;
use std::sync::Arc;

use super::expression::because;
use super::value::{Data, Origin, Role, Value};
use super::{Evaluated, Evaluator, Fault, Scope};
use crate::infrastructure::terraform::hcl::{Part, Text};
use crate::source::{FileId, Span};

impl<'m> Evaluator<'m> {
    /// The text of a template; a template of one value alone is that value.
    pub(super) fn template(&mut self, parts: &'m [Part], scope: &Scope<'m>, at: Span) -> Evaluated {
        if let [Part::Value(only)] = parts {
            return self.evaluate(only, scope);
        }
        let mut all = Vec::new();
        self.parts(parts, scope, at.file, &mut all)?;
        Ok(joined(all, at))
    }

    fn parts(
        &mut self,
        parts: &'m [Part],
        scope: &Scope<'m>,
        file: FileId,
        all: &mut Vec<Value>,
    ) -> Result<(), Fault> {
        for part in parts {
            match part {
                Part::Text(text) => {
                    let end = text.position(text.text.len() as u32);
                    let at = Span::new(file, text.start, end.max(text.start));
                    all.push(Value::new(Data::Text(text.clone()), at));
                }
                Part::Value(expr) => all.push(self.evaluate(expr, scope)?),
                Part::If(choice) => {
                    let (condition, then, otherwise) = &**choice;
                    let holds = self.evaluate(condition, scope)?;
                    match holds.as_bool() {
                        Some(true) => self.parts(then, scope, file, all)?,
                        Some(false) => self.parts(otherwise, scope, file, all)?,
                        None => all.push(because(&holds, condition.at)),
                    }
                }
                Part::For(each) => {
                    let over = self.evaluate(&each.over, scope)?;
                    let Some(pairs) = self.pairs(&over) else {
                        all.push(because(&over, each.over.at));
                        continue;
                    };
                    for (key, value) in pairs {
                        let mut inner = scope.with(&each.value, value);
                        if let Some(name) = &each.key {
                            inner = inner.with(name, key);
                        }
                        self.parts(&each.parts, &inner, file, all)?;
                    }
                }
            }
        }
        Ok(())
    }
}

/// The text of `parts`, one after the other; it keeps where each byte of a text was written.
pub(super) fn joined(parts: Vec<Value>, at: Span) -> Value {
    let is_known = |part: &Value| part.as_text().is_some();
    let mut origin = Origin::at(at);
    for part in &parts {
        if origin.of.is_none() {
            origin.of = part.origin.of;
        }
        let inside =
            part.origin.at.file == at.file && (at.start..at.end).contains(&part.origin.at.start);
        if !inside {
            origin = origin.linked(part.origin.at, Role::Operand);
        }
    }
    let data = if parts.iter().all(is_known) {
        let mut text = String::new();
        let mut pieces: Vec<(u32, u32)> = Vec::new();
        for part in &parts {
            let offset = text.len() as u32;
            match &part.data {
                Data::Text(of) if part.origin.at.file == at.file && !of.is_computed() => {
                    pieces.push((offset, of.position(0)));
                    let inner = of.pieces.iter().flat_map(|pieces| pieces.iter());
                    pieces.extend(inner.map(|(from, written)| (offset + from, *written)));
                }
                _ => {
                    let length = part.as_text().map_or(0, |text| text.len() as u32);
                    fill(&mut pieces, (offset, length), inserted(part, at));
                }
            }
            text.push_str(&part.as_text().unwrap_or_default());
        }
        // Of an empty part and what follows it the latter counts.
        pieces.reverse();
        pieces.dedup_by_key(|piece| piece.0);
        pieces.reverse();
        Data::Text(Text {
            text: text.into(),
            start: pieces.first().map_or(at.start, |piece| piece.1),
            pieces: Some(Arc::new(pieces)),
        })
    } else {
        Data::Parts(Rc::new(flattened(parts)))
    };
    Value { data, origin }
}

/// Says that `length` bytes at `offset` stand where `marker` does: its first byte for the first one, its last
/// byte for the last one.
fn fill(pieces: &mut Vec<(u32, u32)>, (offset, length): (u32, u32), marker: Span) {
    let last = marker.end.saturating_sub(1).max(marker.start);
    let width = last - marker.start + 1;
    pieces.push((offset, marker.start));
    if length > width {
        pieces.extend((width..length).map(|at| (offset + at, last)));
    } else if length > 1 {
        pieces.push((offset + length - 1, last));
    }
}

/// Where a text at `at` inserts a part: the marker, whose value may come from anywhere.
fn inserted(part: &Value, at: Span) -> Span {
    let is_in = |place: &Span| {
        place.file == at.file && (at.start..at.end.max(at.start + 1)).contains(&place.start)
    };
    let places = part.origin.links().map(|link| link.at);
    let mut places = std::iter::once(part.origin.at).chain(places);
    let nowhere = Span::new(at.file, at.start, at.start);
    places.find(is_in).unwrap_or(nowhere)
}

fn flattened(parts: Vec<Value>) -> Vec<Value> {
    let mut all = Vec::with_capacity(parts.len());
    for part in parts {
        match &part.data {
            Data::Parts(inner) => all.extend(inner.iter().cloned()),
            Data::Text(_) | Data::Unknown(_) => all.push(part),
            _ => match part.as_text() {
                Some(text) => all.push(Value {
                    origin: part.origin.clone(),
                    ..Value::computed(text, part.origin.at)
                }),
                None => all.push(because(&part, part.origin.at)),
            },
        }
    }
    all
}
