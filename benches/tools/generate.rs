//! Writes a generated inventory to a folder, and says what a check of it must find.
//!
//! `generate FOLDER [--groups N] [--one-file] [--violations PER_MILLE] [--unknowns PER_MILLE]
//! [--seed N]`

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a tool for those who work on this program"
)]

#[path = "../inventory/mod.rs"]
mod inventory;

use std::fs;
use std::path::Path;

use inventory::Plan;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().expect("a folder");
    let mut plan = Plan {
        groups: 10_000,
        violations: 10,
        unknowns: 0,
        seed: 1,
    };
    let mut one_file = false;
    while let Some(option) = arguments.next() {
        if option == "--one-file" {
            one_file = true;
            continue;
        }
        let number: u64 = arguments
            .next()
            .expect("a value")
            .parse()
            .expect("a number");
        match option.as_str() {
            "--groups" => plan.groups = number as usize,
            "--violations" => plan.violations = number,
            "--unknowns" => plan.unknowns = number,
            "--seed" => plan.seed = number,
            _ => panic!("there is no option {option}"),
        }
    }
    let (files, expected) = if one_file {
        let (text, expected) = plan.one_file();
        (vec![("inventory.yaml".to_owned(), text)], expected)
    } else {
        plan.files()
    };
    let mut bytes = 0;
    for (name, text) in &files {
        let path = Path::new(&folder).join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a new folder");
        fs::write(path, text).expect("a new file");
        bytes += text.len();
    }
    println!("{} files, {bytes} bytes: {expected:?}", files.len());
}
