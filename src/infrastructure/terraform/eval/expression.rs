//! The value of an expression.

use std::rc::Rc;

use super::value::{Cause, Data, Entry, Origin, Role, Value};
use super::{DEPTH, Evaluated, Evaluator, Fault, LARGEST, Scope};
use crate::infrastructure::terraform::hcl::{Expr, For, Step, Term, Unary};
use crate::source::Span;

impl<'m> Evaluator<'m> {
    /// The value of `expr` in `scope`.
    pub(super) fn evaluate(&mut self, expr: &'m Expr, scope: &Scope<'m>) -> Evaluated {
        if self.budget.steps == 0 {
            return self.limit("more expressions than are evaluated");
        }
        self.budget.steps -= 1;
        if self.depth >= DEPTH {
            return self.limit("expressions that refer to each other too deep");
        }
        self.depth += 1;
        let value = self.term(expr, scope);
        self.depth -= 1;
        match &expr.term {
            Term::Tuple(_)
            | Term::Object(_)
            | Term::Template(_)
            | Term::For(_)
            | Term::Splat(..)
            | Term::Call(_) => self.bounded(value?),
            _ => value,
        }
    }

    /// The value, if it is not larger than is looked at.
    fn bounded(&mut self, value: Value) -> Evaluated {
        let mut left = LARGEST;
        let fits = measure(&value, &mut left);
        let spent = LARGEST - left;
        if !fits || self.budget.nodes < spent {
            return self.limit("values that are larger than is looked at");
        }
        self.budget.nodes -= spent;
        Ok(value)
    }

    fn term(&mut self, expr: &'m Expr, scope: &Scope<'m>) -> Evaluated {
        let at = expr.at;
        Ok(match &expr.term {
            Term::Null => Value::null(at),
            Term::Bool(value) => Value::new(Data::Bool(*value), at),
            Term::Number(number) => Value::new(Data::Number(*number), at),
            Term::Text(text) => Value::new(Data::Text(text.clone()), at),
            Term::Template(parts) => return self.template(parts, scope, at),
            Term::Tuple(items) => {
                let items = items.iter().map(|item| self.evaluate(item, scope));
                Value::list(items.collect::<Result<_, _>>()?, at)
            }
            Term::Object(entries) => return self.object_literal(entries, scope, at),
            Term::Group(inner) => return self.evaluate(inner, scope),
            Term::Root(_) | Term::Member(..) | Term::Index(..) => {
                return self.reference(expr, scope);
            }
            Term::Splat(base, steps) => {
                let base = self.evaluate(base, scope)?;
                return self.splat(base, steps, scope, at);
            }
            Term::Call(call) => return self.call(call, scope, at),
            Term::Conditional(parts) => {
                let (condition, then, otherwise) = &**parts;
                return self.conditional([condition, then, otherwise], scope, at);
            }
            Term::Unary(operator, operand) => {
                let operand = self.evaluate(operand, scope)?;
                return self.unary(*operator, &operand, at);
            }
            Term::Binary(operator, operands) => {
                let (left, right) = &**operands;
                return self.binary(*operator, left, right, scope, at);
            }
            Term::For(each) => return self.for_each(each, scope, at),
            Term::Broken => return Err(Fault::Broken),
        })
    }

    fn object_literal(
        &mut self,
        entries: &'m [(Expr, Expr)],
        scope: &Scope<'m>,
        at: Span,
    ) -> Evaluated {
        let mut all = Vec::with_capacity(entries.len());
        for (key, value) in entries {
            let name = self.evaluate(key, scope)?;
            let value = self.evaluate(value, scope)?;
            match name.as_text() {
                Some(text) => all.push(Entry {
                    key: text,
                    at: key.at,
                    value,
                }),
                // A key that is known in part is another key than all that are known.
                None if matches!(name.data, Data::Parts(_)) => all.push(Entry {
                    key: name.shown().into(),
                    at: key.at,
                    value,
                }),
                None if name.is_unknown() => return Ok(because(&name, at)),
                None => return Err(Fault::Error("a key is not a text".to_owned())),
            }
        }
        Ok(Value::object(all, at))
    }

