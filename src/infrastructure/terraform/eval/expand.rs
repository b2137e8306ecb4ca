//! How often blocks are repeated: `count`, `for_each`, `dynamic`, and modules in modules.

use std::rc::Rc;

use super::value::{Cause, Data, Entry, Value};
use super::{Evaluator, Instance, Key, Mode, ModuleInstance, Repeated, Scope, key_text};
use crate::infrastructure::terraform::hcl::{Attribute, Block};
use crate::infrastructure::terraform::module::{Layers, joined};
use crate::infrastructure::terraform::registry;
use crate::source::Span;

/// Arguments of every resource.
const META: [&str; 4] = ["count", "for_each", "depends_on", "provider"];

/// One repetition of a block.
struct Repetition {
    key: Key,
    each: Option<(Value, Value)>,
    count: Option<Value>,
}

impl<'m> Evaluator<'m> {
    /// All resources, data sources and modules that are not here, of all modules.
    pub fn all(&mut self) -> Vec<u32> {
        let mut all = Vec::new();
        let mut next = 0;
        while let Some(of) = self.modules.get(next) {
            let module = of.module;
            let index = next as u32;
            for position in 0..module.resources.len() {
                all.extend(self.repeated(index, position).all.iter());
            }
            for name in module.calls.keys() {
                if let Some(called) = self.called(index, name) {
                    all.extend(called.all.iter());
                }
            }
            next += 1;
        }
        all
    }

    /// The resources that a block comes to.
    pub(super) fn repeated(&mut self, module: u32, position: usize) -> Repeated {
        if let Some(known) = self.resources.get(&(module, position)) {
            return known.clone();
        }
        let declared = self.modules.get(module as usize);
        let declared = declared.and_then(|of| of.module.resources.get(position));
        let Some(declared) = declared.cloned() else {
            return nothing(Span::file_start(crate::source::FileId(0)));
        };
        let at = declared.layers.header();
        let at = at.unwrap_or_else(|| Span::file_start(crate::source::FileId(0)));
        // What `count` refers to may refer back to this: it then has none.
        self.resources.insert((module, position), nothing(at));
        let mode = match declared.is_data {
            true => Mode::Data,
            false => Mode::Managed,
        };
        let scope = Scope::of_module(module);
        let repetitions = self.repetitions(&declared.layers, &scope);
        let repeated = self.instantiate(
            repetitions,
            at,
            |this, key, mut scope| {
                let instance = this.instances.len() as u32;
                scope.instance = Some(instance);
                this.instances.push(Instance {
                    module,
                    kind: declared.kind,
                    name: declared.name,
                    mode,
                    key,
                    layers: declared.layers.clone(),
                    scope,
                });
                (Data::Instance(instance), Some(instance))
            },
            &scope,
        );
        self.resources.insert((module, position), repeated.clone());
        repeated
    }

    /// The modules that a call comes to; of one that is not here the instances that stand for it.
    pub(super) fn called(&mut self, module: u32, name: &'m str) -> Option<Repeated> {
        if let Some(known) = self.calls.get(&(module, name)) {
            return Some(known.clone());
        }
        let of = self.modules.get(module as usize)?;
        let call = of.module.calls.get(name)?.clone();
        let (parent, depth) = (of.address.clone(), of.depth);
        let folder = of.module.folder.clone();
        let at = call.header()?;
        self.calls.insert((module, name), nothing(at));
        let source = call.source().and_then(|source| source.text()).unwrap_or("");
        let local = source.starts_with("./") || source.starts_with("../");
        let here = match local {
            true => joined(&folder, source).map(|path| self.texts.folder(&path)),
            false => {
                let downloaded = self.downloaded(&parent, name);
                downloaded.or_else(|| Some(registry::key(at)))
            }
        };
        let folders = self.folders;
        let here = here.and_then(|folder| folders.get(&folder));
        let here = here.filter(|_| depth < self.budget.modules);
        if depth >= self.budget.modules {
            self.exceeded
                .get_or_insert("modules that call modules too deep");
        }
        let scope = Scope::of_module(module);
        let repetitions = self.repetitions(&call, &scope);
        let dot = if parent.is_empty() { "" } else { "." };
        let repeated = self.instantiate(
            repetitions,
            at,
            |this, key, scope| match here {
                Some(here) => {
                    let index = this.modules.len() as u32;
                    this.modules.push(ModuleInstance {
                        module: here,
                        address: format!("{parent}{dot}module.{name}{}", key_text(&key)),
                        call: Some((call.clone(), scope)),
                        depth: depth + 1,
                    });
                    (Data::Module(index), None)
                }
                None => {
                    let instance = this.instances.len() as u32;
                    this.instances.push(Instance {
                        module,
                        kind: source,
                        name,
                        mode: Mode::Remote,
                        key,
                        layers: call.clone(),
                        scope,
                    });
                    (Data::Instance(instance), Some(instance))
                }
            },
            &scope,
        );
        self.calls.insert((module, name), repeated.clone());
        Some(repeated)
    }

