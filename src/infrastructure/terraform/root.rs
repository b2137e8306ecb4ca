//! A root module, lowered: what all of its resources are called, where they are, and how the value of
//! an attribute becomes a fact.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::eval::{Cause, Data, Evaluator, Mode, Role, Value};
use crate::infrastructure::{Import, Lowering};
use crate::model::{
    self, Environment, Field, Identity, IdentityKind, Isolation, To, Zone, ZoneKind,
};
use crate::source::{Span, Spanned, Through, Traced, Unread, Via};

/// A root module that is being lowered.
pub(super) struct Root<'m, 'l, 'f> {
    pub evaluator: Evaluator<'m>,
    pub name: &'m str,
    pub lowering: &'l mut Lowering<'f>,
    /// What is declared because something refers to it, by kind and id.
    implied: BTreeSet<(model::Kind, String)>,
    /// The zone that a network, subnet or group of rules is, by instance.
    pub zones: HashMap<u32, String>,
    /// The groups of rules that let the internet in.
    pub open_groups: HashSet<u32>,
    /// The entity that a resource became, as `section/id`, by instance.
    pub entities: HashMap<u32, String>,
    /// The identity that a role, user or account became, by instance.
    pub identities: HashMap<u32, String>,
    /// The artifacts that are kept in a store, by its id.
    pub kept: BTreeMap<String, Vec<String>>,
    /// Networks by their address ranges as written.
    pub ranges: BTreeMap<String, String>,
}

/// A resource, with all that is written of it.
#[derive(Debug, Clone)]
pub(super) struct Resource {
    /// The instance.
    pub instance: u32,
    /// Its type; of a module that is not here its source.
    pub kind: String,
    /// What it is called among everything.
    pub id: String,
    /// Where it is declared.
    pub at: Span,
    /// What is written, by name.
    pub body: Value,
    /// What bindings can match.
    pub import: model::Import,
    /// The provider, with its alias.
    pub provider: String,
    /// Whether it is the call of a module that is not here.
    pub is_call: bool,
}

impl Resource {
    /// The value at a path of names; of blocks the first. `None` if nothing is written there.
    pub fn get(&self, path: &str) -> Option<Value> {
        at(&self.body, path)
    }

    /// The blocks of a kind, or the maps in a list.
    pub fn blocks(&self, path: &str) -> Vec<Value> {
        match self.get_list(path) {
            Some(list) => list.items().unwrap_or_else(|| vec![list.clone()]),
            None => Vec::new(),
        }
    }

    fn get_list(&self, path: &str) -> Option<Value> {
        match path.rsplit_once('.') {
            None => self.body.entry(path),
            Some((before, last)) => first(&self.get(before)?).entry(last),
        }
    }
}

/// The value at a path of names below `value`; of lists the first element.
pub(super) fn at(value: &Value, path: &str) -> Option<Value> {
    let mut value = value.clone();
    for name in path.split('.') {
        value = first(&value);
        if matches!(value.data, Data::Unknown(_)) {
            return Some(value);
        }
        value = value.entry(name)?;
    }
    (!value.is_null()).then_some(value)
}

fn first(value: &Value) -> Value {
    let items = value.items();
    let first = items.and_then(|items| items.into_iter().next());
    first.unwrap_or_else(|| value.clone())
}

/// All values of a list, or the value itself.
pub(super) fn each(value: Option<Value>) -> Vec<Value> {
    match value {
        Some(value) => value.items().unwrap_or_else(|| vec![value]),
        None => Vec::new(),
    }
}

/// The resources that `value`, or what is in it, refers to, each with the value that does.
pub(super) fn referred(value: &Value, found: &mut Vec<(u32, Value)>) {
    if let Some(of) = value.origin.of
        && !found.iter().any(|(known, _)| *known == of)
    {
        found.push((of, value.clone()));
    }
    match &value.data {
        Data::Json(inner) => referred(&inner.within(value), found),
        Data::Parts(items) | Data::List(items) => {
            items
                .iter()
                .for_each(|item| referred(&item.within(value), found));
        }
        Data::Object(entries) => {
            let values = entries.iter().map(|entry| &entry.value);
            values.for_each(|item| referred(&item.within(value), found));
        }
        _ => {}
    }
}

