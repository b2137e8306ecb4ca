//! Functions that turn values of one type into another.

use std::rc::Rc;

use super::Arguments;
use crate::infrastructure::terraform::eval::cidr;
use crate::infrastructure::terraform::eval::types::as_set;
use crate::infrastructure::terraform::eval::value::{Data, Value};

type Result<T = Value> = std::result::Result<T, String>;

pub fn same(a: &Arguments<'_>) -> Result {
    let value = a.get(0)?.clone();
    Ok(value.referred(a.at))
}

pub fn toset(a: &Arguments<'_>) -> Result {
    let value = a.get(0)?;
    match value.items() {
        Some(items) => Ok(Value {
            data: Data::List(Rc::new(as_set(items))),
            origin: value.origin.clone(),
        }),
        None => Ok(value.clone()),
    }
}

pub fn tobool(a: &Arguments<'_>) -> Result {
    let value = a.get(0)?;
    let data = match &value.data {
        Data::Null => Data::Null,
        _ => Data::Bool(value.as_bool().ok_or("the value is not a boolean")?),
    };
    let origin = value.origin.clone();
    Ok(Value { data, origin })
}

pub fn tonumber(a: &Arguments<'_>) -> Result {
    let value = a.get(0)?;
    let data = match &value.data {
        Data::Null => Data::Null,
        _ => Data::Number(value.as_number().ok_or("the value is not a number")?),
    };
    let origin = value.origin.clone();
    Ok(Value { data, origin })
}

pub fn tostring(a: &Arguments<'_>) -> Result {
    let value = a.get(0)?;
    match &value.data {
        Data::Number(_) | Data::Bool(_) => Ok(Value {
            origin: value.origin.clone(),
            ..Value::computed(a.text(0)?, value.origin.at)
        }),
        _ => Ok(value.clone()),
    }
}

/// Keeps the value: what reads the text reads the value, with its places.
pub fn jsonencode(a: &Arguments<'_>) -> Result {
    let value = a.get(0)?;
    if value.is_unknown() {
        return Ok(value.clone());
    }
    a.computed(Data::Json(Rc::new(value.clone())))
}

pub fn parseint(a: &Arguments<'_>) -> Result {
    let base = a.number(1)? as u32;
    if !(2..=36).contains(&base) {
        return Err("no such base".to_owned());
    }
    let number = i64::from_str_radix(&a.text(0)?, base);
    let number = number.map_err(|_| "the text is not a number".to_owned())?;
    a.computed(Data::Number(number as f64))
}

pub fn cidrsubnet(a: &Arguments<'_>) -> Result {
    let (more, number) = (a.number(1)?, a.number(2)?);
    a.result(cidr::subnet(&a.text(0)?, more as u32, number as u128)?)
}

pub fn cidrsubnets(a: &Arguments<'_>) -> Result {
    let more = (1..a.values.len()).map(|at| Ok(a.number(at)? as u32));
    let more: Vec<u32> = more.collect::<Result<_>>()?;
    let all = cidr::subnets(&a.text(0)?, &more)?;
    let all = all.into_iter().map(|text| Value::computed(text, a.at));
    a.result_list(all.collect())
}

pub fn cidrhost(a: &Arguments<'_>) -> Result {
    a.result(cidr::host(&a.text(0)?, a.number(1)? as i128)?)
}

pub fn cidrnetmask(a: &Arguments<'_>) -> Result {
    a.result(cidr::netmask(&a.text(0)?)?)
}
