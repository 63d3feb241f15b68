"""The edits of an endpoint's secret that a command line asks for. A key's value is read here, before AWS is called."""

import getpass
import warnings
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from payment_webhooks.endpoints.secret_document import (
    ApiCredentials,
    EndpointSecret,
    add_key,
    pin_certificates,
    set_keys,
    without_pins,
)
from scripts.command_line.errors import UsageError
from scripts.command_line.project_paths import ROOT
from scripts.local_engine.state import state_folder
from scripts.operations.endpoint_secrets.store import Edit, check_key, configure, read_value
from scripts.provider_simulator.local_authority import AUTHORITY_FOLDER, ensure_authority


def key_edit(
    endpoint: str, value_file: str | None, mode: str | None, now: datetime, *, replaces: bool
) -> Edit:
    """One key more, or in the place of all. Raises UsageError for a key that can't be read, or is none.

    The edit refuses the endpoint's first key without a `mode`: nothing else can tell whether its money is real.
    """
    value = read_value(value_file, lambda question: asked_for(question, "--value-file"))
    check_key(endpoint, value)

    def edit(secret: EndpointSecret) -> EndpointSecret:
        if not secret.keys and mode is None:
            raise UsageError(
                f"this is the first key of {endpoint}: are its events live or test ones?",
                "add --mode live or --mode test",
            )
        return set_keys(secret, (value,), now) if replaces else add_key(secret, value, now)

    return edit


def asked_for(question: str, option: str) -> str:
    """What a person types, unseen. Raises UsageError where no terminal hides it; `option` reads a file."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", getpass.GetPassWarning)
            return getpass.getpass(question)
    except (EOFError, getpass.GetPassWarning) as error:
        raise UsageError(
            "this asks for the key, and there is no terminal",
            f"give {option} FILE, or - for standard input",
        ) from error


def settings_edit(
    mode: str | None,
    account: str | None,
    test_events: str | None,
    notification_url: str | None,
    certificates: Sequence[str],
    trust_anchors: Sequence[str],
    local_authority: bool,
    no_pins: bool,
    api_client_id: str | None,
    api_client_secret_file: str | None,
    api_url: str | None,
) -> Edit:
    """What a secret holds besides keys, as the options of the same names say it. Raises UsageError."""
    chains, anchors = read_certificates(certificates, trust_anchors)
    api = api_credentials(api_client_id, api_client_secret_file, api_url)

    def edit(secret: EndpointSecret) -> EndpointSecret:
        kept = without_pins(secret) if no_pins else secret
        edited = configure(kept, mode, account, notification_url, chains, anchors, test_events)
        edited = pin_local_authority(edited) if local_authority else edited
        return edited._replace(api=api) if api else edited

    return edit


def read_certificates(
    certificates: Sequence[str], trust_anchors: Sequence[str]
) -> tuple[dict[str, str], tuple[str, ...]]:
    """Certificate chains by URL (of texts `URL=FILE`), and trust anchors, as PEM. Raises UsageError."""
    chains: dict[str, str] = {}
    try:
        for pair in certificates:
            url, separator, file = pair.partition("=")
            if not separator:
                raise UsageError(f"--certificate {pair}: it is URL=FILE")
            chains[url] = Path(file).read_text(encoding="ascii")
        return chains, tuple(Path(file).read_text(encoding="ascii") for file in trust_anchors)
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"a certificate can't be read: {error}") from error


def pin_local_authority(secret: EndpointSecret) -> EndpointSecret:
    """This machine's test authority, beside what is pinned already, with a leaf for what the endpoint expects."""
    authority = ensure_authority(state_folder(ROOT) / AUTHORITY_FOLDER, secret.mode)
    others = [anchor for anchor in secret.trust_anchors if anchor != authority.authority_pem]
    chains = {**secret.certificates, authority.certificate_url: authority.chain_pem}
    return pin_certificates(secret, chains, (*others, authority.authority_pem))


def api_credentials(
    client_id: str | None, client_secret_file: str | None, url: str | None
) -> ApiCredentials | None:
    """Raises UsageError when only a part is given, or the file can't be read."""
    if not client_id:
        if client_secret_file or url:
            raise UsageError("--api-client-id is missing")
        return None
    question, option = "API secret (not shown): ", "--api-client-secret-file"
    secret = read_value(client_secret_file, lambda _: asked_for(question, option))
    return ApiCredentials(client_id, secret, url)
