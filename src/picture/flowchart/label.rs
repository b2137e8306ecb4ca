//! What is written in a box or at an arrow, without markup.

/// The text of a label: lines, without tags and with the letters that are written by number or name.
pub(super) fn plain(text: &str) -> String {
    let text = text.trim();
    let inner = text
        .strip_prefix('`')
        .and_then(|text| text.strip_suffix('`'));
    let text = decoded(&without_tags(inner.unwrap_or(text)));
    let lines = text
        .split('\n')
        .map(|line| line.trim().trim_matches('*').trim());
    let lines: Vec<&str> = lines.filter(|line| !line.is_empty()).collect();
    lines.join("\n")
}

/// Tags out, line breaks as such.
fn without_tags(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(open) = rest.find('<') {
        out.push_str(&rest[..open]);
        let tag = &rest[open..];
        let is_tag = tag[1..].starts_with(|c: char| c.is_ascii_alphabetic() || c == '/');
        match tag.find('>').filter(|_| is_tag) {
            Some(end) => {
                if tag[1..].to_ascii_lowercase().starts_with("br") {
                    out.push('\n');
                }
                rest = &tag[end + 1..];
            }
            None => {
                out.push('<');
                rest = &tag[1..];
            }
        }
    }
    out.push_str(rest);
    out.replace("\\n", "\n")
}

/// `#35;`, `#quot;` and `&amp;` as letters.
fn decoded(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(start) = rest.find(['#', '&']) {
        out.push_str(&rest[..start]);
        let code = &rest[start + 1..];
        let letter = code
            .find(';')
            .filter(|end| *end <= 8)
            .and_then(|end| Some((letter(&code[..end])?, end)));
        match letter {
            Some((letter, end)) => {
                out.push(letter);
                rest = &code[end + 1..];
            }
            None => {
                out.push_str(&rest[start..=start]);
                rest = code;
            }
        }
    }
    out.push_str(rest);
    out
}

fn letter(code: &str) -> Option<char> {
    let code = code.strip_prefix('#').unwrap_or(code);
    let named = match code {
        "quot" => '"',
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "nbsp" => ' ',
        "apos" => '\'',
        _ => return char::from_u32(code.parse().ok()?),
    };
    Some(named)
}
