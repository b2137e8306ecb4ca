//! Whether a value is a credential, by its name and by its look.
//!
//! Code says nothing of what a value is. What is encrypted, hashed, somewhere else or to be filled in is no
//! credential that stands there.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

/// Whether a value is a credential, or settings with one in them.
pub fn is_credential(name: &str, text: &str) -> bool {
    if holds_private_key(text) || holds_login(text) {
        return true;
    }
    let text = text.trim();
    if text.contains('\n') || text.starts_with(['{', '[']) {
        return text.lines().flat_map(assignments).any(|(name, value)| {
            is_telling(name) && !is_placeholder(value) && !is_hash(value) && !is_computed(value)
        });
    }
    match is_telling(name) {
        // A key in a file of its own is one in PEM, which this is not.
        true => is_secret(name, text),
        false => is_open(name).is_none() && (looks_random(text) || is_key_of(name, text)),
    }
}

/// Whether a text at a name that says so is a credential: no address, no date, no path, and nothing that
/// says how to get in without being what lets one in.
fn is_secret(name: &str, text: &str) -> bool {
    let is_way = || !is_password(name) && (is_way(text) || text.parse::<f64>().is_ok());
    let is_file = || is_key_file(name) && text.contains(' ');
    !(is_address(text) || is_date(text) || is_path(text) || is_file() || is_way())
}

/// Whether a name and a text are a credential as settings of programs have them: what only looks as if it
/// was drawn at random may be any name of something, where not all that is there is a secret.
pub fn is_named_credential(name: &str, text: &str) -> bool {
    let text = text.trim();
    let is_text = !is_placeholder(text) && !is_hash(text);
    is_text && (holds_login(text) || is_token(text) || is_telling(name) && is_secret(name, text))
}

/// Whether a name and a text are a credential where names are those of somebody else, as in the arguments of
/// a module that is not here: a password, or at another name that says so, what was drawn at random.
pub fn is_surely_credential(name: &str, text: &str) -> bool {
    let is_drawn = || {
        let digits = text.bytes().filter(u8::is_ascii_digit).count();
        let is_part = |c: char| c.is_ascii_alphanumeric() || "+=_".contains(c);
        text.len() >= 16 && digits >= 3 && text.chars().all(is_part)
    };
    // A name with folders is where the secret is.
    let is_place = || {
        let is_part = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "/_-".contains(c);
        text.contains('/') && text.chars().all(is_part)
    };
    is_named_credential(name, text)
        && (is_password(name) && !is_place() || holds_login(text) || is_token(text) || is_drawn())
}

/// Whether a text says where something is, and lets nobody in.
pub fn is_whereabouts(text: &str) -> bool {
    let text = text.trim();
    (is_address(text) && !holds_login(text)) || is_path(text)
}

/// Whether a name is that of a password.
fn is_password(name: &str) -> bool {
    let joined = words(name).concat();
    joined.contains("pass") || joined.contains("pwd")
}

/// Whether a text says how to get in, and not with what: `managedidentity` is how Azure Functions write
/// that an account of their own is their credential.
fn is_way(text: &str) -> bool {
    const WAYS: [&str; 29] = [
        "auto",
        "basic",
        "bearer",
        "disabled",
        "enabled",
        "env",
        "environment",
        "file",
        "iam",
        "irsa",
        "jwt",
        "kerberos",
        "keyvault",
        "kubernetes",
        "ldap",
        "managedidentity",
        "mtls",
        "no",
        "oauth",
        "oauth2",
        "off",
        "oidc",
        "on",
        "required",
        "saml",
        "systemassigned",
        "vault",
        "workloadidentity",
        "yes",
    ];
    let plain: String = text.chars().filter(|c| c.is_alphanumeric()).collect();
    WAYS.contains(&plain.to_ascii_lowercase().as_str())
}