    /// Where `terraform init` has put a module: the folders under `.terraform/modules` are called as the
    /// path of calls.
    fn downloaded(&self, parent: &str, name: &str) -> Option<String> {
        let calls = parent
            .split('.')
            .filter(|part| *part != "module" && !part.is_empty());
        let calls = calls.map(|part| part.split('[').next().unwrap_or(part));
        let path: Vec<_> = calls.chain([name]).collect();
        let folder = format!(".terraform/modules/{}", path.join("."));
        let folder = joined(&self.root, &folder)?;
        self.folders.contains_key(&folder).then_some(folder)
    }

    fn instantiate(
        &mut self,
        repetitions: Vec<Repetition>,
        at: Span,
        mut make: impl FnMut(&mut Self, Key, Scope<'m>) -> (Data, Option<u32>),
        scope: &Scope<'m>,
    ) -> Repeated {
        let mut all = Vec::new();
        let mut values = Vec::new();
        for repetition in repetitions {
            if self.instances.len() + self.modules.len() >= self.budget.instances {
                self.exceeded
                    .get_or_insert("more resources than are looked at");
                break;
            }
            let scope = Scope {
                each: repetition.each.map(Rc::new),
                count: repetition.count,
                ..scope.clone()
            };
            let key = repetition.key.clone();
            let (data, instance) = make(self, repetition.key, scope);
            all.extend(instance);
            values.push((key, Value::new(data, at)));
        }
        let is_single = |key: &Key| matches!(key, Key::Single | Key::Unknown);
        let value = match values.as_slice() {
            [(key, only)] if is_single(key) => only.clone(),
            [(Key::Name(_), _), ..] => {
                let entries = values.into_iter().filter_map(|(key, value)| match key {
                    Key::Name(key) => Some(Entry { key, at, value }),
                    _ => None,
                });
                Value::object(entries.collect(), at)
            }
            _ => Value::list(values.into_iter().map(|(_, value)| value).collect(), at),
        };
        let all = Rc::new(all);
        Repeated { value, all }
    }

    /// How often a block is repeated.
    fn repetitions(&mut self, layers: &Layers<'m>, scope: &Scope<'m>) -> Vec<Repetition> {
        if let Some(count) = layers.attribute("count") {
            let value = self.used(count, scope);
            return match value.as_number() {
                Some(number) => (0..number.max(0.0) as usize)
                    .take(self.budget.instances + 1)
                    .map(|at| Repetition {
                        key: Key::Number(at),
                        each: None,
                        count: Some(Value::new(Data::Number(at as f64), count.value.at)),
                    })
                    .collect(),
                None => {
                    let index = Value::unknown(Cause::Dynamic, "count.index", count.value.at);
                    vec![Repetition {
                        key: Key::Unknown,
                        each: None,
                        count: Some(index),
                    }]
                }
            };
        }
        if let Some(each) = layers.attribute("for_each") {
            let value = self.used(each, scope);
            return match self.named(&value) {
                Some(pairs) => pairs,
                None => {
                    let at = each.value.at;
                    let unknown = |what: &str| {
                        let mut unknown = Value::unknown(Cause::Dynamic, what, at);
                        unknown.origin.of = value.origin.of;
                        unknown
                    };
                    vec![Repetition {
                        key: Key::Unknown,
                        each: Some((unknown("each.key"), unknown("each.value"))),
                        count: None,
                    }]
                }
            };
        }
        vec![Repetition {
            key: Key::Single,
            each: None,
            count: None,
        }]
    }

    /// The repetitions for each entry of a map or each text of a set; `None` if they are unknown.
    fn named(&mut self, over: &Value) -> Option<Vec<Repetition>> {
        let pairs = self.pairs(over)?;
        let is_map = matches!(over.data, Data::Object(_));
        let named = pairs.into_iter().map(|(key, value)| {
            let key = if is_map { key } else { value.clone() };
            Some(Repetition {
                key: Key::Name(key.as_text()?),
                each: Some((key, value)),
                count: None,
            })
        });
        named.collect()
    }

    /// Attributes and blocks as one map: the blocks of a kind are a list, `dynamic` ones as often as
    /// they are repeated.
    pub(super) fn object(
        &mut self,
        attributes: &[&'m Attribute],
        blocks: &[&'m Block],
        scope: &Scope<'m>,
        at: Span,
    ) -> Value {
        let mut entries = Vec::with_capacity(attributes.len());
        for attribute in attributes {
            // What says how a block is made says nothing of what is made.
            if META.contains(&&*attribute.name.text) {
                continue;
            }
            let value = self.used(attribute, scope);
            if !value.is_null() {
                entries.push(Entry {
                    key: attribute.name.text.clone(),
                    at: attribute.name.at,
                    value,
                });
            }
        }
        for block in blocks {
            let (kind, made) = match (&*block.kind.text, block.labels.first()) {
                ("dynamic", Some(label)) => (&label.text, self.dynamic(block, &label.text, scope)),
                // What is run on a machine that is made is not part of what is made.
                ("provisioner" | "connection" | "lifecycle", _) => continue,
                _ => {
                    let made = self.body(&block.body, scope, block.header);
                    (&block.kind.text, vec![made])
                }
            };
            let existing = entries.iter_mut().find(|entry| entry.key == *kind);
            match existing.map(|entry| &mut entry.value.data) {
                Some(Data::List(items)) => Rc::make_mut(items).extend(made),
                Some(_) => {}
                None if made.is_empty() => {}
                None => entries.push(Entry {
                    key: kind.clone(),
                    at: block.header,
                    value: Value::list(made, block.header),
                }),
            }
        }
        Value::object(entries, at)
    }

    /// What a `dynamic` block comes to; one unknown block if nobody knows how many there are.
    fn dynamic(&mut self, block: &'m Block, kind: &'m str, scope: &Scope<'m>) -> Vec<Value> {
        let body = &block.body;
        let Some(each) = body.attribute("for_each") else {
            return Vec::new();
        };
        let iterator = body.attribute("iterator");
        let iterator = iterator.and_then(|iterator| iterator.value.path());
        let iterator = iterator
            .and_then(|path| path.first().copied())
            .unwrap_or(kind);
        let Some(content) = body.blocks_of("content").next() else {
            return Vec::new();
        };
        let over = self.used(each, scope);
        let Some(pairs) = self.pairs(&over) else {
            return vec![Value::unknown(Cause::Dynamic, kind, each.value.at)];
        };
        let mut made = Vec::with_capacity(pairs.len());
        for (key, value) in pairs {
            let at = block.header;
            let entries = [("key", key), ("value", value)].map(|(name, value)| Entry {
                key: name.into(),
                at,
                value,
            });
            let value = Value::object(entries.into(), at);
            let inner = scope.with(iterator, value);
            made.push(self.body(&content.body, &inner, block.header));
        }
        made
    }
}

fn nothing(at: Span) -> Repeated {
    Repeated {
        value: Value::list(Vec::new(), at),
        all: Rc::default(),
    }
}
