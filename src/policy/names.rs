//! The names of the vocabulary as types of Cedar's entities.

use std::sync::LazyLock;

use cedar_policy_core::FromNormalizedStr;
use cedar_policy_core::ast::{EntityType, Name};
use hashbrown::HashMap;

use crate::model::{Kind, enumerations};

/// Checked for their form by Cedar, without its parser: that takes longer than to evaluate most
/// policies.
static KNOWN: LazyLock<HashMap<&str, EntityType>> = LazyLock::new(|| {
    let kinds = Kind::ALL.iter().map(|kind| kind.def().name);
    let names = kinds.chain(enumerations().into_keys()).chain(["Action"]);
    let typed = names.filter_map(|name| Some((name, Name::from_normalized_str(name).ok()?.into())));
    typed.collect()
});

/// The type of this name, if it is one of the vocabulary.
pub(super) fn named_type(name: &str) -> Option<EntityType> {
    KNOWN.get(name).cloned()
}

/// The type of this name, which is one of the vocabulary.
#[expect(
    clippy::expect_used,
    reason = "the names are constants of the vocabulary"
)]
pub(super) fn type_name(name: &'static str) -> EntityType {
    named_type(name).expect("a name of the vocabulary")
}

/// Makes them ready.
pub(super) fn prepare() {
    LazyLock::force(&KNOWN);
}
