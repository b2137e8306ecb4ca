//! Selectors: which of all things with labels are meant (Kubernetes API, LabelSelector).

use std::collections::{BTreeMap, HashMap};

use crate::syntax::Node;

/// The labels of something, by name.
pub(super) type Labels = BTreeMap<String, String>;

/// The labels that a mapping lists.
pub(super) fn labels(node: Option<&Node>) -> Labels {
    let all = node.map_or(&[][..], Node::entries).iter();
    let all = all.filter_map(|(name, value)| Some((name.value.to_string(), value.scalar()?)));
    all.collect()
}

/// What something's labels must be like; an empty one is for everything.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Selector {
    terms: Vec<Term>,
}

/// One thing that labels must be like.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Term {
    In(String, Vec<String>),
    NotIn(String, Vec<String>),
    Exists(String),
    DoesNotExist(String),
    /// An operator that no API knows: nothing is meant.
    Never,
}

impl Selector {
    /// A selector as policies and templates have it.
    pub(super) fn of(node: Option<&Node>) -> Self {
        let mut selector = Self::of_labels(node.and_then(|it| it.get("matchLabels")));
        let all = node.and_then(|it| it.get("matchExpressions"));
        for expression in all.map_or(&[][..], Node::items) {
            let key = expression.get("key").and_then(Node::scalar);
            let values = expression.get("values").map_or(&[][..], Node::items);
            let mut values: Vec<_> = values.iter().filter_map(Node::scalar).collect();
            values.sort();
            let operator = expression.get("operator").and_then(Node::str);
            selector.terms.push(match (key, operator) {
                (Some(key), Some("In")) => Term::In(key, values),
                (Some(key), Some("NotIn")) => Term::NotIn(key, values),
                (Some(key), Some("Exists")) => Term::Exists(key),
                (Some(key), Some("DoesNotExist")) => Term::DoesNotExist(key),
                _ => Term::Never,
            });
        }
        selector.terms.sort();
        selector.terms.dedup();
        selector
    }

    /// A selector as Services have it: labels that must be there.
    pub(super) fn of_labels(node: Option<&Node>) -> Self {
        let terms = labels(node).into_iter();
        Self {
            terms: terms
                .map(|(key, value)| Term::In(key, vec![value]))
                .collect(),
        }
    }

    /// Whether everything is meant.
    pub(super) fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// Whether something with these labels is meant.
    pub(super) fn matches(&self, labels: &Labels) -> bool {
        self.terms.iter().all(|term| match term {
            Term::In(key, values) => labels.get(key).is_some_and(|value| values.contains(value)),
            Term::NotIn(key, values) => labels.get(key).is_none_or(|value| !values.contains(value)),
            Term::Exists(key) => labels.contains_key(key),
            Term::DoesNotExist(key) => !labels.contains_key(key),
            Term::Never => false,
        })
    }

    /// What it says, in a line: `app=web,tier in (a,b)`.
    pub(super) fn text(&self) -> String {
        let terms = self.terms.iter().map(|term| match term {
            Term::In(key, values) if values.len() == 1 => format!("{key}={}", values[0]),
            Term::In(key, values) => format!("{key} in ({})", values.join(",")),
            Term::NotIn(key, values) => format!("{key} notin ({})", values.join(",")),
            Term::Exists(key) => key.clone(),
            Term::DoesNotExist(key) => format!("!{key}"),
            Term::Never => "nothing".to_owned(),
        });
        terms.collect::<Vec<_>>().join(",")
    }
}

/// Things with labels, by what is on them.
#[derive(Debug, Default)]
pub(super) struct Index {
    all: Vec<Labels>,
    by_name: HashMap<String, Vec<usize>>,
    by_label: HashMap<(String, String), Vec<usize>>,
}

impl Index {
    /// Adds something, which comes after all before it.
    pub(super) fn add(&mut self, labels: Labels) {
        let at = self.all.len();
        for (name, value) in &labels {
            self.by_name.entry(name.clone()).or_default().push(at);
            let label = (name.clone(), value.clone());
            self.by_label.entry(label).or_default().push(at);
        }
        self.all.push(labels);
    }

    /// What a selector means, in order. Linear in what has the rarest label of those that it lists.
    pub(super) fn select(&self, selector: &Selector) -> Vec<usize> {
        let named = |term: &Term| -> Option<Vec<usize>> {
            match term {
                Term::In(key, values) => {
                    let labels = values.iter().map(|value| (key.clone(), value.clone()));
                    let found = labels.filter_map(|label| self.by_label.get(&label));
                    Some(found.flatten().copied().collect())
                }
                Term::Exists(key) => Some(self.by_name.get(key).cloned().unwrap_or_default()),
                _ => None,
            }
        };
        let rarest = selector.terms.iter().filter_map(named).min_by_key(Vec::len);
        let mut found = rarest.unwrap_or_else(|| (0..self.all.len()).collect());
        found.retain(|at| selector.matches(&self.all[*at]));
        found.sort_unstable();
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labelled(all: &[(&str, &str)]) -> Labels {
        let all = all
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        all.collect()
    }

    fn term(key: &str, values: &[&str]) -> Term {
        Term::In(
            key.to_owned(),
            values.iter().map(|it| (*it).to_owned()).collect(),
        )
    }

    #[test]
    fn the_index_finds_what_each_by_itself_matches() {
        let all = [
            labelled(&[("app", "web"), ("tier", "front")]),
            labelled(&[("app", "db")]),
            labelled(&[]),
            labelled(&[("tier", "front")]),
        ];
        let mut index = Index::default();
        all.iter().for_each(|labels| index.add(labels.clone()));
        let selectors = [
            vec![],
            vec![term("app", &["web", "db"])],
            vec![term("app", &["web"]), term("tier", &["front"])],
            vec![Term::Exists("tier".into())],
            vec![Term::DoesNotExist("app".into())],
            vec![Term::NotIn("app".into(), vec!["web".into()])],
            vec![Term::Never],
        ];
        for terms in selectors {
            let selector = Selector { terms };
            let each = (0..all.len()).filter(|at| selector.matches(&all[*at]));
            assert_eq!(
                index.select(&selector),
                each.collect::<Vec<_>>(),
                "{selector:?}"
            );
        }
    }
}
