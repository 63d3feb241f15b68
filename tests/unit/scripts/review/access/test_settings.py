"""What the review tells of settings that grant access without a policy: every setting, word for word."""

from typing import Any

import pytest

from scripts.review.access.resource import access_changes

METHOD, API, URL = "AWS::ApiGateway::Method", "AWS::ApiGateway::RestApi", "AWS::Lambda::Url"
ACL, ADDRESSES, GUARD = "AWS::WAFv2::WebACL", "AWS::WAFv2::IPSet", "AWS::WAFv2::WebACLAssociation"
BUCKET, GROUP, FUNCTION = "AWS::S3::Bucket", "AWS::EC2::SecurityGroup", "AWS::Lambda::Function"
LAYER, TOPIC, DOMAIN = (
    "AWS::Lambda::LayerVersionPermission",
    "AWS::SNS::Subscription",
    "AWS::ApiGateway::DomainName",
)
VALIDATOR, QUEUE = "AWS::ApiGateway::RequestValidator", "AWS::SQS::Queue"
NO_BLOCK: dict[str, Any] = {"PublicAccessBlockConfiguration": {}}
ALL_OUT = {"IpProtocol": "-1", "CidrIp": "0.0.0.0/0"}
SUBNET_A, SUBNET_B = {"SubnetIds": ["a"]}, {"SubnetIds": ["b"]}
IN_A, IN_B = {"VpcConfig": SUBNET_A}, {"VpcConfig": SUBNET_B}
TO_A, TO_B = {"Protocol": "sqs", "Endpoint": "a"}, {"Protocol": "lambda", "Endpoint": "a"}
STORE_A, STORE_B = {"TruststoreUri": "a"}, {"TruststoreUri": "b"}
TRUSTS_A, TRUSTS_B = {"MutualTlsAuthentication": STORE_A}, {"MutualTlsAuthentication": STORE_B}
ALL, ALL_OF_O = {"Principal": "*"}, {"Principal": "*", "OrganizationId": "o"}


def acl(*rules: Any, default: Any = None) -> dict[str, Any]:
    return {"DefaultAction": default or {"Allow": {}}, "Rules": [*rules]}


def rule(action: str = "Block", name: str = "r", **parts: Any) -> dict[str, Any]:
    return {"Name": name, "Action": {action: {}}, **parts}


def limit_rule(limit: Any) -> dict[str, Any]:
    return rule(Statement={"RateBasedStatement": {"Limit": limit}})


def method(kind: str | None, key: bool = False, verb: str = "POST") -> dict[str, Any]:
    return {"HttpMethod": verb, "ApiKeyRequired": key} | ({"AuthorizationType": kind} if kind else {})


def told(resource_type: str, before: Any, after: Any) -> list[str]:
    return [
        f"{one.what}: {one.summary} ({one.effect.name} {one.surface}: {one.before} > {one.after})"
        for one in access_changes(resource_type, before, after)
    ]


