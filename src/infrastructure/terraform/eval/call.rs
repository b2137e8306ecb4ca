//! Calls of functions: which are evaluated how, and what becomes of what is unknown.

use super::expression::because;
use super::functions::{self, Arguments, Function};
use super::value::{Cause, Data, Value};
use super::{Evaluated, Evaluator, Fault, Scope};
use crate::infrastructure::terraform::hcl::Call;
use crate::source::Span;

/// Most values that an argument may have for a function to be called with each.
const CHOICES: usize = 8;

impl<'m> Evaluator<'m> {
    pub(super) fn call(&mut self, call: &'m Call, scope: &Scope<'m>, at: Span) -> Evaluated {
        let name = &*call.name.text;
        match name {
            "try" => return self.first_without_fault(call, scope, at),
            "can" => {
                let first = call.arguments.first();
                let value = first.map(|first| self.evaluate(first, scope));
                return Ok(match value {
                    Some(Ok(value)) if value.is_unknown() => because(&value, at),
                    Some(Err(Fault::Limit(limit))) => return Err(Fault::Limit(limit)),
                    value => Value::new(Data::Bool(matches!(value, Some(Ok(_)))), at),
                });
            }
            _ => {}
        }
        let mut arguments = Vec::with_capacity(call.arguments.len());
        for argument in &call.arguments {
            arguments.push(self.evaluate(argument, scope)?);
        }
        if call.spread
            && let Some(last) = arguments.pop()
        {
            match last.items() {
                Some(items) => arguments.extend(items),
                None => return Ok(because(&last, at)),
            }
        }
        self.apply(name, &arguments, at)
    }

    /// The value of the first argument that is not an error.
    fn first_without_fault(&mut self, call: &'m Call, scope: &Scope<'m>, at: Span) -> Evaluated {
        let mut last = Fault::Error("`try` without an argument".to_owned());
        for argument in &call.arguments {
            match self.evaluate(argument, scope) {
                Err(fault @ (Fault::Limit(_) | Fault::Broken)) => return Err(fault),
                Err(fault) => last = fault,
                Ok(value) => return Ok(value.referred(at)),
            }
        }
        Err(last)
    }

    fn apply(&mut self, name: &str, arguments: &[Value], at: Span) -> Evaluated {
        let choice = arguments
            .iter()
            .enumerate()
            .find_map(|(at, value)| match &value.data {
                Data::Choice(values) if values.len() <= CHOICES => {
                    Some((at, values.clone(), value))
                }
                _ => None,
            });
        if let Some((position, values, whole)) = choice {
            let mut all = Vec::with_capacity(values.len());
            for value in values.iter() {
                let mut arguments = arguments.to_vec();
                if let Some(argument) = arguments.get_mut(position) {
                    *argument = value.within(whole);
                }
                all.push(self.apply(name, &arguments, at)?);
            }
            return Ok(Value::choice(all, at));
        }
        if let Some(read) = self.of_files(name, arguments, at) {
            return read;
        }
        let Some((function, unknown)) = functions::named(name) else {
            let what = format!("{name}(…)");
            let mut value = Value::unknown(Cause::NotEvaluated, what, at);
            value.origin.of = arguments.iter().find_map(|argument| argument.origin.of);
            return Ok(value);
        };
        let is_open = |value: &&Value| match unknown {
            functions::Unknowns::Taken => false,
            functions::Unknowns::Inside => is_unknown(value),
            functions::Unknowns::Refused => is_unknown_within(value),
        };
        if let Some(open) = arguments.iter().find(is_open) {
            return Ok(because(open, at));
        }
        self.run(function, arguments, at)
    }

    fn run(&mut self, function: Function, arguments: &[Value], at: Span) -> Evaluated {
        let arguments = Arguments {
            values: arguments,
            at,
            limits: self.limits,
        };
        function(&arguments).map_err(Fault::Error)
    }
}

fn is_unknown(value: &Value) -> bool {
    matches!(value.data, Data::Unknown(_) | Data::Choice(_))
}

/// Whether a value, or one in it, is unknown.
fn is_unknown_within(value: &Value) -> bool {
    match &value.data {
        Data::List(items) => items.iter().any(is_unknown_within),
        Data::Object(entries) => entries.iter().any(|entry| is_unknown_within(&entry.value)),
        Data::Parts(_) => true,
        _ => is_unknown(value),
    }
}
