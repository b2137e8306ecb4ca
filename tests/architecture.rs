//! Who may use whom. It is read from the text of `src/`, so that it fails where a line is added
//! and not where the architecture has already gone.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod support;

use std::collections::{BTreeMap, BTreeSet};

use support::{files, root};

/// What each module may use of the others.
const MODULES: [(&str, &[&str]); 18] = [
    ("source", &[]),
    ("syntax", &["source"]),
    ("model", &["source"]),
    ("format", &["syntax", "model", "source"]),
    ("infrastructure", &["syntax", "model", "source"]),
    ("inventory", &["model", "source"]),
    ("flow", &["inventory", "model", "source"]),
    (
        "policy",
        &["flow", "inventory", "model", "finding", "source"],
    ),
    ("picture", &[]),
    ("finding", &["model", "picture", "source"]),
    ("report", &["finding", "picture", "source"]),
    (
        "config",
        &["finding", "infrastructure", "model", "source", "syntax"],
    ),
    (
        "check",
        &[
            "config",
            "finding",
            "flow",
            "format",
            "infrastructure",
            "inventory",
            "model",
            "picture",
            "policy",
            "source",
            "syntax",
        ],
    ),
    (
        "testing",
        &[
            "check",
            "config",
            "finding",
            "flow",
            "inventory",
            "model",
            "policy",
            "source",
        ],
    ),
    (
        "cli",
        &[
            "check",
            "config",
            "finding",
            "flow",
            "infrastructure",
            "inventory",
            "model",
            "picture",
            "policy",
            "report",
            "source",
            "testing",
        ],
    ),
    (
        "host",
        &["check", "config", "finding", "model", "report", "source"],
    ),
    ("lib", &[]),
    ("main", &[]),
];

/// Files of one module that use each other in a circle, each a word of their paths. There should be
/// none; no new one may come, and one that is gone goes from here.
const CIRCLES: [&[&str]; 7] = [
    &["cli/check", "cli/settings"],
    &["flow/contents", "flow/propagation", "flow/search"],
    &["flow/inside", "flow/way", "flow/witness"],
    &[
        "model/attribute",
        "model/field",
        "model/kind",
        "model/possible",
        "model/value",
    ],
    &["policy/candidates", "policy/rule"],
    &["policy/open", "policy/requests"],
    &["syntax/key", "syntax/map", "syntax/scalar", "syntax/tree"],
];

/// Who may use a crate, or a part of the standard library: a module, or one file of it.
const CRATES: [(&str, &[&str]); 17] = [
    ("cedar_policy", &["policy"]),
    ("cedar_policy_core", &["policy"]),
    ("cedar_policy_formatter", &["policy/format"]),
    ("git2", &["source"]),
    ("walkdir", &["source"]),
    ("std::fs", &["source", "cli"]),
    ("std::env", &["cli"]),
    ("std::net", &[]),
    ("std::process", &["cli", "main"]),
    ("clap", &["cli"]),
    ("graphlay", &["picture/layout"]),
    ("indicatif", &["cli"]),
    ("miette", &["report/human", "policy/complaint"]),
    ("owo_colors", &["report/human"]),
    ("granit_parser", &["syntax"]),
    ("jiter", &["syntax"]),
    ("pulldown_cmark", &["syntax"]),
];

/// The source files, as paths from `src/` without the extension, with their code.
fn sources() -> Vec<(String, String)> {
    let folder = root().join("src");
    let all = files(&folder, "rs").into_iter().map(|(path, text)| {
        let path = path.strip_prefix(&folder).expect("in the folder");
        (path.with_extension("").display().to_string(), code(&text))
    });
    all.collect()
}

