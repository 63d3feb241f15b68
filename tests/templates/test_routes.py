"""Where events and records of streams go that the library itself made, by an independent matcher (moto's).

Rules of the bus, filters of the pipes and of the analytics processor stand here as in the built templates; what they
are to do is said in words of our own.
"""

import base64
import json
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from payment_webhooks import contract
from payment_webhooks.domain import events as words
from payment_webhooks.publishing.publisher import EventPublisher
from tests.support.library.events import INDEX, event_body
from tests.support.library.ledger import Told, dispute_event, payment_event, refund_event, told_of
from tests.support.library.processing import Processing
from tests.support.library.receiving import INBOX, LEDGER, Receiving, event
from tests.support.second_engine.patterns import matches
from tests.support.templates.resources import Resource, resource, resources

STORED = Path(__file__).parents[1] / "vectors/stored"
CHANGES = ("INSERT", "MODIFY", "REMOVE")
STATES = {
    words.KIND_PAYMENT: (
        *(words.PENDING, words.AUTHORIZED, words.FAILED, words.CANCELED),
        *(words.SUCCEEDED, words.PARTIALLY_REFUNDED, words.REFUNDED),
    ),
    words.KIND_REFUND: (words.PENDING, words.REFUNDED, words.FAILED, words.CANCELED),
    words.KIND_DISPUTE: (words.INQUIRY, words.DISPUTED, words.DISPUTE_WON, words.DISPUTE_LOST),
}


def processed(name: str) -> tuple[Processing, list[Told]]:
    """A provider's event of tests/events, received and processed; what it would publish."""
    told: list[Told] = []
    live = json.loads(event_body(name)).get("livemode", True)
    processing = Processing(
        Receiving(mode="live" if live else "test"), publisher=lambda *each: told.append(Told(*each))
    )
    processing.process(processing.store(name.partition("/")[0], event_body(name)))
    return processing, told


@cache
def everything() -> list[tuple[Processing, list[Told]]]:
    return [processed(entry["file"].removesuffix(".json")) for entry in INDEX]


def lives(high: bool) -> Iterator[Told]:
    """Every state of each object, of a payment that was paid before and of one that was not."""
    made = [
        *(payment_event(state, 1099, 1) for state in STATES[words.KIND_PAYMENT]),
        *(refund_event("re_1", state, 1099, 1) for state in STATES[words.KIND_REFUND]),
        *(dispute_event("dp_1", state, 1099, 1) for state in STATES[words.KIND_DISPUTE]),
    ]
    for each in made:
        yield from told_of(each, is_high_value=lambda *_: high)
        yield from told_of(payment_event(words.SUCCEEDED, 2000), each, is_high_value=lambda *_: high)


