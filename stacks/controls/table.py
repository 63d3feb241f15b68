"""The control matrix: PCI DSS controls as predicates over the resources of the templates, and what no predicate shows.

`SH` is AWS Security Hub, `CKV` checkov, `guard` the rule sets of CloudFormation Guard, `W` cfn_nag, the others cdk-nag.
A row that resources do not meet is excused in stacks/lint/waivers.toml or fails the build's tests. docs/pci-dss.md is
made from this table.
"""

from typing import Final

from stacks.controls.control import OPEN, Demand
from stacks.controls.network import NETWORK_CONTROLS
from stacks.controls.predicates import (
    actions_are_narrow,
    all_methods,
    allows_nobody_by_wildcard,
    allows_services_alone,
    denies_without_tls,
    ends,
    environment_has_no_secret,
    fails_somewhere,
    has_beside,
    has_metrics,
    has_no_inline_policy,
    has_source,
    is_behind_web_acl,
    is_encrypted_by_our_key,
    is_logged,
    is_our_key,
    is_set,
    is_throttled,
    is_traced,
    is_value,
    keeps_what_fails,
    no_decrypt_on_every_key,
    no_wildcard_principal,
    policy_denies_without_tls,
    public_access_blocked,
    resources_are_named,
    speaks_tls_1_2,
    tells_somebody,
    trusts_one_service,
    uses_group,
)

_OPEN_POLICY: Final = {"PolicyDocument": {"Statement": OPEN}}
_KMS: Final = [{"Effect": "Allow", "Action": "kms:Decrypt", "Resource": "*"}]