ANOTHER_ROLE = "role: it acts as another role, with whatever that one may do (UNKNOWN iam: {} > {})"
OPEN_KEY = (
    "encryption key: no longer encrypted with our key, so the key policy no longer limits who can read it"
)
OTHER_KEY = "encryption key: another key decides who can read what is in it"
TOLD: list[tuple[str, Any, Any, list[str]]] = [
    (ACL, acl(), None, ["web ACL: the web ACL goes: nothing is filtered (WIDENS public: present > None)"]),
    (ACL, acl(default={"Block": {}}), acl(),
     ["web ACL default: default action Block → Allow (WIDENS public: Block > Allow)"]),
    (ACL, {}, acl(default={"Block": {}}),
     ["web ACL default: default action None → Block (NARROWS public: None > Block)"]),
    (ACL, {"DefaultAction": {}}, acl(),
     ["web ACL default: default action None → Allow (WIDENS public: None > Allow)"]),
    (ACL, acl(), acl(rule("Allow")),
     [f"web ACL rule: rule r (Allow) is added (WIDENS public: None > {rule('Allow')})"]),
    (ACL, acl(), acl(rule()), [f"web ACL rule: rule r (Block) is added (NARROWS public: None > {rule()})"]),
    (ACL, acl(rule()), acl(), [f"web ACL rule: rule r (Block) is removed (WIDENS public: {rule()} > None)"]),
    (ACL, acl(rule("Allow")), {"DefaultAction": {"Allow": {}}},
     [f"web ACL rule: rule r (Allow) is removed (NARROWS public: {rule('Allow')} > None)"]),
    (ACL, acl(rule()), acl(rule("Count")),
     [f"web ACL rule: rule r: Block → Count (WIDENS public: {rule()} > {rule('Count')})"]),
    (ACL, acl(rule("Count")), acl(rule()),
     [f"web ACL rule: rule r: Count → Block (NARROWS public: {rule('Count')} > {rule()})"]),
    (ACL, acl({"Name": "g"}), acl(),
     ["web ACL rule: rule g (None) is removed (WIDENS public: {'Name': 'g'} > None)"]),
    (ACL, acl(rule(Priority=1)), acl(rule(Priority=2)),
     [f"web ACL rule: rule r: what it matches changes (UNKNOWN public: {rule(Priority=1)} > {rule(Priority=2)})"]),
    (ACL, acl(limit_rule(600)), acl(limit_rule("900")),
     [f"web ACL rule: rule r: limit 600 → 900 requests (WIDENS public: {limit_rule(600)} > {limit_rule('900')})"]),
    (GUARD, {"ResourceArn": "a"}, None,
     ["web ACL association: web ACL association is removed (WIDENS public: present > None)"]),
    (VALIDATOR, {"Name": "a"}, {"Name": "b"},
     ["request validation: request validation is another one (UNKNOWN public: {'Name': 'a'} > {'Name': 'b'})"]),
    (ADDRESSES, {"Addresses": ["10.0.0.0/8"]}, {"Addresses": []},
     ["IP set: addresses that rules of the web ACL treat apart change (UNKNOWN public: ['10.0.0.0/8'] > [])"]),
    (METHOD, None, method(None),
     ["API method: a new API method, open to anybody (WIDENS public: None > POST)"]),
    (METHOD, None, method("NONE", key=True),
     ["API method: a new API method, guarded by NONE or an API key (NARROWS public: None > POST)"]),
    (METHOD, None, method("AWS_IAM"),
     ["API method: a new API method, guarded by AWS_IAM or an API key (NARROWS public: None > POST)"]),
    (METHOD, method("AWS_IAM"), method(None),
     ["API method: authorization AWS_IAM → NONE (WIDENS public: AWS_IAM > NONE)"]),
    (METHOD, method(None), method("AWS_IAM"),
     ["API method: authorization NONE → AWS_IAM (NARROWS public: NONE > AWS_IAM)"]),
    (METHOD, method("CUSTOM"), method("AWS_IAM"),
     ["API method: authorization CUSTOM → AWS_IAM (UNKNOWN public: CUSTOM > AWS_IAM)"]),
    (METHOD, method(None, key=True), method(None),
     ["API method: API key required: True → False (WIDENS public: True > False)"]),
    (METHOD, method(None), method(None, key=True),
     ["API method: API key required: False → True (NARROWS public: False > True)"]),
    (API, {"DisableExecuteApiEndpoint": "true"}, {},
     ["API endpoint: default endpoint disabled: True → False (WIDENS public: True > False)"]),
    (API, {}, {"DisableExecuteApiEndpoint": True},
     ["API endpoint: default endpoint disabled: False → True (NARROWS public: False > True)"]),
    (API, {"EndpointConfiguration": {"Types": ["PRIVATE"]}}, {},
     ["API endpoint: endpoint type changes (WIDENS public: ['PRIVATE'] > None)"]),
    (API, {}, {"EndpointConfiguration": {"Types": ["EDGE"]}},
     ["API endpoint: endpoint type changes (UNKNOWN public: None > ['EDGE'])"]),
    (BUCKET, None, {"AccessControl": "PublicRead"},
     ["bucket ACL: canned ACL None → PublicRead (WIDENS public: None > PublicRead)"]),
    (BUCKET, {"AccessControl": "Private"}, {"AccessControl": "LogDeliveryWrite"},
     ["bucket ACL: canned ACL Private → LogDeliveryWrite (UNKNOWN public: Private > LogDeliveryWrite)"]),
    (URL, None, {"AuthType": "AWS_IAM"},
     ["function URL: function URL with authorization AWS_IAM (WIDENS iam: None > AWS_IAM)"]),
    (URL, {"AuthType": "AWS_IAM"}, {"AuthType": "NONE"},
     ["function URL: function URL with authorization NONE (WIDENS public: AWS_IAM > NONE)"]),
    (URL, {"AuthType": "NONE"}, {"AuthType": "AWS_IAM"},
     ["function URL: function URL with authorization AWS_IAM (NARROWS iam: NONE > AWS_IAM)"]),
    (TOPIC, TO_A, TO_B, [f"subscription: what the topic publishes goes to lambda a (WIDENS iam: {TO_A} > {TO_B})"]),
    (TOPIC, {"Endpoint": "a"}, {"Endpoint": "b"},
     ["subscription: what the topic publishes goes to None b (WIDENS iam: {'Endpoint': 'a'} > {'Endpoint': 'b'})"]),
    (TOPIC, None, {"Protocol": "sqs"},
     ["subscription: what the topic publishes goes to sqs None (WIDENS iam: None > {'Protocol': 'sqs'})"]),
    (LAYER, None, {"Principal": "*"},
     ["layer permission: * may use the layer (WIDENS public: None > {'Principal': '*'})"]),
    (LAYER, {"Principal": "1"}, {"Principal": "2"},
     ["layer permission: 2 may use the layer (WIDENS iam: {'Principal': '1'} > {'Principal': '2'})"]),
    (LAYER, ALL, ALL_OF_O, [f"layer permission: * may use the layer (WIDENS iam: {ALL} > {ALL_OF_O})"]),
    (GROUP, None, {"SecurityGroupIngress": [{"CidrIpv6": "::/0"}]},
     ["ingress: ingress from ::/0 (WIDENS public: None > {'CidrIpv6': '::/0'})"]),
    (GROUP, {"SecurityGroupIngress": [{"CidrIp": "10.0.0.0/8"}]}, None,
     ["ingress: ingress goes (NARROWS iam: {'CidrIp': '10.0.0.0/8'} > None)"]),
    (GROUP, {"SecurityGroupEgress": [ALL_OUT]}, {"SecurityGroupEgress": [ALL_OUT, {}]},
     ["egress: egress to anywhere (WIDENS iam: None > {})"]),
    ("AWS::EC2::SecurityGroupIngress", None, {"CidrIp": "0.0.0.0/0"},
     ["ingress: ingress from 0.0.0.0/0 (WIDENS public: None > {'CidrIp': '0.0.0.0/0'})"]),
    ("AWS::EC2::SecurityGroupEgress", {"CidrIp": "10.0.0.0/8"}, None,
     ["egress: egress goes (NARROWS iam: {'CidrIp': '10.0.0.0/8'} > None)"]),
    ("AWS::EC2::SecurityGroupEgress", None, {"CidrIp": "10.0.0.0/8"},
     ["egress: egress to 10.0.0.0/8 (WIDENS iam: None > {'CidrIp': '10.0.0.0/8'})"]),
    (FUNCTION, IN_A, {},
     [f"network: leaves the private network: it reaches the whole internet (WIDENS public: {SUBNET_A} > None)"]),
    (FUNCTION, IN_A, IN_B,
     [f"network: runs in another network, or under other rules of it (UNKNOWN public: {SUBNET_A} > {SUBNET_B})"]),
    (FUNCTION, {}, {"Role": "b"}, [ANOTHER_ROLE.format(None, "b")]),
    (FUNCTION, {"Role": "a", "RoleArn": ["b"]}, {"Role": "c", "RoleArn": ["b", "d", "", True]},
     [ANOTHER_ROLE.format("['a', 'b']", role) for role in "cd"]),
    (QUEUE, {"KmsMasterKeyId": "a"}, {}, [f"{OPEN_KEY} (WIDENS iam: ['a'] > None)"]),
    ("AWS::Logs::LogGroup", {"KmsKeyId": "a"}, {"KmsKeyId": "b"},
     [f"{OTHER_KEY} (UNKNOWN iam: ['a'] > ['b'])"]),
    ("AWS::X::Y", {"Cors": [[{"AllowOrigins": ["b", "a"]}]]}, {"Cors": [[{"AllowOrigins": ["c", "a", "d"]}]]},
     ["CORS: pages of c, d may read the answers (WIDENS public: ['a', 'b'] > ['a', 'c', 'd'])"]),
    ("AWS::X::Y", None, {"corsOrigin": "a"},
     ["CORS: pages of a may read the answers (WIDENS public: None > ['a'])"]),
    ("AWS::X::Y", {"corsOrigin": "a"}, {"Other": "a"},
     ["CORS: pages of fewer origins may read the answers (NARROWS public: ['a'] > None)"]),
    (DOMAIN, {"SecurityPolicy": "TLS_1_2"}, {"SecurityPolicy": "TLS_1_0"},
     ["TLS: security policy of TLS: TLS_1_2 → TLS_1_0 (WIDENS public: TLS_1_2 > TLS_1_0)"]),
    (DOMAIN, {"SecurityPolicy": "TLS_1_2"}, {},
     ["TLS: security policy of TLS: TLS_1_2 → None (WIDENS public: TLS_1_2 > None)"]),
    (DOMAIN, {"SecurityPolicy": "TLS_1_0"}, {"SecurityPolicy": "TLS_1_2"},
     ["TLS: security policy of TLS: TLS_1_0 → TLS_1_2 (NARROWS public: TLS_1_0 > TLS_1_2)"]),
    (DOMAIN, {"SecurityPolicy": "TLS_1_2"}, {"SecurityPolicy": "TLS_1_3"},
     ["TLS: security policy of TLS: TLS_1_2 → TLS_1_3 (UNKNOWN public: TLS_1_2 > TLS_1_3)"]),
    (DOMAIN, TRUSTS_A, {},
     [f"client certificates: no client certificate is asked for (WIDENS public: {STORE_A} > None)"]),
    (DOMAIN, TRUSTS_A, TRUSTS_B,
     [f"client certificates: other client certificates are trusted (UNKNOWN public: {STORE_A} > {STORE_B})"]),
]  # fmt: skip


