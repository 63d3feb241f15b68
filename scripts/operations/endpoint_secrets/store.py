"""Edits of one endpoint's secret: pure functions over the document, and one read-modify-write at the edge.

Of two edits at once one fails: the label AWSCURRENT moves off the version that was read, and no other (O9001).
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from payment_webhooks.endpoints.secret_document import (
    MODES,
    EndpointSecret,
    dump_endpoint_secret,
    parse_endpoint_secret,
    pin_certificates,
)
from payment_webhooks.errors import WebhookError
from payment_webhooks.providers.event_list import AccountNotNamed, access_of
from payment_webhooks.providers.registry import PROVIDERS
from scripts.command_line.copyable_command import copyable
from scripts.command_line.errors import Refused, RolledBack, ToolError, UsageError
from scripts.operations.endpoint_secrets.key_use import Use
from scripts.operations.endpoint_secrets.trust import described, warnings
from stacks.documents.provider_manual import read_manual
from stacks.webhook_endpoints import ENDPOINTS, endpoint_named

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_secretsmanager.type_defs import GetSecretValueResponseTypeDef

Edit = Callable[[EndpointSecret], EndpointSecret]
STANDARD_INPUT: Final = "-"
# The label of a version that is written and not in force yet; at most one version has it.
EDITED: Final = "edited"


class SecretMissing(ToolError):
    exit_code = 2


class Malformed(Refused):
    """What the secret holds is not the document of an endpoint."""


def read_secret(client: SecretsManagerClient, secret_id: str) -> EndpointSecret:
    """The endpoint's secret. Raises SecretMissing when there is none, Refused when it can't be read, Malformed
    when it is not the document of an endpoint.
    """
    return _parsed(secret_id, _read(client, secret_id))


def _read(client: SecretsManagerClient, secret_id: str) -> GetSecretValueResponseTypeDef:
    try:
        return client.get_secret_value(SecretId=secret_id)
    except client.exceptions.ResourceNotFoundException as error:
        raise SecretMissing(
            f"there is no secret {secret_id}", "deploy first, and check --suffix, --endpoint and --region"
        ) from error
    except ClientError as error:
        raise Refused(
            f"{secret_id} can't be read: {error}",
            "it takes secretsmanager:GetSecretValue, and kms:Decrypt with the key of secrets",
        ) from error


def _parsed(secret_id: str, held: GetSecretValueResponseTypeDef) -> EndpointSecret:
    try:
        return parse_endpoint_secret(held.get("SecretString", ""))
    except WebhookError as error:
        raise Malformed(
            f"{secret_id} does not hold a document of an endpoint",
            "look at it in Secrets Manager, or give it a new key: "
            + copyable("endpoint-secrets", "set", "--endpoint", endpoint_of(secret_id)),
        ) from error


def endpoint_of(secret_id: str) -> str:
    """The endpoint whose name stands in the secret's, as stacks.names makes it."""
    return next(each.name for each in ENDPOINTS if secret_id.startswith(f"secret-endpoint-{each.name}-"))


def edit_secret(
    client: SecretsManagerClient, secret_id: str, edit: Edit, start_anew: Callable[[], None] | None = None
) -> tuple[EndpointSecret, EndpointSecret]:
    """Reads, edits and writes the secret, as it was and as it is now; what is written is checked to read back as the
    same.

    With `start_anew`, a document that can't be read is replaced by one with nothing but defaults, after the
    call that says so. Raises UsageError with the reason when the edit is refused; then nothing was written. Raises
    RolledBack when somebody else has changed the secret since it was read; then the edit is not in force.
    """
    held = _read(client, secret_id)
    try:
        present = _present_or_new(secret_id, held, start_anew)
        edited = edit(present)
        text = dump_endpoint_secret(edited)
    except ValueError as error:
        raise UsageError(str(error)) from error
    _write(client, secret_id, text, held["VersionId"])
    return present, edited


def _write(client: SecretsManagerClient, secret_id: str, text: str, version_read: str) -> None:
    """Puts the text in the place of that version."""
    made = client.put_secret_value(SecretId=secret_id, SecretString=text, VersionStages=[EDITED])["VersionId"]
    try:
        client.update_secret_version_stage(
            SecretId=secret_id,
            VersionStage="AWSCURRENT",
            RemoveFromVersionId=version_read,
            MoveToVersionId=made,
        )
    except ClientError as error:
        current = _read(client, secret_id)["VersionId"]
        if current == version_read:
            raise
        if current != made:  # else it was moved, and the call was sent again
            raise RolledBack(
                f"somebody else has changed {secret_id} meanwhile: this change is not in force",
                "look at what it is now, and do it again: "
                + copyable("endpoint-secrets", "list", "--endpoint", endpoint_of(secret_id)),
            ) from error


