//! What earlier runs left in the cache can save time, and change nothing that is said.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use proptest::prelude::*;

use super::commit;
use super::support::random::tries;
use super::support::{Folder, NOW, program};

/// A repository, and a cache of its own.
struct Place {
    work: Folder,
    cache: Folder,
    repository: git2::Repository,
    parent: Option<git2::Oid>,
}

impl Place {
    fn new() -> Self {
        let (work, cache) = (Folder::new(), Folder::new());
        let repository = git2::Repository::init(work.path()).expect("a repository");
        Self {
            work,
            cache,
            repository,
            parent: None,
        }
    }

    fn commit(&mut self) {
        let mut index = self.repository.index().expect("an index");
        self.parent = Some(commit(&self.repository, &mut index, self.parent));
    }

    /// Stages everything as it is in the work tree.
    fn stage(&self) {
        let mut index = self.repository.index().expect("an index");
        let all = git2::IndexAddOption::DEFAULT;
        index.add_all(["*"], all, None).expect("files");
        index.update_all(["*"], None).expect("files");
        index.write().expect("an index");
    }

    fn run(&self, how: &mut Command) -> (Option<i32>, String, String) {
        let output = how.output().expect("the program runs");
        let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
        (
            output.status.code(),
            text(output.stdout),
            text(output.stderr),
        )
    }

    fn check(&self, arguments: &[&str]) -> Command {
        let mut command = program(self.work.path());
        command.args(["check", "--now", NOW]).args(arguments);
        command.env_remove("PALISADE_NO_CACHE");
        command.env("XDG_CACHE_HOME", self.cache.path());
        command
    }

    fn said(&self, arguments: &[&str]) -> (Option<i32>, String, String) {
        self.run(&mut self.check(arguments))
    }

    /// What is said with what is kept; it is what is said without.
    fn agreed(&self, arguments: &[&str]) -> (Option<i32>, String, String) {
        let with = self.said(arguments);
        let without = self.run(self.check(arguments).arg("--no-cache"));
        assert_eq!(with, without, "{arguments:?}");
        with
    }

    fn entries(&self) -> Vec<PathBuf> {
        let folder = self.cache.path().join("palisade");
        let all = fs::read_dir(folder).into_iter().flatten();
        let mut all: Vec<_> = all.map(|entry| entry.expect("an entry").path()).collect();
        all.sort();
        all
    }
}

/// What a file may hold.
const TEXTS: &[&str] = &[
    "palisade: v1\nzones: { z: { environment: production } }\nkeyStores: { s: { zone: z } }\n",
    "palisade: v1\nkeys:\n  a: { store: s, kind: private, exportable: true }\n",
    "palisade: v1\nkeys:\n  a: { store: s, kind: private, exportable: false }\n",
    "palisade: v1\nkeys:\n  b: { store: s, kind: private }\n",
    "# moved\npalisade: v1\nkeys:\n  b: { store: s, kind: private }\n",
    "palisade: v1\nkeys:\n  c: { store: s, kind: private, exportable: true }\n  d: { store: gone }\n",
    "palisade: v1\nkeys:\n  e: { kind: private, exportable: true } \
     # palisade: allow key-nonexportable until=2027-01-31 r\n",
    "palisade: v1\nzones: { y: { internet: inbound } }\nconduits: { c: { from: y, to: z } }\n",
    "not: a document\n",
    "palisade: v1\n  broken: [\n",
    "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n",
    "kind: Deployment\napiVersion: apps/v1\nmetadata: { name: web }\nspec:\n  template:\n    spec:\n      \
     containers: [{ name: web, image: web }]\n",
    "resource \"aws_s3_bucket\" \"b\" {\n  bucket = \"b\"\n}\n",
];
const NAMES: &[&str] = &[
    "a.yaml", "b.yaml", "c/d.yaml", "c/e.yml", "main.tf", "notes.md",
];
const SETTINGS: &[&str] = &[
    "",
    "select: [key-nonexportable, key-signing-hsm]\n",
    "exclude: [c/**]\n",
    "select: [key-nonexportable]\nunknowns: warn\n",
    "waivers:\n  - { rule: key-nonexportable, entities: [Key::a], until: 2027-01-31, reason: r }\n",
    "policies: [own.cedar]\nselect: [own]\n",
];
const ATTRIBUTES: &[&str] = &["", "*.yml filter=crypt\n", "*.yaml filter=crypt\n"];
const POLICY: &str =
    "@id(\"own\")\n@title(\"be quiet\")\nforbid (principal is Key, action, resource);\n";

