//! The vocabulary as a schema that policies are validated against.

use cedar_policy::{Schema, SchemaFragment, Validator};

/// [`cedar_schema_json`] as it was when this was built, which a test holds against it. Cedar reads
/// this form in a ninth of the time that its own syntax takes it, and a check of one file waits
/// for it.
const COMMITTED: &str = include_str!("../../schemas/palisade.cedarschema.json");

/// The schema of [`crate::model::cedar_schema`] in Cedar's JSON form.
///
/// # Errors
///
/// What Cedar says of a schema that is none. A test holds that there is nothing to say.
pub fn cedar_schema_json() -> Result<String, String> {
    let text = crate::model::cedar_schema();
    let (fragment, _) =
        SchemaFragment::from_cedarschema_str(&text).map_err(|error| error.to_string())?;
    let json = fragment.to_json_value();
    json.map(|json| format!("{json}\n"))
        .map_err(|error| error.to_string())
}

/// What holds policies against the vocabulary.
pub(super) fn validator() -> Result<Validator, String> {
    let schema = Schema::from_json_str(COMMITTED);
    schema
        .map(Validator::new)
        .map_err(|error| error.to_string())
}
