//! Infrastructure code: what is read of it, what is found, and what stays open.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod support;

use std::collections::BTreeSet;
use std::fs;

use support::scripts::Scripts;
use support::{Folder, files, root};

fn page(name: &str) {
    let scripts = Scripts {
        preamble: "palisade_inventory() { \"$PALISADE\" inventory . ; }\n",
        ..Scripts::default()
    };
    scripts.page(&format!("tests/infrastructure/{name}.md"));
}

#[test]
fn kubernetes() {
    page("kubernetes");
}

#[test]
fn kustomize() {
    page("kustomize");
}

#[test]
fn bindings() {
    page("bindings");
}

#[test]
fn not_read() {
    page("not-read");
}

#[test]
fn network() {
    page("network");
}

#[test]
fn mappings() {
    page("mappings");
}

#[test]
fn access() {
    page("access");
}

#[test]
fn comparison() {
    page("comparison");
}

/// What a manifest may say anywhere, well-formed or not, with every indent.
const LINES: [&str; 48] = [
    "---",
    "apiVersion: v1",
    "apiVersion: rbac.authorization.k8s.io/v1",
    "kind: Pod",
    "kind: List",
    "kind: Secret",
    "kind: ConfigMap",
    "kind: ClusterRole",
    "kind: ClusterRoleBinding",
    "kind: Certificate",
    "kind: EncryptionConfiguration",
    "kind: NetworkPolicy",
    "metadata: { name: a, namespace: é }",
    "metadata:",
    "- metadata: [a]",
    "name: a",
    "spec:",
    "template:",
    "containers: [{ name: a, args: [--inspect=0.0.0.0:9229] }]",
    "- env: [{ name: A_OPTS, valueFrom: { secretKeyRef: { name: a, key: b } } }]",
    "hostPID: true",
    "hostPID: é",
    "volumes: [{ secret: { secretName: a, optional: yes } }]",
    "stringData: { password: é, tls.key: \"-----BEGIN PRIVATE KEY-----\" }",
    "data: { a: YQ== }",
    "items:",
    "- apiVersion: v1",
    "rules:",
    "- { apiGroups: ['*'], resources: ['*'], verbs: ['*'] }",
    "- { apiGroups: [''], resources: [secrets, serviceaccounts/token], verbs: [create, 1] }",
    "aggregationRule: { clusterRoleSelectors: [{ matchLabels: { a: b } }] }",
    "roleRef: { kind: ClusterRole, name: a }",
    "subjects: [{ kind: ServiceAccount, name: a }, { kind: Group, name: a }]",
    "ingress: [{ from: [{ ipBlock: { cidr: 0.0.0.0/0 } }, { namespaceSelector: {} }] }]",
    "policyTypes: [Ingress, Egress]",
    "podSelector: { matchExpressions: [{ key: a, operator: In, values: [b, é] }, { key: é }] }",
    "- to: [{ podSelector: { matchLabels: { a: b } }, namespaceSelector: { matchLabels: { a: b } } }]",
    "kind: HTTPRoute",
    "parentRefs: [{ name: a }]",
    "resources: [../manifest.yaml, ., base]",
    "namePrefix: é-",
    "namespace: b",
    "patches: [{ path: patch.yaml, target: { kind: Pod, name: .* } }]",
    "patches: [{ patch: '[{ op: replace, path: /spec/hostPID, value: true }]' }]",
    "- { op: remove, path: /metadata/name }",
    "secretGenerator: [{ name: a, literals: [a=é, b] }]",
    "labels: [{ pairs: { a: b } }]",
    "# Source: a/templates/b.yaml",
];

