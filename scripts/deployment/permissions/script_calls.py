"""The actions of the scripts' own calls, by command. A test compares them with the calls in the scripts' code.

plan: `deploy.py --plan`, --diff, --status, --events, --outputs, --drift, and --drop where a stack is deployed;
apply: everything that deploy.py does; destroy: `destroy.py`; account: what the first deploy of an account and region
makes for all its environments, and what a newer version of the tool changes of it.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from scripts.deployment.list_calls import LIST_CALLS
from scripts.deployment.permissions.name_patterns import arn_patterns, stack_arns
from scripts.deployment.permissions.statement import VIA_CLOUDFORMATION, Statement
from stacks.names import API_GATEWAY_LOGGING_POLICY, API_GATEWAY_LOGGING_ROLE, Names

PLAN: Final = "plan"
APPLY: Final = "apply"
DESTROY: Final = "destroy"
ACCOUNT: Final = "account"

# Of IAM, where it is not the operation's own name: services by their names in boto3, then the operations.
SERVICE_PREFIXES: Final = {"stepfunctions": "states", "service-quotas": "servicequotas"}
ACTIONS_OF_OPERATIONS: Final = {
    # https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html
    "s3:list_buckets": "s3:ListAllMyBuckets",
    "s3:list_object_versions": "s3:ListBucketVersions",
    "s3:head_bucket": "s3:ListBucket",
    "s3:get_object_lock_configuration": "s3:GetBucketObjectLockConfiguration",
    "s3:head_object": "s3:GetObject",
    "s3:get_bucket_replication": "s3:GetReplicationConfiguration",
    "s3:delete_objects": "s3:DeleteObjectVersion",
    "s3:put_public_access_block": "s3:PutBucketPublicAccessBlock",
    "s3:put_bucket_encryption": "s3:PutEncryptionConfiguration",
    "s3:put_bucket_lifecycle_configuration": "s3:PutLifecycleConfiguration",
    "s3:get_bucket_lifecycle_configuration": "s3:GetLifecycleConfiguration",
    # https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-iam-policy-examples.html
    "apigateway:get_account": "apigateway:GET",
    "apigateway:get_rest_apis": "apigateway:GET",
    "apigateway:get_api_keys": "apigateway:GET",
    "apigateway:get_usage_plans": "apigateway:GET",
    "apigateway:update_account": "apigateway:PATCH",
    "lambda:get_layer_version_by_arn": "lambda:GetLayerVersion",
    "service-quotas:list_aws_default_service_quotas": "servicequotas:ListAWSDefaultServiceQuotas",
}
_STACK_READS: Final = (
    "DescribeStackEvents",
    "DescribeStackResourceDrifts",
    "DescribeStacks",
    "DetectStackDrift",
    # https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/detect-drift-stack.html: detecting the drift of a
    # stack is allowed to who may detect that of its resources.
    "DetectStackResourceDrift",
    "GetStackPolicy",
    "GetTemplate",
    "ListChangeSets",
    "ListStackResources",
)
# Of what an environment has by its names.
_NAMED_READS: Final = (
    "dynamodb:DescribeTable",
    "dynamodb:GetResourcePolicy",
    "events:DescribeRule",
    "iam:ListAttachedRolePolicies",
    "iam:ListRolePolicies",
    "lambda:GetEventSourceMapping",
    "lambda:GetFunctionConcurrency",
    "lambda:GetFunctionConfiguration",
    "lambda:GetLayerVersion",
    "lambda:GetPolicy",
    "pipes:DescribePipe",
    "s3:GetReplicationConfiguration",
    "s3:ListBucketVersions",
    "scheduler:GetSchedule",
    "secretsmanager:GetResourcePolicy",
    "sns:ListSubscriptionsByTopic",
    "ssm:GetParameters",
)
# Of calls that name no resource.
_READS_OF_ANYTHING: Final = (
    "cloudformation:BatchDescribeTypeConfigurations",  # drift of types with a configuration
    "cloudformation:DescribeStackDriftDetectionStatus",
    "cloudformation:ListStacks",
    "dynamodb:DescribeLimits",
    "ec2:DescribeAvailabilityZones",
    "ec2:DescribeSubnets",
    "ec2:DescribeAddresses",
    "ec2:DescribeVpcEndpointServices",
    "ec2:DescribeVpcs",
    "lambda:GetAccountSettings",
    "lambda:ListEventSourceMappings",
    "servicequotas:ListAWSDefaultServiceQuotas",
    "servicequotas:ListServiceQuotas",
    "sts:GetCallerIdentity",
)


def action_of(service: str, operation: str) -> str:
    """IAM's action for a client's method: ("sns", "list_topics") gives sns:ListTopics."""
    known = ACTIONS_OF_OPERATIONS.get(f"{service}:{operation}")
    words = "".join(part.capitalize() for part in operation.split("_")).replace("Db", "DB")
    special = {"ListIpSets": "ListIPSets", "ListWebAcls": "ListWebACLs"}
    return known or f"{SERVICE_PREFIXES.get(service, service)}:{special.get(words, words)}"


def script_statements(command: str, names: Names, nested: Sequence[str]) -> Iterator[Statement]:
    """Statements for the calls that the scripts themselves make in `command`. `nested`: nested stacks' logical ids."""
    bucket = f"arn:{names.partition}:s3:::{names.artifact_bucket}"
    if command == ACCOUNT:
        yield from _account_statements(names, bucket)
        return
    stacks = stack_arns(names, nested)
    # A call that names a change set by its ARN is decided by that ARN, which does not tell the stack, whatever the
    # reference says (github.com/widdix/complete-aws-iam-reference/issues/6). Names are those of execute_change_set and
    # deploy; CloudFormation makes up the names of nested ones.
    any_change_set = names.arn("cloudformation", "changeSet/*")
    own_change_sets = tuple(
        names.arn("cloudformation", f"changeSet/{kind}-*") for kind in ("deploy", "protect")
    )
    yield from _reading(names, stacks, bucket)
    yield Statement(
        "ReadChangeSets",
        ("cloudformation:DescribeChangeSet", "cloudformation:DescribeEvents"),
        (*stacks, any_change_set),
    )
    if command in (PLAN, APPLY):
        # A change set that imports could take what is not of the environment into its stack, and delete it there.
        yield Statement(
            "PlanStacks",
            ("cloudformation:CreateChangeSet",),
            stacks,
            {"Null": {"cloudformation:ImportResourceTypes": "true"}},
        )
        actions = ("cloudformation:DeleteChangeSet", "cloudformation:TagResource")
        yield Statement("PlanChangeSets", actions, (*stacks, *own_change_sets))
        nested_actions = ("cloudformation:DeleteChangeSet", "cloudformation:ExecuteChangeSet")
        yield Statement(
            "NestedChangeSets",
            nested_actions[: 1 + (command == APPLY)],
            (any_change_set,),
            VIA_CLOUDFORMATION,
        )
        tag = ("s3:PutObjectTagging", "s3:PutObjectVersionTagging")
        yield Statement("PlanArtifacts", ("s3:PutObject", *tag), (f"{bucket}/*",))
    if command == APPLY:
        yield Statement("ApplyChangeSets", ("cloudformation:ExecuteChangeSet",), (*stacks, *own_change_sets))
        operations = ("ContinueUpdateRollback", "DeleteStack", "RollbackStack")
        protection = ("SetStackPolicy", "UpdateTerminationProtection")
        yield Statement("ApplyStacks", _actions("cloudformation", (*operations, *protection)), stacks)
    if command == DESTROY:
        yield from _destroy_statements(names, stacks)


