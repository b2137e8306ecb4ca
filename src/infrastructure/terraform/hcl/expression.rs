//! Expressions.

use super::cursor::{Cursor, Parsed};
use super::template::{for_head, heredoc, parts, quoted};
use super::tree::{Binary, Call, Expr, For, Name, Part, Step, Term, Text, Unary};
use crate::source::FileId;

/// Reads `text` as one expression, such as a type constraint in JSON; `None` if it is none.
pub fn parse_expression(file: FileId, text: &str, base: u32) -> Option<Expr> {
    let mut cursor = Cursor::new(file, text, base, expression);
    cursor.lines = false;
    let expr = expression(&mut cursor).ok()?;
    cursor.skip();
    cursor.byte().is_none().then_some(expr)
}

/// Reads `text` as a template, as in a file for `templatefile`; `None` if it is none.
pub fn parse_template(file: FileId, text: &str, base: u32) -> Option<Vec<Part>> {
    let mut cursor = Cursor::new(file, text, base, expression);
    parts(&mut cursor, false).ok()
}

/// The operators of two operands, those that bind least first.
const LEVELS: [&[(&str, Binary)]; 6] = [
    &[("||", Binary::Or)],
    &[("&&", Binary::And)],
    &[("==", Binary::Equal), ("!=", Binary::NotEqual)],
    &[
        ("<=", Binary::LessOrEqual),
        (">=", Binary::GreaterOrEqual),
        ("<", Binary::Less),
        (">", Binary::Greater),
    ],
    &[("+", Binary::Plus), ("-", Binary::Minus)],
    &[
        ("*", Binary::Times),
        ("/", Binary::Divide),
        ("%", Binary::Modulo),
    ],
];

/// The expression that is next.
pub(super) fn expression(cursor: &mut Cursor<'_>) -> Parsed<Expr> {
    cursor.nested(|cursor| {
        cursor.skip();
        let start = cursor.at;
        let condition = binary(cursor, 0)?;
        let end = cursor.at;
        cursor.skip();
        if cursor.byte() != Some(b'?') {
            cursor.at = end;
            return Ok(condition);
        }
        cursor.at += 1;
        let then = expression(cursor)?;
        cursor.skip();
        if !cursor.take(":") {
            return cursor.fault("expected `:` and what holds otherwise");
        }
        let otherwise = expression(cursor)?;
        Ok(Expr {
            at: cursor.span(start, cursor.at),
            term: Term::Conditional(Box::new((condition, then, otherwise))),
        })
    })
}

fn binary(cursor: &mut Cursor<'_>, level: usize) -> Parsed<Expr> {
    let Some(operators) = LEVELS.get(level) else {
        return unary(cursor);
    };
    cursor.skip();
    let start = cursor.at;
    let mut left = binary(cursor, level + 1)?;
    // Each operator makes the tree one level deeper, and whoever walks it recurses.
    let mut entered = 0;
    let result = loop {
        let end = cursor.at;
        cursor.skip();
        let mut operators = operators.iter();
        let Some((word, operator)) = operators.find(|(word, _)| is_operator(cursor, word)) else {
            cursor.at = end;
            break Ok(left);
        };
        if let Err(fault) = cursor.enter() {
            break Err(fault);
        }
        entered += 1;
        cursor.at += word.len();
        match binary(cursor, level + 1) {
            Ok(right) => {
                left = Expr {
                    at: cursor.span(start, cursor.at),
                    term: Term::Binary(*operator, Box::new((left, right))),
                };
            }
            Err(fault) => break Err(fault),
        }
    };
    (0..entered).for_each(|_| cursor.leave());
    result
}

fn is_operator(cursor: &Cursor<'_>, word: &str) -> bool {
    // `%{` and `//` begin something else; `=>` is not `=`.
    cursor.starts_with(word) && !(word == "%" && cursor.starts_with("%{"))
}

fn unary(cursor: &mut Cursor<'_>) -> Parsed<Expr> {
    cursor.skip();
    let start = cursor.at;
    let operator = match cursor.byte() {
        Some(b'!') => Unary::Not,
        Some(b'-') => Unary::Minus,
        _ => return postfix(cursor),
    };
    cursor.at += 1;
    let operand = cursor.nested(unary)?;
    Ok(Expr {
        at: cursor.span(start, cursor.at),
        term: match (operator, operand.term) {
            (Unary::Minus, Term::Number(number)) => Term::Number(-number),
            (operator, term) => Term::Unary(operator, Box::new(Expr { term, ..operand })),
        },
    })
}

