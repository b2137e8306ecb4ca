//! How a text of the input is quoted in a message.

/// More characters than these are not quoted: no name and no value of the vocabulary is so long.
const LONGEST: usize = 60;
/// A password is at least so long, or nobody can tell it from a word.
const SHORTEST_SECRET: usize = 8;
/// From here on, letters mixed with digits are rather a key than a name.
const SHORTEST_KEY: usize = 20;
/// How keys and tokens begin that are known by their beginning.
const KEY_STARTS: [&str; 16] = [
    "-----BEGIN",
    "AGE-SECRET-KEY-",
    "AIza",
    "AKIA",
    "ASIA",
    "eyJ",
    "ghp_",
    "gho_",
    "ghs_",
    "github_pat_",
    "glpat-",
    "hvs.",
    "npm_",
    "sk-",
    "sk_live_",
    "xox",
];

/// `text` between backticks; "this value" if it is long, has several lines or may be a secret, which
/// was written where it does not belong: reports are stored and shown to more people than documents.
pub fn quote(text: &str) -> String {
    match is_quotable(text) {
        true => format!("`{text}`"),
        false => "this value".to_owned(),
    }
}

/// Whether `text` may be repeated in a message.
pub fn is_quotable(text: &str) -> bool {
    let is_short = text.chars().nth(LONGEST).is_none();
    is_short && !text.contains(['\n', '\r']) && !may_be_secret(text)
}

fn may_be_secret(text: &str) -> bool {
    let length = text.chars().count();
    let has = |is: fn(char) -> bool| text.contains(is);
    let is_symbol = |c: char| !c.is_alphanumeric() && !c.is_whitespace() && !"-_.:/@,".contains(c);
    let classes = [
        has(char::is_lowercase),
        has(char::is_uppercase),
        has(char::is_numeric),
        has(is_symbol),
    ];
    let kinds = classes.iter().filter(|has| **has).count();
    let is_mixed = kinds >= 3 && length >= SHORTEST_SECRET;
    let is_known = KEY_STARTS.iter().any(|start| text.starts_with(start));
    is_known && length >= SHORTEST_SECRET || is_mixed || is_random(text)
}

/// Whether it is one long word in which letters and digits take turns, as in hexadecimal or Base64.
/// Words that are joined with dashes, and dates in them, are none.
fn is_random(text: &str) -> bool {
    let mut words = text.split(|c: char| !c.is_alphanumeric() && !"+/=".contains(c));
    words.any(|word| {
        let digits: Vec<_> = word.chars().map(char::is_numeric).collect();
        let turns = digits.windows(2).filter(|pair| pair[0] != pair[1]).count();
        digits.len() >= SHORTEST_KEY && turns * 5 >= digits.len()
    })
}

#[cfg(test)]
mod tests {
    use super::{is_quotable, quote};

    #[test]
    fn what_may_be_a_secret_is_not_repeated() {
        let secrets = [
            "hunter2!Hunter",
            "S3cr3t-P4ssw0rd",
            "AKIAIOSFODNN7EXAMPLE",
            "ghp_abcdefghijklmnop",
            "-----BEGIN EC PRIVATE KEY-----",
            "3f2a9c0b7d1e4f6a8b5c2d9e0f1a3b4c",
            "eyJhbGciOiJIUzI1NiJ9.e30",
            "two\nlines",
        ];
        for text in secrets {
            assert_eq!(quote(text), "this value", "{text}");
        }
        assert_eq!(quote(&"a".repeat(61)), "this value");
    }

    #[test]
    fn names_and_values_are() {
        let plain = [
            "confidental",
            "HSM",
            "software-vault",
            "2016-signing-key",
            "Key::old-signer",
            "arn:aws:kms:eu-west-1:key/alias",
            "2031-02-30",
            "eu-central-1-production-account-2024",
            "",
        ];
        for text in plain {
            assert!(is_quotable(text), "{text}");
        }
        assert_eq!(quote("HSM"), "`HSM`");
    }
}
