//! Service accounts, as identities of programs.

use super::cluster::{Account, Cluster};
use super::resource::{Pod, Resource, account_of_token, flag, place, text};
use crate::infrastructure::{Import, Lowering};
use crate::model::{self, Credential, Field as _, Identity, IdentityKind, Mfa, To};
use crate::source::{Span, Spanned};
use crate::syntax::Node;

/// Adds an identity for each service account that a manifest declares.
pub(super) fn lower(cluster: &mut Cluster<'_>, lowering: &mut Lowering<'_>) {
    for resource in &cluster.system.resources {
        if resource.kind() == "ServiceAccount" && resource.group().is_empty() {
            let from = resource.import(&cluster.system.name);
            let namespace = resource.namespace().map(|it| it.value);
            let namespace = namespace.unwrap_or_default();
            let name = resource.name();
            let id = cluster.id_in("ServiceAccount", &namespace, &name.value);
            if cluster.implied.insert(format!("Identity {id}")) {
                let identity = account(cluster, id, name, from, &namespace);
                lowering.declarations().identities.push(identity);
            }
        }
    }
}

fn account(
    cluster: &mut Cluster<'_>,
    id: String,
    Spanned { value: name, span }: Spanned<Box<str>>,
    from: model::Import,
    namespace: &str,
) -> Identity {
    cluster.identities.push(Account {
        kind: "ServiceAccount",
        namespace: namespace.into(),
        name,
        id: id.clone(),
    });
    let mut import = Import::<Identity>::new(id, span, from);
    let identity = &mut import.entity;
    let zone = To::named(cluster.zone_id(namespace));
    identity.zone.state(Spanned::new(zone, span));
    identity
        .kind
        .state(Spanned::new(IdentityKind::Service, span));
    identity.mfa.state(Spanned::new(Mfa::None, span));
    // Tokens of pods are bound to them and end within the hour since Kubernetes 1.22 (API reference,
    // TokenRequest); a Secret with a token that does not is another matter, see `secrets`.
    let credential = cluster.static_token(namespace, &import.entity.id.value);
    let credential = credential.unwrap_or(Spanned::new(Credential::ShortLived, span));
    import.entity.credential.state(credential);
    import.finish(&["memberOf", "assumes"])
}

/// The service account called so, which is declared if nothing declares it: one of the name `default`
/// is in every namespace, and others may be made elsewhere.
pub(super) fn imply(
    cluster: &mut Cluster<'_>,
    by: &Resource,
    (namespace, name): (&str, &str),
    span: Span,
    lowering: &mut Lowering<'_>,
) -> String {
    let id = cluster.id_in("ServiceAccount", namespace, name);
    if cluster.implied.insert(format!("Identity {id}")) {
        cluster.imply_namespace(namespace, span);
        let from = cluster.implied_by(by, "ServiceAccount", namespace, name);
        let name = Spanned::new(name.into(), span);
        let identity = account(cluster, id.clone(), name, from, namespace);
        lowering.declarations().identities.push(identity);
    }
    id
}

/// The service account whose token is in a pod; none if the pod or the account says that it is not.
pub(super) fn of_pod<T>(
    cluster: &mut Cluster<'_>,
    resource: &Resource,
    pod: Pod<'_>,
    lowering: &mut Lowering<'_>,
) -> Option<Spanned<To<T>>> {
    let namespace = resource.namespace_or_none();
    let named = pod.spec.get("serviceAccountName");
    let named = named.or(pod.spec.get("serviceAccount")).and_then(text);
    let name = named.unwrap_or_else(|| Spanned::new("default".into(), place(resource)));
    let account = cluster.find("ServiceAccount", &namespace, &name.value);
    let of_account = account.and_then(|it| flag(it.node.get("automountServiceAccountToken")));
    let of_pod = flag(pod.spec.get("automountServiceAccountToken"));
    let is_mounted = of_pod.or(of_account).is_none_or(|mounts| mounts.value);
    let name = match (is_mounted, projected(pod)) {
        (true, _) => name,
        // The pod asks for one by itself.
        (false, Some(at)) => Spanned::new(name.value, at),
        (false, None) => return None,
    };
    let id = imply(
        cluster,
        resource,
        (&namespace, &name.value),
        name.span,
        lowering,
    );
    Some(Spanned::new(To::named(id), name.span))
}

/// Where a pod has a token for the API server projected into a volume: one without an audience is for that
/// (Kubernetes API reference 1.34, ServiceAccountTokenProjection: the default is the identifier of the API
/// server). One for somebody else says nothing to the cluster.
fn projected(pod: Pod<'_>) -> Option<Span> {
    let volumes = pod.spec.get("volumes").map_or(&[][..], Node::items);
    let sources = volumes
        .iter()
        .filter_map(|volume| volume.at(&["projected", "sources"]));
    let tokens = sources
        .flat_map(Node::items)
        .filter_map(|source| source.get("serviceAccountToken"));
    let mut own = tokens.filter(|token| {
        let audience = token.get("audience").and_then(Node::scalar);
        audience.is_none_or(|audience| {
            audience.is_empty() || audience.starts_with("https://kubernetes.default.svc")
        })
    });
    own.next().map(|token| token.span)
}

impl Cluster<'_> {
    /// The Secret that holds a token of a service account which does not end, if one is declared.
    fn static_token(&self, namespace: &str, account: &str) -> Option<Spanned<Credential>> {
        let name = account.rsplit('/').next().unwrap_or(account);
        let is_token = |resource: &&Resource| {
            resource.kind() == "Secret"
                && resource.namespace_or_none() == namespace.into()
                && account_of_token(resource).is_some_and(|it| &*it.value == name)
        };
        let token = self.system.resources.iter().find(is_token)?;
        let span = token.node.get("type").map_or(place(token), |it| it.span);
        Some(Spanned::new(Credential::Static, span))
    }
}
