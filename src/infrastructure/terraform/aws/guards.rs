//! What keeps buckets from being public ("Blocking public access to your Amazon S3 storage").

use super::{named, of};
use crate::infrastructure::terraform::root::Resource;

/// What keeps a bucket from being public, whatever its policy and its lists say.
pub(super) const GUARDS: [&str; 4] = [
    "block_public_acls",
    "block_public_policy",
    "ignore_public_acls",
    "restrict_public_buckets",
];

/// What guards a bucket: itself, and all of its account.
pub(super) fn guards_of<'r>(
    resources: &'r [&'r Resource],
    bucket: &'r Resource,
) -> impl Iterator<Item = &'r Resource> {
    let own = of(resources, "aws_s3_bucket_public_access_block").filter(|it| {
        let name = it.get("bucket");
        let named = name.and_then(|it| named(resources, &["aws_s3_bucket"], "bucket", &it));
        named.is_some_and(|named| named.instance == bucket.instance)
    });
    let account = of(resources, "aws_s3_account_public_access_block");
    own.chain(account.filter(|it| it.provider == bucket.provider))
}

/// Whether a guard of a bucket is up; `None` if that is not known. Default of each: false.
pub(super) fn guarded(resources: &[&Resource], bucket: &Resource, guard: &str) -> Option<bool> {
    let values = guards_of(resources, bucket).filter_map(|it| it.get(guard));
    let known: Vec<_> = values.map(|value| value.as_bool()).collect();
    match known.contains(&Some(true)) {
        true => Some(true),
        false => (!known.contains(&None)).then_some(false),
    }
}
