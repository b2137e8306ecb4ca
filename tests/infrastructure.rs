//! Infrastructure code: what is read of it, what is found, and what stays open.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod support;

use support::scripts::Scripts;

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
    use palisade::check::{Job, Root, check};
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
    let outcome = check(Job {
        roots: vec![Root {
            found: Found {
                candidates,
                ..Found::default()
            },
            ..Root::default()
        }],
        now: 1_767_225_600_000,
        ..Job::default()
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