/// A text that is known, with the place of its value.
pub(super) fn text(value: &Value) -> Option<std::sync::Arc<str>> {
    value.as_text()
}

impl<'m, 'l, 'f> Root<'m, 'l, 'f> {
    /// The root in the folder `name`.
    pub fn of(evaluator: Evaluator<'m>, name: &'m str, lowering: &'l mut Lowering<'f>) -> Self {
        Self {
            evaluator,
            name,
            lowering,
            implied: BTreeSet::new(),
            zones: HashMap::new(),
            open_groups: HashSet::new(),
            entities: HashMap::new(),
            identities: HashMap::new(),
            kept: BTreeMap::new(),
            ranges: BTreeMap::new(),
        }
    }

    /// Its resources whose type `is_mapped`, and the calls of modules that are not here. Says what of the root
    /// is not read.
    pub fn resources(&mut self, is_mapped: impl Fn(&str) -> bool) -> Vec<Resource> {
        let mut resources = Vec::new();
        for instance in self.evaluator.all() {
            let Some(of) = self.evaluator.instances.get(instance as usize) else {
                continue;
            };
            if of.mode != Mode::Remote && self.lowering.wanted().is_some() {
                self.trace(instance);
            }
            let Some(of) = self.evaluator.instances.get(instance as usize) else {
                continue;
            };
            match of.mode {
                Mode::Managed if is_mapped(of.kind) => {
                    let resource = self.resource(instance);
                    self.wrong(&resource);
                    resources.push(resource);
                }
                Mode::Managed => {
                    let (kind, header) = (of.kind, of.layers.header());
                    self.not_mapped(kind, header);
                }
                Mode::Data => {}
                Mode::Remote => {
                    self.not_read(instance);
                    resources.push(self.resource(instance));
                }
            }
        }
        self.say_moves();
        resources
    }

    /// Says where the value that is asked about comes from, if it is one of this instance.
    fn trace(&mut self, instance: u32) {
        let address = self.evaluator.address(instance);
        let id = self.id(&address);
        let Some(wanted) = self.lowering.wanted() else {
            return;
        };
        let names = [id.clone(), address.clone(), unkeyed(&id), unkeyed(&address)];
        let mut rests = names
            .iter()
            .filter_map(|name| wanted.strip_prefix(name.as_str()));
        let attribute = rests.find_map(|rest| rest.strip_prefix('.'));
        let Some(attribute) = attribute.map(str::to_owned) else {
            return;
        };
        let body = self.evaluator.whole(instance);
        let value = at(&body, &attribute);
        let span = match &value {
            Some(value) => self.place(value),
            None => body.origin.at,
        };
        let unknown = value.as_ref().and_then(|value| match &value.data {
            Data::Unknown(unknown) => Some(why(unknown.cause, &unknown.what)),
            Data::Choice(values) => {
                let values: Vec<_> = values.iter().map(Value::shown).collect();
                Some(format!("one of {}", values.join(", ")))
            }
            _ => None,
        });
        self.lowering.traced(Traced {
            address: format!("{id}.{attribute}"),
            unknown,
            is_set: value.is_some(),
            span,
        });
    }

    /// A number that no instance has, nor any above it.
    pub fn free_instance(&self) -> u32 {
        self.evaluator.instances.len() as u32
    }

    /// A resource that only a plan has, by its address, and its type, name and provider.
    pub fn planned(
        &mut self,
        instance: u32,
        address: &str,
        (kind, name, provider): (&str, &str, &str),
        body: Value,
        at: Span,
    ) -> Resource {
        let mut body = body;
        body.origin.at = at;
        let tags = tags_of(body.entry("tags_all").or_else(|| body.entry("tags")));
        let import = model::Import {
            format: "terraform",
            path: self.lowering.name(at.file).into(),
            system: self.name.into(),
            address: address.into(),
            ty: kind.into(),
            name: name.into(),
            provider: provider.into(),
            tags,
            ..model::Import::default()
        };
        Resource {
            instance,
            kind: kind.to_owned(),
            id: self.id(address),
            at,
            body,
            import,
            provider: provider.to_owned(),
            is_call: false,
        }
    }

