//! What an undetermined finding says would pass, made true.

use palisade::model::{Kind, Omission, Type};

use crate::world::{Val, World, field, fields};

/// The worlds that `hint` speaks of: in each, every condition that it names holds in one way.
pub fn worlds(world: &World, hint: &str) -> Vec<World> {
    let conditions = parse(world, hint);
    if conditions.iter().any(|(.., options)| options.is_empty()) {
        return Vec::new();
    }
    let most = conditions
        .iter()
        .map(|(.., options)| options.len())
        .max()
        .unwrap_or(0);
    let ways = (0..most).map(|way| {
        let mut other = world.clone();
        for (thing, name, options) in &conditions {
            let value = &options[way % options.len()];
            match value {
                Val::Absent => other.things[*thing].fields.remove(name),
                value => other.things[*thing].fields.insert(name, value.clone()),
            };
            if field(world.things[*thing].kind, name).2 == Omission::Empty {
                other.things[*thing].complete = true;
            }
        }
        other
    });
    ways.collect()
}

type Condition = (usize, &'static str, Vec<Val>);

/// Reads sentences like "`custody` of key store `s0` is `hsm` or `kms` and `debug` of …".
fn parse(world: &World, hint: &str) -> Vec<Condition> {
    let pieces: Vec<&str> = hint.split('`').collect();
    let starts: Vec<usize> = (0..pieces.len())
        .filter(|at| at % 2 == 1 && is_of(pieces.get(at + 1).copied().unwrap_or_default()))
        .collect();
    assert!(!starts.is_empty(), "no condition in {hint:?}");
    let ends = starts[1..].iter().copied().chain([pieces.len() + 1]);
    let conditions = starts.iter().zip(ends).map(|(start, end)| {
        let thing = world.find(pieces[start + 2]).expect("a declared entity");
        let mut names = fields(world.things[thing].kind);
        let Some(name) = names.find(|name| *name == pieces[*start]) else {
            // What follows from where things end up is no field: it cannot be written.
            let attributes = world.things[thing].kind.attributes().iter();
            let mut derived = attributes.filter(|def| def.origin.of().is_none());
            let known = derived.any(|def| def.name == pieces[*start]);
            assert!(known, "no attribute in {hint:?}");
            return (thing, "", Vec::new());
        };
        let what = pieces[start + 3];
        let mut values: Vec<String> = Vec::new();
        let mut at = start + 4;
        while at < end - 1 {
            values.push(pieces[at].to_owned());
            at += 2;
        }
        let outside = pieces[start + 3..end.min(pieces.len())].iter().step_by(2);
        let named = outside
            .clone()
            .map(|text| text.matches("something else").count());
        let unnamed = (0..named.sum()).map(|at| format!("nothing that anybody names {at}"));
        values.extend(unnamed);
        // Of what no document declares, or where no value does by itself, nothing can be written.
        if outside
            .clone()
            .any(|text| text.contains("another ") || text.ends_with(" is known"))
        {
            return (thing, name, Vec::new());
        }
        let rest = &pieces[start + 3..end.min(pieces.len())];
        let absent = rest.iter().step_by(2).any(|text| text.contains("absent"));
        let options = options(world, (thing, name), what, values, absent);
        assert!(!options.is_empty(), "nothing does in {hint:?}");
        (thing, name, options)
    });
    conditions.collect()
}

fn is_of(text: &str) -> bool {
    let mut labels = Kind::ALL.iter().map(|kind| kind.def().label);
    labels.any(|label| text == format!(" of {label} "))
}

fn options(
    world: &World,
    (thing, name): (usize, &'static str),
    what: &str,
    values: Vec<String>,
    absent: bool,
) -> Vec<Val> {
    let (ty, many, _) = field(world.things[thing].kind, name);
    let all = match ty {
        Type::Enum(def) => def.variants.iter().map(|v| v.name.to_owned()).collect(),
        Type::Bool => vec!["true".to_owned(), "false".to_owned()],
        _ => Vec::new(),
    };
    let others: Vec<String> = all
        .iter()
        .filter(|v| !values.contains(v))
        .cloned()
        .collect();
    let listed = match world.things[thing].fields.get(name) {
        Some(Val::Many(listed)) => listed.clone(),
        _ => Vec::new(),
    };
    let listing = |more: Vec<String>| Val::Many(listed.iter().cloned().chain(more).collect());
    if many {
        return match what {
            _ if what.starts_with(" is, for example, ") => vec![listing(values)],
            " has no " => vec![listing(Vec::new()), listing(others)],
            " has " => vec![listing(values.clone()), listing([values, others].concat())],
            _ if what.starts_with(" is empty") => vec![Val::Many(Vec::new())],
            _ if what.starts_with(" is complete as listed") => vec![listing(Vec::new())],
            what => panic!("what does {what:?} mean of a set?"),
        };
    }
    let values = values.into_iter().map(|value| match value.as_str() {
        "never" | "unlimited" => Val::Absent,
        _ => Val::One(value),
    });
    let absent = absent.then_some(Val::Absent);
    match what {
        " is not " => {
            let others = others.into_iter().map(Val::One);
            others.collect()
        }
        _ if what.starts_with(" is") => values.chain(absent).collect(),
        what => panic!("what does {what:?} mean?"),
    }
}
