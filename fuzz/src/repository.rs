//! A repository in a folder of its own, whose commit and index hold what a run wants to compare.

use std::sync::LazyLock;

use git2::{Index, IndexEntry, IndexTime, Oid, Repository, Signature};
use palisade::source::{Candidate, Origin, Repo, Snapshot};
use tempfile::TempDir;

static FOLDER: LazyLock<TempDir> = LazyLock::new(|| {
    let folder = tempfile::tempdir().expect("a folder");
    Repository::init(folder.path()).expect("a repository");
    folder
});

/// The files of the index and of the last commit, once those hold `staged` and `committed`.
pub fn states(
    staged: &[(String, String)],
    committed: &[(String, String)],
) -> (Vec<Candidate>, Vec<Candidate>) {
    let repository = Repository::open(FOLDER.path()).expect("a repository");
    let tree = stage(&repository, committed);
    let tree = repository.find_tree(tree).expect("a tree");
    let author = Signature::now("fuzz", "fuzz@example.org").expect("a name");
    repository
        .commit(None, &author, &author, "before", &tree, &[])
        .and_then(|commit| repository.set_head_detached(commit))
        .expect("a commit");
    stage(&repository, staged);
    let repo = Repo::open(FOLDER.path(), false).unwrap_or_else(|problem| panic!("{problem:?}"));
    let index = repo.index().expect("an index");
    let head = repo.head().expect("a commit");
    (candidates(index), candidates(head))
}

/// Makes the index hold these files and no others, and gives their tree.
fn stage(repository: &Repository, files: &[(String, String)]) -> Oid {
    let mut index: Index = repository.index().expect("an index");
    index.clear().expect("an empty index");
    for (name, text) in files {
        let entry = IndexEntry {
            ctime: IndexTime::new(0, 0),
            mtime: IndexTime::new(0, 0),
            dev: 0,
            ino: 0,
            mode: 0o100_644,
            uid: 0,
            gid: 0,
            file_size: 0,
            id: Oid::ZERO_SHA1,
            flags: 0,
            flags_extended: 0,
            path: name.as_bytes().to_vec(),
        };
        index
            .add_frombuffer(&entry, text.as_bytes())
            .expect("a blob");
    }
    index.write().expect("a written index");
    index.write_tree().expect("a tree")
}

fn candidates(snapshot: Snapshot) -> Vec<Candidate> {
    let files = snapshot.entries.into_iter().map(|entry| Candidate {
        name: entry.path,
        named: true,
        origin: Origin::Blob(entry.blob),
    });
    files.collect()
}
