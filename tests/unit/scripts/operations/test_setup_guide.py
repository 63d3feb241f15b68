"""What `endpoint-secrets guide`, and `set` at its end, say of the setup at the provider."""

import json

import pytest

from payment_webhooks.endpoints.secret_document import EndpointSecret
from payment_webhooks.providers.registry import PROVIDERS
from scripts.operations.endpoint_secrets.command import show
from scripts.operations.endpoint_secrets.guide import print_guide, setup_of
from stacks.documents.provider_manual import read_manual

URL = "https://a1.execute-api.us-east-1.amazonaws.com/v1/webhook/stripe"


@pytest.mark.parametrize("name", PROVIDERS.names)
def test_it_names_every_type_that_is_needed_and_no_other(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    provider = PROVIDERS.get(name)
    print_guide(setup_of(provider, URL))
    words = capsys.readouterr().out.split()
    for group in read_manual(provider).sets:
        for each in group.types:
            assert (each.name in words) == group.needed, each.name


def test_it_says_where_the_url_goes_and_where_the_key_is(capsys: pytest.CaptureFixture[str]) -> None:
    print_guide(setup_of(PROVIDERS.get("stripe"), URL))
    told = " ".join(capsys.readouterr().out.split())
    assert URL in told
    assert "Workbench, tab Webhooks" in told
    assert "whsec_" in told
    assert "snapshot payloads" in told


def test_without_the_right_to_read_the_stack_it_says_where_the_url_stands(
    capsys: pytest.CaptureFixture[str],
) -> None:
    print_guide(setup_of(PROVIDERS.get("stripe"), None))
    assert "WebhookUrl" in capsys.readouterr().out


def test_a_secret_is_shown_with_its_setup_in_one_json_document(capsys: pytest.CaptureFixture[str]) -> None:
    setup = setup_of(PROVIDERS.get("square"), URL)
    show("square", EndpointSecret(), True, setup=setup)
    assert json.loads(capsys.readouterr().out)["setup"] == setup
    show("square", EndpointSecret(), False, setup=setup)
    assert "payment.updated" in capsys.readouterr().out


def test_a_list_of_keys_says_nothing_of_it(capsys: pytest.CaptureFixture[str]) -> None:
    show("square", EndpointSecret(), True)
    assert "setup" not in json.loads(capsys.readouterr().out)