@pytest.mark.parametrize(("resource_type", "before", "after", "expected"), TOLD)
def test_each_setting_is_told(resource_type: str, before: Any, after: Any, expected: list[str]) -> None:
    assert told(resource_type, before, after) == expected
    for properties in (before, after):
        assert properties is None or told(resource_type, properties, properties) == []


@pytest.mark.parametrize(
    ("resource_type", "before", "after"),
    [
        (ACL, None, acl()),
        (ACL, acl(limit_rule(900)), acl(limit_rule(600))),
        (GUARD, None, {"ResourceArn": "a"}),
        (ADDRESSES, None, {"Addresses": ["a"]}),
        (ADDRESSES, {"Addresses": ["a"]}, None),
        (METHOD, method(None), None),
        (METHOD, None, method(None, verb="OPTIONS")),
        (API, None, {"EndpointConfiguration": {"Types": ["EDGE"]}}),
        (API, {"EndpointConfiguration": {"Types": ["PRIVATE"]}}, None),
        (BUCKET, {"AccessControl": "PublicRead"}, None),
        (BUCKET, None, NO_BLOCK),
        (URL, {"AuthType": "NONE"}, None),
        (TOPIC, TO_A, {**TO_A, "RawMessageDelivery": True}),
        (TOPIC, TO_A, None),
        (LAYER, {"Principal": "1"}, {"Principal": "1", "Action": "lambda:GetLayerVersion"}),
        (LAYER, {"Principal": "*"}, None),
        (GROUP, {}, {"SecurityGroupEgress": [ALL_OUT]}),
        (GROUP, {"SecurityGroupEgress": [{"CidrIp": "10.0.0.0/8"}]}, None),
        (FUNCTION, {}, IN_A),
        (FUNCTION, IN_A, None),
        (FUNCTION, None, {"Role": "a"}),
        (FUNCTION, {"Role": "a"}, {}),
        (QUEUE, {}, {"KmsMasterKeyId": "a"}),
        (QUEUE, {"KmsMasterKeyId": "a"}, None),
        (QUEUE, None, {"KmsMasterKeyId": "a"}),
        (DOMAIN, {}, TRUSTS_A),
    ],
)  # fmt: skip
def test_what_opens_nothing_and_shuts_nobody_out_is_not_told(
    resource_type: str, before: Any, after: Any
) -> None:
    assert told(resource_type, before, after) == []


