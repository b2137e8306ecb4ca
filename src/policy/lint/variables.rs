//! The values that tell apart what the conditions of a policy can tell apart.

use std::collections::{BTreeMap, BTreeSet};

use super::search::Number;

/// What sort of value a number stands for. Only numbers of one sort are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Sort {
    Bool,
    /// A value of the enumeration of this name, by its place.
    Enumeration(&'static str),
    Long,
    /// Milliseconds since 1970.
    Date,
    /// Milliseconds.
    Duration,
    /// A text, by its place among those that are named.
    Text,
    /// An entity, by its place among those that are named.
    Entity,
}

impl Sort {
    pub(super) fn has_order(self) -> bool {
        matches!(self, Self::Long | Self::Date | Self::Duration)
    }
}

/// The variables of a formula, each what is read in one way.
#[derive(Debug, Default)]
pub(super) struct Variables {
    known: BTreeMap<String, usize>,
    all: Vec<Variable>,
    /// The numbers that variables of a sort are compared with.
    constants: BTreeMap<Sort, BTreeSet<i64>>,
    /// What texts and entities are called, by their number.
    names: Vec<String>,
}

#[derive(Debug)]
struct Variable {
    /// How many values it has; of a sort with too many to count, `None`.
    count: Option<usize>,
    sort: Sort,
    least: i64,
    /// Whether it is compared with another variable of the same sort.
    meets: bool,
}

impl Variables {
    /// The variable that is read as `text`, which has `count` values if that is known.
    pub(super) fn get(&mut self, text: String, sort: Sort, count: Option<usize>) -> usize {
        if let Some(at) = self.known.get(&text) {
            return *at;
        }
        let at = self.all.len();
        self.known.insert(text, at);
        self.all.push(Variable {
            count,
            sort,
            least: i64::MIN,
            meets: false,
        });
        at
    }

    /// Says that a variable is never less.
    pub(super) fn at_least(&mut self, variable: usize, least: i64) {
        let variable = &mut self.all[variable];
        variable.least = least;
        self.constants
            .entry(variable.sort)
            .or_default()
            .insert(least);
    }

    /// The number of a text or entity.
    pub(super) fn name(&mut self, name: String) -> i64 {
        let known = self.names.iter().position(|known| *known == name);
        let at = known.unwrap_or_else(|| {
            self.names.push(name);
            self.names.len() - 1
        });
        i64::try_from(at).unwrap_or_default()
    }

    /// Notes that two numbers of a sort are compared.
    pub(super) fn compared(&mut self, left: &Number, right: &Number, sort: Sort) {
        let mut variables = Vec::new();
        for number in [left, right] {
            let constants = self.constants.entry(sort).or_default();
            match number {
                Number::Constant(value) => drop(constants.insert(*value)),
                Number::Mapped(_, values) => constants.extend(values),
                Number::Variable(at) => variables.push(*at),
            }
        }
        if let [one, other] = variables[..]
            && one != other
        {
            self.all[one].meets = true;
            self.all[other].meets = true;
        }
    }

    /// Of each variable, values that stand for all: whatever values the variables have, some choice
    /// of these compares alike with each other and with the constants.
    ///
    /// Between two constants next to each other that takes as many values as there are variables
    /// that are compared with each other, or all that there are.
    pub(super) fn domains(&self) -> Vec<Vec<i64>> {
        let domains = self.all.iter().map(|variable| match variable.count {
            Some(count) => (0..i64::try_from(count).unwrap_or_default()).collect(),
            None => {
                let others = self.all.iter();
                let meeting = others.filter(|other| other.meets && other.sort == variable.sort);
                let width = if variable.meets { meeting.count() } else { 1 };
                let mut values = self.points(variable.sort, width);
                values.retain(|value| *value >= variable.least);
                values
            }
        });
        domains.collect()
    }

    fn points(&self, sort: Sort, width: usize) -> Vec<i64> {
        let none = BTreeSet::new();
        let constants = self.constants.get(&sort).unwrap_or(&none);
        let width = i64::try_from(width).unwrap_or(i64::MAX);
        let mut points = constants.clone();
        if !sort.has_order() {
            // Those that nobody names have numbers that nobody has.
            let named = i64::try_from(self.names.len()).unwrap_or_default();
            points.extend(named..named + width);
            return points.into_iter().collect();
        }
        if constants.is_empty() {
            points.extend(0..width);
        }
        for constant in constants {
            for step in 1..=width {
                // Above each constant, as far as the next one; below the first.
                points.extend(constant.checked_add(step));
            }
        }
        if let Some(first) = constants.first() {
            points.extend((1..=width).filter_map(|step| first.checked_sub(step)));
        }
        points.into_iter().collect()
    }
}