def _present_or_new(
    secret_id: str, held: GetSecretValueResponseTypeDef, start_anew: Callable[[], None] | None
) -> EndpointSecret:
    try:
        return _parsed(secret_id, held)
    except Malformed:
        if start_anew is None:
            raise
        start_anew()
        return EndpointSecret()


def configure(
    secret: EndpointSecret,
    mode: str | None = None,
    account: str | None = None,
    notification_url: str | None = None,
    certificates: Mapping[str, str] | None = None,
    trust_anchors: tuple[str, ...] = (),
    test_events: str | None = None,
) -> EndpointSecret:
    """The same keys with other settings; None and empty leave one as it is, account "any" takes it away.

    Raises ValueError for a mode that is neither live nor test.
    """
    if mode is not None:
        if mode not in MODES:
            raise ValueError(f"the mode is one of {', '.join(MODES)}")
        secret = secret._replace(mode=mode)
    if account is not None:
        secret = secret._replace(account=None if account == "any" else account)
    if test_events is not None:
        secret = secret._replace(ignores_test_events=test_events == "ignore")
    if notification_url is not None:
        secret = secret._replace(notification_url=notification_url)
    if certificates or trust_anchors:
        pinned = {**secret.certificates, **(certificates or {})}
        secret = pin_certificates(secret, pinned, trust_anchors or secret.trust_anchors)
    return secret


def expectations(secret: EndpointSecret) -> tuple[Any, ...]:
    """What webhooks are judged by."""
    return secret.mode, secret.account, secret.ignores_test_events


def summary(endpoint: str, secret: EndpointSecret, uses: Mapping[str, Use] | None = None) -> dict[str, Any]:
    """What may be shown of a secret: no value, nothing derived from a value; with `uses` (by key id), also how
    much each key is in use.
    """
    return {
        "endpoint": endpoint,
        "mode": secret.mode,
        "ignores_test_events": secret.ignores_test_events,
        "account": secret.account,
        "notification_url": secret.notification_url,
        "pinned_certificates": sorted(secret.certificates),
        "keys": [
            {"id": key.id, "added_at": key.added_at, **(uses[key.id].shown if uses else {})}
            for key in secret.keys
        ],
        "has_api_credentials": secret.api is not None,
        "trusts_besides_provider": described(secret),
        "warnings": list(warnings(endpoint, secret)),
    }


def check_api_secret(endpoint: str, before: EndpointSecret, after: EndpointSecret) -> None:
    """Raises UsageError for new API credentials that may do more than this system needs, and for those that nothing
    ties to the endpoint: what another account's key lists looks missed. A stand-in of a test lists what that makes.
    """
    if after.api is None or (after.api, after.account) == (before.api, before.account):
        return
    record = endpoint_named(endpoint).record
    try:
        access_of(record, after)
    except AccountNotNamed:
        raise UsageError(
            f"{endpoint} has API credentials and no account, so another account's events would look missed",
            "add --account with the provider's id of the account whose events the endpoint gets",
        ) from None
    if after.api == before.api:
        return
    try:
        record.check_api_secret(after.api.client_secret)
    except ValueError as error:
        raise UsageError(str(error), "docs/reconciliation.md says where it is made") from None


def check_key(endpoint: str, value: str) -> None:
    """Raises UsageError for a text that can't be a key of the endpoint's provider: with it nothing would verify.

    An API key of any provider is refused at every endpoint: people paste from the wrong page.
    """
    for name in PROVIDERS.names:
        if value.startswith(PROVIDERS.get(name).api_key_prefixes):
            raise UsageError(
                f"this is an API key of {name}, not the signing secret of a webhook endpoint",
                "the provider shows the signing secret where the webhook endpoint is set up",
            )
    provider = endpoint_named(endpoint).record
    try:
        provider.check_key(value)
    except ValueError as error:
        raise UsageError(str(error), f"the key: {read_manual(provider).key_is}") from None


def read_value(source: str | None, prompt: Callable[[str], str], standard_input: IO[str] = sys.stdin) -> str:
    """A key's value from a file (`source`), from standard input (`-`), or asked for without an echo (None).

    One line end at the end of a file is not part of the value. Raises UsageError when it can't be read.
    """
    if source is None:
        return prompt("Key (not shown): ")
    try:
        text = standard_input.read() if source == STANDARD_INPUT else Path(source).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        # The name is not repeated: it may be the key itself, given by mistake.
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise UsageError(f"the file with the key can't be read: {why}") from None
    return text.removesuffix("\n").removesuffix("\r")