OPENNESS = ({"Block", "None"}, {"Captcha", "Challenge"}, {"Count"}, {"Allow", "Newer"})


@pytest.mark.parametrize("before", sorted(set.union(*OPENNESS)))
@pytest.mark.parametrize("after", sorted(set.union(*OPENNESS)))
def test_an_action_that_lets_more_through_widens(before: str, after: str) -> None:
    """An action that is not known is taken for the one that makes the change the worse."""
    rank = {action: number for number, actions in enumerate(OPENNESS) for action in actions}
    opens = rank[after] > (0 if before == "Newer" else rank[before])
    found = told(ACL, acl(rule(before)), acl(rule(after)))
    assert before == after or (" (WIDENS" if opens else " (NARROWS") in found[0]


def test_a_rule_groups_override_is_its_action() -> None:
    group = {"Name": "g", "OverrideAction": {"Count": {}}}
    assert "rule g (Count) is removed" in told(ACL, acl(group), acl())[0]


@pytest.mark.parametrize("statement", [{}, "(known after apply)", {"RateBasedStatement": None}])
def test_a_limit_that_comes_or_goes_changes_what_is_matched(statement: Any) -> None:
    other = acl(rule(Statement=statement))
    for before, after in ((other, acl(limit_rule(600))), (acl(limit_rule(600)), other)):
        assert "rule r: what it matches changes (UNKNOWN" in told(ACL, before, after)[0]


