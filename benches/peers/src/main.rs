//! Other engines on a generated inventory.
//!
//! `palisade-peers regorus RULE FOLDER` evaluates a Rego rule over each file, and prints how many it denies:
//! what the engine alone needs, without spans, reports or configuration.
//! `palisade-peers json FOLDER OUT` writes the inventory as JSON.
//! `palisade-peers convert FOLDER OUT` writes the inventory as resources with types and properties, as
//! engines for templates want it, the custody of its store at each key.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

type Failure = Box<dyn Error>;

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["regorus", rule, folder] => regorus(Path::new(rule), Path::new(folder)),
        ["json", folder, out] => json(Path::new(folder), Path::new(out)),
        ["convert", folder, out] => convert(Path::new(folder), Path::new(out)),
        _ => Err("regorus RULE FOLDER, json FOLDER OUT, or convert FOLDER OUT".into()),
    }
}

/// The files in a folder and in those below, in the order of their names.
fn files(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            match path.is_dir() {
                true => folders.push(path),
                false
                    if path
                        .extension()
                        .is_some_and(|end| end == "yaml" || end == "json") =>
                {
                    found.push(path);
                }
                false => {}
            }
        }
    }
    found.sort();
    Ok(found)
}

fn regorus(rule: &Path, folder: &Path) -> Result<(), Failure> {
    let mut engine = regorus::Engine::new();
    engine.add_policy_from_file(rule)?;
    let mut denied = 0;
    for path in files(folder)? {
        let text = fs::read_to_string(&path)?;
        let input = match path.extension().is_some_and(|end| end == "json") {
            true => regorus::Value::from_json_str(&text)?,
            false => regorus::Value::from_yaml_str(&text)?,
        };
        engine.set_input(input);
        denied += engine
            .eval_rule("data.signing.deny".to_owned())?
            .as_set()?
            .len();
    }
    println!("{denied}");
    Ok(())
}

fn json(folder: &Path, out: &Path) -> Result<(), Failure> {
    for path in files(folder)? {
        let document: Value = serde_yaml::from_str(&fs::read_to_string(&path)?)?;
        let to = out.join(path.strip_prefix(folder)?).with_extension("json");
        fs::create_dir_all(to.parent().ok_or("a file in no folder")?)?;
        fs::write(to, serde_json::to_string_pretty(&document)?)?;
    }
    Ok(())
}

fn convert(folder: &Path, out: &Path) -> Result<(), Failure> {
    for path in files(folder)? {
        let document: Value = serde_yaml::from_str(&fs::read_to_string(&path)?)?;
        let mut resources = Map::new();
        for (section, entities) in document.as_object().into_iter().flatten() {
            let kind = match section.as_str() {
                "keys" => "Key",
                other => other,
            };
            for (id, entity) in entities.as_object().into_iter().flatten() {
                let mut properties = entity.clone();
                let store = entity["store"].as_str().unwrap_or_default();
                let custody = &document["keyStores"][store]["custody"];
                if kind == "Key" && custody.is_string() {
                    properties["custody"] = custody.clone();
                }
                let resource =
                    json!({ "Type": format!("Palisade::{kind}"), "Properties": properties });
                resources.insert(id.clone(), resource);
            }
        }
        let to = out.join(path.strip_prefix(folder)?);
        fs::create_dir_all(to.parent().ok_or("a file in no folder")?)?;
        fs::write(
            to,
            serde_yaml::to_string(&json!({ "Resources": resources }))?,
        )?;
    }
    Ok(())
}
