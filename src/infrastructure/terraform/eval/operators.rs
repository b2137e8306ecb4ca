//! Operators of two operands.

use super::expression::{because, computed};
use super::value::{Data, Value};
use super::{Evaluated, Evaluator, Fault, Scope};
use crate::infrastructure::terraform::hcl::{Binary, Expr};
use crate::source::Span;

impl<'m> Evaluator<'m> {
    pub(super) fn binary(
        &mut self,
        operator: Binary,
        left: &'m Expr,
        right: &'m Expr,
        scope: &Scope<'m>,
        at: Span,
    ) -> Evaluated {
        let left = self.evaluate(left, scope)?;
        // The right side may fail where the left one decides.
        match (operator, left.as_bool()) {
            (Binary::Or, Some(true)) | (Binary::And, Some(false)) => {
                return Ok(computed(Data::Bool(operator == Binary::Or), at, &[&left]));
            }
            _ => {}
        }
        let right = self.evaluate(right, scope)?;
        combine(operator, &left, &right, at)
    }
}

fn combine(operator: Binary, left: &Value, right: &Value, at: Span) -> Evaluated {
    for (choice, is_left) in [(left, true), (right, false)] {
        if let Data::Choice(values) = &choice.data {
            let all = values.iter().map(|value| match is_left {
                true => combine(operator, value, right, at),
                false => combine(operator, left, value, at),
            });
            return Ok(Value::choice(all.collect::<Result<_, _>>()?, at));
        }
    }
    let unknown = [left, right]
        .into_iter()
        .find(|value| matches!(value.data, Data::Unknown(_) | Data::Parts(_)));
    let data = match operator {
        Binary::Equal | Binary::NotEqual => {
            let equal = left.equals(right);
            equal.map(|equal| Data::Bool(equal == (operator == Binary::Equal)))
        }
        Binary::Or | Binary::And => {
            let decides = operator == Binary::Or;
            match (left.as_bool(), right.as_bool()) {
                (Some(a), Some(b)) => Some(Data::Bool(if decides { a || b } else { a && b })),
                (Some(one), _) | (_, Some(one)) if one == decides => Some(Data::Bool(decides)),
                _ => None,
            }
        }
        _ => match (left.as_number(), right.as_number()) {
            (Some(a), Some(b)) => Some(arithmetic(operator, a, b)?),
            _ => None,
        },
    };
    match (data, unknown) {
        (Some(data), _) => Ok(computed(data, at, &[left, right])),
        (None, Some(unknown)) => Ok(because(unknown, at)),
        // What is compared may hold something unknown.
        (None, None) if matches!(operator, Binary::Equal | Binary::NotEqual) => {
            Ok(because(left, at))
        }
        (None, None) => Err(Fault::Error("an operand has the wrong type".to_owned())),
    }
}

fn arithmetic(operator: Binary, a: f64, b: f64) -> Result<Data, Fault> {
    Ok(match operator {
        Binary::Less => Data::Bool(a < b),
        Binary::LessOrEqual => Data::Bool(a <= b),
        Binary::Greater => Data::Bool(a > b),
        Binary::GreaterOrEqual => Data::Bool(a >= b),
        Binary::Plus => Data::Number(a + b),
        Binary::Minus => Data::Number(a - b),
        Binary::Times => Data::Number(a * b),
        Binary::Divide | Binary::Modulo if b == 0.0 => {
            return Err(Fault::Error("a division by zero".to_owned()));
        }
        Binary::Divide => Data::Number(a / b),
        _ => Data::Number(a % b),
    })
}
