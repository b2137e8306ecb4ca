//! Writes a generated inventory to a folder, and says what a check of it must find.
//!
//! `generate FOLDER [--groups N] [--one-file] [--violations PER_MILLE] [--unknowns PER_MILLE]
//! [--seed N]`, or a network of transfers: `generate FOLDER --network SHAPE PLACES
//! TRANSFERS DUMPS`, the shape being `sparse`, `ring`, `hub` or `dense`

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a tool for those who work on this program"
)]

#[path = "../flows/mod.rs"]
mod flows;
#[path = "../inventory/mod.rs"]
mod inventory;

use std::fs;
use std::path::Path;

use flows::{Network, RULE, Shape};
use inventory::{Plan, RULES};

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
        if option == "--network" {
            let shape = match arguments.next().as_deref() {
                Some("sparse") => Shape::Sparse,
                Some("ring") => Shape::Ring,
                Some("hub") => Shape::Hub,
                Some("dense") => Shape::Dense,
                other => panic!("there is no shape {other:?}"),
            };
            let mut number = || -> usize {
                let number = arguments.next().expect("three numbers");
                number.parse().expect("a number")
            };
            let network = Network {
                shape,
                places: number(),
                transfers: number(),
                artifacts: number(),
                seed: 1,
            };
            write_network(Path::new(&folder), network);
            return;
        }
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
    println!("with --select {}", RULES.join(","));
}

fn write_network(folder: &Path, network: Network) {
    let (text, findings) = network.document();
    fs::create_dir_all(folder).expect("a new folder");
    fs::write(folder.join("network.yaml"), &text).expect("a new file");
    fs::write(folder.join("downward.cedar"), RULE).expect("a new file");
    println!(
        "{} bytes: {findings} findings of the rule `downward`",
        text.len()
    );
}
