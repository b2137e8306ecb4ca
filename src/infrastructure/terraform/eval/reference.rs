//! What a reference stands for: variables, locals, modules, resources, and the steps after them.

use super::expression::because;
use super::types::{Type, convert};
use super::value::{Cause, Data, Role, Value};
use super::{Evaluated, Evaluator, Fault, Key, Mode, Once, Scope, unknown_of};
use crate::infrastructure::terraform::hcl::{Attribute, Expr, Name, Term};
use crate::infrastructure::terraform::module::Layers;
use crate::source::Span;

/// A step after the first word of a reference.
enum After<'m> {
    Member(&'m Name),
    Index(&'m Expr),
}

impl<'m> Evaluator<'m> {
    /// The value of a word with steps after it, or of steps after any other expression.
    pub(super) fn reference(&mut self, expr: &'m Expr, scope: &Scope<'m>) -> Evaluated {
        let mut after = Vec::new();
        let mut base = expr;
        loop {
            match &base.term {
                Term::Member(of, name) => {
                    after.push(After::Member(name));
                    base = of;
                }
                Term::Index(of, index) => {
                    after.push(After::Index(index));
                    base = of;
                }
                _ => break,
            }
        }
        after.reverse();
        let (mut value, used) = match &base.term {
            Term::Root(root) => self.root(root, &after, scope, expr.at)?,
            _ => (self.evaluate(base, scope)?, 0),
        };
        for step in after.into_iter().skip(used) {
            value = match step {
                After::Member(name) => self.member(&value, &name.text, expr.at)?,
                After::Index(index) => {
                    let index = self.evaluate(index, scope)?;
                    self.element(&value, &index)?
                }
            };
        }
        Ok(value.referred(expr.at))
    }

    /// What the first words stand for, and how many steps of them were used.
    fn root(
        &mut self,
        root: &'m str,
        after: &[After<'m>],
        scope: &Scope<'m>,
        at: Span,
    ) -> Result<(Value, usize), Fault> {
        if let Some(value) = scope.name(root) {
            return Ok((value.clone(), 0));
        }
        let name = |at: usize| match after.get(at) {
            Some(After::Member(name)) => Some(&*name.text),
            _ => None,
        };
        let missing = || Fault::Error(format!("`{root}` is not followed by a name"));
        let first = name(0);
        match root {
            "var" => {
                let variable = self.variable(scope.module, first.ok_or_else(missing)?)?;
                Ok((variable, 1))
            }
            "local" => Ok((self.local(scope.module, first.ok_or_else(missing)?)?, 1)),
            "module" => {
                let name = first.ok_or_else(missing)?;
                Ok((self.call_value(scope.module, name)?, 1))
            }
            "each" => match (&scope.each, first) {
                (Some(each), Some("key")) => Ok((each.0.clone(), 1)),
                (Some(each), Some("value")) => Ok((each.1.clone(), 1)),
                _ => Err(Fault::Error("`each` outside of `for_each`".to_owned())),
            },
            "count" => match &scope.count {
                Some(count) if first == Some("index") => Ok((count.clone(), 1)),
                _ => Err(Fault::Error("`count` outside of `count`".to_owned())),
            },
            "self" => match scope.instance {
                Some(instance) => Ok((Value::new(Data::Instance(instance), at), 0)),
                None => Err(Fault::Error("`self` outside of a resource".to_owned())),
            },
            "path" => {
                let text = match first {
                    Some("module") => self.folder_of(scope.module),
                    _ => ".".to_owned(),
                };
                Ok((Value::computed(text, at), 1))
            }
            "terraform" | "tofu" => {
                let what = format!("{root}.{}", first.unwrap_or("workspace"));
                Ok((Value::unknown(Cause::NoValue, what, at), 1))
            }
            "resource" => match (first, name(1)) {
                (Some(kind), Some(name)) => {
                    Ok((self.resource(scope.module, false, kind, name)?, 2))
                }
                _ => Err(missing()),
            },
            "data" | "ephemeral" => match (first, name(1)) {
                (Some(kind), Some(name)) => Ok((self.resource(scope.module, true, kind, name)?, 2)),
                _ => Err(missing()),
            },
            kind => match first {
                Some(name) => Ok((self.resource(scope.module, false, kind, name)?, 1)),
                None => Err(Fault::Error(format!("`{kind}` is not declared"))),
            },
        }
    }

    /// The folder of a module, from the folder of the root.
    fn folder_of(&self, module: u32) -> String {
        let Some(module) = self.modules.get(module as usize) else {
            return ".".to_owned();
        };
        let folder = &module.module.folder;
        if *folder == self.root {
            return ".".to_owned();
        }
        let (mut from, mut to) = (parts(&self.root).peekable(), parts(folder).peekable());
        while from.peek().is_some() && from.peek() == to.peek() {
            from.next();
            to.next();
        }
        let path: Vec<_> = from.map(|_| "..").chain(to).collect();
        path.join("/")
    }

    fn resource(&mut self, module: u32, is_data: bool, kind: &'m str, name: &'m str) -> Evaluated {
        let of = self.modules.get(module as usize).map(|of| of.module);
        match of.and_then(|of| of.position(is_data, kind, name)) {
            Some(position) => Ok(self.repeated(module, position).value),
            None => {
                let data = if is_data { "data." } else { "" };
                Err(Fault::Error(format!(
                    "`{data}{kind}.{name}` is not declared"
                )))
            }
        }
    }

    /// The value of a variable: what the caller passes, a file of values, or the default.
    fn variable(&mut self, module: u32, name: &'m str) -> Evaluated {
        self.once(Once::Variable(module, name), |this| {
            let Some(of) = this.modules.get(module as usize) else {
                return Err(Fault::Error("no such module".to_owned()));
            };
            let Some(declared) = of.module.variables.get(name) else {
                return Err(Fault::Error(format!("undeclared variable `{name}`")));
            };
            let declared = declared.clone();
            let given: Option<(&'m Attribute, Scope<'m>)> = match &of.call {
                Some((call, scope)) => call.attribute(name).map(|given| (given, scope.clone())),
                None => {
                    let values = of.module.values.iter().rev();
                    let mut values = values.filter(|value| &*value.name.text == name);
                    values
                        .next()
                        .map(|given| (*given, Scope::of_module(module)))
                }
            };
            let value = this.given(module, &declared, given)?;
            Ok(this.typed(module, &declared, value))
        })
    }

    fn given(
        &mut self,
        module: u32,
        declared: &Layers<'m>,
        given: Option<(&'m Attribute, Scope<'m>)>,
    ) -> Evaluated {
        let default = declared.attribute("default");
        let nullable = declared.attribute("nullable");
        let nullable =
            nullable.is_none_or(|nullable| !matches!(nullable.value.term, Term::Bool(false)));
        if let Some((given, scope)) = given {
            let value = self.value(&given.value, &scope);
            if !value.is_null() || nullable || default.is_none() {
                let stands_in = self.modules.get(module as usize);
                let stands_in = stands_in.is_some_and(|of| of.module.stands_in);
                return Ok(match default.filter(|_| !stands_in) {
                    Some(default) => Value {
                        origin: value.origin.linked(default.value.at, Role::Overruled),
                        data: value.data,
                    },
                    None => value,
                });
            }
        }
        if let Some(default) = default {
            return self.evaluate(&default.value, &Scope::of_module(module));
        }
        Ok(self.without_value(module, declared))
    }

    /// A variable that nothing gives a value: one of those that its validation lists, or any.
    fn without_value(&mut self, module: u32, declared: &Layers<'m>) -> Value {
        let at = declared.header();
        let at = at.unwrap_or_else(|| Span::file_start(crate::source::FileId(0)));
        let name = declared.name();
        let unknown = Value::unknown(Cause::NoValue, format!("var.{name}"), at);
        let conditions: Vec<_> = declared
            .blocks()
            .filter(|block| &*block.kind.text == "validation")
            .filter_map(|block| block.body.attribute("condition"))
            .collect();
        for condition in conditions {
            let Term::Call(call) = &condition.value.term else {
                continue;
            };
            let [list, of] = call.arguments.as_slice() else {
                continue;
            };
            if &*call.name.text != "contains" || of.path() != Some(vec!["var", name]) {
                continue;
            }
            let list = self.value(list, &Scope::of_module(module));
            if let Some(items) = list.items().filter(|items| items.len() > 1) {
                return Value::choice(items, at);
            }
        }
        unknown
    }

    fn typed(&mut self, module: u32, declared: &Layers<'m>, value: Value) -> Value {
        let Some(ty) = declared.attribute("type") else {
            return value;
        };
        let ty = Type::of(&ty.value);
        convert(value, &ty, &mut |expr| {
            self.value(expr, &Scope::of_module(module))
        })
    }

    fn local(&mut self, module: u32, name: &'m str) -> Evaluated {
        self.once(Once::Local(module, name), |this| {
            let of = this.modules.get(module as usize);
            match of.and_then(|of| of.module.locals.get(name).copied()) {
                Some(local) => this.evaluate(&local.value, &Scope::of_module(module)),
                None => Err(Fault::Error(format!("undeclared local `{name}`"))),
            }
        })
    }

    /// The member `name` of a value. `at` is where the reference stands.
    pub(super) fn member(&mut self, value: &Value, name: &'m str, at: Span) -> Evaluated {
        match &value.data {
            Data::Object(_) => match value.entry(name) {
                Some(entry) => Ok(entry),
                // A block of a resource has attributes that only the provider knows.
                None if value.origin.of.is_some() => {
                    let mut unknown = Value::unknown(Cause::AfterApply, name, at);
                    unknown.origin.of = value.origin.of;
                    Ok(unknown)
                }
                None => Err(Fault::Error(format!("there is no `{name}` in it"))),
            },
            Data::Instance(instance) => self.attribute(*instance, name, at),
            Data::Module(module) => self.output(*module, name),
            Data::Unknown(_) => Ok(because(value, at)),
            Data::Choice(values) => {
                let values: Vec<_> = values.iter().map(|one| one.within(value)).collect();
                let all = values.into_iter().map(|one| self.member(&one, name, at));
                Ok(Value::choice(all.collect::<Result<_, _>>()?, at))
            }
            // `a.*.b` as it was written before version 0.12, and lists of one block.
            Data::List(items) if items.len() == 1 => {
                let only = value.items().and_then(|items| items.into_iter().next());
                match only {
                    Some(only) => self.member(&only, name, at),
                    None => Err(Fault::Error("an empty list has no members".to_owned())),
                }
            }
            _ => Err(Fault::Error(format!("there is no `{name}` in it"))),
        }
    }

    /// The element of a value.
    pub(super) fn element(&mut self, value: &Value, index: &Value) -> Evaluated {
        let at = index.origin.at;
        if let Data::Choice(values) = &value.data {
            let values: Vec<_> = values.iter().map(|one| one.within(value)).collect();
            let all = values.into_iter().map(|one| self.element(&one, index));
            return Ok(Value::choice(all.collect::<Result<_, _>>()?, at));
        }
        if let Data::Choice(indices) = &index.data {
            let all = indices.iter().map(|index| self.element(value, index));
            return Ok(Value::choice(all.collect::<Result<_, _>>()?, at));
        }
        match &value.data {
            Data::Unknown(_) => return Ok(because(value, at)),
            Data::Instance(instance) => {
                let key = self.instances.get(*instance as usize).map(|of| &of.key);
                if key == Some(&Key::Unknown) || index.as_number() == Some(0.0) {
                    return Ok(value.clone());
                }
            }
            Data::Module(_) => return Ok(value.clone()),
            _ => {}
        }
        if index.is_unknown() || matches!(index.data, Data::Parts(_)) {
            // All elements alike stand for any of them.
            let all = match &value.data {
                Data::List(_) => value.items(),
                Data::Object(entries) => Some(
                    entries
                        .iter()
                        .map(|entry| entry.value.within(value))
                        .collect(),
                ),
                _ => None,
            };
            let of = all.iter().flatten().next().and_then(instance_of);
            let mut unknown = because(index, at);
            unknown.origin.of = of.or(unknown.origin.of);
            return Ok(unknown);
        }
        let found = match &value.data {
            Data::Object(_) => index.as_text().and_then(|key| value.entry(&key)),
            Data::List(items) => {
                let number = index.as_number().filter(|number| *number >= 0.0);
                let item = number.and_then(|number| items.get(number as usize));
                item.map(|item| item.within(value))
            }
            _ => None,
        };
        found.ok_or_else(|| Fault::Error("there is no such element in it".to_owned()))
    }

    /// An attribute of a resource: what is written, or else something that only the provider knows.
    fn attribute(&mut self, instance: u32, name: &'m str, at: Span) -> Evaluated {
        let Some(of) = self.instances.get(instance as usize) else {
            return Err(Fault::Error("no such resource".to_owned()));
        };
        let (layers, scope, mode) = (of.layers.clone(), of.scope.clone(), of.mode);
        let is_document = mode == Mode::Data && of.kind == "aws_iam_policy_document";
        if mode == Mode::Managed || mode == Mode::Data {
            if is_document && name == "json" {
                let json = self.once(Once::Document(instance), |this| Ok(this.document(instance)));
                return json;
            }
            if let Some(written) = layers.attribute(name) {
                let once = Once::Attribute(instance, &written.name.text);
                let value = self.once(once, |this| this.evaluate(&written.value, &scope));
                let mut value = value.unwrap_or_else(|fault| unknown_of(fault, written.value.at));
                if !value.is_null() {
                    value.origin.of = Some(instance);
                    return Ok(value);
                }
            }
            if layers.blocks().any(|block| is_of_kind(block, name)) {
                return self.once(Once::Blocks(instance, name), |this| {
                    let whole = this.whole(instance);
                    let mut blocks = whole
                        .entry(name)
                        .ok_or_else(|| Fault::Error(format!("there is no `{name}` in it")))?;
                    blocks.origin.of = Some(instance);
                    Ok(blocks)
                });
            }
        }
        let cause = match mode {
            Mode::Data => Cause::DataSource,
            Mode::Managed | Mode::Remote => Cause::AfterApply,
        };
        let what = format!("{}.{name}", self.address(instance));
        let mut value = Value::unknown(cause, what, at);
        value.origin.of = Some(instance);
        Ok(value)
    }

    fn output(&mut self, module: u32, name: &'m str) -> Evaluated {
        self.once(Once::Output(module, name), |this| {
            let of = this.modules.get(module as usize);
            let output = of.and_then(|of| of.module.outputs.get(name));
            let value = output.and_then(|output| output.attribute("value"));
            match value {
                Some(value) => this.evaluate(&value.value, &Scope::of_module(module)),
                // The module that it stands in for may have it.
                None if of.is_some_and(|of| of.module.stands_in) => {
                    let at = of.and_then(|of| of.call.as_ref()?.0.header());
                    let at = at.unwrap_or_else(|| Span::file_start(crate::source::FileId(0)));
                    Ok(Value::unknown(Cause::AfterApply, name, at))
                }
                None => Err(Fault::Error(format!("the module has no output `{name}`"))),
            }
        })
    }

    fn call_value(&mut self, module: u32, name: &'m str) -> Evaluated {
        match self.called(module, name) {
            Some(repeated) => Ok(repeated.value),
            None => Err(Fault::Error(format!("undeclared module `{name}`"))),
        }
    }
}

fn is_of_kind(block: &crate::infrastructure::terraform::hcl::Block, name: &str) -> bool {
    let kind = &*block.kind.text;
    kind == name
        || kind == "dynamic"
            && block
                .labels
                .first()
                .is_some_and(|label| &*label.text == name)
}

/// The resource that a value is, or is an attribute of.
fn instance_of(value: &Value) -> Option<u32> {
    match &value.data {
        Data::Instance(instance) => Some(*instance),
        _ => value.origin.of,
    }
}

/// The names in a path.
fn parts(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter(|part| !part.is_empty())
}
