//! The policies that come with Palisade to Cedar's syntax tree, without Cedar's parser: before that
//! reads a word it builds tables of regular expressions, which takes as long as the rest of a check of
//! one file.
//!
//! It takes what these policies are written in: one `forbid`, connectives, comparisons, sets,
//! attributes and a few methods. Anything else is left for Cedar. So there is one evaluator of what a
//! policy is, and a test holds each tree that is built here against the one that Cedar builds.

use std::sync::Arc;

use cedar_policy_core::FromNormalizedStr;
use cedar_policy_core::ast::{
    ActionConstraint, Annotations, Effect, Eid, EntityType, EntityUID, Expr,
    ExprBuilder as Builder, Name, PolicyID, PrincipalConstraint, ResourceConstraint, TemplateBody,
    Var,
};
use cedar_policy_core::expr_builder::ExprBuilder as _;
use cedar_policy_core::parser::Loc;

use super::names::named_type;

/// Words that are no names.
const RESERVED: [&str; 9] = [
    "true", "false", "if", "then", "else", "in", "is", "like", "has",
];

/// Most `!` before an operand that Cedar takes.
const MOST_NOTS: usize = 4;

/// Left to Cedar.
type Taken<T = ()> = Option<T>;

/// When the only policy of `text` forbids a request: the condition that Cedar makes of it. `None` if
/// there is anything in it that is left to Cedar.
///
/// Linear in the text. Recurses as deep as it is nested, so `text` is to be one of ours.
pub(super) fn condition(text: &str) -> Option<Expr> {
    // What stands above the policy is read with its heading.
    let head = match text.starts_with("forbid (") {
        true => 0,
        false => memchr::memmem::find(text.as_bytes(), b"\nforbid (")? + 1,
    };
    let mut reader = Reader {
        text,
        source: Arc::from(text),
        at: head,
        end: head,
    };
    let policy = reader.policy()?;
    reader.start();
    (reader.at == text.len()).then(|| policy.condition())
}

struct Reader<'t> {
    text: &'t str,
    /// The same text, as places hold it.
    source: Arc<str>,
    at: usize,
    /// Where the last token ended.
    end: usize,
}

/// What is asked of a value: an attribute, or a method with these arguments.
struct Access<'t> {
    name: &'t str,
    arguments: Option<Vec<Expr>>,
}

impl<'t> Reader<'t> {
    fn policy(&mut self) -> Taken<TemplateBody> {
        let start = self.start();
        self.keyword("forbid")?;
        self.expect("(")?;
        let principal = match self.scope("principal")? {
            Some(kind) => PrincipalConstraint::is_entity_type(Arc::new(kind)),
            None => PrincipalConstraint::any(),
        };
        self.expect(",")?;
        let action = self.action()?;
        self.expect(",")?;
        let resource = match self.scope("resource")? {
            Some(kind) => ResourceConstraint::is_entity_type(Arc::new(kind)),
            None => ResourceConstraint::any(),
        };
        self.expect(")")?;
        let mut clauses = Vec::new();
        while !self.eat(";") {
            clauses.push(self.clause()?);
        }
        let loc = self.loc(start);
        let joined = clauses
            .into_iter()
            .rev()
            .reduce(|rest, clause| built(&loc).and(clause, rest));
        Some(TemplateBody::new(
            PolicyID::from_string("policy"),
            Some(loc),
            Annotations::default(),
            Effect::Forbid,
            principal,
            action,
            resource,
            joined,
        ))
    }

    /// `principal`, or `principal is Kind`.
    fn scope(&mut self, variable: &str) -> Taken<Option<EntityType>> {
        self.keyword(variable)?;
        match self.next_is("is") {
            true => {
                self.keyword("is")?;
                named_type(self.name()?).map(Some)
            }
            false => Some(None),
        }
    }

    /// `action`, `action == Action::"a"`, or `action in [Action::"a", Action::"b"]`.
    fn action(&mut self) -> Taken<ActionConstraint> {
        self.keyword("action")?;
        if self.eat("==") {
            return self.entity().map(ActionConstraint::is_eq);
        }
        if !self.next_is("in") {
            return Some(ActionConstraint::any());
        }
        self.keyword("in")?;
        self.expect("[")?;
        let actions = self.list("]", Self::entity)?;
        Some(ActionConstraint::is_in(actions))
    }

    fn clause(&mut self) -> Taken<Expr> {
        let start = self.start();
        let is_when = self.next_is("when");
        self.keyword(if is_when { "when" } else { "unless" })?;
        self.expect("{")?;
        let expr = self.expr()?;
        self.expect("}")?;
        match is_when {
            true => Some(expr),
            false => Some(self.built(start).not(expr)),
        }
    }