    /// The limit that evaluating it reached, if one was.
    pub fn exceeded(&self) -> Option<&'static str> {
        self.evaluator.exceeded
    }

    fn resource(&mut self, instance: u32) -> Resource {
        let body = self.evaluator.whole(instance);
        let address = self.moved(self.evaluator.address(instance));
        let provider = self.evaluator.provider(instance);
        let (kind, name, is_call) = match self.evaluator.instances.get(instance as usize) {
            Some(of) => (of.kind, of.name, of.mode == Mode::Remote),
            None => ("", "", false),
        };
        let at = body.origin.at;
        let mut tags = self.evaluator.default_tags(&provider);
        for attribute in ["tags", "labels"] {
            tags.extend(tags_of(body.entry(attribute)));
        }
        let module = address.strip_prefix("module.").unwrap_or_default();
        let module = module.split(['.', '[']).next().unwrap_or_default();
        let import = model::Import {
            format: "terraform",
            path: self.lowering.name(at.file).into(),
            system: self.name.into(),
            address: address.as_str().into(),
            ty: kind.into(),
            name: name.into(),
            namespace: "".into(),
            provider: provider.as_str().into(),
            module: module.into(),
            tags,
        };
        Resource {
            instance,
            kind: kind.to_owned(),
            id: self.id(&address),
            at,
            body,
            import,
            provider,
            is_call,
        }
    }

    /// Whether changes of an attribute are ignored: its value is set elsewhere once it has been made
    /// (Terraform, `lifecycle`, `ignore_changes`).
    pub fn ignores(&self, resource: &Resource, attribute: &str) -> bool {
        let instance = self.evaluator.instances.get(resource.instance as usize);
        let lifecycles = instance.into_iter().flat_map(|it| it.layers.blocks());
        let mut ignored = lifecycles
            .filter(|block| &*block.kind.text == "lifecycle")
            .filter_map(|block| block.body.attribute("ignore_changes"));
        let is_it = |path: Option<Vec<&str>>, name: &str| path.is_some_and(|path| path == [name]);
        ignored.any(|ignored| match &ignored.value.term {
            super::hcl::Term::Tuple(items) => items.iter().any(|it| is_it(it.path(), attribute)),
            _ => is_it(ignored.value.path(), "all"),
        })
    }

    /// Says which expressions of a resource have no value because something is wrong with them.
    fn wrong(&mut self, resource: &Resource) {
        let Data::Object(entries) = &resource.body.data else {
            return;
        };
        for entry in entries.iter() {
            if let Data::Unknown(unknown) = &entry.value.data
                && unknown.cause == Cause::Wrong
            {
                self.lowering.unread(Unread {
                    what: ("expression", "expressions"),
                    name: format!("{}.{}: {}", resource.id, entry.key, unknown.what),
                    help: "their values are taken as unknown; `terraform validate` may say more",
                    span: entry.value.origin.at,
                });
            }
        }
    }

    /// Says of a type of resource that nothing is made of it, unless it is one of Terraform's own aids,
    /// behind which there is nothing.
    fn not_mapped(&mut self, kind: &str, header: Option<Span>) {
        const AIDS: [&str; 8] = [
            "archive_",
            "external",
            "local_",
            "null_",
            "random_",
            "template_",
            "terraform_",
            "time_",
        ];
        if let Some(span) = header
            && !AIDS.iter().any(|aid| kind.starts_with(aid))
        {
            self.lowering.not_mapped(Unread {
                what: ("type of resource", "types of resource"),
                name: kind.to_owned(),
                help: "no rule covers them",
                span,
            });
        }
    }

    /// Says of a module that is not here that it is not read.
    fn not_read(&mut self, instance: u32) {
        let Some(of) = self.evaluator.instances.get(instance as usize) else {
            return;
        };
        let source = of.kind;
        let Some(span) = of.layers.source().map(|source| source.at) else {
            return;
        };
        let local = source.starts_with('.');
        // A module that calls itself is a problem of its own.
        if local && self.evaluator.exceeded.is_some() {
            return;
        }
        let by = self.lowering.name(span.file);
        let by = by.rsplit_once('/').map_or("", |(folder, _)| folder);
        let folder = super::module::joined(by, source).filter(|_| local);
        self.lowering.not_found(Unread {
            what: ("module", "modules"),
            name: folder.unwrap_or_else(|| source.to_owned()),
            help: match local {
                true => "its folder holds no Terraform: if it is a submodule of git, `git submodule update \
                         --init` brings it",
                false => {
                    "`terraform init` brings modules into `.terraform/modules`, where they are \
                          read if git does not ignore them"
                }
            },
            span,
        });
    }

    /// What something at an address of this root is called among everything.
    pub fn id(&self, address: &str) -> String {
        match self.name {
            "" => address.to_owned(),
            name => format!("{name}:{address}"),
        }
    }

    /// An entity in the making that a resource is.
    pub fn import<E: model::Declare>(&self, resource: &Resource) -> Import<E> {
        self.part(resource, resource.id.clone(), resource.at)
    }

    /// An entity in the making that is part of a resource.
    pub fn part<E: model::Declare>(&self, of: &Resource, id: String, at: Span) -> Import<E> {
        Import::new(id, at, of.import.clone())
    }

    /// Whether `id` of this kind was not declared before; it then is.
    pub fn is_new(&mut self, kind: model::Kind, id: &str) -> bool {
        self.implied.insert((kind, id.to_owned()))
    }

    /// The zone of the account, subscription or project that a provider works in.
    pub fn account(&mut self, resource: &Resource) -> String {
        let id = self.id(&resource.provider);
        if self.is_new(model::Kind::Zone, &id) {
            let at = self.evaluator.provider_at(&resource.provider);
            let at = at.unwrap_or(resource.at);
            let import = model::Import {
                address: resource.provider.as_str().into(),
                ty: "provider".into(),
                name: resource.provider.as_str().into(),
                module: "".into(),
                path: self.lowering.name(at.file).into(),
                tags: self.evaluator.default_tags(&resource.provider),
                ..resource.import.clone()
            };
            let mut zone: Import<Zone> = Import::new(id.clone(), at, import);
            zone.entity.kind.state(Spanned::new(ZoneKind::Account, at));
            self.lowering
                .declarations()
                .zones
                .push(zone.finish(&["parent"]));
        }
        id
    }

    /// A zone in another one.
    pub fn zone(&mut self, resource: &Resource, parent: String, kind: ZoneKind) {
        let mut zone: Import<Zone> = self.import(resource);
        let at = resource.at;
        zone.entity
            .parent
            .state(Spanned::new(To::named(parent), at));
        zone.entity.kind.state(Spanned::new(kind, at));
        self.zones.insert(resource.instance, resource.id.clone());
        self.lowering.declarations().zones.push(zone.finish(&[]));
    }

    /// The zone of a network, or of a group of rules, that is made elsewhere: by what it is called, or else for
    /// `by` alone.
    pub fn unnamed(&mut self, by: &Resource, value: &Value, what: &str) -> String {
        let id = match text(value) {
            Some(text) => self.id(&text),
            None => format!("{} {what}", by.id),
        };
        if self.is_new(model::Kind::Zone, &id) {
            let at = value.origin.at;
            let parent = self.account(by);
            let mut zone: Import<Zone> = self.part(by, id.clone(), at);
            zone.entity
                .parent
                .state(Spanned::new(To::named(parent), at));
            zone.entity.kind.state(Spanned::new(ZoneKind::Network, at));
            self.lowering.declarations().zones.push(zone.finish(&[]));
        }
        id
    }

    /// The zone of all that anybody reaches.
    pub fn internet(&mut self, resource: &Resource, at: Span) -> String {
        let id = self.id("internet");
        if self.is_new(model::Kind::Zone, &id) {
            let mut zone: Import<Zone> = self.part(resource, id.clone(), at);
            let entity = &mut zone.entity;
            entity.kind.state(Spanned::new(ZoneKind::External, at));
            entity.isolation.state(Spanned::new(Isolation::Open, at));
            entity
                .environment
                .state(Spanned::new(Environment::External, at));
            entity
                .clearance
                .state(Spanned::new(model::Level::Public, at));
            self.lowering
                .declarations()
                .zones
                .push(zone.finish(&["parent"]));
        }
        id
    }

    /// The zone of a range of addresses: a network of this root, the internet, or somewhere else.
    pub fn range(&mut self, resource: &Resource, range: &Value) -> Option<String> {
        if let Some(zone) = range.origin.of.and_then(|of| self.zones.get(&of)) {
            return Some(zone.clone());
        }
        let text = text(range)?;
        if matches!(
            &*text,
            "0.0.0.0/0" | "::/0" | "*" | "Internet" | "Any" | "any" | "0.0.0.0"
        ) {
            return Some(self.internet(resource, range.origin.at));
        }
        if let Some(zone) = self.ranges.get(&*text) {
            return Some(zone.clone());
        }
        Some(self.elsewhere(resource, &text, range.origin.at))
    }

    /// A zone that nothing is known of but its name.
    pub fn elsewhere(&mut self, resource: &Resource, name: &str, at: Span) -> String {
        let id = self.id(name);
        if self.is_new(model::Kind::Zone, &id) {
            let zone: Import<Zone> = self.part(resource, id.clone(), at);
            self.lowering
                .declarations()
                .zones
                .push(zone.finish(&["parent"]));
        }
        id
    }

    /// The identity that stands for anyone at all.
    pub fn everyone(&mut self, resource: &Resource, at: Span) -> String {
        let zone = self.internet(resource, at);
        let id = self.id("everyone");
        if self.is_new(model::Kind::Identity, &id) {
            let mut identity: Import<Identity> = self.part(resource, id.clone(), at);
            let entity = &mut identity.entity;
            entity.zone.state(Spanned::new(To::named(zone), at));
            entity.kind.state(Spanned::new(IdentityKind::Everyone, at));
            let identity = identity.finish(&["memberOf", "assumes"]);
            self.lowering.declarations().identities.push(identity);
        }
        id
    }

    /// The place of a value: the literal to change, and the places that it came through.
    pub fn place(&mut self, value: &Value) -> Span {
        let mut through: Vec<Through> = Vec::new();
        let is_missing = match &value.data {
            Data::Unknown(unknown) => unknown.cause == Cause::NoValue,
            _ => false,
        };
        let mut is_latest = true;
        for link in value.origin.links() {
            let via = match link.role {
                Role::Overruled => Via::Overruled,
                Role::Operand if is_missing => Via::Unset,
                Role::Operand => Via::From,
                Role::Reference if std::mem::take(&mut is_latest) => Via::Use,
                Role::Reference => Via::Argument,
            };
            through.push((link.at, via));
        }
        through.reverse();
        self.lowering.place(value.origin.at, &through)
    }

    /// States what a value says; nothing if nothing is written, or if `read` makes nothing of it.
    pub fn state<F: Field>(
        &mut self,
        field: &mut F,
        value: Option<&Value>,
        read: impl Fn(&Value) -> Option<F::Value>,
    ) {
        let Some(value) = value.filter(|value| !value.is_null()) else {
            return;
        };
        let at = self.place(value);
        match &value.data {
            Data::Unknown(unknown) => match cause(unknown.cause) {
                Some(cause) => field.state_unresolved(at, cause),
                None => field.state_broken(at),
            },
            Data::Choice(values) => {
                let all = values.iter().map(|value| {
                    let at = self.place(value);
                    Some(Spanned::new(read(value)?, at))
                });
                match all.collect::<Option<Vec<_>>>() {
                    Some(mut all) if all.len() == 1 => {
                        if let Some(only) = all.pop() {
                            field.state(only);
                        }
                    }
                    Some(all) => field.state_choice(all, at),
                    None => field.state_unresolved(at, model::Cause::NoValue),
                }
            }
            _ => {
                if let Some(value) = read(value) {
                    field.state(Spanned::new(value, at));
                }
            }
        }
    }

    /// The same; where nothing is written, the provider's default.
    pub fn state_or<F: Field>(
        &mut self,
        field: &mut F,
        value: Option<&Value>,
        default: F::Value,
        at: Span,
        read: impl Fn(&Value) -> Option<F::Value>,
    ) {
        match value {
            Some(_) => self.state(field, value, read),
            None => field.state(Spanned::new(default, at)),
        }
    }
}

