//! What a text in HCL says: blocks, attributes and expressions, each with the bytes it was written as.

use std::sync::Arc;

use crate::source::Span;

/// What is between the braces of a block, or a whole file.
#[derive(Debug, Clone, Default)]
pub struct Body {
    /// `name = value`, in order.
    pub attributes: Vec<Attribute>,
    /// The blocks in it, in order.
    pub blocks: Vec<Block>,
}

/// `name = value`.
#[derive(Debug, Clone)]
pub struct Attribute {
    /// The name.
    pub name: Name,
    /// The value; [`Term::Broken`] if it cannot be read.
    pub value: Expr,
}

/// `kind "label" { … }`.
#[derive(Debug, Clone)]
pub struct Block {
    /// The first word.
    pub kind: Name,
    /// What stands between that and the brace.
    pub labels: Vec<Name>,
    /// What is between the braces.
    pub body: Body,
    /// From the first word to the last label.
    pub header: Span,
}

/// A word or a quoted label; its span includes the quotes.
#[derive(Debug, Clone)]
pub struct Name {
    /// Without quotes.
    pub text: Arc<str>,
    /// Where it stands.
    pub at: Span,
}

/// An expression.
#[derive(Debug, Clone)]
pub struct Expr {
    /// Where it stands.
    pub at: Span,
    /// What it is.
    pub term: Term,
}

/// What an expression is.
#[derive(Debug, Clone)]
pub enum Term {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number.
    Number(f64),
    /// A quoted text or heredoc in which nothing is computed.
    Text(Text),
    /// A quoted text or heredoc with computed parts.
    Template(Vec<Part>),
    /// `[a, b]`.
    Tuple(Vec<Expr>),
    /// `{ a = b }`.
    Object(Vec<(Expr, Expr)>),
    /// The first word of a reference, such as `var`.
    Root(Arc<str>),
    /// `(a)`: the value of `a` where the word `a` would stand for itself, as for the key of an object.
    Group(Box<Expr>),
    /// `a.b`.
    Member(Box<Expr>, Name),
    /// `a[b]`.
    Index(Box<Expr>, Box<Expr>),
    /// `a[*].b` and `a.*.b`: what each element is followed by.
    Splat(Box<Expr>, Vec<Step>),
    /// `name(a, b...)`.
    Call(Box<Call>),
    /// `a ? b : c`.
    Conditional(Box<(Expr, Expr, Expr)>),
    /// `!a` or `-a`.
    Unary(Unary, Box<Expr>),
    /// `a + b`.
    Binary(Binary, Box<(Expr, Expr)>),
    /// `[for …]` or `{for …}`.
    For(Box<For>),
    /// Something that cannot be read; a problem says so.
    Broken,
}

/// What follows the star of a splat.
#[derive(Debug, Clone)]
pub enum Step {
    /// `.name`
    Member(Name),
    /// `[expr]`
    Index(Expr),
}

/// The call of a function.
#[derive(Debug, Clone)]
pub struct Call {
    /// Its name.
    pub name: Name,
    /// What it is given.
    pub arguments: Vec<Expr>,
    /// Whether the last argument is a list of arguments (`...`).
    pub spread: bool,
}

/// A `for` expression.
#[derive(Debug, Clone)]
pub struct For {
    /// The name of the key, if it has one.
    pub key: Option<Arc<str>>,
    /// The name of the value.
    pub value: Arc<str>,
    /// What is gone through.
    pub over: Expr,
    /// In `{for …}`, the key of each result.
    pub result_key: Option<Expr>,
    /// Each result.
    pub result: Expr,
    /// Whether the results of one key are a list (`...`).
    pub grouped: bool,
    /// What must hold for an element to be taken.
    pub condition: Option<Expr>,
}

/// An operator of one operand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Unary {
    Not,
    Minus,
}

/// An operator of two operands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Binary {
    Or,
    And,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Plus,
    Minus,
    Times,
    Divide,
    Modulo,
}

/// A piece of a template.
#[derive(Debug, Clone)]
pub enum Part {
    /// What is written.
    Text(Text),
    /// `${ … }`
    Value(Expr),
    /// `%{ if … }`
    If(Box<(Expr, Vec<Part>, Vec<Part>)>),
    /// `%{ for … }`
    For(Box<TemplateFor>),
}

/// `%{ for key, value in over } … %{ endfor }`
#[derive(Debug, Clone)]
pub struct TemplateFor {
    /// The name of the key, if it has one.
    pub key: Option<Arc<str>>,
    /// The name of the value.
    pub value: Arc<str>,
    /// What is gone through.
    pub over: Expr,
    /// What is written for each.
    pub parts: Vec<Part>,
}

/// Text without its escapes and its indentation, and where its bytes were written.
#[derive(Debug, Clone, Default)]
pub struct Text {
    /// What it says.
    pub text: Arc<str>,
    /// Where its bytes were written, if that is not one run of bytes that it equals.
    pub pieces: Option<Arc<Pieces>>,
    /// Where its first byte was written.
    pub start: u32,
}

/// Pairs of an offset into a text and the position where that byte was written, in order; the bytes
/// between two offsets were written one after the other.
pub type Pieces = Vec<(u32, u32)>;

impl Text {
    /// Whether it is computed, so that its bytes stand nowhere.
    pub fn is_computed(&self) -> bool {
        self.pieces.as_ref().is_some_and(|pieces| pieces.is_empty())
    }

    /// Where the byte at `offset` of the text was written. Logarithmic in the number of pieces.
    pub fn position(&self, offset: u32) -> u32 {
        match &self.pieces {
            None => self.start.saturating_add(offset),
            Some(pieces) => {
                let after = pieces.partition_point(|(at, _)| *at <= offset);
                match after.checked_sub(1).and_then(|last| pieces.get(last)) {
                    Some((at, written)) => written.saturating_add(offset - at),
                    None => self.start,
                }
            }
        }
    }
}

impl Body {
    /// The attribute called `name`.
    pub fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.attributes
            .iter()
            .find(|attribute| &*attribute.name.text == name)
    }

    /// The blocks of this kind.
    pub fn blocks_of<'b>(&'b self, kind: &'b str) -> impl Iterator<Item = &'b Block> {
        self.blocks
            .iter()
            .filter(move |block| &*block.kind.text == kind)
    }
}

impl Expr {
    /// `a.b.c` as its names, if it is nothing else: what `depends_on`, `provider` and `providers` hold.
    pub fn path(&self) -> Option<Vec<&str>> {
        match &self.term {
            Term::Root(root) => Some(vec![root]),
            Term::Member(of, name) => {
                let mut path = of.path()?;
                path.push(&name.text);
                Some(path)
            }
            // As in `provider = "aws.backup"`, which Terraform took until version 0.11.
            Term::Text(text) => Some(text.text.split('.').collect()),
            _ => None,
        }
    }

    /// The text, if it is one in which nothing is computed.
    pub fn text(&self) -> Option<&str> {
        match &self.term {
            Term::Text(text) => Some(&text.text),
            _ => None,
        }
    }
}