    fn splat(&mut self, base: Value, steps: &'m [Step], scope: &Scope<'m>, at: Span) -> Evaluated {
        let items = match &base.data {
            Data::Null => Vec::new(),
            Data::Unknown(_) => return Ok(because(&base, at)),
            Data::Choice(values) => {
                let values = values.iter().map(|value| value.within(&base));
                let values: Vec<_> = values.collect();
                let all = values
                    .into_iter()
                    .map(|value| self.splat(value, steps, scope, at));
                return Ok(Value::choice(all.collect::<Result<_, _>>()?, at));
            }
            _ => base.items().unwrap_or_else(|| vec![base.clone()]),
        };
        let mut all = Vec::with_capacity(items.len());
        for item in items {
            let mut value = item;
            for step in steps {
                value = self.step(&value, step, scope)?;
            }
            all.push(value.referred(at));
        }
        Ok(Value::list(all, at))
    }

    pub(super) fn step(&mut self, value: &Value, step: &'m Step, scope: &Scope<'m>) -> Evaluated {
        match step {
            Step::Member(name) => self.member(value, &name.text, name.at),
            Step::Index(index) => {
                let index = self.evaluate(index, scope)?;
                self.element(value, &index)
            }
        }
    }

    fn conditional(&mut self, parts: [&'m Expr; 3], scope: &Scope<'m>, at: Span) -> Evaluated {
        let [condition, then, otherwise] = parts;
        let condition = self.evaluate(condition, scope)?;
        if let Some(holds) = condition.as_bool() {
            return self.evaluate(if holds { then } else { otherwise }, scope);
        }
        if !matches!(condition.data, Data::Unknown(_) | Data::Choice(_)) {
            return Err(Fault::Error(
                "a condition is neither true nor false".to_owned(),
            ));
        }
        let arms = [then, otherwise].map(|arm| self.evaluate(arm, scope));
        let [then, otherwise] = arms;
        // An arm that fails where it is not taken says nothing.
        let (then, otherwise) = match (then, otherwise) {
            (Ok(then), Ok(otherwise)) => (then, otherwise),
            _ => return Ok(because(&condition, at)),
        };
        if then.is_unknown() || otherwise.is_unknown() {
            let mut unknown = because(&condition, at);
            unknown.origin.of = then.origin.of.or(otherwise.origin.of);
            return Ok(unknown);
        }
        let why = condition.origin.at;
        let mut value = Value::choice(vec![then, otherwise], at);
        if matches!(value.data, Data::Choice(_)) {
            value.origin = value.origin.linked(why, Role::Operand);
        }
        Ok(value)
    }

    fn for_each(&mut self, each: &'m For, scope: &Scope<'m>, at: Span) -> Evaluated {
        let over = self.evaluate(&each.over, scope)?;
        let Some(pairs) = self.pairs(&over) else {
            return match over.data {
                Data::Unknown(_) | Data::Choice(_) | Data::Instance(_) => Ok(because(&over, at)),
                _ => Err(Fault::Error(
                    "`for` goes through a list or a map".to_owned(),
                )),
            };
        };
        let mut list = Vec::new();
        let mut entries: Vec<Entry> = Vec::new();
        for (key, value) in pairs {
            let mut inner = scope.with(&each.value, value);
            if let Some(name) = &each.key {
                inner = inner.with(name, key);
            }
            if let Some(condition) = &each.condition {
                let holds = self.evaluate(condition, &inner)?;
                match holds.as_bool() {
                    Some(true) => {}
                    Some(false) => continue,
                    None => return Ok(because(&holds, at)),
                }
            }
            let result = self.evaluate(&each.result, &inner)?;
            let Some(key) = &each.result_key else {
                list.push(result);
                continue;
            };
            let name = self.evaluate(key, &inner)?;
            let Some(text) = name.as_text() else {
                return Ok(because(&name, at));
            };
            let grouped = entries.iter_mut().filter(|_| each.grouped);
            let mut same = grouped.filter(|entry| entry.key == text);
            match (same.next(), each.grouped) {
                (Some(entry), _) => {
                    if let Data::List(items) = &mut entry.value.data {
                        Rc::make_mut(items).push(result);
                    }
                }
                (None, true) => entries.push(Entry {
                    key: text,
                    at: name.origin.at,
                    value: Value::list(vec![result], at),
                }),
                (None, false) => entries.push(Entry {
                    key: text,
                    at: name.origin.at,
                    value: result,
                }),
            }
        }
        Ok(match each.result_key {
            Some(_) => Value::object(entries, at),
            None => Value::list(list, at),
        })
    }

    /// The keys and values of a list or a map; `None` if it is neither.
    pub(super) fn pairs(&self, over: &Value) -> Option<Vec<(Value, Value)>> {
        if let Some(items) = over.items() {
            let pairs = items.into_iter().enumerate().map(|(at, item)| {
                let key = Value::new(Data::Number(at as f64), item.origin.at);
                (key, item)
            });
            return Some(pairs.collect());
        }
        let Data::Object(entries) = &over.data else {
            return None;
        };
        let pairs = entries.iter().map(|entry| {
            let mut key = Value::computed(entry.key.clone(), entry.at);
            key.origin = key.origin.inside(&over.origin);
            (key, entry.value.within(over))
        });
        Some(pairs.collect())
    }

    fn unary(&mut self, operator: Unary, operand: &Value, at: Span) -> Evaluated {
        if let Data::Choice(values) = &operand.data {
            let all = values.iter().map(|value| self.unary(operator, value, at));
            return Ok(Value::choice(all.collect::<Result<_, _>>()?, at));
        }
        if operand.is_unknown() {
            return Ok(because(operand, at));
        }
        let data = match operator {
            Unary::Not => operand.as_bool().map(|value| Data::Bool(!value)),
            Unary::Minus => operand.as_number().map(|number| Data::Number(-number)),
        };
        match data {
            Some(data) => Ok(computed(data, at, &[operand])),
            None => Err(Fault::Error("the operand has the wrong type".to_owned())),
        }
    }
}

/// Takes the size of a value off `left`; `false` if it is larger.
fn measure(value: &Value, left: &mut usize) -> bool {
    let own = match &value.data {
        Data::Text(text) => 1 + text.text.len() / 64,
        _ => 1,
    };
    match left.checked_sub(own) {
        Some(rest) => *left = rest,
        None => return false,
    }
    match &value.data {
        Data::Json(inner) => measure(inner, left),
        Data::List(items) | Data::Parts(items) | Data::Choice(items) => {
            items.iter().all(|item| measure(item, left))
        }
        Data::Object(entries) => entries.iter().all(|entry| measure(&entry.value, left)),
        _ => true,
    }
}

/// A value that is computed at `at` from operands.
pub(super) fn computed(data: Data, at: Span, from: &[&Value]) -> Value {
    let mut origin = Origin::at(at);
    for operand in from {
        if origin.of.is_none() {
            origin.of = operand.origin.of;
        }
        let inside = operand.origin.at.file == at.file
            && (at.start..at.end).contains(&operand.origin.at.start);
        if !inside {
            origin = origin.linked(operand.origin.at, Role::Operand);
        }
    }
    Value { data, origin }
}

/// Unknown at `at`, because `value` is.
pub(super) fn because(value: &Value, at: Span) -> Value {
    let data = match &value.data {
        Data::Unknown(unknown) => Data::Unknown(unknown.clone()),
        Data::Choice(_) => return unknown(Cause::NoValue, "one of several values", value, at),
        Data::Parts(_) => {
            return unknown(Cause::AfterApply, "a text that is known in part", value, at);
        }
        _ => return unknown(Cause::NotEvaluated, "not evaluated", value, at),
    };
    let mut origin = Origin::at(at);
    origin.of = value.origin.of;
    Value {
        data,
        origin: origin.linked(value.origin.at, Role::Operand),
    }
}

fn unknown(cause: Cause, what: &str, value: &Value, at: Span) -> Value {
    let mut unknown = Value::unknown(cause, what, at);
    unknown.origin.of = value.origin.of;
    unknown.origin = unknown.origin.linked(value.origin.at, Role::Operand);
    unknown
}
