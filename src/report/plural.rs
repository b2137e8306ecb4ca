//! Numbers of things in sentences.

/// The word for several of what `one` is the word for.
pub fn plural(one: &str) -> String {
    let stem = one.strip_suffix('y');
    match stem.filter(|stem| !stem.ends_with(['a', 'e', 'o', 'u'])) {
        Some(stem) => format!("{stem}ies"),
        None if one.ends_with('x') => format!("{one}es"),
        None => format!("{one}s"),
    }
}

/// A number of things.
pub(super) fn count(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}
