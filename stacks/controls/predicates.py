"""What a control demands of a resource, as functions of the resource. A missing property raises KeyError."""

from collections.abc import Callable
from typing import Any

from stacks.controls.template_resources import Resource, as_list, statements, texts
from stacks.webhook_endpoints import ENDPOINTS


def is_set(*path: str | int) -> Callable[[Resource], bool]:
    """The property at `path` is there, and neither empty nor false."""

    def meets(found: Resource) -> bool:
        value: Any = found.properties
        for step in path:
            value = value[step]
        return bool(value)

    return meets


def all_methods(**expected: Any) -> Callable[[Resource], bool]:
    def meets(found: Resource) -> bool:
        settings = [
            each
            for each in found["MethodSettings"]
            if (each["HttpMethod"], each["ResourcePath"]) == ("*", "/*")
        ]
        return all(settings[0][name] == value for name, value in expected.items())

    return meets


def is_value(wanted: Any, *path: str) -> Callable[[Resource], bool]:
    """The property at `path` is this."""

    def meets(found: Resource) -> bool:
        value: Any = found.properties
        for step in path:
            value = value[step]
        return bool(value == wanted)

    return meets


def has_beside(type_: str) -> Callable[[Resource], bool]:
    """There is a resource of that type."""
    return lambda found: bool(found.others(type_))


def is_our_key(duty: str, *path: str) -> Callable[[Resource], bool]:
    """The property at `path` is our key of that duty: as a parameter, or where the keys are as an attribute."""
    key_of = {"data": "Key", "messages": "MessagesKey", "secrets": "SecretsKey"}
    by_parameter = is_value({"Ref": f"{duty.title()}KeyArn"}, *path)
    by_attribute = is_value({"Fn::GetAtt": [key_of[duty], "Arn"]}, *path)
    return lambda found: by_parameter(found) or by_attribute(found)


def has_source(permission: Resource) -> bool:
    sources = ("SourceArn", "SourceAccount")
    return permission["Principal"] != "*" and all(permission[name] for name in sources)


def denies_without_tls(policy: Resource) -> bool:
    return any(
        statement["Effect"] == "Deny"
        and statement["Principal"] == {"AWS": "*"}
        and all(action.endswith((":*", ":Publish")) for action in statement["Action"])
        and statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
        for statement in statements(policy["PolicyDocument"])
    )


def policy_denies_without_tls(policy_type: str, property_: str) -> Callable[[Resource], bool]:
    """The policy of that type whose property names the resource does."""
    return lambda found: any(
        {"Ref": found.title} in as_list(each[property_]) and denies_without_tls(each)
        for each in found.others(policy_type)
    )


def allows_nobody_by_wildcard(policy: Resource) -> bool:
    allowed = [each for each in statements(policy["PolicyDocument"]) if each["Effect"] == "Allow"]
    return all("*" not in texts(each["Principal"]) and "Condition" in each for each in allowed)


def public_access_blocked(found: Resource) -> bool:
    block = found["PublicAccessBlockConfiguration"]
    names = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")
    return all(block[name] is True for name in names)