_STAGE: Final = "AWS::ApiGateway::Stage"
_FUNCTION: Final = "AWS::Lambda::Function"
_TABLE: Final = "AWS::DynamoDB::Table"
_QUEUE: Final = "AWS::SQS::Queue"
_BUCKET: Final = "AWS::S3::Bucket"
_WEB_ACL: Final = "AWS::WAFv2::WebACL"
_KEY: Final = "AWS::KMS::Key"
_LOG_GROUP: Final = "AWS::Logs::LogGroup"
_SECRETS: Final = "AWS::SecretsManager::Secret"
_ROLE: Final = "AWS::IAM::Role"
_POLICY: Final = "AWS::IAM::ManagedPolicy"
_MACHINE: Final = "AWS::StepFunctions::StateMachine"
_METHOD: Final = "AWS::ApiGateway::Method"
_TOPIC_POLICY: Final = "AWS::SNS::TopicPolicy"
CONTROLS: Final = (
    Demand("SH APIGateway.1", "10.2.1", "Errors of every method are logged, bodies never").on(
        _STAGE, "MethodSettings", all_methods(LoggingLevel="ERROR", DataTraceEnabled=False)
    ),
    Demand("CKV_AWS_76", "10.2.1", "Every request has a line in the access log").on(
        _STAGE, "AccessLogSetting", is_set("AccessLogSetting", "DestinationArn")
    ),
    Demand("SH APIGateway.2", "4.2.1", "The API shows a backend a certificate of its own").on(
        _STAGE, "ClientCertificateId", is_set("ClientCertificateId")
    ),
    Demand("SH APIGateway.3", "10.4.1", "Requests are traced").on(
        _STAGE, "TracingEnabled", is_set("TracingEnabled")
    ),
    Demand("SH APIGateway.4", "6.4.1, 6.4.2", "A web ACL stands before the API").on(
        _STAGE, "WebACLAssociation", is_behind_web_acl
    ),
    Demand("SH APIGateway.5", "3.5.1", "A cache is encrypted").on(
        _STAGE, "CacheClusterEnabled", is_set("CacheClusterEnabled")
    ),
    Demand("APIGWDefaultThrottling", "", "Requests are throttled").on(_STAGE, "MethodSettings", is_throttled),
    Demand("guard domain_deny_non_tls", "4.2.1", "The API takes TLS 1.2 and later alone").on(
        "AWS::ApiGateway::RestApi", "SecurityPolicy", speaks_tls_1_2
    ),
    Demand("guard domain_deny_non_tls", "4.2.1", "So does its own domain").on(
        "AWS::ApiGateway::DomainName", "SecurityPolicy", speaks_tls_1_2
    ),
    Demand("CKV_AWS_59", "7.3.1", "Callers authenticate to AWS").on(
        _METHOD, "AuthorizationType", lambda found: found["AuthorizationType"] != "NONE"
    ),
    Demand("APIG2", "6.2.4", "Requests are validated before a function sees them").on(
        _METHOD, "RequestValidatorId", is_set("RequestValidatorId")
    ),
    Demand("SH Lambda.1", "1.3.1, 7.2.1", "Only a named source may call a function").on(
        "AWS::Lambda::Permission",
        "SourceArn, SourceAccount",
        has_source,
        {"Principal": "*", "SourceArn": "arn", "SourceAccount": "1"},
    ),
    Demand("SH Lambda.2", "6.3.3", "The runtime is one that gets patches").on(
        _FUNCTION, "Runtime", is_value({"Ref": "Runtime"}, "Runtime")
    ),
    Demand(
        "SH Lambda.3",
        "1.2.8, 1.3.1, 1.4.2",
        "Functions run in a private network, in two zones (`NetworkMode`)",
    ).on(_FUNCTION, "VpcConfig", is_set("VpcConfig", "Fn::If", 1, "SubnetIds", 1)),
    Demand("CKV_AWS_45", "8.6.2", "No secret stands in an environment variable").on(
        _FUNCTION,
        "Environment",
        environment_has_no_secret,
        {"Environment": {"Variables": {"KEY": "whsec_0123456789"}}},
    ),
    Demand("CKV_AWS_50", "10.4.1", "Calls are traced (`TraceQueuesAndStreams`)").on(
        _FUNCTION, "TracingConfig", is_traced
    ),
    Demand("CKV_AWS_115", "", "Functions reserve their concurrency").on(
        _FUNCTION, "ReservedConcurrentExecutions", is_set("ReservedConcurrentExecutions", "Fn::If", 1, "Ref")
    ),
    Demand("CKV_AWS_116", "", "A call that fails goes to a dead-letter queue").on(
        _FUNCTION, "DeadLetterConfig", is_set("DeadLetterConfig")
    ),
    Demand("CKV_AWS_173", "3.5.1", "Environment variables are under our key").on(
        _FUNCTION, "KmsKeyArn", is_our_key("data", "KmsKeyArn")
    ),
    Demand("LambdaEventSourceMappingDestination", "", "What a source can't deliver is kept").on(
        "AWS::Lambda::EventSourceMapping", "DestinationConfig", fails_somewhere
    ),
    Demand("CKV_AWS_258", "7.3.1", "A function's URL asks who calls").on(
        "AWS::Lambda::Url", "AuthType", is_value("AWS_IAM", "AuthType"), {"AuthType": "NONE"}
    ),
    Demand("CKV_AWS_119", "3.5.1", "Tables are under our key").on(
        _TABLE, "SSESpecification", is_our_key("data", "SSESpecification", "KMSMasterKeyId")
    ),
    Demand("SH DynamoDB.1", "", "Tables grow with what comes").on(
        _TABLE, "BillingMode", is_value("PAY_PER_REQUEST", "BillingMode")
    ),
    Demand("SH DynamoDB.2", "10.3.3, 10.5.1", "Any second of 35 days can be restored").on(
        _TABLE,
        "PointInTimeRecoverySpecification",
        is_set("PointInTimeRecoverySpecification", "PointInTimeRecoveryEnabled"),
    ),
    Demand("SH DynamoDB.4", "10.3.3", "Tables are in a backup plan").on(
        _TABLE, "AWS::Backup::BackupPlan", has_beside("AWS::Backup::BackupPlan")
    ),
    Demand("SH DynamoDB.6", "10.3.3", "Tables refuse deletion (`[protection] tables`)").on(
        _TABLE, "DeletionProtectionEnabled", is_set("DeletionProtectionEnabled", "Fn::If")
    ),
    Demand("SH SQS.1", "3.5.1", "Queues are under our key").on(
        _QUEUE, "KmsMasterKeyId", is_our_key("messages", "KmsMasterKeyId")
    ),
    Demand("SQS3", "", "What can't be processed goes to a dead-letter queue").on(
        _QUEUE, "RedrivePolicy", keeps_what_fails
    ),
    Demand("SQS4", "4.2.1", "Queues take TLS alone").on(
        _QUEUE, "QueuePolicy", policy_denies_without_tls("AWS::SQS::QueuePolicy", "Queues")
    ),
    Demand("SH SQS.3", "7.2.1", "A queue's policy gives no right to everybody").on(
        "AWS::SQS::QueuePolicy", "PolicyDocument", allows_nobody_by_wildcard, _OPEN_POLICY
    ),
    Demand("SH SNS.1", "3.5.1", "Topics are under our key").on(
        "AWS::SNS::Topic", "KmsMasterKeyId", is_our_key("messages", "KmsMasterKeyId")
    ),
    Demand("SH SNS.4", "7.2.1", "A topic's policy gives rights to services of AWS alone").on(
        _TOPIC_POLICY, "PolicyDocument", allows_services_alone, _OPEN_POLICY
    ),
    Demand("SNS3", "4.2.1", "Topics take TLS alone").on(
        _TOPIC_POLICY, "PolicyDocument", denies_without_tls, _OPEN_POLICY
    ),
    Demand("SNSRedrivePolicy", "", "What a subscriber does not get is kept").on(
        "AWS::SNS::Subscription", "RedrivePolicy", is_set("RedrivePolicy")
    ),
    Demand("SH S3.1", "1.4.4, 7.2.1", "Nothing in a bucket is public").on(
        _BUCKET, "PublicAccessBlockConfiguration", public_access_blocked
    ),
    Demand("SH S3.5", "4.2.1, 2.2.7", "Buckets take TLS alone").on(
        _BUCKET, "BucketPolicy", policy_denies_without_tls("AWS::S3::BucketPolicy", "Bucket")
    ),
    Demand(
        "SH S3.6",
        "7.2.1",
        "A bucket's policy gives no right to everybody (policies of the account's users and roles are not seen)",
    ).on("AWS::S3::BucketPolicy", "PolicyDocument", allows_nobody_by_wildcard, _OPEN_POLICY),
    Demand("SH S3.7", "10.3.3", "Objects are copied to another region").on(
        _BUCKET, "ReplicationConfiguration", is_set("ReplicationConfiguration")
    ),
    Demand("SH S3.9", "10.2.1", "Access to a bucket is logged").on(
        _BUCKET, "LoggingConfiguration", is_set("LoggingConfiguration", "DestinationBucketName")
    ),
    Demand("SH S3.11", "", "A bucket tells of changes").on(
        _BUCKET, "NotificationConfiguration", is_set("NotificationConfiguration")
    ),
    Demand("SH S3.12", "7.2.1", "No object has an access list of its own").on(
        _BUCKET,
        "OwnershipControls",
        is_value({"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}, "OwnershipControls"),
    ),
    Demand("SH S3.13", "3.2.1, 10.5.1", "What is old goes").on(_BUCKET, "LifecycleConfiguration", ends),
    Demand(
        "SH S3.15",
        "10.3.4",
        "A version of an audit object is locked for its time, if `AuditObjectLock` is on (it is off by default): in "
        "mode governance, so `s3:BypassGovernanceRetention` deletes it all the same, and a delete marker may hide it",
    ).on(_BUCKET, "ObjectLockEnabled", is_set("ObjectLockEnabled")),
    Demand("SH S3.17", "3.5.1", "Objects are under our key").on(
        _BUCKET, "BucketEncryption", is_encrypted_by_our_key
    ),
    Demand("CKV_AWS_21", "10.3.4", "An overwritten object is kept").on(
        _BUCKET, "VersioningConfiguration", is_value({"Status": "Enabled"}, "VersioningConfiguration")
    ),
    Demand("SH WAF.10", "6.4.1, 6.4.2", "The web ACL has rules").on(_WEB_ACL, "Rules", is_set("Rules")),
    Demand("SH WAF.11", "10.2.1", "What it blocks or counts is logged").on(
        _WEB_ACL, "LoggingConfiguration", is_logged
    ),
    Demand("SH WAF.12", "10.4.1", "Each rule is counted").on(
        _WEB_ACL, "VisibilityConfig", has_metrics, {"Rules": [], "VisibilityConfig": {}}
    ),
    Demand("CKV_AWS_192", "6.4.1", "Known bad input is refused").on(
        _WEB_ACL, "Rules", uses_group("AWSManagedRulesKnownBadInputsRuleSet")
    ),
    Demand("guard waf_web_acl_default_action", "1.3.1", "What no rule allows is blocked").on(
        _WEB_ACL, "DefaultAction", is_set("DefaultAction", "Block")
    ),
    Demand("SH KMS.1", "7.2.1", "No policy reaches every key").on(
        _POLICY, "PolicyDocument", no_decrypt_on_every_key, {"PolicyDocument": {"Statement": _KMS}}
    ),
    Demand("SH KMS.3", "3.6.1", "A deleted key can be had back for 30 days").on(
        _KEY, "PendingWindowInDays", is_value(30, "PendingWindowInDays")
    ),
    Demand("SH KMS.4", "3.7.4", "Keys rotate").on(_KEY, "EnableKeyRotation", is_set("EnableKeyRotation")),
    Demand(
        "SH KMS.5",
        "7.2.1",
        "A key's policy gives no right to everybody (the account's own policies decide besides)",
    ).on(_KEY, "KeyPolicy", no_wildcard_principal, {"KeyPolicy": {"Statement": OPEN}}),
    Demand("CKV_AWS_158", "3.5.1, 10.3.2", "Log groups are under our key").on(
        _LOG_GROUP, "KmsKeyId", is_our_key("messages", "KmsKeyId"), {"KmsKeyId": "alias/aws/logs"}
    ),
    Demand("CKV_AWS_66", "10.5.1", "Logs are kept for a year (`LogRetentionDays`)").on(
        _LOG_GROUP, "RetentionInDays", is_value({"Ref": "LogRetentionDays"}, "RetentionInDays")
    ),
    Demand(
        "guard cloudwatch_alarm_action_check", "10.7.2, 12.10.5", "Every alarm tells somebody (`AlertEmail`)"
    ).on("AWS::CloudWatch::Alarm", "AlarmActions", tells_somebody),
    Demand("CKV_AWS_149", "8.3.2", "Secrets are under our key").on(
        _SECRETS, "KmsKeyId", is_our_key("secrets", "KmsKeyId")
    ),
    Demand("SH SecretsManager.1", "8.6.3", "Secrets rotate by themselves").on(
        _SECRETS, "AWS::SecretsManager::RotationSchedule", has_beside("AWS::SecretsManager::RotationSchedule")
    ),
    Demand("guard iam_no_inline_policy", "7.2.1", "Rights stand in policies of their own").on(
        _ROLE, "ManagedPolicyArns", has_no_inline_policy, {"Policies": [{}], "ManagedPolicyArns": ["arn"]}
    ),
    Demand("IAM trust", "7.2.5", "One service alone takes a role").on(
        _ROLE,
        "AssumeRolePolicyDocument",
        trusts_one_service,
        {"AssumeRolePolicyDocument": {"Statement": OPEN}},
    ),
    Demand("CKV_AWS_62", "7.2.2", "A right names its actions").on(
        _POLICY, "PolicyDocument", actions_are_narrow, _OPEN_POLICY
    ),
    Demand("CKV_AWS_111", "7.2.2", "A right names its resources").on(
        _POLICY, "PolicyDocument", resources_are_named, _OPEN_POLICY
    ),
    Demand("SH EventBridge.3", "7.2.1", "The bus says who may send to it").on(
        "AWS::Events::EventBus", "Policy", is_set("Policy")
    ),
    Demand("SH StepFunctions.1", "10.2.1", "The state machine logs what fails").on(
        _MACHINE,
        "LoggingConfiguration",
        is_value("ERROR", "LoggingConfiguration", "Level"),
        {"LoggingConfiguration": {"Level": "OFF"}},
    ),
    Demand("CKV_AWS_284", "10.4.1", "The state machine is traced").on(
        _MACHINE,
        "TracingConfiguration",
        is_set("TracingConfiguration", "Enabled"),
        {"TracingConfiguration": {"Enabled": False}},
    ),
    Demand("SH CloudFormation.1", "", "Events of the stack go to a topic").on(
        "AWS::CloudFormation::Stack", "NotificationARNs", is_set("NotificationARNs")
    ),
    *NETWORK_CONTROLS,
)
