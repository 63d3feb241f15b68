"""S3 buckets with the house rules: private, versioned, our key, TLS only, logged, old versions deleted in time."""

from collections.abc import Mapping
from typing import Any

from awacs import s3 as actions
from awacs.aws import (
    Allow,
    ArnLike,
    ArnNotEquals,
    Bool,
    Condition,
    Deny,
    Null,
    NumericLessThan,
    Principal,
    Statement,
    StringEquals,
)
from troposphere import AccountId, If, NoValue, Sub, Template
from troposphere.s3 import (
    AbortIncompleteMultipartUpload,
    Bucket,
    BucketEncryption,
    BucketPolicy,
    DefaultRetention,
    LifecycleConfiguration,
    LifecycleRule,
    LifecycleRuleTransition,
    LoggingConfiguration,
    NoncurrentVersionExpiration,
    ObjectLockConfiguration,
    ObjectLockRule,
    OwnershipControls,
    OwnershipControlsRule,
    PublicAccessBlockConfiguration,
    ServerSideEncryptionByDefault,
    ServerSideEncryptionRule,
    VersioningConfiguration,
)

from stacks import retention
from stacks.common.statements import objects_of, policy_document


class PrivateBucket(Bucket):
    """No public access, no access-control lists, versions kept."""

    OwnershipControls = OwnershipControls(
        Rules=[OwnershipControlsRule(ObjectOwnership="BucketOwnerEnforced")]
    )
    PublicAccessBlockConfiguration = PublicAccessBlockConfiguration(
        BlockPublicAcls=True, BlockPublicPolicy=True, IgnorePublicAcls=True, RestrictPublicBuckets=True
    )
    VersioningConfiguration = VersioningConfiguration(Status="Enabled")


def private_bucket(
    template: Template,
    title: str,
    name: str,
    key_arn: Any,
    access_logs: Bucket,
    lifecycle: LifecycleConfiguration,
    only_writers: Mapping[str, str] | None = None,
    **properties: Any,
) -> Bucket:
    """A bucket encrypted with our key, with its policy and its access log.

    only_writers: prefixes, and the ARN of the role that alone may write there. In such a bucket no object takes the
    place of another, whoever writes it.
    """
    bucket = PrivateBucket(
        title,
        BucketName=Sub(name),
        BucketEncryption=_encryption(key_arn),
        LifecycleConfiguration=lifecycle,
        LoggingConfiguration=LoggingConfiguration(
            DestinationBucketName=access_logs.ref(), LogFilePrefix=f"{title}/"
        ),
        DependsOn=[_policy_title(access_logs)],  # before it, S3 may not write there
        **properties,
    )
    statements = [_only_writer_statement(bucket, *each) for each in (only_writers or {}).items()]
    template.add_resource(
        _policy(bucket, [_written_once_statement(bucket), *statements] if statements else [])
    )
    return template.add_resource(bucket)


def access_log_bucket(
    template: Template, title: str, name: str, lifecycle: LifecycleConfiguration, sources: list[str]
) -> Bucket:
    """The bucket to which S3 writes the access logs of `sources` (bucket names). S3 cannot use our key for it."""
    bucket = PrivateBucket(
        title, BucketName=Sub(name), BucketEncryption=_encryption(), LifecycleConfiguration=lifecycle
    )
    template.add_resource(_policy(bucket, [_log_delivery_statement(bucket, sources)]))
    return template.add_resource(bucket)


def _encryption(key_arn: Any = None) -> BucketEncryption:
    """Encryption with our key, one data key for many objects, which saves KMS calls; without it, S3's own keys."""
    rule = (
        ServerSideEncryptionRule(
            BucketKeyEnabled=True,
            ServerSideEncryptionByDefault=ServerSideEncryptionByDefault(
                SSEAlgorithm="aws:kms", KMSMasterKeyID=key_arn
            ),
        )
        if key_arn
        else ServerSideEncryptionRule(
            ServerSideEncryptionByDefault=ServerSideEncryptionByDefault(SSEAlgorithm="AES256")
        )
    )
    return BucketEncryption(ServerSideEncryptionConfiguration=[rule])


