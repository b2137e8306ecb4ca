//! Blocks and attributes.

use super::cursor::{Cursor, Fault, Parsed};
use super::expression::expression;
use super::tree::{Attribute, Block, Body, Expr, Name, Term};
use crate::source::{Code, FileId, Problem, Span};

/// Reads a whole text, with a problem for each thing in it that cannot be read. Linear.
pub fn parse_body(file: FileId, text: &str) -> (Body, Vec<Problem>) {
    let mut cursor = Cursor::new(file, text, 0, expression);
    cursor.take("\u{feff}");
    let mut reader = Reader::new(cursor);
    let mut body = Body::default();
    reader.body(&mut body);
    while reader.cursor.byte().is_some() {
        // A closing brace too many.
        let fault = Fault {
            at: reader.cursor.at as u32,
            message: "nothing is open that this could close".to_owned(),
        };
        reader.report(&fault);
        reader.cursor.at += 1;
        reader.cursor.skip_item();
        reader.body(&mut body);
    }
    (body, reader.problems)
}

/// The blocks and attributes of `text`, without problems, all of which are said to stand at `at`.
pub fn parse_body_at(text: &str, at: Span) -> Body {
    let mut cursor = Cursor::new(at.file, text, 0, expression);
    cursor.fixed = Some(at);
    let mut reader = Reader::new(cursor);
    let mut body = Body::default();
    reader.body(&mut body);
    body
}

struct Reader<'s> {
    cursor: Cursor<'s>,
    problems: Vec<Problem>,
    /// The blocks around, for messages.
    within: Vec<String>,
}

impl<'s> Reader<'s> {
    fn new(cursor: Cursor<'s>) -> Self {
        Self {
            cursor,
            problems: Vec::new(),
            within: Vec::new(),
        }
    }

    /// Reads up to a closing bracket or the end.
    fn body(&mut self, body: &mut Body) {
        loop {
            self.cursor.skip_all();
            match self.cursor.byte() {
                None | Some(b'}' | b']' | b')') => return,
                Some(_) => self.item(body),
            }
        }
    }

    fn item(&mut self, body: &mut Body) {
        let start = self.cursor.at;
        if let Err(fault) = self.attribute_or_block(body) {
            self.report(&fault);
            self.cursor.at = start;
            self.cursor.skip_item();
            if self.cursor.at == start {
                self.cursor.at += 1;
            }
        }
    }

    fn attribute_or_block(&mut self, body: &mut Body) -> Parsed<()> {
        let start = self.cursor.at;
        let name = self.name()?;
        self.cursor.skip();
        if self.cursor.byte() == Some(b'=') && self.cursor.byte_at(self.cursor.at + 1) != Some(b'=')
        {
            self.cursor.at += 1;
            self.attribute(name, body);
            return Ok(());
        }
        self.block(start, name, body)
    }

    fn name(&mut self) -> Parsed<Name> {
        let start = self.cursor.at;
        match self.cursor.word() {
            Some(word) => Ok(Name {
                text: word.into(),
                at: self.cursor.span(start, self.cursor.at),
            }),
            None => self
                .cursor
                .fault("expected the name of an attribute or a block"),
        }
    }

    /// The value of an attribute. Whatever is wrong with it, the attribute is there.
    fn attribute(&mut self, name: Name, body: &mut Body) {
        let start = self.cursor.at;
        let value = self.value();
        let value = value.unwrap_or_else(|fault| {
            self.within.push(name.text.to_string());
            self.report(&fault);
            self.within.pop();
            self.cursor.at = start;
            self.cursor.skip_item();
            Expr {
                at: self.cursor.span(start, self.cursor.at),
                term: Term::Broken,
            }
        });
        match body.attribute(&name.text) {
            Some(first) => {
                let problem = Problem::input(
                    Code::DuplicateKey,
                    format!("`{}` is written twice{}", name.text, self.place()),
                );
                let problem = problem.at(name.at, "the second time");
                self.problems.push(problem.at(first.name.at, "the first"));
            }
            None => body.attributes.push(Attribute { name, value }),
        }
    }