/// Whether a text is a path to where something is.
fn is_path(text: &str) -> bool {
    let is_part = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "/._-".contains(c);
    let starts = ["/", "./", "../", "~/"];
    starts.iter().any(|start| text.starts_with(start)) && text.chars().all(is_part)
}

/// Whether a name says of a value that it is a key of some kind, and the value could be one: it has
/// digits among its letters, and is as long as what is drawn at random.
fn is_key_of(name: &str, text: &str) -> bool {
    let words = words(name);
    let is_key = words.last().is_some_and(|last| last.ends_with("key"));
    let is_public = words.iter().any(|word| word.contains("public"));
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let is_letter = |c: char| c.is_ascii_alphanumeric() || "+/=_-".contains(c);
    is_key && !is_public && text.len() >= 16 && digits >= 4 && text.chars().all(is_letter)
}

/// The names and the values that a line of settings gives them: `name = value`, `name: value`, and
/// `"name": "value"` as often as it is there.
fn assignments(line: &str) -> Vec<(&str, &str)> {
    let line = line.trim();
    if line.starts_with(['#', ';']) || line.starts_with("//") {
        return Vec::new();
    }
    let clean = |text: &'_ str| -> (usize, usize) {
        let is_around = |c: char| c.is_whitespace() || "\"'`,{}[]".contains(c);
        let start = text.len() - text.trim_start_matches(is_around).len();
        let end = text.trim_end_matches(is_around).len();
        (start, end.max(start))
    };
    // Parts of JSON on one line are told apart by their commas.
    let parts = line.split([',', '{', '}']);
    let pairs = parts.filter_map(|part| {
        let at = part.find(['=', ':'])?;
        let (name, value) = (&part[..at], &part[at + 1..]);
        let name = name.trim().trim_start_matches("- ");
        let name = name.strip_prefix("export ").unwrap_or(name);
        let ((from, to), (start, end)) = (clean(name), clean(value));
        let (name, value) = (name.get(from..to)?, value.get(start..end)?);
        let is_name = !name.is_empty() && !name.contains(|c: char| c.is_whitespace());
        is_name.then_some((name, value))
    });
    pairs.collect()
}

/// Whether a value in settings is no text but one that a program works out, or says which.
fn is_computed(value: &str) -> bool {
    value.starts_with(['$', '(', '&', '*', '!', '|', '>'])
        || value.contains([' ', '(', '$'])
        || value.parse::<f64>().is_ok()
        || value.starts_with('/')
        || is_address(value)
}

/// The words of a name: `apiKey`, `API_KEY` and `api-key` have two.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut before = ' ';
    for c in name.chars() {
        let is_new = !c.is_alphanumeric() || c.is_uppercase() && before.is_lowercase();
        if is_new && words.last().is_some_and(|word| !word.is_empty()) {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut().filter(|_| c.is_alphanumeric()) {
            word.extend(c.to_lowercase());
        }
        before = c;
    }
    words.retain(|word| !word.is_empty());
    words
}

/// The last word of a name, if what is called so is no secret: a place, a name, a setting.
fn is_open(name: &str) -> Option<String> {
    const OPEN: [&str; 59] = [
        "algorithm",
        "arn",
        "arns",
        "class",
        "cert",
        "certificate",
        "count",
        "crt",
        "database",
        "date",
        "days",
        "db",
        "dbname",
        "description",
        "dir",
        "directory",
        "domain",
        "email",
        "enable",
        "enabled",
        "endpoint",
        "expiration",
        "expires",
        "expiry",
        "field",
        "file",
        "format",
        "header",
        "host",
        "hostname",
        "hours",
        "id",
        "issuer",
        "kind",
        "label",
        "length",
        "lifetime",
        "method",
        "minutes",
        "mode",
        "name",
        "namespace",
        "path",
        "policy",
        "port",
        "prefix",
        "provider",
        "pub",
        "ref",
        "region",
        "required",
        "seconds",
        "server",
        "size",
        "timeout",
        "ttl",
        "type",
        "uri",
        "user",
    ];
    const MORE: [&str; 8] = [
        "username", "url", "users", "version", "hash", "checksum", "digest", "keys",
    ];
    let last = words(name).pop()?;
    let is = OPEN.contains(&last.as_str()) || MORE.contains(&last.as_str());
    is.then_some(last)
}

