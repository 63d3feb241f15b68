"""The web ACL: what it limits, what it only counts for webhooks, and what its log leaves out."""

import json
import re
from typing import Any

import pytest

from payment_webhooks.providers.internal import provider as internal
from payment_webhooks.providers.paypal import provider as paypal
from payment_webhooks.providers.square import provider as square
from payment_webhooks.providers.stripe import provider as stripe
from stacks.parameters.throttles import RATES_PER_SECOND
from stacks.webhook_endpoints import ENDPOINTS
from tests.support.templates.managed_rules import CAPACITY, MANAGED, NAMESPACES
from tests.support.templates.resources import resource, templates, walk

ACL = resource("security", "WebAcl")
RULES: dict[str, dict[str, Any]] = {rule["Name"]: rule for rule in ACL["Rules"]}
PROVIDERS = {"IPSetReferenceStatement": {"Arn": {"Fn::GetAtt": ["ProviderAddressSet", "Arn"]}}}


def _group(name: str) -> dict[str, Any]:
    (found,) = [
        rule["Statement"]["ManagedRuleGroupStatement"]
        for rule in RULES.values()
        if rule["Statement"].get("ManagedRuleGroupStatement", {}).get("Name") == name
    ]
    return dict(found)


def _would_refuse_honest_webhooks(rule: str) -> bool:
    return rule.endswith("_BODY") or rule == "NoUserAgent_HEADER"


def _rate(name: str) -> dict[str, Any]:
    return dict(RULES[name]["Statement"]["RateBasedStatement"])


def _pattern(statement: dict[str, Any]) -> str:
    match = statement["RegexMatchStatement"]
    assert match["FieldToMatch"] == {"UriPath": {}}
    assert match["TextTransformations"] == [{"Priority": 0, "Type": "NONE"}]
    return str(match["RegexString"])


def test_the_rules_in_order() -> None:
    assert [rule["Name"] for rule in ACL["Rules"]] == [
        "ip-rate",
        "paypal-ip-rate",
        "ip-reputation",
        "common",
        "known-bad-inputs",
        "counted-outside-webhooks",
    ]
    assert [rule["Priority"] for rule in ACL["Rules"]] == list(range(6))
    assert (ACL["Scope"], ACL["DefaultAction"]) == ("REGIONAL", {"Allow": {}})


@pytest.mark.parametrize(
    ("rule", "parameter"), [("ip-rate", "IpRateLimit"), ("paypal-ip-rate", "PayPalIpRateLimit")]
)
def test_an_address_has_a_limit_in_a_minute_from_a_parameter_in_seconds(rule: str, parameter: str) -> None:
    statement = _rate(rule)
    assert (statement["AggregateKeyType"], statement["EvaluationWindowSec"]) == ("IP", 60)
    assert statement["Limit"] == {"Fn::FindInMap": ["RateLimits", {"Ref": parameter}, "Requests"]}
    block = RULES[rule]["Action"]["Block"]["CustomResponse"]
    assert block == {"ResponseCode": 429, "CustomResponseBodyKey": "too-many-requests"}


def test_every_allowed_rate_has_its_limit() -> None:
    limits = templates()["security"]["Mappings"]["RateLimits"]
    assert limits == {str(rate): {"Requests": rate * 60} for rate in RATES_PER_SECOND}
    for name in ("IpRateLimit", "PayPalIpRateLimit"):
        assert templates()["root"]["Parameters"][name]["AllowedValues"] == list(RATES_PER_SECOND)
    assert limits["10"] == {"Requests": 600}
    assert limits["100"] == {"Requests": 6000}
    assert min(each["Requests"] for each in limits.values()) >= 10  # WAF takes no lower limit