    fn value(&mut self) -> Parsed<Expr> {
        let value = expression(&mut self.cursor)?;
        self.cursor.skip();
        match self.cursor.byte() {
            None | Some(b'\n' | b'}') => Ok(value),
            // Between attributes of a block in one line; Terraform refuses it, tools write it.
            Some(b',' | b';') => {
                self.cursor.at += 1;
                Ok(value)
            }
            _ => self.cursor.fault("expected the end of the line"),
        }
    }

    fn block(&mut self, start: usize, kind: Name, body: &mut Body) -> Parsed<()> {
        let mut labels = Vec::new();
        let mut end = self.cursor.at;
        loop {
            self.cursor.skip();
            match self.cursor.byte() {
                Some(b'"') => labels.push(self.label()?),
                Some(b'{') => break,
                _ => match self.cursor.peek_word() {
                    Some(_) => labels.push(self.name()?),
                    None => return self.cursor.fault("expected `=`, a label or `{`"),
                },
            }
            end = self.cursor.at;
        }
        let header = match labels.is_empty() {
            true => kind.at,
            false => self.cursor.span(start, end),
        };
        self.cursor.at += 1;
        let mut block = Block {
            kind,
            labels,
            body: Body::default(),
            header,
        };
        self.within.push(address(&block));
        let read = self.content(&mut block.body, start);
        self.within.pop();
        body.blocks.push(block);
        read
    }

    fn content(&mut self, body: &mut Body, start: usize) -> Parsed<()> {
        self.cursor.enter()?;
        self.body(body);
        self.cursor.leave();
        let closed = self.cursor.byte() == Some(b'}');
        if closed {
            self.cursor.at += 1;
            return Ok(());
        }
        // What it holds so far was read: only say that it has no end.
        let fault = Fault {
            at: start as u32,
            message: "the block has no end".to_owned(),
        };
        self.report(&fault);
        if self.cursor.byte().is_some() {
            self.cursor.at += 1;
        }
        Ok(())
    }

    fn label(&mut self) -> Parsed<Name> {
        let start = self.cursor.at;
        let rest = self.cursor.rest();
        let end = rest.get(1..).and_then(|rest| rest.find(['"', '\n']));
        match end {
            Some(end) if rest.as_bytes().get(end + 1) == Some(&b'"') => {
                self.cursor.at += end + 2;
                Ok(Name {
                    text: rest.get(1..=end).unwrap_or_default().into(),
                    at: self.cursor.span(start, self.cursor.at),
                })
            }
            _ => self.cursor.fault("a label has no closing quotation mark"),
        }
    }

    /// In which block something is, for messages.
    fn place(&self) -> String {
        match self.within.first() {
            None => String::new(),
            Some(_) => format!(" in `{}`", self.within.join(".")),
        }
    }

    fn report(&mut self, fault: &Fault) {
        let at = Span::new(self.cursor.file, fault.at, self.after(fault.at));
        self.problems.push(
            Problem::input(
                Code::UnreadableBlock,
                format!("{}{}", fault.message, self.place()),
            )
            .at(at, "this is not read; what is around it is")
            .help("`terraform validate` says what Terraform expects here"),
        );
    }

    /// One past the character at `at`.
    fn after(&self, at: u32) -> u32 {
        let rest = self.cursor.text.get(at as usize..).unwrap_or("");
        let first = rest.chars().next().filter(|c| *c != '\n');
        at + first.map_or(0, |first| first.len_utf8() as u32)
    }
}

/// What a block is called: `aws_kms_key.k` for a resource.
fn address(block: &Block) -> String {
    let labels = block.labels.iter().map(|label| &*label.text);
    let words: Vec<_> = match &*block.kind.text {
        "resource" => labels.collect(),
        kind => std::iter::once(kind).chain(labels).collect(),
    };
    words.join(".")
}