/// Whether a name says of a value that it is a credential.
fn is_telling(name: &str) -> bool {
    const TELLING: [&str; 10] = [
        "password",
        "passwd",
        "passphrase",
        "pwd",
        "secret",
        "token",
        "credential",
        "apikey",
        "dockercfg",
        "dockerconfigjson",
    ];
    const KEYS: [&str; 14] = [
        "access",
        "account",
        "admin",
        "api",
        "auth",
        "client",
        "encryption",
        "master",
        "primary",
        "private",
        "secondary",
        "secret",
        "signing",
        "storage",
    ];
    let words = words(name);
    let Some(last) = words.last().filter(|_| is_open(name).is_none()) else {
        return false;
    };
    let is_public = words.iter().any(|word| word == "public");
    let joined = words.concat();
    let is_key = last == "key" && words.len() == 1
        || joined.ends_with("key") && KEYS.iter().any(|kind| joined.contains(kind));
    !is_public
        && (is_key
            || last == "pass"
            || last == "auth"
            || TELLING.iter().any(|telling| joined.contains(telling)))
}

/// Whether a name is that of a file with a private key.
fn is_key_file(name: &str) -> bool {
    let joined = words(name).concat();
    joined.ends_with("privatekey") || joined == "tlskey"
}

/// Whether a text says when, as in `2026-01-31` and what is longer.
fn is_date(text: &str) -> bool {
    let shape = text.chars().take(10);
    let shape = shape.map(|c| if c.is_ascii_digit() { '0' } else { c });
    shape.eq("0000-00-00".chars())
}

/// Whether a text is an address, without a password in it.
fn is_address(text: &str) -> bool {
    text.split_once("://").is_some_and(|(scheme, _)| {
        !scheme.is_empty()
            && scheme
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "+.-".contains(c))
    })
}

/// Whether a text holds an address with a password in it (RFC 3986, section 3.2.1).
fn holds_login(text: &str) -> bool {
    text.match_indices("://").any(|(at, _)| {
        let rest = &text[at + 3..];
        let end = rest.find(|c: char| c.is_whitespace() || "/?#\"'`<>".contains(c));
        let authority = rest.get(..end.unwrap_or(rest.len())).unwrap_or(rest);
        let login = authority
            .rsplit_once('@')
            .and_then(|(login, _)| login.split_once(':'));
        login.is_some_and(|(_, password)| !is_placeholder(password) && !is_computed(password))
    })
}

/// Whether a text begins as tokens of the usual kinds do.
fn is_token(text: &str) -> bool {
    const STARTS: [&str; 8] = [
        "ghp_", "gho_", "glpat-", "xoxb-", "xoxp-", "sk-", "AKIA", "eyJ",
    ];
    let is_part = |c: char| c.is_ascii_alphanumeric() || "+/=_.-".contains(c);
    text.len() >= 16
        && STARTS.iter().any(|start| text.starts_with(start))
        && text.chars().all(is_part)
}

/// Whether a text is made of letters and digits in no order that a person would write: a token of one of
/// the usual kinds, or a long one.
fn looks_random(text: &str) -> bool {
    if is_token(text) {
        return true;
    }
    let has = |is: fn(&char) -> bool| text.chars().filter(is).count();
    text.len() >= 24
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "+/=_-".contains(c))
        && has(char::is_ascii_digit) >= 3
        && has(char::is_ascii_uppercase) >= 3
        && has(char::is_ascii_lowercase) >= 3
}

