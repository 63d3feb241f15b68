"""What to set up at an endpoint's provider, in short: docs/providers.md has the whole, made of the same words."""

from collections.abc import Mapping
from textwrap import fill
from typing import Any, Final

from botocore.exceptions import ClientError

from payment_webhooks.providers.provider import Provider
from scripts.cloudformation.live_stack import webhook_url
from scripts.command_line.environment import Environment
from scripts.command_line.errors import NotDeployed
from stacks.documents.provider_manual import read_manual
from stacks.webhook_endpoints import endpoint_named

WIDTH: Final = 100
NO_URL: Final = "(the stack's output WebhookUrl…, which could not be read)"


def guide_to(environment: Environment, endpoint: str) -> dict[str, Any]:
    """The setup of a deployed endpoint. Raises NotDeployed."""
    url = webhook_url(environment.target, environment.names, endpoint)
    return setup_of(endpoint_named(endpoint).record, url)


def guide_without_fail(environment: Environment, endpoint: str) -> dict[str, Any]:
    """The same, without its URL where the stack can't be read: who sets keys need not have that right."""
    try:
        return guide_to(environment, endpoint)
    except (ClientError, NotDeployed):
        return setup_of(endpoint_named(endpoint).record, None)


def setup_of(provider: Provider, url: str | None) -> dict[str, Any]:
    """`event_types` by whom they are for, in the order of docs/providers.md, without those that nobody needs."""
    manual = read_manual(provider)
    return {
        "provider": manual.name,
        "url": url,
        "url_goes": manual.url_goes,
        "event_types": {
            group.title: [each.name for each in group.types] for group in manual.sets if group.needed
        },
        "key_is": manual.key_is,
        "careful": manual.careful,
        "more": "docs/providers.md",
    }


def print_guide(setup: Mapping[str, Any]) -> None:
    """For people; event types stand one on a line without anything else, to be copied."""
    print(f"\nAt {setup['provider']}:")
    for words in (
        f"The URL {setup['url'] or NO_URL} goes to: {setup['url_goes']}",
        f"Key: {setup['key_is']}",
    ):
        print(fill(words, WIDTH, break_long_words=False, break_on_hyphens=False))
    for title, types in setup["event_types"].items():
        print(f"Event types, {title}:", *types, sep="\n  ")
    print(fill(f"Careful: {setup['careful']}", WIDTH, break_long_words=False, break_on_hyphens=False))
    print(f"More: {setup['more']}")