def test_rules_are_told_by_name() -> None:
    found = told(ACL, acl(rule(name="b")), acl(rule(name="c"), rule(name="a")))
    assert [one.partition(" (")[0] for one in found] == [f"web ACL rule: rule {name}" for name in "abc"]


@pytest.mark.parametrize(
    "setting", ["BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"]
)
def test_each_public_access_block_is_told(setting: str) -> None:
    shut = {"PublicAccessBlockConfiguration": {setting: "true"}}
    for opened in ({}, NO_BLOCK):
        opening = f"public access block: {setting}: True → False (WIDENS public: True > False)"
        shutting = f"public access block: {setting}: False → True (NARROWS public: False > True)"
        assert (told(BUCKET, shut, opened), told(BUCKET, opened, shut)) == ([opening], [shutting])


@pytest.mark.parametrize(
    "name",
    [
        *("CidrIp", "CidrIpv6", "SourceSecurityGroupId", "DestinationSecurityGroupId"),
        *("SourcePrefixListId", "DestinationPrefixListId"),
    ],
)
def test_the_other_end_of_a_network_rule_is_told(name: str) -> None:
    (found,) = told("AWS::EC2::SecurityGroupEgress", None, {name: "end"})
    assert found.startswith("egress: egress to end (WIDENS iam")


@pytest.mark.parametrize(
    "name",
    [
        *("Role", "RoleArn", "RoleARN", "Credentials", "ExecutionRoleArn", "ServiceRoleArn"),
        *("SubscriptionRoleArn", "TaskRoleArn", "DeliverLogsPermissionArn", "CloudWatchRoleArn"),
        "CloudWatchLogsRoleArn",
    ],
)
def test_a_role_is_known_by_its_propertys_name(name: str) -> None:
    assert told("AWS::X::Y", {"In": {name: "a"}}, {"In": {name: "b"}}) == [ANOTHER_ROLE.format("['a']", "b")]


@pytest.mark.parametrize("name", ["KmsKeyId", "KMSMasterKeyID", "KmsKeyArn", "kms_key_identifier"])
def test_a_key_is_known_by_its_propertys_name(name: str) -> None:
    assert told("AWS::X::Y", {name: "a"}, {}) == [f"{OPEN_KEY} (WIDENS iam: ['a'] > None)"]


@pytest.mark.parametrize(
    "name", ["header.Access-Control-Allow-Origin", "AllowedOrigins", "allowOrigin", "cors_origins"]
)
def test_origins_are_known_by_their_propertys_name(name: str) -> None:
    assert "pages of * may read" in told("AWS::X::Y", {}, {name: "*"})[0]