def published(told: Told) -> dict[str, Any]:
    """The event as EventBridge gives it to its rules."""
    entries: list[dict[str, Any]] = []

    def put(operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        entries.extend(parameters["Entries"])
        return {"FailedEntryCount": 0}

    EventPublisher(put, "bus-dev")(*told)
    (entry,) = entries
    return {
        "version": "0",
        "id": "6a7e8feb-b491-4cf7-a9f1-bf3703467718",
        "account": "123456789012",
        "region": "eu-west-1",
        "resources": [],
        "source": entry["Source"],
        "detail-type": entry["DetailType"],
        "detail": json.loads(entry["Detail"]),
    }


@cache
def bus_events() -> list[dict[str, Any]]:
    """Confirmed and not, of high value and not: of each event that providers publish, and of each state."""
    told = [*(each for _, some in everything() for each in some), *lives(high=False), *lives(high=True)]
    return [
        published(Told(each.row._replace(confirmed=confirmed), each.effect))
        for each, confirmed in product(told, (True, False))
    ]


def rules_of(found: Mapping[str, Any]) -> set[str]:
    rules = resources("AWS::Events::Rule")
    return {rule.title.removesuffix("Rule") for rule in rules if matches(rule["EventPattern"], found)}


def moved(detail: Mapping[str, Any], name: str) -> int:
    before, after = detail["changes"].get(name, (0, 0))
    return (after or 0) - (before or 0)


def wanted_rules(detail: Mapping[str, Any]) -> set[str]:
    kind, state, high = detail["object_kind"], detail["state"], detail["high_value"]
    money = [moved(detail, f"{name}_minor") for name in ("captured", "refunded", "disputed")]
    believed = detail["confirmed"] or not any(money)
    wanted = {"HighValue" if high and believed else "StandardPayments"}
    told = any(
        (
            money[0] > 0,
            money[1] != 0,
            kind == words.KIND_DISPUTE,
            moved(detail, "declined_attempts"),
            kind == words.KIND_REFUND and state in (words.FAILED, words.CANCELED),
        )
    )
    if believed and (told or high):
        wanted.add("Notification")
    return wanted


def test_every_event_goes_where_its_words_say_and_to_exactly_one_of_people_and_log() -> None:
    assert len(bus_events()) >= 160
    for each in bus_events():
        assert rules_of(each) == wanted_rules(each["detail"]), each["detail"]
    seen = [frozenset(rules_of(each)) for each in bus_events()]
    assert {len(each & {"HighValue", "StandardPayments"}) for each in seen} == {1}
    assert len(set(seen)) == 3  # people and handler, log and handler, log alone


@pytest.mark.parametrize(
    "change",
    [{"source": "someone.else"}, {"detail-type": "Payment Imagined"}, {"detail": {}}, {"detail": None}],
    ids=str,
)
def test_no_rule_takes_a_foreign_or_a_broken_event(change: dict[str, Any]) -> None:
    for each in bus_events():
        assert rules_of({**each, **change}) == set()


def test_a_flag_that_is_a_text_is_no_flag() -> None:
    for each in bus_events():
        detail = {**each["detail"], "high_value": "true", "confirmed": "true"}
        assert not rules_of({**each, "detail": detail}) & {"HighValue", "StandardPayments"}


def record(change: str, keys: tuple[str, str], before: Any, after: Any) -> dict[str, Any]:
    """A record as a stream of old and new images gives it."""
    images = {
        "OldImage": before if change != "INSERT" else None,
        "NewImage": after if change != "REMOVE" else None,
    }
    shown = {name: image for name, image in images.items() if image is not None}
    plain = json.dumps(
        {"Keys": {name: after[name] for name in keys}, **shown},
        default=lambda content: base64.b64encode(content).decode(),
    )
    return {"eventName": change, "eventSource": "aws:dynamodb", "dynamodb": json.loads(plain)}


@cache
def inbox_items() -> list[dict[str, Any]]:
    """As they are received, in conflict, quarantined, as guards, and in the end."""
    receiving = Receiving()
    for provider in ("stripe", "paypal", "square", "internal"):
        receiving.post(provider, event(provider))
    receiving.post("internal", event(amount_minor=2))
    receiving.post("stripe", b"{")
    done = [item for processing, _ in everything() for item in processing.dynamodb.items(INBOX)]
    return [*receiving.dynamodb.items(INBOX), *done]


@cache
def ledger_items() -> list[dict[str, Any]]:
    """Rows and markers that the processor wrote, and what else the table has had."""
    stored = [json.loads(path.read_text()).get("item", {}) for path in STORED.glob("*.json")]
    written = [item for processing, _ in everything() for item in processing.dynamodb.items(LEDGER)]
    return [*written, *(item for item in stored if "transaction_id" in item and "timestamp" in item)]


def filters_of(found: Resource) -> list[dict[str, Any]]:
    criteria = found.properties.get("SourceParameters", found.properties)["FilterCriteria"]
    return [json.loads(each["Pattern"]) for each in criteria["Filters"]]


def taken(found: Resource, each: Mapping[str, Any]) -> bool:
    return any(matches(pattern, each) for pattern in filters_of(found))


@pytest.mark.parametrize("pipe", resources("AWS::Pipes::Pipe"), ids=str)
def test_a_pipe_takes_what_was_received_and_nothing_else(pipe: Resource) -> None:
    statuses = {item["status"]["S"] for item in inbox_items()}
    assert statuses == {
        *("received", "conflict", "quarantined", "unexpected", "guard", "processed", "ignored")
    }
    for item, change in product(inbox_items(), CHANGES):
        found = record(change, ("webhookId", "timestamp"), item, item)
        assert taken(pipe, found) == (change == "INSERT" and item["status"]["S"] == "received")
        assert not taken(pipe, {**found, "dynamodb": {"Keys": found["dynamodb"]["Keys"]}})


@pytest.mark.parametrize("pipe", resources("AWS::Pipes::Pipe"), ids=str)
def test_a_pipe_takes_what_is_received_anew_but_no_attempt_that_is_repeated(pipe: Resource) -> None:
    statuses = {value for name, value in vars(contract).items() if name.startswith("STATUS_")}
    for item, before in product(inbox_items(), statuses):
        found = record("MODIFY", ("webhookId", "timestamp"), {**item, "status": {"S": before}}, item)
        anew = before in {"ignored", "processed", "unexpected", "conflict", "quarantined", "failed"}
        assert taken(pipe, found) == (anew and item["status"]["S"] == "received")


def test_the_analytics_processor_takes_new_rows_with_an_effect_and_nothing_else() -> None:
    source = resource("compute", "AnalyticsProcessorStreamSource")
    told = [item for item in ledger_items() if "effect" in item]
    assert 25 < len(told) < len(ledger_items()) - 25
    for item, change in product(ledger_items(), CHANGES):
        found = record(change, ("transaction_id", "timestamp"), item, item)
        assert taken(source, found) == (change == "INSERT" and item in told)
        assert not taken(source, {**found, "dynamodb": {}})


def test_no_filter_of_the_templates_is_left_out() -> None:
    filtered = {each.title for each in resources() if "FilterCriteria" in json.dumps(each.properties)}
    assert filtered == {"ProcessingPipe", "WorkflowPipe", "AnalyticsProcessorStreamSource"}