def is_encrypted_by_our_key(found: Resource) -> bool:
    rules = found["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    return bool(rules[0]["ServerSideEncryptionByDefault"]["KMSMasterKeyID"] == {"Ref": "DataKeyArn"})


def ends(found: Resource) -> bool:
    rules = found["LifecycleConfiguration"]["Rules"]
    wanted = ("ExpirationInDays", "NoncurrentVersionExpiration", "AbortIncompleteMultipartUpload")
    return all(rule["Status"] == "Enabled" and all(name in rule for name in wanted) for rule in rules)


def fails_somewhere(found: Resource) -> bool:
    """A stream has a destination for failed batches; a queue has its own dead-letter queue."""
    if "StartingPosition" in found.properties:
        return is_set("DestinationConfig", "OnFailure", "Destination")(found)
    queue = found["EventSourceArn"]["Ref"].removesuffix("Arn")
    return "RedrivePolicy" in found.other("messaging", queue).properties


def environment_has_no_secret(found: Resource) -> bool:
    """Only names, of what a parameter, another resource or the suffix names; no value of a secret's length."""
    values = found["Environment"]["Variables"].values()
    endpoints = {endpoint.name for endpoint in ENDPOINTS}
    return all(isinstance(value, dict) or len(value) < 8 or value in endpoints for value in values)


def actions_are_narrow(found: Resource) -> bool:
    actions = [action for each in _allowing(found) for action in each["Action"]]
    return bool(actions) and not any("*" in action for action in actions)


# X-Ray, log delivery, and what lists or describes these, have no resource to name.
_WITHOUT_RESOURCE = {
    "xray:GetSamplingRules",
    "xray:GetSamplingTargets",
    "xray:PutTelemetryRecords",
    "xray:PutTraceSegments",
    "dynamodb:ListStreams",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "logs:CreateLogDelivery",
    "logs:DeleteLogDelivery",
    "logs:DescribeLogGroups",
    "logs:DescribeResourcePolicies",
    "logs:GetLogDelivery",
    "logs:ListLogDeliveries",
    "logs:PutResourcePolicy",
    "logs:UpdateLogDelivery",
}


def _allowing(policy: Resource) -> list[dict[str, Any]]:
    return [each for each in statements(policy["PolicyDocument"]) if each["Effect"] == "Allow"]


def resources_are_named(found: Resource) -> bool:
    return all(
        set(each["Action"]) <= _WITHOUT_RESOURCE for each in _allowing(found) if "*" in each["Resource"]
    )


def no_decrypt_on_every_key(found: Resource) -> bool:
    return not any(
        any(action.startswith("kms:") for action in each["Action"]) and "*" in texts(each["Resource"])
        for each in statements(found["PolicyDocument"])
    )


def trusts_one_service(found: Resource) -> bool:
    principals = [each["Principal"] for each in statements(found["AssumeRolePolicyDocument"])]
    return [list(each) for each in principals] == [["Service"]] and "*" not in texts(principals)


def no_wildcard_principal(found: Resource) -> bool:
    """To deny something to everybody gives nobody a right."""
    allowed = [each for each in statements(found["KeyPolicy"]) if each["Effect"] == "Allow"]
    return all("*" not in texts(each["Principal"]) for each in allowed)


def keeps_what_fails(queue: Resource) -> bool:
    return queue.title.endswith("Dlq") or "RedrivePolicy" in queue.properties


def has_no_inline_policy(role: Resource) -> bool:
    """Neither in the role nor put into it by a resource beside."""
    beside = role.others("AWS::IAM::Policy")
    return "Policies" not in role.properties and not beside and bool(role["ManagedPolicyArns"])


def tells_somebody(alarm: Resource) -> bool:
    return bool(alarm["AlarmActions"]) and alarm.properties.get("ActionsEnabled") is not False


def is_throttled(found: Resource) -> bool:
    prefix = found.title.removesuffix("Stage") or "Api"
    return all_methods(
        ThrottlingRateLimit={"Ref": f"{prefix}ThrottleRate"},
        ThrottlingBurstLimit={"Ref": f"{prefix}ThrottleBurst"},
    )(found)


def is_behind_web_acl(found: Resource) -> bool:
    association = found.other("api", f"{found.title}WebAcl") if found.stack == "api" else found
    api = f"${{{found.title.removesuffix('Stage')}Api}}"
    ours = f"arn:${{AWS::Partition}}:apigateway:${{AWS::Region}}::/restapis/{api}/stages/"
    stage = f"{ours}${{{found.title}}}"
    return association.properties == {
        "ResourceArn": {"Fn::Sub": stage},
        "WebACLArn": {"Ref": "WebAclArn"},
    }


def is_logged(found: Resource) -> bool:
    logs = found.others("AWS::WAFv2::LoggingConfiguration")
    return [each["ResourceArn"] for each in logs] == [{"Fn::GetAtt": [found.title, "Arn"]}]


def has_metrics(found: Resource) -> bool:
    configured = [found["VisibilityConfig"], *(rule["VisibilityConfig"] for rule in found["Rules"])]
    names = {str(each["MetricName"]) for each in configured}
    return len(names) == len(configured) and all(each["CloudWatchMetricsEnabled"] for each in configured)


def uses_group(name: str) -> Callable[[Resource], bool]:
    def meets(found: Resource) -> bool:
        statements_ = [rule["Statement"].get("ManagedRuleGroupStatement", {}) for rule in found["Rules"]]
        return name in [each.get("Name") for each in statements_]

    return meets


def speaks_tls_1_2(found: Resource) -> bool:
    return bool(found["SecurityPolicy"].startswith(("SecurityPolicy_TLS13_1_2", "SecurityPolicy_TLS13_1_3")))


def is_traced(function: Resource) -> bool:
    """TraceQueuesAndStreams is true by default."""
    switched = {"Fn::If": ["TraceQueuesAndStreamsIsOn", "Active", "PassThrough"]}
    return function["TracingConfig"]["Mode"] in ("Active", switched)


def allows_services_alone(policy: Resource) -> bool:
    allowed = [each for each in statements(policy["PolicyDocument"]) if each["Effect"] == "Allow"]
    return all(list(each["Principal"]) == ["Service"] for each in allowed)