def _reading(names: Names, stacks: tuple[str, ...], bucket: str) -> Iterator[Statement]:
    """What all commands read: stacks, artifacts, what there is by name, and quotas."""
    patterns = arn_patterns(names)
    yield Statement("ReadStacks", _actions("cloudformation", _STACK_READS), stacks)
    yield Statement(
        "ReadArtifactBucket",
        _actions(
            "s3", ("GetBucketLocation", "GetBucketVersioning", "GetLifecycleConfiguration", "ListBucket")
        ),
        (bucket,),
    )
    yield Statement("ReadArtifacts", ("s3:GetObject", "s3:GetObjectVersion"), (f"{bucket}/*",))
    # Each action is of one service, so that they need no statement each.
    resources = (
        *("dynamodb", "s3", "lambda", "events", "pipes", "scheduler", "ssm"),
        *("iam", "secretsmanager", "sns"),
    )
    yield Statement(
        "ReadResources",
        _NAMED_READS,
        tuple(arn for service in resources for arn in patterns[service]),
    )
    apis = f"arn:{names.partition}:apigateway:{names.region}::"
    api_lists = ("/account", "/apikeys", "/restapis", "/usageplans")
    yield Statement("ReadApis", ("apigateway:GET",), tuple(apis + path for path in api_lists))
    listed = {action_of(call.service, call.operation) for call in LIST_CALLS.values()} - {"apigateway:GET"}
    yield Statement("ReadWhatThereIs", tuple(listed.union(_READS_OF_ANYTHING)), ("*",))