/// A step in the life of a repository.
#[derive(Debug, Clone)]
enum Step {
    Write(usize, usize),
    Remove(usize),
    Settings(usize),
    Attributes(usize),
    Commit,
    Nested(bool),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => (0..NAMES.len(), 0..TEXTS.len()).prop_map(|(name, text)| Step::Write(name, text)),
        2 => (0..NAMES.len()).prop_map(Step::Remove),
        2 => (0..SETTINGS.len()).prop_map(Step::Settings),
        1 => (0..ATTRIBUTES.len()).prop_map(Step::Attributes),
        5 => Just(Step::Commit),
        1 => any::<bool>().prop_map(Step::Nested),
    ]
}

fn take(place: &mut Place, step: &Step) {
    let remove = |name: &str| {
        let _ = fs::remove_file(place.work.path().join(name));
    };
    match step {
        Step::Write(name, text) => place.work.write(NAMES[*name], TEXTS[*text]),
        Step::Remove(name) => remove(NAMES[*name]),
        Step::Settings(0) => remove("palisade.yaml"),
        Step::Settings(settings) => place.work.write("palisade.yaml", SETTINGS[*settings]),
        Step::Attributes(0) => remove(".gitattributes"),
        Step::Attributes(which) => place.work.write(".gitattributes", ATTRIBUTES[*which]),
        Step::Commit => place.commit(),
        Step::Nested(true) => place.work.write("c/palisade.yaml", "select: ['key-*']\n"),
        Step::Nested(false) => remove("c/palisade.yaml"),
    }
    place.stage();
}

const REPORTS: [&[&str]; 3] = [
    &["--staged", "--format", "concise"],
    &["--staged", "--format", "json"],
    &["--rev", "HEAD", "--base", "HEAD~1"],
];

proptest! {
    #![proptest_config(tries(8, None))]

    #[test]
    fn any_sequence_of_edits_says_the_same(
        steps in prop::collection::vec(step(), 4..10),
        quiet in any::<bool>(),
    ) {
        let mut place = Place::new();
        place.work.write("own.cedar", POLICY);
        // Most of what is kept is of states in which there is nothing to tell.
        if quiet {
            place.work.write("palisade.yaml", "select: [key-nonexportable]\n");
            place.work.write("a.yaml", TEXTS[0]);
            place.work.write("b.yaml", TEXTS[2]);
        }
        place.stage();
        place.commit();
        for (step, further) in steps.iter().zip(REPORTS.iter().cycle()) {
            take(&mut place, step);
            place.agreed(&["--staged", "--verbose"]);
            place.agreed(further);
        }
    }

    #[test]
    fn what_is_damaged_counts_for_nothing(
        damages in prop::collection::vec(
            (any::<prop::sample::Index>(), any::<prop::sample::Index>(), 0..5),
            1..6,
        ),
    ) {
        let mut place = Place::new();
        place.work.write("palisade.yaml", "select: [key-nonexportable]\n");
        place.work.write("a.yaml", TEXTS[0]);
        place.work.write("b.yaml", TEXTS[1]);
        place.stage();
        place.commit();
        let whole = place.agreed(&["--staged"]);
        place.work.write("b.yaml", TEXTS[2]);
        place.stage();
        let mended = place.agreed(&["--staged"]);
        prop_assert_eq!(place.entries().len(), 2);
        for (which, at, how) in damages {
            let entries = place.entries();
            let entry = which.get(&entries);
            let mut bytes = fs::read(entry).expect("an entry");
            let at = at.index(bytes.len().max(1));
            match how {
                0 => bytes.truncate(at),
                1 => bytes.clear(),
                2 => bytes.extend([b'x'; 3]),
                // An entry of another state, whole in itself.
                3 => bytes = fs::read(&entries[(at + 1) % entries.len()]).expect("an entry"),
                _ => if let Some(byte) = bytes.get_mut(at) { *byte ^= 1 << (at % 8) },
            }
            fs::write(entry, bytes).expect("a file");
            prop_assert_eq!(&place.said(&["--staged"]), &mended);
        }
        place.work.write("b.yaml", TEXTS[1]);
        place.stage();
        prop_assert_eq!(&place.said(&["--staged"]), &whole);
    }
}

/// Takes what a blob holds out of a repository.
fn lose(work: &Path, text: &str) {
    let id = git2::Oid::hash_object(git2::ObjectType::Blob, text.as_bytes()).expect("an id");
    let id = id.to_string();
    let (folder, rest) = id.split_at(2);
    let object = work.join(".git/objects").join(folder).join(rest);
    fs::remove_file(object).expect("an object");
}

