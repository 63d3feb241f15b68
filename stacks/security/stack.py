"""Nested stack `security`: the keys, the secrets that endpoints are verified with, and the web ACL."""

import json
from dataclasses import dataclass
from typing import Any

from troposphere import Sub, Template
from troposphere.kms import Alias, Key
from troposphere.secretsmanager import GenerateSecretString, Secret

from payment_webhooks.endpoints.secret_document import GENERATED_KEY
from stacks.common.house_rules import apply_house_rules
from stacks.common.log_groups import log_delivery_policy
from stacks.names import IN_TEMPLATE, STANDARD_PAYMENTS_RULE
from stacks.parameters.features import CANARY_ON
from stacks.security.encryption_keys import encryption_keys
from stacks.security.signing_key import signing_key
from stacks.security.web_acl import web_acl, web_acl_log
from stacks.webhook_endpoints import CANARY_ENDPOINT, ENDPOINTS, Endpoint
from stacks.wiring.outputs import publish

# A new endpoint accepts nothing: it has no key until scripts/endpoint_secrets.py sets one. The text must never
# change: CloudFormation would write it over the keys that were set.
NOT_CONFIGURED = json.dumps({"mode": "test", "account": None, "keys": []})


@dataclass(frozen=True)
class SecurityOutputs:
    data_key_arn: Any
    messages_key_arn: Any
    secrets_key_arn: Any
    signing_key_arn: Any
    web_acl_arn: Any


def build_security() -> Template:
    template = Template(Description="Payment webhooks: encryption keys, endpoint secrets and web ACL")
    data, messages, secrets = (_with_alias(template, key, alias) for key, alias in encryption_keys())
    signing = _with_alias(template, signing_key(), IN_TEMPLATE.signing_key_alias)
    for endpoint in ENDPOINTS:
        template.add_resource(_endpoint_secret(endpoint, secrets))
    template.add_resource(_fingerprint_key(secrets))
    template.add_resource(_canary_secret(secrets, CANARY_ON.holds(template)))
    acl = web_acl(template)
    delivery = log_delivery_policy(
        template,
        [IN_TEMPLATE.web_acl_log_group, IN_TEMPLATE.pipe_log_group, IN_TEMPLATE.workflow_log_group],
        IN_TEMPLATE.standard_payments_log_group,
        IN_TEMPLATE.rule_arn(STANDARD_PAYMENTS_RULE),
    )
    web_acl_log(template, acl, messages.get_att("Arn"), delivery)
    publish(
        template,
        SecurityOutputs(
            data_key_arn=data.get_att("Arn"),
            messages_key_arn=messages.get_att("Arn"),
            secrets_key_arn=secrets.get_att("Arn"),
            signing_key_arn=signing.get_att("Arn"),
            web_acl_arn=acl.get_att("Arn"),
        ),
    )
    return apply_house_rules(template)


def _with_alias(template: Template, key: Key, alias: str) -> Key:
    template.add_resource(Alias(f"{key.title}Alias", AliasName=Sub(alias), TargetKeyId=key.ref()))
    return template.add_resource(key)


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


def _canary_secret(key: Key, condition: str) -> Secret:
    """The canary's endpoint has a key that no person has ever seen, and that books no money."""
    return Secret(
        "CanarySecret",
        Condition=condition,
        Name=Sub(IN_TEMPLATE.endpoint_secret(CANARY_ENDPOINT.name)),
        Description="What the canary's webhooks are signed and verified with",
        KmsKeyId=key.get_att("Arn"),
        GenerateSecretString=GenerateSecretString(
            SecretStringTemplate=json.dumps({"mode": "test"}),
            GenerateStringKey=GENERATED_KEY,
            PasswordLength=64,
            ExcludePunctuation=True,
        ),
    )