/// An address without the keys of instances.
fn unkeyed(address: &str) -> String {
    let mut text = String::new();
    let mut depth = 0;
    for c in address.chars() {
        match c {
            '[' => depth += 1,
            ']' => depth -= 1,
            c if depth == 0 => text.push(c),
            _ => {}
        }
    }
    text
}

/// Why a value is not known, for people.
fn why(cause: Cause, what: &str) -> String {
    match cause {
        Cause::NoValue => format!("nothing gives `{what}` a value"),
        Cause::AfterApply => format!("`{what}` is known only once it has been made"),
        Cause::DataSource => format!("`{what}` is read by a data source"),
        Cause::NotEvaluated => format!("`{what}` is not evaluated"),
        Cause::Dynamic => format!("it is repeated as often as `{what}` says, which is not known"),
        Cause::Broken => "it cannot be read".to_owned(),
        Cause::Wrong | Cause::Limit => what.to_owned(),
    }
}

/// Why a value is not known, as the model says it; `None` if a problem says it.
pub(super) fn cause(cause: Cause) -> Option<model::Cause> {
    Some(match cause {
        Cause::NoValue => model::Cause::NoValue,
        Cause::AfterApply => model::Cause::AfterApply,
        Cause::DataSource => model::Cause::DataSource,
        Cause::NotEvaluated | Cause::Wrong => model::Cause::NotEvaluated,
        Cause::Dynamic => model::Cause::Dynamic,
        Cause::Limit => model::Cause::Limit,
        Cause::Broken => return None,
    })
}