#[test]
fn a_commit_that_touches_no_document_reads_none() {
    let mut place = Place::new();
    place.work.write("a.yaml", TEXTS[0]);
    place.work.write("b.yaml", TEXTS[2]);
    place
        .work
        .write("palisade.yaml", "select: [key-nonexportable]\n");
    place.stage();
    let first = place.said(&["--staged"]);
    assert_eq!(first.0, Some(0), "{first:?}");
    place.commit();
    place.work.write("main.rs", "fn main() {}\n");
    place.stage();
    let before = place.agreed(&["--staged"]);
    assert!(before.2.contains("2 documents"), "{before:?}");
    // Whoever reads it now finds it missing.
    lose(place.work.path(), TEXTS[2]);
    assert_eq!(place.said(&["--staged"]), before);
    let read = place.said(&["--staged", "--no-cache"]);
    assert_eq!(read.0, Some(3), "{read:?}");
    // So does who is asked on another day, or for another rule.
    for more in [["--now", "2026-11-23"], ["--select", "key-signing-hsm"]] {
        let mut command = program(place.work.path());
        command.env_remove("PALISADE_NO_CACHE");
        command.env("XDG_CACHE_HOME", place.cache.path());
        let said = place.run(command.args(["check", "--staged"]).args(more));
        assert_eq!(said.0, Some(3), "{said:?}");
    }
}

/// Of code, what it leaves open is told as if it had been read.
#[test]
fn a_commit_that_touches_no_code_reads_none() {
    let mut place = Place::new();
    let custom = "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: { name: a }\n";
    place.work.write("app.yaml", custom);
    place.work.write("main.tf", TEXTS[12]);
    place.work.write("web.yaml", TEXTS[11]);
    place.stage();
    place.commit();
    place.agreed(&["--staged"]);
    place.work.write("main.rs", "fn main() {}\n");
    place.stage();
    let before = place.agreed(&["--staged"]);
    let told = before.2.split_whitespace().collect::<Vec<_>>().join(" ");
    for words in ["open questions", "not read: 1 custom kind of resource"] {
        assert!(told.contains(words), "{told}");
    }
    lose(place.work.path(), TEXTS[12]);
    assert_eq!(place.said(&["--staged"]), before);
    // A report that has the places must read it.
    let listed = place.said(&["--staged", "--format", "json"]);
    assert_eq!(listed.0, Some(3), "{listed:?}");
}

#[cfg(unix)]
#[test]
fn what_others_may_have_written_counts_for_nothing() {
    use std::os::unix::fs::PermissionsExt;
    let mut place = Place::new();
    place.work.write("a.yaml", TEXTS[0]);
    place.work.write("b.yaml", TEXTS[2]);
    place
        .work
        .write("palisade.yaml", "select: [key-nonexportable]\n");
    place.stage();
    place.agreed(&["--staged"]);
    place.commit();
    place.agreed(&["--staged"]);
    let folder = place.cache.path().join("palisade");
    let mode = |path: &Path| fs::metadata(path).expect("a file").permissions().mode() & 0o777;
    assert_eq!(mode(&folder), 0o700);
    let entries = place.entries();
    assert_eq!(
        entries.iter().map(|it| mode(it)).collect::<Vec<_>>(),
        [0o600]
    );
    lose(place.work.path(), TEXTS[2]);
    assert_eq!(place.said(&["--staged"]).0, Some(0));
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o777)).expect("a mode");
    assert_eq!(place.said(&["--staged"]).0, Some(3));
}

#[test]
fn where_nothing_can_be_written_nothing_is_said() {
    let place = Place::new();
    place.work.write("a.yaml", TEXTS[0]);
    place.stage();
    let mut command = place.check(&["--staged"]);
    // A file is in the place of the folder.
    command.env("XDG_CACHE_HOME", place.work.path().join("a.yaml"));
    let said = place.run(&mut command);
    assert_eq!(said, place.said(&["--staged", "--no-cache"]));
}

#[test]
fn info_tells_what_is_kept_and_clear_forgets_it() {
    let place = Place::new();
    place.work.write("a.yaml", TEXTS[0]);
    place.stage();
    place.said(&["--staged"]);
    let cache = |what: &str| {
        let mut command = program(place.work.path());
        command.env("XDG_CACHE_HOME", place.cache.path());
        place.run(command.args(["cache", what]))
    };
    let folder = place.cache.path().join("palisade").display().to_string();
    let length = fs::metadata(&place.entries()[0]).expect("a file").len();
    let foreign = place.cache.path().join("palisade/mine.txt");
    fs::write(&foreign, "mine").expect("a file");
    let said = |text: String| (Some(0), text, String::new());
    assert_eq!(
        cache("info"),
        said(format!("{folder}\n1 entry, {length} bytes\n"))
    );
    assert_eq!(
        cache("clear"),
        said(format!("{folder}\nforgot 1 entry, {length} bytes\n"))
    );
    assert_eq!(
        cache("info"),
        said(format!("{folder}\n0 entries, 0 bytes\n"))
    );
    assert!(foreign.exists(), "what is not its own stays");
}
