//! Expressions as texts that are alike for all that say the same in another order.

use cedar_policy_core::ast::{BinaryOp, Expr, ExprKind, Literal, UnaryOp};

/// The expression as a text, without places: the operands of `&&`, `||` and `==` in a fixed order,
/// each once, and `!` only before what it cannot be moved into.
///
/// Two expressions of one text are true of the same requests. Those that are true of the same
/// requests may have unlike texts. Linear in the size of the expression, but for sorting.
pub(super) fn canonical(expr: &Expr) -> String {
    text(expr, false)
}

fn text(expr: &Expr, negated: bool) -> String {
    let not = if negated { "!" } else { "" };
    match expr.expr_kind() {
        ExprKind::Lit(Literal::Bool(value)) => (*value != negated).to_string(),
        ExprKind::Lit(literal) => literal.to_string(),
        ExprKind::And { .. } | ExprKind::Or { .. } => {
            let is_and = matches!(expr.expr_kind(), ExprKind::And { .. });
            let mut operands = Vec::new();
            flatten(expr, negated, is_and != negated, &mut operands);
            operands.sort_unstable();
            operands.dedup();
            let with = if is_and != negated { " && " } else { " || " };
            match operands.as_slice() {
                [one] => one.clone(),
                all => format!("({})", all.join(with)),
            }
        }
        ExprKind::UnaryApp {
            op: UnaryOp::Not,
            arg,
        } => text(arg, !negated),
        ExprKind::If {
            test_expr,
            then_expr,
            else_expr,
        } => format!(
            "(if {} then {} else {})",
            canonical(test_expr),
            text(then_expr, negated),
            text(else_expr, negated)
        ),
        ExprKind::BinaryApp { op, arg1, arg2 } => {
            let (left, right) = (canonical(arg1), canonical(arg2));
            match op {
                BinaryOp::Eq if right < left => format!("{not}({right} == {left})"),
                // Of `!(a <= b)` Cedar makes `a > b`, and it has no other word for that.
                BinaryOp::Less if negated => format!("({right} <= {left})"),
                BinaryOp::LessEq if negated => format!("({right} < {left})"),
                _ => format!("{not}({left} {op} {right})"),
            }
        }
        ExprKind::UnaryApp { op, arg } => format!("{not}{op}({})", canonical(arg)),
        ExprKind::GetAttr { expr, attr } => format!("{not}{}[{attr:?}]", canonical(expr)),
        ExprKind::HasAttr { expr, attr } => format!("{not}({} has {attr:?})", canonical(expr)),
        ExprKind::ExtHasAttr { expr, attrs } => {
            let attrs: Vec<_> = attrs.iter().map(|attr| format!("{attr:?}")).collect();
            format!("{not}({} has {})", canonical(expr), attrs.join("."))
        }
        ExprKind::Like { expr, pattern } => {
            format!("{not}({} like \"{pattern}\")", canonical(expr))
        }
        ExprKind::Is { expr, entity_type } => {
            format!("{not}({} is {entity_type})", canonical(expr))
        }
        ExprKind::ExtensionFunctionApp { fn_name, args } => {
            let args: Vec<_> = args.iter().map(canonical).collect();
            format!("{not}{fn_name}({})", args.join(", "))
        }
        ExprKind::Set(elements) => {
            let mut elements: Vec<_> = elements.iter().map(canonical).collect();
            elements.sort_unstable();
            elements.dedup();
            format!("[{}]", elements.join(", "))
        }
        ExprKind::Record(fields) => {
            let fields = fields.iter();
            let fields: Vec<_> = fields
                .map(|(name, value)| format!("{name:?}: {}", canonical(value)))
                .collect();
            format!("{{{}}}", fields.join(", "))
        }
        ExprKind::Var(_) | ExprKind::Slot(_) | ExprKind::Unknown(_) => format!("{not}{expr}"),
    }
}

/// The operands of nested `&&`, or of nested `||`, with what `!` before them makes of each.
fn flatten(expr: &Expr, negated: bool, joins_all: bool, operands: &mut Vec<String>) {
    match expr.expr_kind() {
        ExprKind::And { left, right } if joins_all != negated => {
            flatten(left, negated, joins_all, operands);
            flatten(right, negated, joins_all, operands);
        }
        ExprKind::Or { left, right } if joins_all == negated => {
            flatten(left, negated, joins_all, operands);
            flatten(right, negated, joins_all, operands);
        }
        ExprKind::UnaryApp {
            op: UnaryOp::Not,
            arg,
        } => flatten(arg, !negated, joins_all, operands),
        _ => operands.push(text(expr, negated)),
    }
}