def test_paypal_is_limited_apart_and_published_addresses_not_at_all() -> None:
    paypal_paths = _rate("paypal-ip-rate")["ScopeDownStatement"]
    not_paypal, not_published = _rate("ip-rate")["ScopeDownStatement"]["AndStatement"]["Statements"]
    assert not_paypal == {"NotStatement": {"Statement": paypal_paths}}
    assert not_published == {"NotStatement": {"Statement": PROVIDERS}}
    pattern = _pattern(paypal_paths)
    for path in ("/v1/webhook/paypal", "/webhook/paypal", "/webhook/paypal/"):
        assert re.search(pattern, path)
    for path in ("/v1/webhook/stripe", "/webhook/paypal2", "/x/webhook/paypal", "/v1/webhook", "/paypal"):
        assert not re.search(pattern, path)
    assert [each.name for each in ENDPOINTS if each.provider == "paypal"] == ["paypal"]


def test_published_addresses_may_be_none() -> None:
    addresses = resource("security", "ProviderAddressSet")
    assert (addresses["Scope"], addresses["IPAddressVersion"]) == ("REGIONAL", "IPV4")
    given = {"Fn::If": ["ProviderAddressesIsGiven", {"Ref": "ProviderAddresses"}, []]}
    assert addresses["Addresses"] == given
    assert templates()["security"]["Conditions"]["ProviderAddressesIsGiven"] == {
        "Fn::Not": [{"Fn::Equals": [{"Fn::Join": ["", {"Ref": "ProviderAddresses"}]}, ""]}]
    }
    for name in ("root", "security"):
        assert templates()[name]["Parameters"]["ProviderAddresses"]["Type"] == "CommaDelimitedList"
    # A nested stack takes its parameters as text.
    passed = resource("root", "Security")["Parameters"]["ProviderAddresses"]
    assert passed == {"Fn::Join": [",", {"Ref": "ProviderAddresses"}]}


@pytest.mark.parametrize("address", ["", "3.18.12.63/32", "255.255.255.255/1", "10.0.0.0/8"])
def test_good_addresses(address: str) -> None:
    pattern = templates()["root"]["Parameters"]["ProviderAddresses"]["AllowedPattern"]
    assert re.fullmatch(pattern, address)


@pytest.mark.parametrize("address", ["3.18.12.63", "0.0.0.0/0", "256.1.1.1/32", "1.2.3.4/33", "::1/128", "a"])
def test_bad_addresses(address: str) -> None:
    pattern = templates()["root"]["Parameters"]["ProviderAddresses"]["AllowedPattern"]
    assert not re.fullmatch(pattern, address)


def test_the_managed_groups_in_use_are_these_in_full() -> None:
    used = [
        rule["Statement"]["ManagedRuleGroupStatement"]
        for rule in RULES.values()
        if "ManagedRuleGroupStatement" in rule["Statement"]
    ]
    assert {each["Name"] for each in used} == MANAGED.keys()
    for each in used:
        assert each["VendorName"] == "AWS"
        assert "ExcludedRules" not in each
    for name in NAMESPACES:
        assert "ScopeDownStatement" not in _group(name)
    reputation = _group("AWSManagedRulesAmazonIpReputationList")
    assert reputation["ScopeDownStatement"] == {"NotStatement": {"Statement": PROVIDERS}}
    assert "RuleActionOverrides" not in reputation


@pytest.mark.parametrize("group", MANAGED)
def test_every_rule_that_looks_into_the_body_counts_and_every_other_blocks(group: str) -> None:
    overridden = {each["Name"]: each["ActionToUse"] for each in _group(group).get("RuleActionOverrides", [])}
    wanted = {rule for rule in MANAGED[group] if _would_refuse_honest_webhooks(rule)}
    assert overridden == {rule: {"Count": {}} for rule in wanted}