/// Tags that are known, by name.
fn tags_of(tags: Option<Value>) -> Vec<(Box<str>, Box<str>)> {
    let Some(Data::Object(entries)) = tags.map(|tags| tags.data) else {
        return Vec::new();
    };
    let tags = entries.iter().filter_map(|entry| {
        let value = entry.value.as_text()?;
        Some(((*entry.key).into(), (*value).into()))
    });
    tags.collect()
}

impl<'m> Evaluator<'m> {
    /// The configuration of a provider that an instance is made with, such as `aws.backup`.
    fn provider(&self, instance: u32) -> String {
        let Some(of) = self.instances.get(instance as usize) else {
            return String::new();
        };
        let named = of
            .layers
            .attribute("provider")
            .and_then(|it| it.value.path());
        let mut name = match named {
            Some(path) => path.join("."),
            None => of.kind.split('_').next().unwrap_or_default().to_owned(),
        };
        let mut module = of.module;
        // A module gets the configurations that its caller passes.
        while let Some(inner) = self.modules.get(module as usize) {
            let Some((call, parent)) = &inner.call else {
                break;
            };
            let passed = call.attribute("providers").map(|it| &it.value.term);
            if let Some(super::hcl::Term::Object(entries)) = passed {
                let found = entries
                    .iter()
                    .find(|(key, _)| key.path().is_some_and(|path| path.join(".") == name));
                if let Some(path) = found.and_then(|(_, value)| value.path()) {
                    name = path.join(".");
                }
            }
            module = parent.module();
        }
        name
    }

    fn provider_block(&self, name: &str) -> Option<&'m super::hcl::Block> {
        let (kind, alias) = match name.split_once('.') {
            Some((kind, alias)) => (kind, Some(alias)),
            None => (name, None),
        };
        let root = self.modules.first()?;
        let mut blocks = root.module.providers.iter();
        let found = blocks.find(|block| {
            let of = block.labels.first().map(|label| &*label.text);
            let written = block.body.attribute("alias");
            of == Some(kind) && written.and_then(|alias| alias.value.text()) == alias
        });
        found.copied()
    }

    fn provider_at(&self, name: &str) -> Option<Span> {
        self.provider_block(name).map(|block| block.header)
    }

    /// The tags that a provider gives all that it makes.
    fn default_tags(&mut self, name: &str) -> Vec<(Box<str>, Box<str>)> {
        let block = self.provider_block(name);
        let blocks = block.map(|block| block.body.blocks_of("default_tags"));
        let tags = blocks.and_then(|mut blocks| blocks.next());
        let tags = tags.and_then(|tags| tags.body.attribute("tags"));
        match tags {
            Some(tags) => tags_of(Some(self.of_root(&tags.value))),
            None => Vec::new(),
        }
    }
}