def _destroy_statements(names: Names, stacks: tuple[str, ...]) -> Iterator[Statement]:
    patterns = arn_patterns(names)
    yield Statement(
        "DestroyStacks", _actions("cloudformation", ("DeleteStack", "UpdateTerminationProtection")), stacks
    )
    yield Statement("DestroyTables", ("dynamodb:UpdateTable",), patterns["dynamodb"][:1])
    yield Statement(
        "DestroyObjects",
        ("s3:DeleteObject", "s3:DeleteObjectVersion"),
        tuple(f"{arn}/*" for arn in patterns["s3"]),
    )
    # Audit objects alone are locked (AuditObjectLock), and who destroys alone may delete them before their time.
    yield Statement("ReadObjectLocks", ("s3:GetBucketObjectLockConfiguration",), patterns["s3"])
    audit_objects = f"arn:{names.partition}:s3:::{names.audit_bucket}/*"
    yield Statement("DestroyLockedObjects", ("s3:BypassGovernanceRetention",), (audit_objects,))
    yield Statement("DestroyLogGroups", ("logs:DeleteLogGroup",), patterns["logs"])


def _account_statements(names: Names, bucket: str) -> Iterator[Statement]:
    settings = (
        "CreateBucket",
        "GetBucketVersioning",
        "GetLifecycleConfiguration",
        "ListBucket",
        "PutBucketOwnershipControls",  # which CreateBucket with ObjectOwnership needs
        "PutBucketPolicy",
        "PutBucketPublicAccessBlock",
        "PutBucketTagging",
        "PutBucketVersioning",
        "PutEncryptionConfiguration",
        "PutLifecycleConfiguration",
    )
    yield Statement("MakeArtifactBucket", _actions("s3", settings), (bucket,))
    role = f"arn:{names.partition}:iam::{names.account}:role/{API_GATEWAY_LOGGING_ROLE}"
    yield Statement("MakeLoggingRole", _actions("iam", ("CreateRole", "GetRole", "TagRole")), (role,))
    policy = f"arn:{names.partition}:iam::aws:policy/{API_GATEWAY_LOGGING_POLICY}"
    yield Statement(
        "AttachLoggingPolicy",
        ("iam:AttachRolePolicy",),
        (role,),
        {"ArnEquals": {"iam:PolicyARN": policy}},
    )
    to_api_gateway = {"StringEquals": {"iam:PassedToService": "apigateway.amazonaws.com"}}
    yield Statement("PassLoggingRole", ("iam:PassRole",), (role,), to_api_gateway)
    account = f"arn:{names.partition}:apigateway:{names.region}::/account"
    yield Statement("SetLoggingRole", ("apigateway:GET", "apigateway:PATCH"), (account,))


def _actions(service: str, names: Sequence[str]) -> tuple[str, ...]:
    return tuple(f"{service}:{name}" for name in names)
