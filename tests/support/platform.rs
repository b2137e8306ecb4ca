//! What platforms take: reports are held against the schemas that platforms publish, or where there
//! is none, or one that refuses nothing, against what their documentation asks for.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use serde_json::Value as Json;

use super::root;

/// What is wrong with a report in this format; empty for formats of which nothing is known here.
pub fn errors(format: &str, report: &str) -> Vec<String> {
    let json = || match serde_json::from_str(report) {
        Ok(json) => json,
        Err(error) => panic!("{format}: {error}"),
    };
    match format {
        "sarif" => sarif(&json()),
        "oscal" => oscal(&json()),
        "gitlab" => gitlab(&json()),
        "rdjson" => rdjson(&json()),
        "junit" => junit(report),
        "github" => github(report),
        "json" => super::json_schema::errors(&palisade::report::report_schema(), &json()),
        _ => Vec::new(),
    }
}

static SARIF: LazyLock<jsonschema::Validator> = LazyLock::new(|| {
    let path = root().join("tests/schemas/sarif-2.1.0.schema.json");
    let schema = std::fs::read_to_string(path).expect("a schema");
    let mut schema: Json = serde_json::from_str(&schema).expect("JSON");
    // This pattern has a bracket too many, which only some engines take; no report has a language.
    for component in ["run", "toolComponent"] {
        let language = &mut schema["definitions"][component]["properties"]["language"];
        let pattern = language
            .as_object_mut()
            .expect("a schema")
            .remove("pattern");
        assert!(
            pattern.is_some(),
            "the schema is repaired; take these lines away"
        );
    }
    let options = jsonschema::options().should_validate_formats(true);
    options.build(&schema).expect("a schema")
});

static OSCAL: LazyLock<jsonschema::Validator> = LazyLock::new(|| {
    let path = root().join("tests/schemas/oscal-assessment-results-1.0.6.schema.json");
    let schema = std::fs::read_to_string(path).expect("a schema");
    let schema: Json = serde_json::from_str(&schema).expect("JSON");
    let options = jsonschema::options().should_validate_formats(true);
    options.build(&schema).expect("a schema")
});

/// The schema, and that whatever is referred to is there.
fn oscal(report: &Json) -> Vec<String> {
    let wrong = OSCAL.iter_errors(report);
    let mut wrong: Vec<_> = wrong
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    let (mut made, mut named) = (Vec::new(), Vec::new());
    uuids(report, &mut made, &mut named);
    let known: BTreeSet<&String> = made.iter().collect();
    if known.len() != made.len() {
        wrong.push("a UUID stands for two things".to_owned());
    }
    let lost = named.iter().filter(|uuid| !known.contains(uuid));
    wrong.extend(lost.map(|uuid| format!("nothing has the UUID {uuid}")));
    wrong
}

fn uuids(json: &Json, made: &mut Vec<String>, named: &mut Vec<String>) {
    match json {
        Json::Object(map) => {
            for (name, value) in map {
                match value.as_str() {
                    Some(text) if name == "uuid" => made.push(text.to_owned()),
                    Some(text) if name.ends_with("-uuid") => named.push(text.to_owned()),
                    Some(text) if name == "href" && text.starts_with('#') => {
                        named.push(text[1..].to_owned());
                    }
                    _ => uuids(value, made, named),
                }
            }
        }
        Json::Array(all) => all.iter().for_each(|value| uuids(value, made, named)),
        _ => {}
    }
}