def lifecycle(
    retention_days: Any,
    cold_after_days: Any = None,
    cold: str = "",
    old_versions_days: Any = retention.OLD_OBJECT_VERSIONS.days,
) -> LifecycleConfiguration:
    """Delete objects after `retention_days`, and old versions and abandoned uploads after the times in retention.py.

    With `cold_after_days` objects of 128 KB and more move to Glacier, where the condition `cold` holds if one is named.
    S3 leaves smaller ones where they are, as each move is a paid request and adds 40 KB to what is stored: to move an
    audit trail with objects of 1 KB cost 65 USD of the 146 USD of a million webhooks.
    """
    rule: dict[str, Any] = {"ExpirationInDays": retention_days}
    if cold_after_days:
        transitions = [LifecycleRuleTransition(StorageClass="GLACIER", TransitionInDays=cold_after_days)]
        rule["Transitions"] = If(cold, transitions, NoValue) if cold else transitions
    return LifecycleConfiguration(
        Rules=[
            LifecycleRule(
                Id="retention",
                Status="Enabled",
                AbortIncompleteMultipartUpload=AbortIncompleteMultipartUpload(
                    DaysAfterInitiation=retention.ABANDONED_UPLOADS.days
                ),
                NoncurrentVersionExpiration=NoncurrentVersionExpiration(NoncurrentDays=old_versions_days),
                **rule,
            )
        ],
    )


def _policy_title(bucket: Bucket) -> str:
    return f"{bucket.title}Policy"


def _policy(bucket: Bucket, statements: list[Statement]) -> BucketPolicy:
    return BucketPolicy(
        _policy_title(bucket),
        Bucket=bucket.ref(),
        PolicyDocument=policy_document([*_tls_only_statements(bucket), *statements]),
    )


def _tls_only_statements(bucket: Bucket) -> list[Statement]:
    resources = [bucket.get_att("Arn"), objects_of(bucket.get_att("Arn"))]
    conditions = {
        "DenyWithoutTls": Bool("aws:SecureTransport", "false"),
        "DenyOldTls": NumericLessThan("s3:TlsVersion", "1.2"),
    }
    return [
        Statement(
            Sid=sid,
            Effect=Deny,
            Principal=Principal("AWS", "*"),
            Action=[actions.Action("*")],
            Resource=resources,
            Condition=Condition(condition),
        )
        for sid, condition in conditions.items()
    ]


def locked_for(days: Any, condition: str) -> dict[str, Any]:
    """Object Lock in governance mode, where the condition holds: each new version is kept for so many days.

    S3 refuses to take the lock away from a bucket again.
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html
    """
    retention_mode = DefaultRetention(Mode="GOVERNANCE", Days=days)
    configuration = ObjectLockConfiguration(
        ObjectLockEnabled="Enabled", Rule=ObjectLockRule(DefaultRetention=retention_mode)
    )
    return {
        "ObjectLockEnabled": If(condition, True, NoValue),
        "ObjectLockConfiguration": If(condition, configuration, NoValue),
    }


def _written_once_statement(bucket: Bucket) -> Statement:
    """Refuses an object that is written without If-None-Match, or copied, whatever the writer's role may do.

    The steps of a multipart upload before its completion take no such header and make no object.
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes-enforce.html
    """
    return Statement(
        Sid="DenyOverwriting",
        Effect=Deny,
        Principal=Principal("AWS", "*"),
        Action=[actions.PutObject],
        Resource=[objects_of(bucket.get_att("Arn"))],
        Condition=Condition([Null("s3:if-none-match", "true"), Bool("s3:ObjectCreationOperation", "true")]),
    )


def _only_writer_statement(bucket: Bucket, prefix: str, role_arn: str) -> Statement:
    """Refuses an object below the prefix that another than the role writes, whatever his rights are.

    For a session of a role, aws:PrincipalArn is the ARN of the role.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principalarn
    """
    return Statement(
        Sid=f"OneRoleWrites{prefix.strip('/').capitalize()}",
        Effect=Deny,
        Principal=Principal("AWS", "*"),
        Action=[actions.PutObject],
        Resource=[objects_of(bucket.get_att("Arn"), f"{prefix}*")],
        Condition=Condition(ArnNotEquals("aws:PrincipalArn", Sub(role_arn))),
    )


def _log_delivery_statement(bucket: Bucket, sources: list[str]) -> Statement:
    arns = [Sub(f"arn:${{AWS::Partition}}:s3:::{name}") for name in sources]
    return Statement(
        Sid="AccessLogsOfOurBuckets",
        Effect=Allow,
        Principal=Principal("Service", "logging.s3.amazonaws.com"),
        Action=[actions.PutObject],
        Resource=[objects_of(bucket.get_att("Arn"))],
        Condition=Condition(
            [
                ArnLike("aws:SourceArn", arns),
                StringEquals("aws:SourceAccount", AccountId),
            ]
        ),
    )
