//! What is called otherwise than before: blocks called `moved` (Terraform, "Refactor modules").

use super::hcl::{Expr, Term};
use super::root::Root;
use crate::infrastructure::Moved;

/// The address that an expression is, as an instance is called; none if it is no address.
fn address(expr: &Expr) -> Option<String> {
    Some(match &expr.term {
        Term::Root(root) => root.to_string(),
        Term::Member(of, name) => format!("{}.{}", address(of)?, name.text),
        Term::Index(of, key) => match &key.term {
            Term::Text(text) => format!("{}[{:?}]", address(of)?, &*text.text),
            Term::Number(number) => format!("{}[{number}]", address(of)?),
            _ => return None,
        },
        _ => return None,
    })
}

impl Root<'_, '_, '_> {
    /// Says what the modules of this root were called before.
    pub fn say_moves(&mut self) {
        let mut all = Vec::new();
        for module in &self.evaluator.modules {
            let dot = if module.address.is_empty() { "" } else { "." };
            for block in &module.module.moved {
                let end = |name| {
                    let written = &block.body.attribute(name)?.value;
                    Some(format!("{}{dot}{}", module.address, address(written)?))
                };
                if let (Some(from), Some(to)) = (end("from"), end("to")) {
                    all.push((from, to));
                }
            }
        }
        for (from, to) in all {
            let system = self.name.to_owned();
            self.lowering.moved(Moved { system, from, to });
        }
    }

    /// What is at an address is called now, if it was moved since.
    pub fn moved(&self, address: String) -> String {
        Moved::followed(self.lowering.moves(), self.name, address)
    }
}