    fn expr(&mut self) -> Taken<Expr> {
        let start = self.start();
        if !self.next_is("if") {
            return self.any();
        }
        self.keyword("if")?;
        let test = self.expr()?;
        self.keyword("then")?;
        let held = self.expr()?;
        self.keyword("else")?;
        let failed = self.expr()?;
        Some(self.built(start).ite(test, held, failed))
    }

    /// Operands with `||` between them.
    fn any(&mut self) -> Taken<Expr> {
        let start = self.start();
        let first = self.all()?;
        let mut others = Vec::new();
        while self.eat("||") {
            others.push(self.all()?);
        }
        Some(self.built(start).or_nary(first, others))
    }

    /// Operands with `&&` between them.
    fn all(&mut self) -> Taken<Expr> {
        let start = self.start();
        let first = self.relation()?;
        let mut others = Vec::new();
        while self.eat("&&") {
            others.push(self.relation()?);
        }
        Some(self.built(start).and_naryl(first, others))
    }

    fn relation(&mut self) -> Taken<Expr> {
        type Operator = fn(Builder<()>, Expr, Expr) -> Expr;
        // What another one begins with comes behind it.
        const OPERATORS: [(&str, Operator); 6] = [
            ("==", Builder::is_eq),
            ("!=", Builder::noteq),
            ("<=", Builder::lesseq),
            (">=", Builder::greatereq),
            ("<", Builder::less),
            (">", Builder::greater),
        ];
        let start = self.start();
        let left = self.unary()?;
        for (operator, build) in OPERATORS {
            if self.eat(operator) {
                let right = self.unary()?;
                return Some(build(self.built(start), left, right));
            }
        }
        if self.next_is("in") {
            self.keyword("in")?;
            let right = self.unary()?;
            return Some(self.built(start).is_in(left, right));
        }
        if self.next_is("has") {
            self.keyword("has")?;
            let attribute = self.name()?;
            self.start();
            return match self.rest().starts_with('.') {
                true => None,
                false => Some(self.built(start).has_attr(left, attribute.into())),
            };
        }
        if self.next_is("is") {
            self.keyword("is")?;
            let kind = named_type(self.name()?)?;
            return match self.next_is("in") {
                true => None,
                false => Some(self.built(start).is_entity_type(left, kind)),
            };
        }
        Some(left)
    }

    /// An operand, with the `!` before it.
    fn unary(&mut self) -> Taken<Expr> {
        let start = self.start();
        let mut nots = 0;
        while self.eat("!") {
            nots += 1;
        }
        if nots > MOST_NOTS {
            return None;
        }
        let operand = self.member()?;
        let builder = self.built(start);
        Some((0..nots).fold(operand, |operand, _| builder.clone().not(operand)))
    }

    /// A value, with the attributes and methods behind it. Each has the place of the whole.
    fn member(&mut self) -> Taken<Expr> {
        let start = self.start();
        let mut value = self.primary()?;
        let mut accesses = Vec::new();
        while self.eat(".") {
            let name = self.name()?;
            let arguments = match self.eat("(") {
                true => Some(self.list(")", Self::expr)?),
                false => None,
            };
            accesses.push(Access { name, arguments });
        }
        let builder = self.built(start);
        for access in accesses {
            value = access.of(value, builder.clone())?;
        }
        Some(value)
    }

    fn primary(&mut self) -> Taken<Expr> {
        let start = self.start();
        match self.rest().as_bytes().first()? {
            b'(' => {
                self.expect("(")?;
                let expr = self.expr()?;
                self.expect(")")?;
                Some(expr)
            }
            b'[' => {
                self.expect("[")?;
                let elements = self.list("]", Self::expr)?;
                Some(self.built(start).set(elements))
            }
            b'"' => {
                let text = self.string()?;
                Some(self.built(start).val(text))
            }
            b'0'..=b'9' => {
                let digits = self.token(|byte| byte.is_ascii_digit())?;
                let number: i64 = digits.parse().ok()?;
                Some(self.built(start).val(number))
            }
            _ if self.next_is("true") || self.next_is("false") => {
                let word = self.token(is_word)?;
                Some(self.built(start).val(word == "true"))
            }
            _ => {
                let variable = match self.peek()? {
                    "principal" => Var::Principal,
                    "action" => Var::Action,
                    "resource" => Var::Resource,
                    "context" => Var::Context,
                    _ => {
                        let entity = self.entity()?;
                        return Some(self.built(start).val(entity));
                    }
                };
                self.token(is_word)?;
                Some(self.built(start).var(variable))
            }
        }
    }