/// Whether a text is what a password was hashed to (crypt(5); Argon2, scrypt and PBKDF2 in the same
/// form; LDAP's `{SSHA}`), with the user before it as in a file of passwords.
pub fn is_hash(text: &str) -> bool {
    let is_one = |text: &str| {
        let kinds = [
            "$1$", "$2", "$5$", "$6$", "$7$", "$y$", "$apr1$", "$argon2", "$scrypt",
        ];
        let is_kind = kinds.iter().any(|kind| text.starts_with(kind));
        is_kind && text.matches('$').count() >= 3
            || text.starts_with("$pbkdf2")
            || text.starts_with("{SSHA")
            || text.starts_with("{SHA")
    };
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let mut any = false;
    let are = lines.all(|line| {
        any = true;
        is_one(line) || line.split_once(':').is_some_and(|(_, hash)| is_one(hash))
    });
    any && are
}

/// Whether a text holds a private key in PEM (RFC 7468), and no certificate alone: with something
/// between the lines that begin and end it.
pub fn holds_private_key(text: &str) -> bool {
    text.match_indices("PRIVATE KEY-----").any(|(at, label)| {
        let before = text[..at].rfind("-----");
        let begins = before.is_some_and(|before| text[before..].starts_with("-----BEGIN "));
        let body = &text[at + label.len()..];
        let body = body.split("-----").next().unwrap_or(body);
        let is_of_key = |c: char| c.is_ascii_alphanumeric() || "+/=".contains(c);
        begins && body.chars().filter(|c| is_of_key(*c)).count() >= 16
    })
}

