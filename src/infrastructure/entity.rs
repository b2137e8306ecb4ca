//! Entities in the making: what the code says, what it leaves out, and what it has no word for.

use crate::model::{self, Common, CommonText, Declare, Field, FieldVisitor, Missing};
use crate::source::{Span, Spanned};

/// The attributes of an entity that its language has words for: what of them is not written is left
/// out, as in a document. Everything else is unsaid.
pub type Silent = [&'static str];

/// An entity that is read from code.
#[derive(Debug)]
pub struct Import<E> {
    /// The entity, to be filled in.
    pub entity: E,
}

impl<E: Declare> Import<E> {
    /// The entity called `id`, which stands at `span`: the name of the resource. `from` says what it
    /// was read from.
    pub fn new(id: impl Into<Box<str>>, span: Span, from: model::Import) -> Self {
        let mut entity = E::declared(Spanned::new(id.into(), span));
        entity.common_mut().import = Some(Box::new(from));
        Self { entity }
    }

    /// A label, which rules see as a tag.
    pub fn label(&mut self, name: Spanned<Box<str>>, value: Spanned<Box<str>>) {
        self.entity.common_mut().labels.push((name, value));
    }

    /// The entity, with everything unsaid that is neither stated nor in `silent`.
    pub fn finish(mut self, silent: &Silent) -> E {
        let span = self.entity.id().span;
        let fields = self.entity.kind().def().fields;
        for field in fields.iter().filter(|field| !silent.contains(&field.name)) {
            self.entity.visit_field(field.name, &mut Unsaid(span));
        }
        let common: &mut Common = self.entity.common_mut();
        for text in CommonText::ALL {
            if !silent.contains(&text.name()) {
                Unsaid(span).visit(common.text_mut(text));
            }
        }
        self.entity
    }
}

/// Says of a field that nothing states that there is no word for it.
struct Unsaid(Span);

impl FieldVisitor for Unsaid {
    fn visit<F: Field>(&mut self, field: &mut F) {
        // An inherited or unknown attribute is unset in the same way as it is unsaid, but for what is
        // said of it: so all of them are.
        if field.missing() == Some(Missing::Unset) {
            field.state_unsaid(self.0);
        }
    }
}