    /// `Kind::"id"`.
    fn entity(&mut self) -> Taken<EntityUID> {
        let start = self.start();
        let kind = named_type(self.name()?)?;
        self.expect("::")?;
        let id = self.string()?;
        let at = self.loc(start);
        Some(EntityUID::from_components(kind, Eid::new(id), Some(at)))
    }

    /// What stands between commas, up to `end`.
    fn list<T>(&mut self, end: &str, one: fn(&mut Self) -> Taken<T>) -> Taken<Vec<T>> {
        let mut all = Vec::new();
        while !self.eat(end) {
            all.push(one(self)?);
            if !self.eat(",") {
                self.expect(end)?;
                break;
            }
        }
        Some(all)
    }

    /// A text in quotes, without escapes.
    fn string(&mut self) -> Taken<&'t str> {
        self.expect("\"")?;
        let rest = self.rest();
        let end = memchr::memchr2(b'"', b'\\', rest.as_bytes())?;
        let text = rest.get(..end)?;
        self.at += end;
        // Not another token: blanks before it would be part of the text.
        self.rest().starts_with('"').then(|| {
            self.at += 1;
            self.end = self.at;
            text
        })
    }

    /// A name that is no reserved word.
    fn name(&mut self) -> Taken<&'t str> {
        let name = self.peek()?;
        if RESERVED.contains(&name) || name.starts_with("__") {
            return None;
        }
        self.token(is_word)
    }

    /// The word that comes next.
    fn peek(&mut self) -> Taken<&'t str> {
        self.start();
        let rest = self.rest();
        let end = rest.bytes().position(|byte| !is_word(byte));
        let word = rest.get(..end.unwrap_or(rest.len()))?;
        let begins = word.bytes().next().is_some_and(|it| !it.is_ascii_digit());
        begins.then_some(word)
    }

    fn next_is(&mut self, word: &str) -> bool {
        self.peek() == Some(word)
    }

    fn keyword(&mut self, word: &str) -> Taken {
        self.next_is(word).then_some(())?;
        self.expect(word)
    }

    /// All bytes from here on that belong to a token.
    fn token(&mut self, belongs: fn(u8) -> bool) -> Taken<&'t str> {
        self.start();
        let rest = self.rest();
        let end = rest.bytes().position(|byte| !belongs(byte));
        let token = rest.get(..end.unwrap_or(rest.len()))?;
        self.at += token.len();
        self.end = self.at;
        Some(token)
    }

    fn expect(&mut self, sign: &str) -> Taken {
        self.eat(sign).then_some(())
    }

    fn eat(&mut self, sign: &str) -> bool {
        self.start();
        let found = self.rest().starts_with(sign);
        if found {
            self.at += sign.len();
            self.end = self.at;
        }
        found
    }

    /// Where the next token starts, behind blanks and comments.
    fn start(&mut self) -> usize {
        loop {
            let rest = self.rest();
            let blank = |byte: u8| matches!(byte, b' ' | b'\n' | b'\r' | b'\t');
            let blanks = rest.bytes().take_while(|byte| blank(*byte)).count();
            self.at += blanks;
            if !self.rest().starts_with("//") {
                return self.at;
            }
            let line = memchr::memchr2(b'\n', b'\r', self.rest().as_bytes());
            self.at += line.unwrap_or(self.rest().len());
        }
    }

    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// What began at `start` and ended with the last token.
    fn loc(&self, start: usize) -> Loc {
        Loc::new(start..self.end, Arc::clone(&self.source))
    }

    fn built(&self, start: usize) -> Builder<()> {
        built(&self.loc(start))
    }
}

impl Access<'_> {
    fn of(self, value: Expr, builder: Builder<()>) -> Taken<Expr> {
        let Some(arguments) = self.arguments else {
            return Some(builder.get_attr(value, self.name.into()));
        };
        let mut arguments = arguments.into_iter();
        match (self.name, arguments.len()) {
            ("contains", 1) => Some(builder.contains(value, arguments.next()?)),
            ("containsAll", 1) => Some(builder.contains_all(value, arguments.next()?)),
            ("containsAny", 1) => Some(builder.contains_any(value, arguments.next()?)),
            ("isEmpty", 0) => Some(builder.is_empty(value)),
            ("durationSince", 1) | ("toDays", 0) => {
                let name = Name::from_normalized_str(self.name).ok()?;
                let all = std::iter::once(value).chain(arguments);
                builder.call_extension_fn(name, all).ok()
            }
            _ => None,
        }
    }
}

fn built(at: &Loc) -> Builder<()> {
    Builder::new().with_source_loc(at)
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}