/// The schema, and what GitHub asks for besides.
fn sarif(report: &Json) -> Vec<String> {
    let wrong = SARIF.iter_errors(report);
    let mut wrong: Vec<_> = wrong
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    let mut ask = |fine: bool, what: String| {
        if !fine {
            wrong.push(what);
        }
    };
    empty_texts("$", report, &mut |path| {
        ask(false, format!("{path} is empty"))
    });
    let run = &report["runs"][0];
    let driver = &run["tool"]["driver"];
    let place = text_of(&driver["informationUri"]);
    ask(
        place.starts_with("https://"),
        "no informationUri".to_owned(),
    );
    let rules = list(&driver["rules"]);
    ask(rules.len() <= 25_000, "too many rules".to_owned());
    for rule in rules {
        let id = &rule["id"];
        for text in ["shortDescription", "fullDescription"] {
            let length = text_of(&rule[text]["text"]).chars().count();
            ask(
                (1..=1024).contains(&length),
                format!("{id}: {text} has {length}"),
            );
        }
        ask(
            !text_of(&rule["help"]["text"]).is_empty(),
            format!("{id}: help"),
        );
        // What could not be checked is no weakness of what was.
        let severity = &rule["properties"]["security-severity"];
        let number = severity.as_str().map(str::parse::<f64>);
        let is_problem = text_of(id).starts_with("problem/");
        ask(
            match number {
                None => is_problem,
                Some(number) => number.is_ok_and(|n| n > 0.0 && n <= 10.0),
            },
            format!("{id}: severity"),
        );
        let name = text_of(&rule["name"]);
        ask(
            name.chars().all(char::is_alphanumeric) && !name.is_empty(),
            format!("{id}: name {name}"),
        );
        if let Some(page) = rule["helpUri"].as_str() {
            let at = page.split_once("/blob/HEAD/").expect("a file").1;
            ask(root().join(at).is_file(), format!("{id}: {page}"));
        }
        ask(
            list(&rule["properties"]["tags"]).len() <= 10,
            format!("{id}: tags"),
        );
    }
    let ids: BTreeSet<_> = rules.iter().map(|rule| text_of(&rule["id"])).collect();
    ask(
        ids.len() == rules.len(),
        "two rules have the same id".to_owned(),
    );
    let results = list(&run["results"]);
    ask(results.len() <= 5_000, format!("{} results", results.len()));
    for result in results {
        let id = &result["ruleId"];
        let index = result["ruleIndex"].as_u64().expect("an index");
        ask(
            &rules[index as usize]["id"] == id,
            format!("{id}: rule {index}"),
        );
        let related = result["relatedLocations"]
            .as_array()
            .map_or(&[][..], |all| all);
        ask(
            related.len() < 100,
            format!("{id}: {} locations", related.len()),
        );
        let message = text_of(&result["message"]["text"]);
        for (n, location) in related.iter().enumerate() {
            ask(location["id"] == n + 1, format!("{id}: location {n}"));
            ask(
                message.contains(&format!("]({})", n + 1)),
                format!("{id}: no link to {n}"),
            );
        }
        let fingerprints = result["partialFingerprints"]
            .as_object()
            .expect("fingerprints");
        ask(
            !fingerprints.contains_key("primaryLocationLineHash"),
            format!("{id}: hash"),
        );
        ask(!fingerprints.is_empty(), format!("{id}: no fingerprint"));
        let flows = result["codeFlows"].as_array().map_or(&[][..], |all| all);
        let flow = flows.iter().flat_map(|flow| list(&flow["threadFlows"]));
        for flow in flow {
            let locations = list(&flow["locations"]);
            ask(
                (1..=1_000).contains(&locations.len()),
                format!("{id}: flow"),
            );
        }
    }
    regions("$", report, &mut |path| ask(false, path));
    wrong
}

fn empty_texts(path: &str, json: &Json, found: &mut dyn FnMut(&str)) {
    match json {
        Json::String(text) if text.is_empty() => found(path),
        Json::Array(items) => {
            for (n, item) in items.iter().enumerate() {
                empty_texts(&format!("{path}[{n}]"), item, found);
            }
        }
        Json::Object(fields) => {
            for (name, value) in fields {
                empty_texts(&format!("{path}.{name}"), value, found);
            }
        }
        _ => {}
    }
}

