"""The canary's round over receiver and processor in memory: how far it comes, and what is said where it ends."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from payment_webhooks import contract
from payment_webhooks.canary.round import Canary, Round, answer_of, report
from payment_webhooks.endpoints.secret_document import EndpointSecret, parse_endpoint_secret
from payment_webhooks.errors import Unavailable
from payment_webhooks.inbox.items import InboxKeys
from payment_webhooks.providers.registry import PROVIDERS
from payment_webhooks.receiving.answer import handle
from scripts.command_line.project_paths import ROOT
from tests.support.library.processing import Processing
from tests.support.library.receiving import INBOX, LEDGER, NOW, Receiving, event

KEY = "Generated0123456789Generated0123456789Generated0123456789Generate"
SECRET = parse_endpoint_secret(f'{{"mode": "test", "generated_key": "{KEY}"}}')


def test_the_documented_new_key_is_one_that_receiver_and_canary_take() -> None:
    page = (ROOT / "docs" / "canary.md").read_text("utf-8")
    (written,) = re.findall(r"^printf '(.+)' \"\$\(openssl rand -hex 32\)\" \|$", page, re.MULTILINE)
    (key,) = parse_endpoint_secret(written.replace("%s", "0a" * 32)).keys
    assert key.value == "0a" * 32


@dataclass
class World:
    """The public path is a receiver that knows the canary's endpoint; time passes by sleeping, and by `post_seconds`.
    `processes_at`: the look before which the processor has come round; None: never.
    """

    signing: Callable[[], EndpointSecret] = lambda: SECRET
    processes_at: int | None = 3
    post_seconds: float = 0.2
    status: int = 200
    lines: list[dict[str, Any]] = field(default_factory=list)
    looks: int = 0
    passed: float = 0.0

    def __post_init__(self) -> None:
        receiving = Receiving(providers=PROVIDERS.with_provider(PROVIDERS.get("canary")))
        receiving.secrets["canary"].value = SECRET
        self.processing = Processing(receiving)
        self.keys: InboxKeys | None = None

    def post(self, body: bytes, headers: Mapping[str, str]) -> tuple[int, Mapping[str, Any]]:
        self.passed += self.post_seconds
        request = self.processing.receiving.request("canary", body, [*headers.items()])

        def receive(_: object) -> Any:
            return self.processing.receiving.receiver.receive(request)

        proxied: dict[str, Any] = {
            "httpMethod": "POST",
            "resource": "/webhook/{endpoint}",
            "body": body.decode(),
        }
        proxied |= {"pathParameters": {"endpoint": "canary"}, "requestContext": {"identity": {}}}
        answer = handle(proxied, receive, self._write)
        return (answer["statusCode"], {"status": "accepted"}) if self.status == 200 else (self.status, {})

    def look(self, keys: InboxKeys) -> str | None:
        self.keys = keys
        self.looks += 1
        if self.looks == self.processes_at:
            self.processing.processor.process(keys)
        found = [each for each in self.items if each[contract.WEBHOOK_TIMESTAMP]["S"] == keys.timestamp]
        return found[0][contract.STATUS]["S"] if found else None

    @property
    def items(self) -> list[dict[str, Any]]:
        return self.processing.dynamodb.items(INBOX)

    def round(self) -> Round:
        def sleep(seconds: float) -> None:
            self.passed += seconds

        canary = Canary(self.signing, self.post, self.look, lambda: NOW, lambda: self.passed, sleep)
        return canary.round()

    def _write(self, level: str, message: str, **fields: Any) -> None:
        self.lines.append({"level": level, "message": message, **fields})


def test_a_round_goes_the_whole_way_and_books_nothing() -> None:
    world = World()
    result = world.round()
    assert result.accepted_seconds == 0.2
    assert result.judged_seconds == pytest.approx(1.2)
    assert result.reason is None
    (item,) = world.items
    assert (item[contract.STATUS]["S"], item[contract.STATUS_REASON]["S"]) == ("ignored", "type")
    assert (item["endpoint"]["S"], item["provider"]["S"], item["event_type"]["S"]) == ("canary",) * 3
    assert '"synthetic": true' in item["payload"]["S"]
    assert contract.PENDING_SHARD not in item
    assert contract.ATTENTION_SHARD not in item
    assert contract.ARCHIVE_SHARD in item  # it is archived and expires as any other
    assert world.processing.dynamodb.items(LEDGER) == []
    assert world.processing.published == []


def test_no_two_rounds_have_one_id_and_no_id_is_like_a_card_number() -> None:
    ids = {World().round().webhook_id for _ in range(20)}
    assert len(ids) == 20
    assert all(re.fullmatch("canary:[a-z2-7]{24}", each) for each in ids)
    assert not [each for each in ids if re.search("[0-9]{9}", each)]


def test_the_canarys_webhooks_are_no_traffic() -> None:
    """The receiver's line and the processor's carry no metric, so no alarm, graph or sum sees them."""
    world = World()
    world.round()
    (line,) = world.lines
    assert (line["outcome"], line["endpoint"]) == ("accepted", "canary")
    assert not [name for name in line if name.startswith(("_aws", "Received", "Verified"))]
    assert world.keys is not None
    message = f'{{"webhookId": "{world.keys.webhook_id}", "timestamp": "{world.keys.timestamp}"}}'
    (item,) = world.items
    item[contract.STATUS] = {"S": "received"}
    record = {
        "messageId": "m",
        "receiptHandle": "h",
        "body": message,
        "attributes": {"ApproximateReceiveCount": "1"},
    }
    world.processing.deadline.start(60)
    world.processing.queue.handle({"Records": [record]})
    (line,) = world.processing.lines
    assert (line["outcome"], "_aws" in line) == ("ignored", False)


@pytest.mark.parametrize("kind", ["payment", "refund", "dispute", "canary"])
def test_whoever_has_the_canarys_key_books_no_money(kind: str) -> None:
    world = World()
    body = event("internal", type=kind)
    key = world.processing.receiving.secrets["canary"].value.keys[0].value
    world.processing.receiving.signing_key = key
    headers = world.processing.receiving.headers("internal", body)
    request = world.processing.receiving.request("canary", body, headers)
    receipt = world.processing.receiving.receiver.receive(request)
    assert receipt.outcome == "accepted"
    keys = InboxKeys(receipt.webhook_id, receipt.webhook.timestamp)
    assert world.processing.processor.process(keys).status == "ignored"
    assert world.processing.dynamodb.items(LEDGER) == []


def _unavailable() -> EndpointSecret:
    raise Unavailable("secret_malformed")


@pytest.mark.parametrize(
    ("world", "accepted", "reason"),
    [
        (World(processes_at=None), 0.2, "not_judged"),
        (World(post_seconds=31.0), 31.0, "not_judged"),  # judged, and too late
        (World(signing=lambda: parse_endpoint_secret('{"mode": "test", "generated_key": "wrong"}')), None, "http_401"),
        (World(signing=EndpointSecret), None, "endpoint_not_configured"),
        (World(signing=_unavailable), None, "secret_malformed"),
        (World(status=403), None, "http_403"),
    ],
)  # fmt: skip
def test_a_round_that_fails_says_why_and_counts_only_how_far_it_came(
    world: World, accepted: float | None, reason: str
) -> None:
    result = world.round()
    assert (result.accepted_seconds, result.judged_seconds, result.reason) == (accepted, None, reason)
    assert world.passed <= 31.5
    lines: list[dict[str, Any]] = []
    report(result, lambda level, message, **fields: lines.append({"level": level, **fields}))
    ((level, *_),) = [(line["level"],) for line in lines]
    assert level == "ERROR"
    assert ("CanaryAcceptedSeconds" in lines[0]) is (accepted is not None)
    assert "CanaryJudgedSeconds" not in lines[0]
    assert answer_of(result) == {"judged": None, "reason": reason, "webhookId": result.webhook_id}


@pytest.mark.parametrize(("status", "reason"), [("failed", "judged_failed"), (None, "not_in_inbox")])
def test_another_judgement_is_a_failure_at_once(status: str | None, reason: str) -> None:
    world = World()
    canary = Canary(world.signing, world.post, lambda keys: status, lambda: NOW, lambda: world.passed)
    assert canary.round().reason == reason


def test_a_duplicate_or_ignored_answer_is_not_accepted() -> None:
    canary = Canary(lambda: SECRET, lambda body, headers: (200, {"status": "duplicate"}), lambda keys: None)
    assert canary.round().reason == "not_accepted"


def test_a_round_that_ends_well_counts_both_times() -> None:
    lines: list[dict[str, Any]] = []
    report(
        Round("canary:a", 0.25, 1.5),
        lambda level, message, **fields: lines.append({"level": level, **fields}),
    )
    (line,) = lines
    assert (line["level"], line["CanaryAcceptedSeconds"], line["CanaryJudgedSeconds"]) == ("INFO", 0.25, 1.5)
    described = line["_aws"]["CloudWatchMetrics"][0]
    assert described["Dimensions"] == [["environment"]]
    assert {each["Name"] for each in described["Metrics"]} == {"CanaryAcceptedSeconds", "CanaryJudgedSeconds"}