proptest::proptest! {
    #![proptest_config(proptest::test_runner::Config {
        failure_persistence: None,
        ..proptest::test_runner::Config::with_cases(256)
    })]
    #[test]
    fn any_text_is_read(
        manifest in proptest::collection::vec((0..4usize, 0..LINES.len()), 0..40),
        overlay in proptest::collection::vec((0..3usize, 0..LINES.len()), 0..20),
    ) {
        let text = |lines: &[(usize, usize)]| -> String {
            let lines = lines.iter().map(|(indent, at)| {
                format!("{}{}\n", "  ".repeat(*indent), LINES[*at])
            });
            lines.collect()
        };
        let (manifest, overlay) = (text(&manifest), text(&overlay));
        let first = outcome(&manifest, &overlay);
        proptest::prop_assert_eq!(&first, &outcome(&manifest, &overlay));
    }
}

/// What is said of a manifest, and of an overlay over it that has it for a patch, too: each with what
/// stands at its place.
fn outcome(manifest: &str, overlay: &str) -> Vec<String> {
    use palisade::check::{CheckInput, Project, check};
    use palisade::source::{Candidate, Found, Origin};
    let candidate = |name: &str, text: &str| Candidate {
        name: name.to_owned(),
        named: true,
        origin: Origin::Memory(text.as_bytes().to_vec()),
    };
    let candidates = vec![
        candidate("manifest.yaml", manifest),
        candidate("overlay/kustomization.yaml", overlay),
        candidate("overlay/patch.yaml", manifest),
    ];
    let outcome = check(CheckInput {
        roots: vec![Project {
            found: Found {
                candidates,
                ..Found::default()
            },
            ..Project::default()
        }],
        now: 1_767_225_600_000,
        ..CheckInput::default()
    });
    let findings = outcome.findings.iter().map(|it| &it.primary);
    let problems = outcome.problems.iter().flat_map(|it| &it.labels);
    let places = findings.chain(problems).map(|label| {
        let place = outcome.files.locate(label.span).span;
        let text = outcome.files.get(place.file).text().get(place.range());
        format!("{} {:?}", label.text, text.expect("inside its text"))
    });
    places.collect()
}

#[test]
fn trace() {
    page("trace");
}

/// A finding points at the value to change: with the passing one there, that finding goes. What passes
/// stands behind it in a comment, and nothing else does.
#[test]
fn what_is_pointed_at_is_what_to_change() {
    let all = root().join("tests/infrastructure/mend");
    for entry in fs::read_dir(all).expect("a folder") {
        let path = entry.expect("an entry").path();
        let folder = match path.is_dir() {
            true => Folder::copy(&path),
            false => {
                let text = fs::read_to_string(&path).expect("a manifest");
                Folder::of(&[("manifest.yaml", &text)])
            }
        };
        let report = folder.check(&[]);
        let mut pointed_at = BTreeSet::new();
        for finding in report.findings() {
            let (rule, place) = (&finding["rule"], &finding["primary"]["location"]);
            let name = place["path"].as_str().expect("a path");
            let at = |end: &str| place[end]["byte"].as_u64().expect("a place") as usize;
            let (start, end) = (at("start"), at("end"));
            let text = fs::read_to_string(folder.path().join(name)).expect("a manifest");
            let line = text[start..].lines().next().expect("a line");
            let Some((_, passing)) = line.split_once("# mend: ") else {
                panic!("{}: {rule} points at {name}: {line}", path.display());
            };
            pointed_at.insert((name.to_owned(), text[..start].matches('\n').count()));
            let mut mended = text.clone();
            mended.replace_range(start..end, passing);
            folder.write(name, &mended);
            let after = folder.check(&[]);
            let is_left = |it: &serde_json::Value| it["identity"] == finding["identity"];
            assert!(
                !after.findings().iter().any(is_left),
                "{rule} is left: {line}"
            );
            assert_eq!(after.problems().len(), 0, "{line}");
            folder.write(name, &text);
        }
        let mut mends = 0;
        for (_, text) in files(folder.path(), "yaml") {
            mends += text.matches("# mend: ").count();
        }
        assert_eq!(
            pointed_at.len(),
            mends,
            "{}: {pointed_at:?}",
            path.display()
        );
    }
}