/// Whether a text stands for one that is filled in later.
pub fn is_placeholder(text: &str) -> bool {
    let text = text.trim();
    let lower = text.to_ascii_lowercase();
    const STARTS: [&str; 16] = [
        "<",
        "${",
        "$(",
        "{{",
        "%",
        "enc[",
        "change",
        "replace",
        "your",
        "todo",
        "xxx",
        "example",
        "my-",
        "my_",
        "insert",
        "placeholder",
    ];
    // How 1Password, vals, Bank-Vaults, App Service and Container Apps write where a secret is, and the
    // names of things in clouds.
    const ELSEWHERE: [&str; 9] = [
        "op://",
        "ref+",
        "vault:",
        "bao:",
        "@microsoft.keyvault(",
        "secretref:",
        "ssm://",
        "arn:",
        "projects/",
    ];
    const WORDS: [&str; 11] = [
        "null", "none", "true", "false", "dummy", "ignored", "value", "val", "foo", "bar", "baz",
    ];
    let is_word = WORDS.contains(&lower.trim_end_matches(|c: char| c.is_ascii_digit()))
        || matches!(text, "SECRET" | "PASSWORD" | "TOKEN" | "REDACTED");
    // What is to be filled in as base64 is an example in base64.
    let is_encoded = || {
        let decoded = BASE64_STANDARD
            .decode(text)
            .ok()
            .filter(|_| text.len() >= 8);
        let decoded = decoded.and_then(|bytes| String::from_utf8(bytes).ok());
        decoded.is_some_and(|inner| {
            let is_text = inner.len() >= 4 && inner.chars().all(|c| c.is_ascii_graphic());
            is_text && is_placeholder(&inner)
        })
    };
    let is_pem = text.starts_with("-----BEGIN ") && text.contains("PRIVATE KEY-----");
    let is_shout = text.contains('_') && text.chars().all(|c| c.is_ascii_uppercase() || c == '_');
    text.is_empty()
        || is_pem && !holds_private_key(text)
        || is_shout
        || is_word
        || STARTS.iter().any(|start| lower.starts_with(start))
        || ELSEWHERE.iter().any(|start| lower.starts_with(start))
        || !text.contains(|c: char| c.is_alphanumeric() && c != 'x')
        || is_encoded()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What of values with these names is a credential that stands there.
    fn is(name: &str, text: &str) -> bool {
        !is_placeholder(text) && !is_hash(text) && is_credential(name, text)
    }

    #[test]
    fn credentials_are_told_by_their_names() {
        for name in [
            "password",
            "rootpasswd",
            "API_KEY",
            "apiToken",
            "k8svaultapikey",
            "key",
        ] {
            assert!(is(name, "hunter2"), "{name}");
        }
        for name in [
            "username",
            "TOKEN_TTL",
            "secretName",
            "public-key",
            "passwordFile",
            "type",
        ] {
            assert!(!is(name, "hunter2"), "{name}");
        }
    }

    #[test]
    fn settings_are_credentials_if_one_is_in_them() {
        assert!(is("config", "host: db\npassword: hunter2\n"));
        assert!(is("config.json", r#"{"auths": {"r": {"auth": "dTpw"}}}"#));
        assert!(is("env", "export DB_PASSWORD=hunter2\nexport A=b"));
        assert!(is("dsn", "postgres://app:hunter2@db/app"));
        for text in [
            "global:\n  resolve_timeout: 5m\nreceivers:\n- name: Default",
            "password: ${DB_PASSWORD}\ntoken: $TOKEN",
            "# password: hunter2\nhost: db",
            "if [ \"$PASSWORD\" = \"\" ]; then\n  exit 1\nfi",
            "{\"apiVersion\": 1, \"datasources\": []}",
            "tokenSecretName: app\nsecret_key_file: /run/key",
        ] {
            assert!(!is("config", text), "{text}");
        }
    }

    #[test]
    fn what_is_elsewhere_hashed_or_to_be_filled_in_is_none() {
        for text in [
            "op://vault/item/field",
            "ref+awsssm://app/password",
            "<path:secret/data/app#password>",
            "my-password",
            "SECRET_PASSWORD",
            "SECRET",
            "value1",
            "Y2hhbmdlbWU=",
            "$2y$12$4K/VkmDd1q1Orb3xAt82zu8gk7Ad6ReFR4LCP9UeYE90NLiN9Df72",
            "admin:$apr1$x8k2$abcdefghijklmnop",
            "-----BEGIN OPENSSH PRIVATE KEY-----\n...\n-----END OPENSSH PRIVATE KEY-----",
            "https://keys.example.com/v1",
            "2019-03-20T17:54:53Z",
        ] {
            assert!(!is("password", text), "{text}");
        }
        for (name, text) in [
            ("Queue__credential", "managedidentity"),
            ("MAX_TOKENS", "4096"),
            ("NPM_TOKEN", "/build/npm-token"),
            ("DB_SECRET", "arn:aws:secretsmanager:eu-west-1:1:secret:db"),
            ("API_TOKEN_ENABLE", "hunter2"),
        ] {
            assert!(!is(name, text), "{name}");
        }
        assert!(is("password", "4096"));
    }

    #[test]
    fn names_of_others_are_taken_less_at_their_word() {
        assert!(is_surely_credential("master_password", "hunter2"));
        assert!(is_surely_credential("api_token", "a8f3c2e19b7d4056"));
        for (name, text) in [
            ("secret", "prod/db"),
            ("key", "env/terraform.tfstate"),
            ("token", "github"),
            ("password_length", "20"),
            ("es_password", "elasticsearch/password"),
        ] {
            assert!(!is_surely_credential(name, text), "{name}");
        }
        assert!(is(
            "anything",
            "-----BEGIN EC PRIVATE KEY-----\nMHcCAQEEIIGpZ2Fz\n-----END EC PRIVATE KEY-----"
        ));
    }

    #[test]
    fn what_looks_random_is_one_under_any_name() {
        assert!(!is_named_credential("ninja", "dG8wZ8sQ3mVnX4bT7hJkP2rL"));
        assert!(is_named_credential("ninja", "ghp_dG8wZ8sQ3mVnX4bT7hJkP2rL"));
        assert!(is("ninja", "dG8wZ8sQ3mVnX4bT7hJkP2rL"));
        assert!(!is("message", "hello secret"));
        assert!(!is("tunnel-id", "dG8wZ8sQ3mVnX4bT7hJkP2rL"));
    }
}
