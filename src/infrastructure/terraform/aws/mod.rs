//! Resources of the provider hashicorp/aws.
//!
//! Arguments, their defaults and their meaning: documentation of hashicorp/aws, versions 4 to 6, unless
//! it is said where else.

mod compute;
mod databases;
mod guards;
mod identity;
mod keys;
mod network;
mod policy;
mod stores;

pub(super) use compute::{debug, debugger};
pub(super) use keys::signing_or;

use super::root::{Resource, Root};

/// Resource types that mean something here.
const TYPES: &[&str] = &[
    "aws_cloudtrail",
    "aws_cloudwatch_log_group",
    "aws_db_instance",
    "aws_default_security_group",
    "aws_default_vpc",
    "aws_docdb_cluster",
    "aws_dynamodb_table",
    "aws_ebs_volume",
    "aws_ec2_serial_console_access",
    "aws_ecs_service",
    "aws_ecs_task_definition",
    "aws_efs_file_system",
    "aws_elasticache_replication_group",
    "aws_iam_access_key",
    "aws_iam_group",
    "aws_iam_group_policy",
    "aws_iam_group_policy_attachment",
    "aws_iam_instance_profile",
    "aws_iam_policy",
    "aws_iam_policy_attachment",
    "aws_iam_role",
    "aws_iam_role_policy",
    "aws_iam_role_policy_attachment",
    "aws_iam_user",
    "aws_iam_user_group_membership",
    "aws_iam_user_login_profile",
    "aws_iam_user_policy",
    "aws_iam_user_policy_attachment",
    "aws_instance",
    "aws_kms_external_key",
    "aws_kms_key",
    "aws_kms_key_policy",
    "aws_kms_replica_key",
    "aws_lambda_function",
    "aws_neptune_cluster",
    "aws_rds_cluster",
    "aws_rds_cluster_instance",
    "aws_redshift_cluster",
    "aws_s3_account_public_access_block",
    "aws_s3_bucket",
    "aws_s3_bucket_acl",
    "aws_s3_bucket_policy",
    "aws_s3_bucket_public_access_block",
    "aws_s3_bucket_replication_configuration",
    "aws_s3_bucket_server_side_encryption_configuration",
    "aws_s3_bucket_website_configuration",
    "aws_secretsmanager_secret",
    "aws_secretsmanager_secret_policy",
    "aws_security_group",
    "aws_security_group_rule",
    "aws_sns_topic",
    "aws_sns_topic_policy",
    "aws_sqs_queue",
    "aws_sqs_queue_policy",
    "aws_subnet",
    "aws_vpc",
    "aws_vpc_peering_connection",
    "aws_vpc_security_group_egress_rule",
    "aws_vpc_security_group_ingress_rule",
];

pub(super) fn is_mapped(kind: &str) -> bool {
    TYPES.binary_search(&kind).is_ok()
}

/// Adds what the resources are. What others refer to comes first.
pub(super) fn lower(root: &mut Root<'_, '_, '_>, resources: &[Resource]) {
    let aws: Vec<_> = resources.iter().filter(|it| is_mapped(&it.kind)).collect();
    if aws.is_empty() {
        return;
    }
    network::zones(root, &aws);
    keys::lower(root, &aws);
    stores::lower(root, &aws);
    databases::lower(root, &aws);
    identity::lower(root, &aws);
    compute::lower(root, &aws);
    stores::transfers(root, &aws);
    network::conduits(root, &aws);
    policy::grants(root, &aws);
}

/// The resources of one type.
fn of<'r>(resources: &'r [&'r Resource], kind: &'r str) -> impl Iterator<Item = &'r Resource> {
    resources.iter().copied().filter(move |it| it.kind == kind)
}

/// The name of the resource `of` an argument that names it: by reference, or in the same words.
fn named<'r>(
    resources: &'r [&'r Resource],
    kinds: &[&str],
    attribute: &str,
    value: &super::eval::Value,
) -> Option<&'r Resource> {
    let mut of_kind = resources
        .iter()
        .copied()
        .filter(|it| kinds.contains(&it.kind.as_str()));
    if let Some(instance) = value.origin.of {
        return of_kind.find(|it| it.instance == instance);
    }
    let text = value.as_text()?;
    of_kind.find(|it| it.get(attribute).and_then(|name| name.as_text()).as_ref() == Some(&text))
}

#[cfg(test)]
mod tests {
    #[test]
    fn types_are_in_order() {
        assert!(super::TYPES.is_sorted());
    }
}
