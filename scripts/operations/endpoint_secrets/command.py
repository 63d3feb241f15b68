"""The command `endpoint-secrets`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import click

from scripts.command_line.command import Group
from scripts.command_line.copyable_command import command_line, copyable
from scripts.command_line.environment import Environment
from scripts.command_line.exit_codes import EXIT_FOUND
from scripts.command_line.options import Function, environment_options, json_option, yes_option
from scripts.command_line.streams import answer, ask_for, confirm, print_table
from stacks.webhook_endpoints import ENDPOINTS

if TYPE_CHECKING:
    from payment_webhooks.endpoints.secret_document import EndpointSecret
    from scripts.operations.endpoint_secrets.key_use import Use
    from scripts.operations.endpoint_secrets.store import Edit
    from scripts.operations.endpoint_secrets.trust import Asked

endpoint_option = click.option(
    "--endpoint",
    required=True,
    type=click.Choice([endpoint.name for endpoint in ENDPOINTS]),
    help="Whose keys.",
)
value_file_option = click.option(
    "--value-file", metavar="FILE", help="Read the key from FILE, - is standard input; else it is asked for."
)
SETTINGS = (
    click.option(
        "--mode",
        type=click.Choice(["live", "test"]),
        help="Which events the endpoint expects; the first key needs it.",
    ),
    click.option(
        "--account", metavar="ID", help="The provider's account that events must belong to; any: no check."
    ),
    click.option(
        "--test-events",
        type=click.Choice(["wait", "ignore"]),
        help="At a live endpoint: wait for a person, or are ignored (Stripe Connect sends them there, too).",
    ),
    click.option(
        "--notification-url", metavar="URL", help="Square: the URL exactly as it is registered there."
    ),
    click.option(
        "--certificate",
        "certificates",
        multiple=True,
        metavar="URL=FILE",
        help="PayPal: pin the chain of URL.",
    ),
    click.option(
        "--trust-anchor",
        "trust_anchors",
        multiple=True,
        metavar="FILE",
        help="PayPal: trust the authority in this PEM file.",
    ),
    click.option(
        "--local-authority", is_flag=True, help="PayPal: pin a certificate of this machine's test authority."
    ),
    click.option(
        "--no-pins", is_flag=True, help="PayPal: take away certificates, authorities and --api-url of tests."
    ),
    click.option(
        "--api-client-id",
        metavar="ID",
        help="PayPal: confirm and list events with its API, as this application; Stripe, Square: list them, any name.",
    ),
    click.option(
        "--api-client-secret-file", metavar="FILE", help="That application's secret, or the API key."
    ),
    click.option("--api-url", metavar="URL", help="A stand-in for the provider's API, in tests."),
    click.option("--confirm", metavar="SUFFIX", help="On AWS: yes, trust such an authority or API."),
    click.option("--unconfirmed", is_flag=True, help="PayPal live: yes, without asking PayPal's API."),
)


def secret_options(function: Function) -> Function:
    return environment_options(endpoint_option(json_option(function)))


def setting_options(function: Function) -> Function:
    for option in reversed(SETTINGS):
        function = option(function)
    return secret_options(function)


@click.group(
    cls=Group,
    hides_input=True,
    exit_codes=[EXIT_FOUND],
    examples=[
        "{} set --suffix dev --endpoint stripe --mode test",
        "pass show stripe/dev | {} add --suffix dev --endpoint stripe --value-file -",
        "{} configure --suffix dev --endpoint square"
        " --notification-url https://hooks.example.com/v1/webhook/square",
        "{} guide --suffix dev --endpoint paypal",
        "{} list --suffix dev --endpoint stripe --use",
        "{} roll --suffix dev --endpoint stripe",
        "{} retire --suffix dev --endpoint stripe key-20261121T093000Z",
        "{} retire --suffix dev --endpoint stripe key-20261121T093000Z --now",
    ],
)
def endpoint_secrets() -> None:
    """Set, roll and list an endpoint's keys.

    With these keys its webhooks are verified. `roll` leads through a roll without a lost webhook:

    \b
    1. add     the new key; the old and the new one are both in use now
    2. switch  the provider to it
    3. wait    until nothing was verified by the old key for 24 hours
    4. retire  the old key, by its id

    A value is never an argument, where others on the machine and the shell's history would see it: it is asked for, or
    read from --value-file FILE, or from standard input (--value-file -).
    """


@endpoint_secrets.command("set")
@setting_options
@value_file_option
@yes_option
@click.option("--now", is_flag=True, help="Replace keys that are in use, too: for leaked keys.")
def set_key(
    environment: Environment,
    endpoint: str,
    value_file: str | None,
    yes: bool,
    now: bool,
    as_json: bool,
    **settings: Any,
) -> None:
    """Replace all keys by one.

    As `retire` it refuses where one that would go verified anything in the last 24 hours, without --now. On AWS, where
    a live endpoint has keys already, the environment's name is to be typed: what its provider still signs with those is
    refused from then on. `add` keeps them.
    """
    from scripts.operations.endpoint_secrets.edits import key_edit, settings_edit
    from scripts.operations.endpoint_secrets.key_use import refuse_in_use

    key = key_edit(endpoint, value_file, settings["mode"], datetime.now(UTC), replaces=True)
    asked = taken_out(environment, settings)

    def replaced(secret: EndpointSecret) -> EndpointSecret:
        edited = key(secret)
        if not now:
            refuse_in_use(environment, endpoint, taken_out_keys(secret, edited), datetime.now(UTC))
        if stops_live_webhooks(secret, is_local=environment.is_local) and not yes:
            click.echo(f"on {environment.target.describe()}", err=True)
            question = f"{endpoint} is live, and its keys are all replaced. Type {environment.suffix}: "
            ask_for(environment.suffix, question)
        return edited

    change(environment, endpoint, as_json, asked, replaced, settings_edit(**settings), is_first=True)


def taken_out_keys(before: EndpointSecret, after: EndpointSecret) -> list[str]:
    """Ids of the keys whose values are no longer there."""
    kept = {key.value for key in after.keys}
    return [key.id for key in before.keys if key.value not in kept]


def stops_live_webhooks(secret: EndpointSecret, *, is_local: bool) -> bool:
    """Whether to replace the keys of that secret refuses money that somebody sends."""
    return bool(secret.keys) and secret.mode == "live" and not is_local


@endpoint_secrets.command()
@setting_options
@value_file_option
def add(
    environment: Environment, endpoint: str, value_file: str | None, as_json: bool, **settings: Any
) -> None:
    """Add one more key; those that are there stay."""
    from scripts.operations.endpoint_secrets.edits import key_edit, settings_edit

    key = key_edit(endpoint, value_file, settings["mode"], datetime.now(UTC), replaces=False)
    asked = taken_out(environment, settings)
    change(environment, endpoint, as_json, asked, key, settings_edit(**settings))


@endpoint_secrets.command()
@setting_options
def configure(environment: Environment, endpoint: str, as_json: bool, **settings: Any) -> None:
    """Change settings, no key."""
    from scripts.command_line.errors import UsageError
    from scripts.operations.endpoint_secrets.edits import settings_edit

    if not any(value for name, value in settings.items() if name not in ("confirm", "unconfirmed")):
        raise UsageError(
            "configure needs a setting to change", command_line("endpoint-secrets", "configure", "--help")
        )
    asked = taken_out(environment, settings)
    change(environment, endpoint, as_json, asked, settings_edit(**settings))


@endpoint_secrets.command()
@secret_options
@click.argument("key_id", help="As `list` shows it.")
@click.option(
    "--now", is_flag=True, help="Take it out though it is the last one or in use: for a leaked key."
)
def retire(environment: Environment, endpoint: str, key_id: str, now: bool, as_json: bool) -> None:
    """Take one key out; a minute later nothing accepts it.

    A key that verified anything in the last 24 hours is in use, and stays: what its provider signs with it would be
    refused. With --now it goes all the same, even the last one, as a leaked key is worse than none: the endpoint
    then answers 404, and providers send again until `set` has given it another key.
    """
    take_out(environment, endpoint, key_id, as_json, now=now)


@endpoint_secrets.command()
@secret_options
@value_file_option
@yes_option
def roll(environment: Environment, endpoint: str, value_file: str | None, yes: bool, as_json: bool) -> None:
    """Lead through the roll of a key, one step a call.

    Call it again after each step: it reads from the secret and from what each key verified which one is next. It asks
    for the new key, waits until the provider signs with it, and takes the old one out when nothing was verified by
    that for 24 hours.
    """
    from scripts.operations.endpoint_secrets.edits import key_edit
    from scripts.operations.endpoint_secrets.key_use import use_of_keys
    from scripts.operations.endpoint_secrets.roll import next_step
    from scripts.operations.endpoint_secrets.store import read_secret
    from scripts.operations.endpoint_secrets.trust import Asked
    from stacks.documents.provider_manual import read_manual
    from stacks.webhook_endpoints import endpoint_named

    now = datetime.now(UTC)
    secret = read_secret(
        environment.target.client("secretsmanager"), environment.names.endpoint_secret(endpoint)
    )
    uses = use_of_keys(environment, endpoint, [key.id for key in secret.keys], now)
    found = next_step(endpoint, secret, uses)
    click.echo(f"{found.step}: {found.says}", err=True)
    if found.step in ("add", "switch"):
        click.echo(read_manual(endpoint_named(endpoint).record).roll, err=True)
    if found.step == "add":
        key = key_edit(endpoint, value_file, None, now, replaces=False)
        change(environment, endpoint, as_json, Asked(environment.is_local), key)
    elif found.step == "retire":
        confirm(f"Take out {found.key_id}?", yes=yes)
        take_out(environment, endpoint, str(found.key_id), as_json)
    else:
        show(endpoint, secret, as_json, uses)
    if found.step != "retire":
        click.echo(f"next: {copyable('endpoint-secrets', 'roll', '--endpoint', endpoint)}", err=True)


def take_out(
    environment: Environment, endpoint: str, key_id: str, as_json: bool, *, now: bool = False
) -> None:
    """`now`: though it is the last one or in use. Raises NotFound, Refused, UsageError."""
    from payment_webhooks.endpoints.cached_secret import FRESH_SECONDS
    from payment_webhooks.endpoints.secret_document import retire_key
    from scripts.command_line.errors import NotFound
    from scripts.operations.endpoint_secrets.key_use import refuse_in_use
    from scripts.operations.endpoint_secrets.trust import Asked

    def without_key(secret: EndpointSecret) -> EndpointSecret:
        if key_id not in {key.id for key in secret.keys}:
            there = copyable("endpoint-secrets", "list", "--endpoint", endpoint)
            raise NotFound("the endpoint has no key of that id", f"those it has: {there}")
        if not now:
            refuse_in_use(environment, endpoint, [key_id], datetime.now(UTC))
        return retire_key(secret, key_id, even_last=now)

    change(environment, endpoint, as_json, Asked(environment.is_local), without_key)
    ends = datetime.now(UTC) + timedelta(seconds=FRESH_SECONDS)
    click.echo(f"{key_id} verifies nothing any more from {ends:%Y-%m-%dT%H:%M:%SZ} on", err=True)


@endpoint_secrets.command()
@secret_options
def guide(environment: Environment, endpoint: str, as_json: bool) -> None:
    """Print what to set up at the provider: URL, event types, key."""
    from scripts.operations.endpoint_secrets.guide import guide_to, print_guide

    document = guide_to(environment, endpoint)
    answer(document, as_json, lambda: print_guide(document))


@endpoint_secrets.command("list")
@secret_options
@click.option("--use", is_flag=True, help="Also how many webhooks each has verified in three days.")
def list_keys(environment: Environment, endpoint: str, use: bool, as_json: bool) -> None:
    """List the keys in use, never their values."""
    from scripts.operations.endpoint_secrets.key_use import use_of_keys
    from scripts.operations.endpoint_secrets.store import read_secret

    target, names = environment.target, environment.names
    secret = read_secret(target.client("secretsmanager"), names.endpoint_secret(endpoint))
    key_ids = [key.id for key in secret.keys]
    uses = use_of_keys(environment, endpoint, key_ids, datetime.now(UTC)) if use else None
    show(endpoint, secret, as_json, uses)


def taken_out(environment: Environment, settings: dict[str, Any]) -> Asked:
    """What the settings say of trust, without what no setting of the secret is. Raises UsageError."""
    from scripts.command_line.errors import UsageError
    from scripts.operations.endpoint_secrets.trust import Asked

    named, unconfirmed = settings.pop("confirm"), settings.pop("unconfirmed")
    if named not in (None, environment.suffix):
        raise UsageError(f"--confirm names {named}, and the environment is {environment.suffix}")
    return Asked(environment.is_local, named is not None, unconfirmed, settings["local_authority"])


def change(
    environment: Environment,
    endpoint: str,
    as_json: bool,
    asked: Asked,
    *edits: Edit,
    is_first: bool = False,
) -> None:
    """Apply the edits in order, in one write, and show the secret without its values. Raises UsageError, Refused.

    `is_first`: the secret may be started anew, and what is to be set up at the provider is told.
    """
    from scripts.operations.endpoint_secrets.guide import guide_without_fail
    from scripts.operations.endpoint_secrets.store import check_api_secret, edit_secret, expectations
    from scripts.operations.endpoint_secrets.trust import check_trust

    def edit(before: EndpointSecret) -> EndpointSecret:
        secret = before
        for single_edit in edits:
            secret = single_edit(secret)
        check_trust(endpoint, before, secret, asked)
        check_api_secret(endpoint, before, secret)
        return secret

    client, secret_id = (
        environment.target.client("secretsmanager"),
        environment.names.endpoint_secret(endpoint),
    )
    before, secret = edit_secret(client, secret_id, edit, say_started_anew if is_first else None)
    show(endpoint, secret, as_json, setup=guide_without_fail(environment, endpoint) if is_first else None)
    replaced = taken_out_keys(before, secret)
    if is_first and replaced:
        back = copyable("endpoint-secrets", "add", "--endpoint", endpoint)
        click.echo(f"replaced {', '.join(replaced)}: what is signed so is refused in a minute", err=True)
        click.echo(f"next: where somebody still signs with it, give it again: {back}", err=True)
    if before.keys and expectations(before) != expectations(secret):
        hint = copyable("inbox", "reconsider", "--endpoint", endpoint, "--note", "WHY")
        click.echo(f"next: judge again what came before: {hint}", err=True)


def show(
    endpoint: str,
    secret: EndpointSecret,
    as_json: bool,
    uses: Mapping[str, Use] | None = None,
    setup: Mapping[str, Any] | None = None,
) -> None:
    """`uses` by key id, where they were asked for; `setup`: what is to be set up at the provider."""
    from scripts.operations.endpoint_secrets.guide import print_guide
    from scripts.operations.endpoint_secrets.store import summary

    document = summary(endpoint, secret, uses)
    title = f"{endpoint}: keys in use: {len(secret.keys)}; expects {secret.mode} events"
    title += ", ignores test events" if secret.ignores_test_events else ""
    headings = ["key", "added", *([] if uses is None else ["webhooks in 3 days", "last (hour)"])]
    rows = [key.values() for key in document["keys"]]

    def print_people() -> None:
        print_table(headings, rows, title=title)
        for name in ("pinned_certificates", "trusts_besides_provider"):
            if document[name]:
                print(f"{name.replace('_', ' ')}: {', '.join(document[name])}")

    answer({**document, **({"setup": setup} if setup else {})}, as_json, print_people)
    for warning in document["warnings"]:
        click.echo(f"CAREFUL: {warning}", err=True)
    if setup and not as_json:
        print_guide(setup)


def say_started_anew() -> None:
    click.echo(
        "the document could not be read and is started anew: account, notification URL and pinned certificates"
        " are the defaults, but for what is given now",
        err=True,
    )