/// A text without its comments, so that what prose mentions does not count.
fn code(text: &str) -> String {
    let lines = text.lines().map(|line| match line.trim_start() {
        comment if comment.starts_with("//") => "",
        // `// ` after code; `://` of a link is in a text.
        _ => line.split(" // ").next().unwrap_or_default(),
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn module(file: &str) -> &str {
    file.split('/').next().expect("a name")
}

fn is_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The modules of this crate that a file names: `crate::model::…`, and in `use crate::{model, …}`.
fn used(code: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (at, _) in code.match_indices("crate::") {
        if code[..at].ends_with(|c: char| is_name(c) || c == ':') {
            continue;
        }
        let after = &code[at + "crate::".len()..];
        match after.strip_prefix('{') {
            None => {
                found.insert(
                    after
                        .split(|c| !is_name(c))
                        .next()
                        .expect("a name")
                        .to_owned(),
                );
            }
            Some(group) => found.extend(first_names(group)),
        }
    }
    found
}

/// The names at the top of a group: `report` and `source` of `report::{self, Style}, source}`.
fn first_names(group: &str) -> Vec<String> {
    let (mut depth, mut names, mut fresh) = (0, Vec::new(), true);
    let mut rest = group;
    while let Some(c) = rest.chars().next() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => return names,
            '}' => depth -= 1,
            ',' if depth == 0 => fresh = true,
            c if fresh && is_name(c) => {
                let name: String = rest.chars().take_while(|c| is_name(*c)).collect();
                rest = &rest[name.len()..];
                names.push(name);
                fresh = false;
                continue;
            }
            _ => {}
        }
        rest = &rest[c.len_utf8()..];
    }
    names
}

/// Whether the code names a path, and not one that merely ends or starts alike.
fn names(code: &str, path: &str) -> bool {
    code.match_indices(path).any(|(at, _)| {
        let before = code[..at].chars().next_back();
        let after = code[at + path.len()..].chars().next();
        !before.is_some_and(|c| is_name(c) || c == ':') && !after.is_some_and(is_name)
    })
}

/// Whether the code uses a crate: `clap::Args`, `use clap;`; or a part of `std`, which is also
/// written `use std::{fs, io}`.
fn uses(code: &str, path: &str) -> bool {
    let Some((std, part)) = path.split_once("::") else {
        let mut words = code.match_indices(path).map(|(at, _)| at);
        return words.any(|at| {
            let whole = names(&code[at.saturating_sub(1)..at + path.len()], path);
            let after = &code[at + path.len()..];
            let imported = code[..at].ends_with("use ") && after.starts_with([';', ' ']);
            whole && (after.starts_with("::") || imported)
        });
    };
    let grouped = format!("{std}::{{");
    let mut groups = code.match_indices(&grouped).map(|(at, _)| at);
    let in_group = |at: usize| {
        first_names(&code[at + grouped.len()..])
            .iter()
            .any(|n| n == part)
    };
    names(code, path) || groups.any(in_group)
}

#[test]
fn a_module_uses_only_what_comes_before_it() {
    for (file, code) in sources() {
        let own = module(&file);
        let Some((_, allowed)) = MODULES.iter().find(|(name, _)| *name == own) else {
            continue;
        };
        for other in used(&code) {
            let fine = other == own || allowed.contains(&other.as_str());
            assert!(
                fine,
                "src/{file}.rs uses `{other}`; `{own}` may use only {allowed:?}"
            );
        }
    }
}

#[test]
fn a_crate_stays_where_it_belongs() {
    for (file, code) in sources() {
        for (path, allowed) in CRATES {
            let own = module(&file);
            let belongs = allowed.iter().any(|place| {
                *place == own || file == *place || file.starts_with(&format!("{place}/"))
            });
            assert!(belongs || !uses(&code, path), "src/{file}.rs uses `{path}`");
        }
    }
}

#[test]
fn every_module_is_listed() {
    for (file, _) in sources() {
        let own = module(&file);
        let listed = MODULES.iter().any(|(name, _)| *name == own);
        assert!(listed, "src/{file}.rs: what may `{own}` use?");
    }
    for (name, _) in MODULES {
        let path = root().join("src").join(name);
        assert!(
            path.is_dir() || path.with_extension("rs").is_file(),
            "{name}"
        );
    }
}

/// No module of the table uses, by way of others, itself.
#[test]
fn the_modules_are_in_layers() {
    let uses = MODULES.map(|(name, uses)| {
        let uses = uses.iter().map(|used| (*used).to_owned());
        (name.to_owned(), uses.collect())
    });
    assert_eq!(circles(&BTreeMap::from(uses)), Vec::<Vec<String>>::new());
}

#[test]
fn the_files_of_a_module_use_each_other_in_one_direction() {
    assert_eq!(
        circles(&uses_of_files()),
        CIRCLES.map(|circle| circle.to_vec())
    );
}

/// What each file uses of the other files of this crate, but for what it is part of and its parts: they
/// share their names.
fn uses_of_files() -> BTreeMap<String, BTreeSet<String>> {
    let sources = sources().into_iter().map(|(file, code)| {
        let module = file.strip_suffix("/mod").unwrap_or(&file).to_owned();
        (module, code)
    });
    let sources: BTreeMap<_, _> = sources.collect();
    let kin = |a: &str, b: &str| a == b || a.starts_with(&format!("{b}/"));
    let uses = sources.iter().map(|(file, code)| {
        let code = code
            .split("#[cfg(test)]\nmod tests")
            .next()
            .unwrap_or_default();
        let named = paths(code).into_iter();
        let files =
            named.filter_map(|path| file_of(file, &path, &|file| sources.contains_key(file)));
        let others = files.filter(|other| !kin(other, file) && !kin(file, other));
        (file.clone(), others.collect())
    });
    uses.collect()
}

/// The file that a path leads to, from a file; `None` if into no other file of this crate.
fn file_of(from: &str, path: &str, is_file: &dyn Fn(&str) -> bool) -> Option<String> {
    let mut at: Vec<&str> = from.split('/').collect();
    let mut steps = path.split("::").peekable();
    match steps.peek()? {
        &"crate" => at.clear(),
        &"super" => {
            at.pop();
        }
        first => {
            at.push(first);
            if !is_file(&at.join("/")) {
                return None;
            }
        }
    }
    for step in steps.skip(1) {
        if step == "super" {
            at.pop();
            continue;
        }
        at.push(step);
        if !is_file(&at.join("/")) {
            at.pop();
            break;
        }
    }
    (!at.is_empty()).then(|| at.join("/"))
}

/// The paths that code names: each of `use a::{b, c::{d}}`, and what begins with `crate` or `super`.
fn paths(code: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (at, _) in code.match_indices("use ") {
        let tree = code[at + "use ".len()..].split(';').next();
        expand("", tree.unwrap_or_default(), &mut found);
    }
    for start in ["crate::", "super::"] {
        for (at, _) in code.match_indices(start) {
            let path = code[at..].split(|c| !is_name(c) && c != ':').next();
            found.extend(path.map(|path| path.trim_end_matches(':').to_owned()));
        }
    }
    found
}

fn expand(before: &str, tree: &str, found: &mut BTreeSet<String>) {
    let mut depth = 0;
    let parts = tree.split(|c| {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        c == ',' && depth == 0
    });
    for part in parts.map(str::trim) {
        match part.split_once('{') {
            Some((path, group)) => {
                let group = group.strip_suffix('}').unwrap_or(group);
                expand(&format!("{before}{path}"), group, found);
            }
            None => drop(found.insert(format!("{before}{part}"))),
        }
    }
}

/// All that a file uses, by way of others.
fn reached<'u>(uses: &'u BTreeMap<String, BTreeSet<String>>, from: &'u str) -> BTreeSet<&'u str> {
    let mut all: BTreeSet<&str> = BTreeSet::new();
    let mut next = vec![from];
    while let Some(at) = next.pop() {
        let used = uses.get(at).into_iter().flatten();
        next.extend(used.map(String::as_str).filter(|used| all.insert(used)));
    }
    all
}

/// The groups of which each uses all others of the group, by way of others; in order.
fn circles(uses: &BTreeMap<String, BTreeSet<String>>) -> Vec<Vec<String>> {
    let reached: BTreeMap<&str, _> = uses
        .keys()
        .map(|file| (file.as_str(), reached(uses, file)))
        .collect();
    let circle = |file: &str| -> Vec<String> {
        let others = reached[file].iter();
        let back = others.filter(|other| reached[*other].contains(file));
        back.map(|other| (*other).to_owned()).collect()
    };
    let all: BTreeSet<_> = uses.keys().map(|file| circle(file)).collect();
    all.into_iter()
        .filter(|circle| !circle.is_empty())
        .collect()
}

/// CONTRIBUTING shows the table, as it is.
#[test]
fn contributing_shows_what_a_module_may_use() {
    let rows = MODULES.map(|(name, uses)| {
        let uses: Vec<_> = uses.iter().map(|used| format!("`{used}`")).collect();
        let uses = match uses.is_empty() {
            true => "nothing".to_owned(),
            false => uses.join(", "),
        };
        format!("| `{name}` | {uses} |\n")
    });
    let table = format!("| module | may use |\n|---|---|\n{}", rows.concat());
    let path = root().join("CONTRIBUTING.md");
    let text = std::fs::read_to_string(&path).expect("CONTRIBUTING.md");
    let start = text.find("| module | may use |").expect("the table");
    let end = text[start..].find("\n\n").expect("its end") + start + 1;
    if std::env::var_os("SNAPSHOTS").is_some_and(|how| how == "overwrite") {
        let text = format!("{}{table}{}", &text[..start], &text[end..]);
        std::fs::write(&path, text).expect("CONTRIBUTING.md");
    } else {
        assert_eq!(&text[start..end], table, "run with SNAPSHOTS=overwrite");
    }
}

/// Each rule of the tables above is about something that is there.
#[test]
fn the_tables_are_about_what_the_code_uses() {
    let sources = sources();
    for (path, allowed) in CRATES {
        let somewhere = sources.iter().any(|(_, code)| uses(code, path));
        assert_eq!(somewhere, !allowed.is_empty(), "`{path}`");
    }
    for (name, allowed) in MODULES {
        let own = |file: &str| module(file) == name;
        let used: BTreeSet<_> = sources
            .iter()
            .filter(|(file, _)| own(file))
            .flat_map(|(_, code)| used(code))
            .collect();
        for other in allowed {
            let optional = (name, *other) == ("finding", "model");
            assert!(
                optional || used.contains(*other),
                "`{name}` no longer uses `{other}`"
            );
        }
    }
}

/// What reads the lines is itself held: it sees each way to write a use.
#[test]
fn uses_are_seen_however_they_are_written() {
    let found = |code: &str| used(code).into_iter().collect::<Vec<_>>();
    assert_eq!(found("use crate::model::Kind;"), ["model"]);
    assert_eq!(found("let x = crate::syntax::parse(y);"), ["syntax"]);
    assert_eq!(
        found("use crate::{\n  model,\n  report::{self, Style},\n  source::Span};"),
        ["model", "report", "source"]
    );
    assert!(uses("use clap::{Args};", "clap"));
    assert!(uses("fn f() { git2::Repository::open(p) }", "git2"));
    assert!(uses("use std::fs;", "std::fs"));
    assert!(uses("use std::{fs, io};", "std::fs"));
    assert!(uses("std::fs::read(p)", "std::fs"));
    assert!(!uses("use cedar_policy_core::ast;", "cedar_policy"));
    assert!(!uses("let git2 = 1;", "git2"));
    assert_eq!(
        code("x(); // crate::cli\n/// crate::cli\ny();"),
        "x();\n\ny();"
    );
    assert!(uses("use miette as nice;", "miette"));
    let found = paths("use super::{a::{B, c}, d};\nlet x = crate::e::f(super::g);");
    let expected = [
        "crate::e::f",
        "super::a::B",
        "super::a::c",
        "super::d",
        "super::g",
    ];
    for path in expected {
        assert!(found.contains(path), "{path} of {found:?}");
    }
    let is_file = |file: &str| ["m", "m/a", "m/a/b", "n"].contains(&file);
    let leads = |path: &str| file_of("m/a", path, &is_file);
    assert_eq!(leads("super::a::b::C").as_deref(), Some("m/a/b"));
    assert_eq!(leads("b::C").as_deref(), Some("m/a/b"));
    assert_eq!(leads("crate::n::D").as_deref(), Some("n"));
    assert_eq!(leads("std::fmt"), None);
}