/// Every place has a path from the root, a whole region, and something to say.
fn regions(path: &str, json: &Json, wrong: &mut dyn FnMut(String)) {
    if let Some(place) = json.get("physicalLocation") {
        let uri = text_of(&place["artifactLocation"]["uri"]);
        if uri.starts_with('/') || uri.contains(':') {
            wrong(format!("{path}: {uri} is not relative"));
        }
        let number = |name: &str| place["region"][name].as_u64().unwrap_or_default();
        let start = (number("startLine"), number("startColumn"));
        if start > (number("endLine"), number("endColumn")) || start.0 == 0 || start.1 == 0 {
            wrong(format!("{path}: {}", place["region"]));
        }
        if json["message"]["text"].is_null() {
            wrong(format!("{path}: no message"));
        }
    }
    match json {
        Json::Array(items) => {
            for (n, item) in items.iter().enumerate() {
                regions(&format!("{path}[{n}]"), item, wrong);
            }
        }
        Json::Object(fields) => {
            for (name, value) in fields {
                regions(&format!("{path}.{name}"), value, wrong);
            }
        }
        _ => {}
    }
}

fn gitlab(report: &Json) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut seen = BTreeSet::new();
    for issue in list(report) {
        let mut ask = |fine: bool, what: &str| {
            if !fine {
                wrong.push(format!("{what}: {issue}"));
            }
        };
        for name in ["description", "check_name", "fingerprint"] {
            ask(!text_of(&issue[name]).is_empty(), name);
        }
        ask(
            seen.insert(text_of(&issue["fingerprint"])),
            "the same fingerprint",
        );
        let severities = ["info", "minor", "major", "critical", "blocker"];
        ask(
            severities.contains(&text_of(&issue["severity"])),
            "severity",
        );
        let path = text_of(&issue["location"]["path"]);
        ask(!path.is_empty() && !path.starts_with(['/']), "path");
        ask(!path.starts_with("./"), "path");
        let line = issue["location"]["lines"]["begin"].as_u64();
        ask(line.is_some_and(|line| line > 0), "line");
    }
    wrong
}

fn rdjson(report: &Json) -> Vec<String> {
    let mut wrong = Vec::new();
    let severities = ["ERROR", "WARNING", "INFO"];
    let mut ask = |fine: bool, what: String| {
        if !fine {
            wrong.push(what);
        }
    };
    ask(
        text_of(&report["source"]["name"]) == "palisade",
        "source".to_owned(),
    );
    ask(
        severities.contains(&text_of(&report["severity"])),
        "severity".to_owned(),
    );
    for diagnostic in list(&report["diagnostics"]) {
        ask(
            !text_of(&diagnostic["message"]).is_empty(),
            format!("{diagnostic}"),
        );
        ask(
            !text_of(&diagnostic["code"]["value"]).is_empty(),
            format!("{diagnostic}"),
        );
        let severity = text_of(&diagnostic["severity"]);
        ask(severities.contains(&severity), severity.to_owned());
        let related = diagnostic["related_locations"].as_array();
        let related = related.map_or(&[][..], |related| related);
        for place in related {
            ask(!text_of(&place["message"]).is_empty(), format!("{place}"));
        }
        let all = related
            .iter()
            .chain([diagnostic])
            .map(|place| &place["location"]);
        for location in all {
            let path = text_of(&location["path"]);
            ask(
                !path.is_empty() && !path.starts_with('/'),
                format!("{location}"),
            );
            let range = &location["range"];
            let number = |end: &str, of: &str| range[end][of].as_u64().unwrap_or(1);
            let start = (number("start", "line"), number("start", "column"));
            let end = (number("end", "line"), number("end", "column"));
            ask(
                start <= end && start.0 > 0 && start.1 > 0,
                format!("{location}"),
            );
            ask(
                range.is_null() || range["end"]["column"].is_u64(),
                format!("{location}"),
            );
        }
    }
    wrong
}

type Names = &'static [&'static str];

/// The elements that Jenkins and GitLab read: which each may hold, and which attributes it must and
/// may have. `file` of a test is GitLab's.
const JUNIT: [(&str, Names, Names, Names); 6] = [
    (
        "testsuites",
        &["testsuite"],
        &["name", "tests", "failures", "errors"],
        &["time"],
    ),
    (
        "testsuite",
        &["testcase"],
        &["name", "tests", "failures", "errors"],
        &["time", "skipped"],
    ),
    (
        "testcase",
        &["failure", "error", "skipped"],
        &["name", "classname", "time"],
        &["file"],
    ),
    ("failure", &[], &["type", "message"], &[]),
    ("error", &[], &["type", "message"], &[]),
    ("skipped", &[], &["type", "message"], &[]),
];

