//! Whether a formula can be true: a search through the values of its variables.

/// So many partial assignments are looked at before the search gives up.
const STEPS: usize = 20_000;

/// What is true or false by the values of variables.
#[derive(Debug, Clone)]
pub(super) enum Formula {
    Constant(bool),
    Not(Box<Formula>),
    All(Vec<Formula>),
    Any(Vec<Formula>),
    Compare(Number, Relation, Number),
}

/// How two numbers are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Relation {
    Equal,
    Less,
    LessOrEqual,
}

/// A number that follows from the value of at most one variable. What is no number is numbered.
#[derive(Debug, Clone)]
pub(super) enum Number {
    Constant(i64),
    /// The value of the variable.
    Variable(usize),
    /// What stands at the place, from 0, that is the value of the variable.
    Mapped(usize, Vec<i64>),
}

impl Formula {
    pub(super) fn negated(self) -> Self {
        match self {
            Self::Constant(value) => Self::Constant(!value),
            Self::Not(inner) => *inner,
            other => Self::Not(Box::new(other)),
        }
    }

    fn variables(&self, found: &mut Vec<usize>) {
        match self {
            Self::Constant(_) => {}
            Self::Not(inner) => inner.variables(found),
            Self::All(parts) | Self::Any(parts) => {
                parts.iter().for_each(|part| part.variables(found));
            }
            Self::Compare(left, _, right) => {
                for number in [left, right] {
                    if let Number::Variable(at) | Number::Mapped(at, _) = number
                        && !found.contains(at)
                    {
                        found.push(*at);
                    }
                }
            }
        }
    }

    /// What it comes to, if the values that are there decide.
    fn evaluate(&self, values: &[Option<i64>]) -> Option<bool> {
        match self {
            Self::Constant(value) => Some(*value),
            Self::Not(inner) => inner.evaluate(values).map(|value| !value),
            Self::All(parts) => connect(parts, values, false),
            Self::Any(parts) => connect(parts, values, true),
            Self::Compare(left, relation, right) => {
                let (left, right) = (left.value(values)?, right.value(values)?);
                Some(match relation {
                    Relation::Equal => left == right,
                    Relation::Less => left < right,
                    Relation::LessOrEqual => left <= right,
                })
            }
        }
    }
}

/// What connected parts come to, one that is `settling` being enough.
fn connect(parts: &[Formula], values: &[Option<i64>], settling: bool) -> Option<bool> {
    let mut all = Some(!settling);
    for part in parts {
        match part.evaluate(values) {
            Some(value) if value == settling => return Some(settling),
            Some(_) => {}
            None => all = None,
        }
    }
    all
}

impl Number {
    fn value(&self, values: &[Option<i64>]) -> Option<i64> {
        match self {
            Self::Constant(value) => Some(*value),
            Self::Variable(at) => *values.get(*at)?,
            Self::Mapped(at, map) => {
                let place = usize::try_from((*values.get(*at)?)?).ok()?;
                map.get(place).copied()
            }
        }
    }
}

/// Whether some choice of a value for each variable from its domain makes the formula true; `None`
/// where that is too much to find out.
///
/// Exponential in the variables of the formula, each step linear in its size, cut off after
/// [`STEPS`] steps. What is already decided is not looked into.
pub(super) fn satisfiable(formula: &Formula, domains: &[Vec<i64>]) -> Option<bool> {
    let mut variables = Vec::new();
    formula.variables(&mut variables);
    let mut search = Search {
        formula,
        domains,
        variables,
        values: vec![None; domains.len()],
        steps: 0,
    };
    search.from(0)
}

struct Search<'s> {
    formula: &'s Formula,
    domains: &'s [Vec<i64>],
    /// In the order in which values are chosen.
    variables: Vec<usize>,
    values: Vec<Option<i64>>,
    steps: usize,
}

impl Search<'_> {
    /// Goes on with the variable at this place of the order.
    fn from(&mut self, at: usize) -> Option<bool> {
        self.steps += 1;
        if self.steps > STEPS {
            return None;
        }
        if let Some(decided) = self.formula.evaluate(&self.values) {
            return Some(decided);
        }
        let variable = *self.variables.get(at)?;
        for value in &self.domains[variable] {
            self.values[variable] = Some(*value);
            let found = self.from(at + 1);
            self.values[variable] = None;
            if found != Some(false) {
                return found;
            }
        }
        Some(false)
    }
}
