"""Nested stack `security`: the key, the secrets that endpoints are verified with, and the web ACL."""

import json
from dataclasses import dataclass
from typing import Any

from troposphere import Sub, Template
from troposphere.kms import Alias, Key
from troposphere.secretsmanager import GenerateSecretString, Secret

from stacks.common.house_rules import apply_house_rules
from stacks.common.log_groups import log_delivery_policy
from stacks.names import IN_TEMPLATE, STANDARD_PAYMENTS_RULE
from stacks.security.encryption_key import encryption_key
from stacks.security.web_acl import web_acl, web_acl_log
from stacks.webhook_endpoints import ENDPOINTS, Endpoint
from stacks.wiring.outputs import publish

# A new endpoint accepts nothing: it has no key until scripts/endpoint_secrets.py sets one. The text must never
# change: CloudFormation would write it over the keys that were set.
NOT_CONFIGURED = json.dumps({"mode": "test", "account": None, "keys": []})


@dataclass(frozen=True)
class SecurityOutputs:
    key_arn: Any
    key_id: Any
    web_acl_arn: Any


def build_security() -> Template:
    template = Template(Description="Payment webhooks: encryption key, endpoint secrets and web ACL")
    key = template.add_resource(encryption_key())
    template.add_resource(Alias("KeyAlias", AliasName=Sub(IN_TEMPLATE.key_alias), TargetKeyId=key.ref()))
    for endpoint in ENDPOINTS:
        template.add_resource(_endpoint_secret(endpoint, key))
    template.add_resource(_fingerprint_key(key))
    acl = web_acl(template)
    delivery = log_delivery_policy(
        template,
        [IN_TEMPLATE.web_acl_log_group, IN_TEMPLATE.pipe_log_group, IN_TEMPLATE.workflow_log_group],
        IN_TEMPLATE.standard_payments_log_group,
        IN_TEMPLATE.rule_arn(STANDARD_PAYMENTS_RULE),
    )
    web_acl_log(template, acl, key.get_att("Arn"), delivery)
    publish(
        template,
        SecurityOutputs(key_arn=key.get_att("Arn"), key_id=key.ref(), web_acl_arn=acl.get_att("Arn")),
    )
    return apply_house_rules(template)


def _endpoint_secret(endpoint: Endpoint, key: Key) -> Secret:
    return Secret(
        f"{endpoint.title}Secret",
        Name=Sub(IN_TEMPLATE.endpoint_secret(endpoint.name)),
        Description=f"What webhooks of the endpoint {endpoint.name} are verified with",
        KmsKeyId=key.get_att("Arn"),
        SecretString=NOT_CONFIGURED,
    )


def _fingerprint_key(key: Key) -> Secret:
    return Secret(
        "FingerprintSecret",
        Name=Sub(IN_TEMPLATE.fingerprint_secret),
        Description="Key of the fingerprints by which a redelivery is told from a conflicting body",
        KmsKeyId=key.get_att("Arn"),
        GenerateSecretString=GenerateSecretString(PasswordLength=64, ExcludePunctuation=True),
    )