/// What a value is followed by: members, elements, stars.
fn postfix(cursor: &mut Cursor<'_>) -> Parsed<Expr> {
    let start = cursor.at;
    let mut of = primary(cursor)?;
    let mut entered = 0;
    let result = loop {
        let end = cursor.at;
        cursor.skip();
        let next = match (cursor.byte(), cursor.byte_at(cursor.at + 1)) {
            (Some(b'.'), next) if next != Some(b'.') => member(cursor),
            (Some(b'['), _) => element(cursor),
            _ => {
                cursor.at = end;
                break Ok(of);
            }
        };
        let entering = cursor.enter();
        entered += usize::from(entering.is_ok());
        match entering.and(next) {
            Ok(next) => {
                of = Expr {
                    at: cursor.span(start, cursor.at),
                    term: applied(of, next),
                };
            }
            Err(fault) => break Err(fault),
        }
    };
    (0..entered).for_each(|_| cursor.leave());
    result
}

/// What a value is followed by.
enum Next {
    Step(Step),
    Star,
}

fn applied(of: Expr, next: Next) -> Term {
    match (of.term, next) {
        (term, Next::Star) => Term::Splat(Box::new(Expr { at: of.at, term }), Vec::new()),
        (Term::Splat(base, mut steps), Next::Step(step)) => {
            steps.push(step);
            Term::Splat(base, steps)
        }
        (term, Next::Step(Step::Member(name))) => {
            Term::Member(Box::new(Expr { at: of.at, term }), name)
        }
        (term, Next::Step(Step::Index(index))) => {
            Term::Index(Box::new(Expr { at: of.at, term }), Box::new(index))
        }
    }
}

fn member(cursor: &mut Cursor<'_>) -> Parsed<Next> {
    cursor.at += 1;
    cursor.skip();
    let start = cursor.at;
    if cursor.take("*") {
        return Ok(Next::Star);
    }
    if let Some(word) = cursor.word() {
        let at = cursor.span(start, cursor.at);
        let text = word.into();
        return Ok(Next::Step(Step::Member(Name { text, at })));
    }
    // `a.0`, as before version 0.12.
    let digits = cursor.rest().bytes().take_while(u8::is_ascii_digit).count();
    match cursor
        .rest()
        .get(..digits)
        .and_then(|digits| digits.parse().ok())
    {
        Some(number) => {
            cursor.at += digits;
            let at = cursor.span(start, cursor.at);
            let term = Term::Number(number);
            Ok(Next::Step(Step::Index(Expr { at, term })))
        }
        None => cursor.fault("expected a name after `.`"),
    }
}

fn element(cursor: &mut Cursor<'_>) -> Parsed<Next> {
    cursor.at += 1;
    cursor.within(false, |cursor| {
        cursor.skip();
        if cursor.starts_with("*") {
            cursor.at += 1;
            return closing(cursor, "]").map(|()| Next::Star);
        }
        let index = expression(cursor)?;
        closing(cursor, "]")?;
        Ok(Next::Step(Step::Index(index)))
    })
}

fn closing(cursor: &mut Cursor<'_>, bracket: &str) -> Parsed<()> {
    cursor.skip();
    match cursor.take(bracket) {
        true => Ok(()),
        false => cursor.fault(format!("expected `{bracket}`")),
    }
}

fn primary(cursor: &mut Cursor<'_>) -> Parsed<Expr> {
    let start = cursor.at;
    let term = match cursor.byte() {
        Some(b'"') => text_or_template(quoted(cursor)?),
        Some(b'<') if cursor.starts_with("<<") => text_or_template(heredoc(cursor)?),
        Some(b'(') => {
            cursor.at += 1;
            let inner = cursor.within(false, |cursor| {
                let inner = expression(cursor)?;
                closing(cursor, ")")?;
                Ok(inner)
            })?;
            // The parentheses are part of it: what is written instead of it may need none.
            let at = cursor.span(start, cursor.at);
            return Ok(match inner.term {
                Term::Root(_) => Expr {
                    at,
                    term: Term::Group(Box::new(inner)),
                },
                term => Expr { at, term },
            });
        }
        Some(b'[') => {
            cursor.at += 1;
            cursor.within(false, tuple)?
        }
        Some(b'{') => {
            cursor.at += 1;
            object_or_for(cursor)?
        }
        Some(byte) if byte.is_ascii_digit() => number(cursor)?,
        _ => word(cursor)?,
    };
    let at = cursor.span(start, cursor.at);
    Ok(Expr { at, term })
}

/// A template without anything computed is a text.
fn text_or_template(mut parts: Vec<Part>) -> Term {
    match (parts.len(), parts.pop()) {
        (0, _) | (_, None) => Term::Text(Text::default()),
        (1, Some(Part::Text(text))) => Term::Text(text),
        (_, Some(last)) => {
            parts.push(last);
            Term::Template(parts)
        }
    }
}

fn number(cursor: &mut Cursor<'_>) -> Parsed<Term> {
    let rest = cursor.rest().as_bytes();
    let digits = |from: usize| {
        let rest = rest.get(from..).unwrap_or_default();
        rest.iter().take_while(|byte| byte.is_ascii_digit()).count()
    };
    let mut end = digits(0);
    if rest.get(end) == Some(&b'.') && digits(end + 1) > 0 {
        end += 1 + digits(end + 1);
    }
    if matches!(rest.get(end), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(rest.get(end + 1), Some(b'+' | b'-')));
        if digits(end + 1 + sign) > 0 {
            end += 1 + sign + digits(end + 1 + sign);
        }
    }
    let number = cursor.rest().get(..end).and_then(|text| text.parse().ok());
    match number {
        Some(number) => {
            cursor.at += end;
            Ok(Term::Number(number))
        }
        None => cursor.fault("expected a number"),
    }
}

