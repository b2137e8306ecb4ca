//! What a word was most likely meant to be.

/// Of `names`, the one that `name` was most likely meant to be: at most a third of it differs, upper
/// and lower case aside.
pub fn closest<'a>(name: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let limit = name.chars().count().max(3) / 3;
    let name = name.to_lowercase();
    names
        .map(|known| {
            let distance = strsim::damerau_levenshtein(&name, &known.to_lowercase());
            (distance, known)
        })
        .filter(|(distance, _)| *distance <= limit)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, known)| known)
}

/// Whether a word is the name of this program, or nearly.
pub fn names_program(word: &str) -> bool {
    let distance = strsim::damerau_levenshtein(&word.to_ascii_lowercase(), "palisade");
    distance <= 1
}

#[cfg(test)]
mod tests {
    use super::closest;

    #[test]
    fn a_word_is_meant_if_at_most_a_third_differs() {
        let names = || ["clearance", "isolation"].into_iter();
        assert_eq!(closest("clearence", names()), Some("clearance"));
        assert_eq!(closest("CLEARANCE", names()), Some("clearance"));
        assert_eq!(closest("clear", names()), None);
        assert_eq!(closest("", names()), None);
    }
}