fn junit(report: &str) -> Vec<String> {
    let document = match roxmltree::Document::parse(report) {
        Ok(document) => document,
        Err(error) => return vec![error.to_string()],
    };
    let mut wrong = Vec::new();
    let mut seen = BTreeSet::new();
    let top = document.root_element();
    if top.tag_name().name() != "testsuites" {
        wrong.push("no `testsuites`".to_owned());
    }
    for node in document.descendants().filter(roxmltree::Node::is_element) {
        let name = node.tag_name().name();
        let Some((_, children, must, may)) = JUNIT.iter().find(|known| known.0 == name) else {
            wrong.push(format!("<{name}>"));
            continue;
        };
        let inside = node.children().filter(roxmltree::Node::is_element);
        let inside: Vec<_> = inside.map(|child| child.tag_name().name()).collect();
        if !inside.iter().all(|child| children.contains(child)) {
            wrong.push(format!("<{name}> holds {inside:?}"));
        }
        if name == "testcase" && inside.len() > 1 {
            wrong.push(format!("a test ends in {inside:?}"));
        }
        let attributes: Vec<_> = node
            .attributes()
            .map(|attribute| attribute.name())
            .collect();
        let known = |name: &&str| must.contains(name) || may.contains(name);
        let complete = must.iter().all(|name| attributes.contains(name));
        if !attributes.iter().all(known) || !complete {
            wrong.push(format!("<{name}> has {attributes:?}"));
        }
        let count = |of: &str| {
            let all = node.descendants();
            all.filter(|node| node.has_tag_name(of)).count().to_string()
        };
        let counted = [
            ("tests", "testcase"),
            ("failures", "failure"),
            ("errors", "error"),
            ("skipped", "skipped"),
        ];
        for (attribute, of) in counted {
            let said = node.attribute(attribute);
            if said.is_some_and(|said| said != count(of)) {
                wrong.push(format!("<{name}> counts {said:?} {attribute}"));
            }
        }
        let called = (node.attribute("classname"), node.attribute("name"));
        if name == "testcase" && !seen.insert(called) {
            wrong.push(format!("two tests are called {called:?}"));
        }
    }
    wrong
}

/// A command of GitHub: level, properties, message.
pub type Command = (String, Vec<(String, String)>, String);

/// What the runner makes of the lines of a log: level, properties, message.
pub fn commands(report: &str) -> Vec<Command> {
    let decode = |text: &str| text.replace("%0D", "\r").replace("%0A", "\n");
    let read = |line: &str| {
        let rest = line.strip_prefix("::").expect("a command");
        let (head, message) = rest.split_once("::").expect("a message");
        let (level, properties) = head.split_once(' ').expect("properties");
        let properties = properties.split(',').map(|property| {
            let (name, value) = property.split_once('=').expect("a value");
            let value = value.replace("%3A", ":").replace("%2C", ",");
            (name.to_owned(), decode(&value).replace("%25", "%"))
        });
        let message = decode(message).replace("%25", "%");
        (level.to_owned(), properties.collect(), message)
    };
    report.lines().map(read).collect()
}

fn github(report: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    for (level, properties, message) in commands(report) {
        let known = ["file", "line", "endLine", "col", "endColumn", "title"];
        for (name, value) in &properties {
            if !known.contains(&name.as_str()) || value.is_empty() {
                wrong.push(format!("{name}={value}"));
            }
            if name == "file" && value.starts_with('/') {
                wrong.push(format!("{value} is not relative"));
            }
        }
        if !["error", "warning", "notice"].contains(&level.as_str()) || message.is_empty() {
            wrong.push(format!("{level}: {message}"));
        }
    }
    wrong
}

fn list(json: &Json) -> &[Json] {
    json.as_array()
        .unwrap_or_else(|| panic!("{json} is no list"))
}

fn text_of(json: &Json) -> &str {
    json.as_str().unwrap_or_else(|| panic!("{json} is no text"))
}
