"""PCI DSS controls as predicates over one resource of the built templates.

`SH` is AWS Security Hub, `CKV` checkov, `guard` the rule sets of CloudFormation Guard, `APIG` and `SQS` cdk-nag. Each
control has an example that does not meet it, so that no predicate is always true.
"""

from tests.support.templates.control import OPEN, Control
from tests.support.templates.control_predicates import (
    actions_are_narrow,
    all_methods,
    allows_nobody_by_wildcard,
    denies_without_tls,
    encryption,
    ends,
    environment_has_no_secret,
    fails_somewhere,
    has_metrics,
    has_source,
    is_behind_web_acl,
    is_dead_letter_queue,
    is_logged,
    is_our_key,
    is_parameter,
    is_set,
    is_throttled,
    no_decrypt_on_every_key,
    no_wildcard_principal,
    policy_of,
    public_access_blocked,
    resources_are_named,
    trusts_one_service,
    uses_group,
)
from tests.support.templates.network_controls import NETWORK_CONTROLS
from tests.support.templates.resources import resources

_KMS = [{"Effect": "Allow", "Action": "kms:Decrypt", "Resource": "*"}]

CONTROLS = (
    Control(
        "SH APIGateway.1",
        "AWS::ApiGateway::Stage",
        all_methods(LoggingLevel="ERROR", DataTraceEnabled=False),
    ),
    Control("CKV_AWS_76", "AWS::ApiGateway::Stage", is_set("AccessLogSetting", "DestinationArn")),
    Control("SH APIGateway.2", "AWS::ApiGateway::Stage", is_set("ClientCertificateId")),
    Control("SH APIGateway.3", "AWS::ApiGateway::Stage", is_set("TracingEnabled")),
    Control("SH APIGateway.5", "AWS::ApiGateway::Stage", is_set("CacheClusterEnabled")),
    Control(
        "APIGWDefaultThrottling",
        "AWS::ApiGateway::Stage",
        is_throttled,
    ),
    Control(
        "guard domain_deny_non_tls",
        "AWS::ApiGateway::RestApi",
        lambda found: found["SecurityPolicy"].startswith(
            ("SecurityPolicy_TLS13_1_2", "SecurityPolicy_TLS13_1_3")
        ),
    ),
    Control("CKV_AWS_59", "AWS::ApiGateway::Method", lambda found: found["AuthorizationType"] != "NONE"),
    Control("APIG2", "AWS::ApiGateway::Method", is_set("RequestValidatorId")),
    Control(
        "SH Lambda.1",
        "AWS::Lambda::Permission",
        has_source,
        {"Principal": "*", "SourceArn": "arn", "SourceAccount": "1"},
    ),
    Control("SH Lambda.2", "AWS::Lambda::Function", lambda found: is_parameter(found["Runtime"], "Runtime")),
    # In two zones, with NetworkMode=vpc.
    Control("SH Lambda.3", "AWS::Lambda::Function", is_set("VpcConfig", "Fn::If", 1, "SubnetIds", 1)),
    Control(
        "CKV_AWS_45",
        "AWS::Lambda::Function",
        environment_has_no_secret,
        {"Environment": {"Variables": {"KEY": "whsec_0123456789"}}},
    ),
    Control(
        # TraceQueuesAndStreams is true by default.
        "CKV_AWS_50",
        "AWS::Lambda::Function",
        lambda found: (
            found["TracingConfig"]["Mode"]
            in ("Active", {"Fn::If": ["TraceQueuesAndStreamsIsOn", "Active", "PassThrough"]})
        ),
    ),
    Control(
        "CKV_AWS_115", "AWS::Lambda::Function", is_set("ReservedConcurrentExecutions", "Fn::If", 1, "Ref")
    ),
    Control("CKV_AWS_116", "AWS::Lambda::Function", is_set("DeadLetterConfig")),
    Control("CKV_AWS_173", "AWS::Lambda::Function", lambda found: is_parameter(found["KmsKeyArn"], "KeyArn")),
    Control("LambdaEventSourceMappingDestination", "AWS::Lambda::EventSourceMapping", fails_somewhere),
    Control("CKV_AWS_119", "AWS::DynamoDB::Table", is_set("SSESpecification", "KMSMasterKeyId", "Ref")),
    Control(
        "SH DynamoDB.2",
        "AWS::DynamoDB::Table",
        is_set("PointInTimeRecoverySpecification", "PointInTimeRecoveryEnabled"),
    ),
    Control("SH DynamoDB.6", "AWS::DynamoDB::Table", is_set("DeletionProtectionEnabled", "Fn::If")),
    Control("SH DynamoDB.1", "AWS::DynamoDB::Table", lambda found: found["BillingMode"] == "PAY_PER_REQUEST"),
    Control(
        "SH DynamoDB.4", "AWS::DynamoDB::Table", lambda found: bool(resources("AWS::Backup::BackupPlan"))
    ),
    Control("SH SQS.1", "AWS::SQS::Queue", lambda found: is_parameter(found["KmsMasterKeyId"], "KeyArn")),
    Control(
        "SQS3",
        "AWS::SQS::Queue",
        lambda found: is_dead_letter_queue(found) or "RedrivePolicy" in found.properties,
    ),
    Control(
        "SQS4",
        "AWS::SQS::Queue",
        lambda found: denies_without_tls(policy_of(found, "AWS::SQS::QueuePolicy", "Queues")),
    ),
    Control(
        "SH SQS.3",
        "AWS::SQS::QueuePolicy",
        allows_nobody_by_wildcard,
        {"PolicyDocument": {"Statement": OPEN}},
    ),
    Control("SH S3.1", "AWS::S3::Bucket", public_access_blocked),
    Control(
        "SH S3.12",
        "AWS::S3::Bucket",
        lambda found: found["OwnershipControls"]["Rules"] == [{"ObjectOwnership": "BucketOwnerEnforced"}],
    ),
    Control(
        "SH S3.5",
        "AWS::S3::Bucket",
        lambda found: denies_without_tls(policy_of(found, "AWS::S3::BucketPolicy", "Bucket")),
    ),
    Control("SH S3.9", "AWS::S3::Bucket", is_set("LoggingConfiguration", "DestinationBucketName")),
    Control("SH S3.15", "AWS::S3::Bucket", is_set("ObjectLockEnabled")),
    Control(
        "SH S3.17", "AWS::S3::Bucket", lambda found: encryption(found)["KMSMasterKeyID"] == {"Ref": "KeyArn"}
    ),
    Control("SH S3.7", "AWS::S3::Bucket", is_set("ReplicationConfiguration")),
    Control(
        "CKV_AWS_21",
        "AWS::S3::Bucket",
        lambda found: found["VersioningConfiguration"] == {"Status": "Enabled"},
    ),
    Control("SH S3.13", "AWS::S3::Bucket", ends),
    Control(
        "SH S3.6",
        "AWS::S3::BucketPolicy",
        allows_nobody_by_wildcard,
        {"PolicyDocument": {"Statement": OPEN}},
    ),
    Control("SH APIGateway.4", "AWS::ApiGateway::Stage", is_behind_web_acl),
    Control("SH WAF.10", "AWS::WAFv2::WebACL", is_set("Rules")),
    Control("SH WAF.11", "AWS::WAFv2::WebACL", is_logged),
    Control("SH WAF.12", "AWS::WAFv2::WebACL", has_metrics, {"Rules": [], "VisibilityConfig": {}}),
    Control("CKV_AWS_192", "AWS::WAFv2::WebACL", uses_group("AWSManagedRulesKnownBadInputsRuleSet")),
    Control("SH KMS.4", "AWS::KMS::Key", is_set("EnableKeyRotation")),
    Control("SH KMS.5", "AWS::KMS::Key", no_wildcard_principal, {"KeyPolicy": {"Statement": OPEN}}),
    Control("SH KMS.3", "AWS::KMS::Key", lambda found: found["PendingWindowInDays"] == 30),
    Control(
        "SH KMS.1",
        "AWS::IAM::ManagedPolicy",
        no_decrypt_on_every_key,
        {"PolicyDocument": {"Statement": _KMS}},
    ),
    Control("CKV_AWS_158", "AWS::Logs::LogGroup", is_our_key("KmsKeyId"), {"KmsKeyId": "alias/aws/logs"}),
    Control(
        "CKV_AWS_66",
        "AWS::Logs::LogGroup",
        lambda found: is_parameter(found["RetentionInDays"], "LogRetentionDays"),
    ),
    Control("CKV_AWS_149", "AWS::SecretsManager::Secret", is_set("KmsKeyId", "Fn::GetAtt")),
    Control(
        "SH SecretsManager.1",
        "AWS::SecretsManager::Secret",
        lambda found: bool(resources("AWS::SecretsManager::RotationSchedule")),
    ),
    Control(
        "guard iam_no_inline_policy",
        "AWS::IAM::Role",
        lambda found: "Policies" not in found.properties and bool(found["ManagedPolicyArns"]),
        {"Policies": [{}], "ManagedPolicyArns": ["arn"]},
    ),
    Control(
        "IAM trust", "AWS::IAM::Role", trusts_one_service, {"AssumeRolePolicyDocument": {"Statement": OPEN}}
    ),
    Control(
        "CKV_AWS_258",
        "AWS::Lambda::Url",
        lambda found: found["AuthType"] == "AWS_IAM",
        {"AuthType": "NONE"},
    ),
    Control(
        "SH StepFunctions.1",
        "AWS::StepFunctions::StateMachine",
        lambda found: found["LoggingConfiguration"]["Level"] in ("ERROR", "ALL"),
        {"LoggingConfiguration": {"Level": "OFF"}},
    ),
    Control(
        "CKV_AWS_284",
        "AWS::StepFunctions::StateMachine",
        is_set("TracingConfiguration", "Enabled"),
        {"TracingConfiguration": {"Enabled": False}},
    ),
    Control(
        "CKV_AWS_62", "AWS::IAM::ManagedPolicy", actions_are_narrow, {"PolicyDocument": {"Statement": OPEN}}
    ),
    Control(
        "CKV_AWS_111",
        "AWS::IAM::ManagedPolicy",
        resources_are_named,
        {"PolicyDocument": {"Statement": OPEN}},
    ),
    *NETWORK_CONTROLS,
)