fn word(cursor: &mut Cursor<'_>) -> Parsed<Term> {
    let start = cursor.at;
    let Some(word) = cursor.word() else {
        return cursor.fault("expected a value");
    };
    // Functions of providers: `provider::aws::arn_parse(…)`.
    while cursor.starts_with("::") {
        cursor.at += 2;
        if cursor.word().is_none() {
            return cursor.fault("expected a name after `::`");
        }
    }
    let end = cursor.at;
    cursor.skip();
    if cursor.byte() == Some(b'(') {
        let name = Name {
            text: cursor.text.get(start..end).unwrap_or_default().into(),
            at: cursor.span(start, end),
        };
        cursor.at += 1;
        return cursor.within(false, |cursor| call(cursor, name));
    }
    cursor.at = end;
    Ok(match word {
        "true" => Term::Bool(true),
        "false" => Term::Bool(false),
        "null" => Term::Null,
        word => Term::Root(word.into()),
    })
}

fn call(cursor: &mut Cursor<'_>, name: Name) -> Parsed<Term> {
    let mut call = Call {
        name,
        arguments: Vec::new(),
        spread: false,
    };
    loop {
        cursor.skip();
        if cursor.take(")") {
            return Ok(Term::Call(Box::new(call)));
        }
        call.arguments.push(expression(cursor)?);
        cursor.skip();
        call.spread = cursor.take("...");
        cursor.skip();
        if !cursor.take(",") {
            closing(cursor, ")")?;
            return Ok(Term::Call(Box::new(call)));
        }
    }
}

fn tuple(cursor: &mut Cursor<'_>) -> Parsed<Term> {
    cursor.skip();
    if is_for(cursor) {
        return for_each(cursor, "]");
    }
    let mut elements = Vec::new();
    loop {
        cursor.skip();
        if cursor.take("]") {
            return Ok(Term::Tuple(elements));
        }
        elements.push(expression(cursor)?);
        cursor.skip();
        if !cursor.take(",") {
            closing(cursor, "]")?;
            return Ok(Term::Tuple(elements));
        }
    }
}

/// Whether `for` is next, and not an object with such a key.
fn is_for(cursor: &mut Cursor<'_>) -> bool {
    let before = cursor.at;
    let found = cursor.take_word("for") && {
        cursor.skip_all();
        cursor.word().is_some()
    };
    cursor.at = before;
    found
}

fn object_or_for(cursor: &mut Cursor<'_>) -> Parsed<Term> {
    cursor.skip_all();
    if is_for(cursor) {
        return cursor.within(false, |cursor| for_each(cursor, "}"));
    }
    cursor.within(true, object)
}

fn object(cursor: &mut Cursor<'_>) -> Parsed<Term> {
    let mut entries = Vec::new();
    loop {
        cursor.skip_all();
        if cursor.take("}") {
            return Ok(Term::Object(entries));
        }
        let key = key(cursor)?;
        cursor.skip();
        if cursor.starts_with("==") || !(cursor.take("=") || cursor.take(":")) {
            return cursor.fault("expected `=` and a value");
        }
        let value = expression(cursor)?;
        entries.push((key, value));
        cursor.skip();
        if !cursor.take(",") && !matches!(cursor.byte(), Some(b'\n' | b'}')) {
            return cursor.fault("expected a line break, `,` or `}`");
        }
    }
}

/// A key: a word stands for itself.
fn key(cursor: &mut Cursor<'_>) -> Parsed<Expr> {
    let mut key = expression(cursor)?;
    if let Term::Root(word) = &key.term {
        key.term = Term::Text(Text {
            text: word.clone(),
            pieces: None,
            start: key.at.start,
        });
    }
    Ok(key)
}

fn for_each(cursor: &mut Cursor<'_>, bracket: &str) -> Parsed<Term> {
    cursor.take_word("for");
    let (key, value, over) = for_head(cursor)?;
    cursor.skip();
    if !cursor.take(":") {
        return cursor.fault("expected `:` and what becomes of each");
    }
    let first = expression(cursor)?;
    cursor.skip();
    let (result_key, result) = match cursor.take("=>") {
        true => (Some(first), expression(cursor)?),
        false => (None, first),
    };
    cursor.skip();
    let grouped = cursor.take("...");
    cursor.skip();
    let condition = match cursor.take_word("if") {
        true => Some(expression(cursor)?),
        false => None,
    };
    closing(cursor, bracket)?;
    Ok(Term::For(Box::new(For {
        key,
        value,
        over,
        result_key,
        result,
        grouped,
        condition,
    })))
}