def test_what_counts_for_webhooks_blocks_on_every_other_path() -> None:
    rule = RULES["counted-outside-webhooks"]
    assert rule["Action"] == {"Block": {}}
    labelled, elsewhere = rule["Statement"]["AndStatement"]["Statements"]
    labels = {each["LabelMatchStatement"]["Key"] for each in labelled["OrStatement"]["Statements"]}
    # AWS's label of a rule is its name with the part in title case.
    assert labels == {
        f"awswaf:managed:aws:{NAMESPACES[group]}:{name}_{part.title()}"
        for group, rules in MANAGED.items()
        for name, _, part in [rule.rpartition("_") for rule in rules if _would_refuse_honest_webhooks(rule)]
    }
    assert "awswaf:managed:aws:core-rule-set:SizeRestrictions_Body" in labels
    pattern = _pattern(elsewhere["NotStatement"]["Statement"])
    for path in ("/v1/webhook/stripe", "/webhook/paypal", "/v1/webhook", "/webhook"):
        assert re.search(pattern, path)
    for path in ("/v1/transactions", "/v1/webhooks", "/x/webhook/stripe", "/v1/health", "/"):
        assert not re.search(pattern, path)


def test_labels_are_read_after_they_are_put() -> None:
    for name in ("common", "known-bad-inputs"):
        assert RULES[name]["Priority"] < RULES["counted-outside-webhooks"]["Priority"]
        assert RULES[name]["OverrideAction"] == {"None": {}}


def test_the_capacity_is_within_what_the_price_includes() -> None:
    used = 0
    for path, value in walk(ACL["Rules"]):
        name = value["Name"] if path[-1:] == ("ManagedRuleGroupStatement",) else path[-1] if path else ""
        used += CAPACITY.get(str(name), 0)
    assert 900 < used <= 1500


def test_requests_are_never_sampled_as_samples_keep_signatures() -> None:
    for each in (ACL.properties, *ACL["Rules"]):
        assert each["VisibilityConfig"]["SampledRequestsEnabled"] is False


def test_the_answer_over_the_limit_is_json_in_the_functions_form() -> None:
    body = ACL["CustomResponseBodies"]["too-many-requests"]
    assert body["ContentType"] == "APPLICATION_JSON"
    assert json.loads(body["Content"]).keys() == {"error", "message"}


def test_the_log_has_its_own_encrypted_group_and_no_signature() -> None:
    log = resource("security", "WebAclLog")
    (destination,) = log["LogDestinationConfigs"]
    assert destination["Fn::Sub"].endswith(":log-group:${WebAclLogGroup}")
    name = resource("security", "WebAclLogGroup")["LogGroupName"]["Fn::Sub"]
    assert name == "aws-waf-logs-payment-webhooks-${EnvironmentSuffix}"  # WAF takes no other beginning
    redacted = {each["SingleHeader"]["Name"] for each in log["RedactedFields"]}
    signatures = {module.SIGNATURE_HEADER for module in (internal, paypal, square, stripe)}
    assert redacted == signatures | {"authorization", "cookie", "x-api-key"}


def test_the_log_keeps_what_was_blocked_or_counted() -> None:
    kept = resource("security", "WebAclLog")["LoggingFilter"]
    assert kept["DefaultBehavior"] == "DROP"
    (filter_,) = kept["Filters"]
    assert (filter_["Behavior"], filter_["Requirement"]) == ("KEEP", "MEETS_ANY")
    actions = {each["ActionCondition"]["Action"] for each in filter_["Conditions"]}
    assert actions == {"BLOCK", "COUNT", "EXCLUDED_AS_COUNT"}


def test_one_policy_lets_log_delivery_write_to_our_groups_alone() -> None:
    assert resource("security", "WebAclLog").document["DependsOn"] == ["LogDeliveryPolicy"]
    text = resource("security", "LogDeliveryPolicy")["PolicyDocument"]["Fn::Sub"]
    statement = json.loads(text)["Statement"][0]
    assert statement["Principal"] == {"Service": "delivery.logs.amazonaws.com"}
    assert statement["Action"] == ["logs:CreateLogStream", "logs:PutLogEvents"]
    assert statement["Condition"]["StringEquals"] == {"aws:SourceAccount": "${AWS::AccountId}"}
    for arn in statement["Resource"]:
        assert arn.endswith("-${EnvironmentSuffix}:*")
    assert len(text) < 5000  # CloudWatch Logs takes 5,120 characters, with the values in
