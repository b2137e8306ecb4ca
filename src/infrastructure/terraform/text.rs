//! Files that code may read: policies, templates, scripts.

/// The ends of names of such files.
const ENDS: [&str; 8] = [
    ".json", ".tftpl", ".tpl", ".tmpl", ".sh", ".ps1", ".yaml", ".yml",
];

/// Whether code may read a file with this name.
pub(super) fn may_be_read(name: &str) -> bool {
    ENDS.iter().any(|end| name.ends_with(end))
}

/// Whether what such a file says can matter: it is a policy, or a template or script with something that
/// rules know of. Cheap: it looks for words.
pub(super) fn is_worth_reading(name: &str, text: &[u8]) -> bool {
    let has = |word: &str| memchr::memmem::find(text, word.as_bytes()).is_some();
    let is_policy = has("\"Statement\"") && has("\"Effect\"");
    match name.rsplit('.').next() {
        Some("json") => is_policy,
        // What is in it is looked up by expressions.
        Some("yaml" | "yml") => false,
        _ => is_policy || has("AKIA") || has("PRIVATE KEY") || has("core_pattern"),
    }
}
