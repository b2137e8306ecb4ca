//! Text that Markdown shows as it is.

use crate::report::clean::prose;

/// A text on one line, of which only what stands between backticks is code, and nothing else is
/// anything.
pub(super) fn text(text: &str) -> String {
    let text = prose(text);
    let parts: Vec<_> = text.split('`').collect();
    let last = parts.len() - 1;
    let mut escaped = String::new();
    for (n, part) in parts.iter().enumerate() {
        match n % 2 {
            // Two codes side by side would be one.
            0 if part.is_empty() && n > 0 && n < last => escaped += "<!-- -->",
            0 => escaped += &plain(part),
            // A backtick that nothing follows begins nothing.
            _ if n == last => escaped += &format!("\\`{}", plain(part)),
            _ if part.trim().is_empty() => escaped += &format!("\\`{part}\\`"),
            _ => escaped += &code(part),
        }
    }
    // At the start, `-`, `+` and `1.` begin a list.
    let digits = escaped.bytes().take_while(u8::is_ascii_digit).count();
    if escaped[digits..].starts_with(['-', '+', '.', ')']) {
        escaped.insert(digits, '\\');
    }
    escaped
}

/// A text as code, whatever is in it.
pub(super) fn code(text: &str) -> String {
    let text = prose(text);
    // A bar ends a cell of a table, in code too.
    if text.contains('|') {
        return format!("<code>{}</code>", html(&text));
    }
    let runs = text.split(|c| c != '`').map(str::len);
    let fence = "`".repeat(runs.max().unwrap_or_default() + 1);
    match text.starts_with('`') || text.ends_with('`') {
        true => format!("{fence} {text} {fence}"),
        false => format!("{fence}{text}{fence}"),
    }
}

/// A text as HTML, in which Markdown is not looked for marks.
pub(super) fn html(text: &str) -> String {
    let mut escaped = String::new();
    for c in prose(text).chars() {
        match c {
            c if c.is_ascii_alphanumeric() || !c.is_ascii() || " .,-/:".contains(c) => {
                escaped.push(c);
            }
            c => escaped += &format!("&#{};", u32::from(c)),
        }
        separate(c, &mut escaped);
    }
    unlinked(&escaped)
}

fn plain(text: &str) -> String {
    let mut escaped = String::new();
    for c in text.chars() {
        match c {
            '|' => escaped += "&#124;",
            '\\' | '*' | '_' | '{' | '}' | '[' | ']' | '<' | '>' | '#' | '!' | '~' | '@' | '&'
            | '$' | '^' | '`' => {
                escaped.push('\\');
                escaped.push(c);
            }
            c => escaped.push(c),
        }
        separate(c, &mut escaped);
    }
    unlinked(&escaped)
}

/// After a character by which platforms know people, issues and the like: what follows is no name.
fn separate(c: char, escaped: &mut String) {
    if "@#!$%&~^".contains(c) {
        escaped.push_str("<!-- -->");
    }
}

/// Without what is made a link though nobody wrote one.
fn unlinked(text: &str) -> String {
    text.replace("://", ":<!-- -->//")
        .replace("www.", "www<!-- -->.")
}
