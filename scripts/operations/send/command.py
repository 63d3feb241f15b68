"""The command `send`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, BinaryIO, Final

import click

from scripts.command_line.command import Command
from scripts.command_line.environment import Environment
from scripts.command_line.errors import ToolError
from scripts.command_line.options import environment_options, json_option, yes_option
from scripts.command_line.streams import answer, ask_for, print_table
from stacks.webhook_endpoints import ENDPOINTS

if TYPE_CHECKING:  # they load urllib3 and the like
    from payment_webhooks.endpoints.secret_document import EndpointSecret
    from scripts.provider_simulator.delivery import Delivery

MAXIMUM_DUPLICATES: Final = 1000


def _check_url(_ctx: click.Context, _param: click.Parameter, text: str | None) -> str | None:
    from scripts.provider_simulator.delivery import checked_url

    try:
        return None if text is None else checked_url(text)
    except ValueError as error:
        raise click.BadParameter(f"{text!r} {error}; give one like https://example.com/webhook.") from error


@click.command(
    cls=Command,
    examples=[
        "{} --suffix dev --local --endpoint stripe --event tests/events/stripe/pi_succeeded.json",
        "{} --suffix dev --endpoint stripe --event event.json --duplicate 3",
        "{} --suffix dev --endpoint square --event event.json --forge",
        "{} --suffix dev --endpoint stripe --event event.json --fresh-id --json",
    ],
)
@environment_options
@json_option
@yes_option
@click.option(
    "--endpoint",
    "--provider",
    "endpoint",
    required=True,
    type=click.Choice(sorted(endpoint.name for endpoint in ENDPOINTS)),
    help="Where it is sent to, and whose key signs it.",
)
@click.option(
    "--event", required=True, type=click.File("rb"), metavar="FILE", help="The body, sent byte for byte."
)
@click.option("--forge", is_flag=True, help="Sign with a key that is not the endpoint's.")
@click.option(
    "--duplicate", type=click.IntRange(0, MAXIMUM_DUPLICATES), default=0, help="Send it this many times more."
)
@click.option("--fresh-id", is_flag=True, help="Give the event a new id and time; this rewrites the JSON.")
@click.option(
    "--expect", type=int, metavar="CODE", help="The HTTP status that is right; else 200, with --forge 401."
)
@click.option(
    "--url", callback=_check_url, metavar="URL", help="Post here instead of to the endpoint's own URL."
)
def send(
    environment: Environment,
    endpoint: str,
    event: BinaryIO,
    forge: bool,
    duplicate: int,
    fresh_id: bool,
    expect: int | None,
    url: str | None,
    yes: bool,
    as_json: bool,
) -> None:
    """Send a webhook, signed as its provider signs.

    The key comes from the endpoint's secret, so whoever runs this may read that secret. The file's bytes are sent as
    they are: a signature covers every blank. PayPal's signature is made with this machine's own test authority, whose
    certificate `endpoint-secrets set --local-authority` pins in the secret. Another answer than the expected one is a
    failure. On AWS, before it is sent to a live endpoint, the environment's name is to be typed.
    """
    from scripts.operations.send.signed_webhook import send_signed

    def agree(secret: EndpointSecret) -> None:
        if is_booked_as_real(secret, is_local=environment.is_local, forged=forge) and not yes:
            click.echo(f"on {environment.target.describe()}", err=True)
            question = (
                f"{endpoint} expects live events: this is booked as real money. Type {environment.suffix}: "
            )
            ask_for(environment.suffix, question)

    deliveries = send_signed(
        environment, endpoint, event, url, 1 + duplicate, forged=forge, fresh=fresh_id, agree=agree
    )
    rows = [[d.status_code, json.dumps(d.body), f"{d.duration_ms:.0f}"] for d in deliveries]
    documents = [asdict(delivery) for delivery in deliveries]
    answer(documents, as_json, lambda: print_table(["answer", "body", "ms"], rows))
    check_answers(deliveries, expect or (401 if forge else 200))


def is_booked_as_real(secret: EndpointSecret, *, is_local: bool, forged: bool) -> bool:
    """Whether an event that is sent to that endpoint becomes money in a ledger that somebody believes."""
    return secret.mode == "live" and not is_local and not forged


def check_answers(deliveries: Sequence[Delivery], expected: int) -> None:
    """Raises ToolError where nothing answered, or otherwise than with the status `expected`."""
    unreached = next((each.body["error"] for each in deliveries if not each.status_code), None)
    if unreached:
        raise ToolError(
            f"nothing answered there: {unreached}", "look at --url and the network, or whether it runs"
        )
    wrong = sum(delivery.status_code != expected for delivery in deliveries)
    if wrong:
        raise ToolError(f"{wrong} of {len(deliveries)} were not answered {expected}", "see the answers above")
