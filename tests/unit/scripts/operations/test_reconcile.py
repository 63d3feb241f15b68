"""The command asks the reconciler, answer by answer."""

import io
import json
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, cast

import pytest

from scripts.command_line.environment import Environment
from scripts.command_line.errors import RolledBack, UsageError
from scripts.operations.reconcile.command import print_found
from scripts.operations.reconcile.search import Found, search
from stacks.names import Names

SINCE = datetime(2026, 11, 20, tzinfo=UTC)
UNTIL = datetime(2026, 11, 21, tzinfo=UTC)
FIRST, LAST = int(SINCE.timestamp()), int(UNTIL.timestamp()) - 1


def answer(**changes: Any) -> dict[str, Any]:
    empty = {"listed": 0, "missed": 0, "fed": 0, "conflicts": 0, "calls": 1, "webhook_ids": []}
    empty |= {"missed_types": {}, "until": LAST}
    ends = {"has_credentials": True, "next": None, "forgotten_until": None, "failure": None}
    return {**empty, **ends, **changes}


@dataclass
class Deployed:
    """A reconciler that answers in turn."""

    answers: list[dict[str, Any]]
    failed: bool = False
    asked: list[dict[str, Any]] = field(default_factory=list)
    shown: list[int | None] = field(default_factory=list)

    @property
    def target(self) -> "Deployed":
        return self

    @property
    def names(self) -> Names:
        return Names("dev")

    def function_client(self) -> "Deployed":
        return self

    def invoke(self, FunctionName: str, Payload: bytes) -> dict[str, Any]:
        assert FunctionName == "lambda-reconciler-dev"
        self.asked.append(json.loads(Payload))
        found = {"Payload": io.BytesIO(json.dumps(self.answers.pop(0)).encode())}
        return {**found, "FunctionError": "Unhandled"} if self.failed else found

    def search(self, dry_run: bool = False) -> Found:
        environment = cast(Environment, self)
        return search(
            environment, "stripe", SINCE, UNTIL, dry_run, lambda found: self.shown.append(found.until)
        )


def test_it_asks_on_until_all_is_compared() -> None:
    deployed = Deployed(
        [
            answer(listed=7, missed=2, fed=2, webhook_ids=["stripe:a", "stripe:b"], next=FIRST + 900),
            answer(listed=5, missed=1, fed=1, conflicts=1, webhook_ids=["stripe:c"]),
        ]
    )
    found = deployed.search()
    assert (found.listed, found.missed, found.fed, found.conflicts, found.calls) == (12, 3, 3, 1, 2)
    assert found.webhook_ids == ("stripe:a", "stripe:b", "stripe:c")
    assert [(each["since"], each["until"]) for each in deployed.asked] == [(FIRST, LAST), (FIRST + 900, LAST)]
    assert deployed.shown == [FIRST + 900, LAST + 1]


@pytest.mark.parametrize("dry_run", [False, True])
def test_it_says_whether_anything_is_to_be_fed(dry_run: bool) -> None:
    deployed = Deployed([answer()])
    deployed.search(dry_run)
    assert deployed.asked[0]["dry_run"] is dry_run


def test_no_more_than_a_sample_of_ids_is_kept() -> None:
    ids = [f"stripe:{number}" for number in range(20)]
    assert (
        len(Deployed([answer(webhook_ids=ids, next=FIRST + 1), answer(webhook_ids=ids)]).search().webhook_ids)
        == 20
    )


def test_what_the_provider_forgot_is_told() -> None:
    deployed = Deployed([answer(forgotten_until=FIRST + 5, next=FIRST + 6), answer()])
    assert deployed.search().forgotten_until == FIRST + 5


def test_an_endpoint_without_credentials_is_wrong_usage() -> None:
    with pytest.raises(UsageError, match="stripe has no API credentials") as wrong:
        Deployed([{"has_credentials": False}]).search()
    assert "--account" in wrong.value.next_step


@pytest.mark.parametrize(("dry_run", "fed"), [(False, "what has been fed stays"), (True, "nothing was fed")])
def test_a_provider_that_does_not_answer_ends_it_and_what_was_fed_is_shown(dry_run: bool, fed: str) -> None:
    deployed = Deployed([answer(fed=3, failure="stripe_http_503", next=FIRST + 900)])
    with pytest.raises(RolledBack, match=rf"\(stripe_http_503\); {fed}$"):
        deployed.search(dry_run)
    assert deployed.shown == [FIRST + 900]


def test_a_function_that_fails_ends_it() -> None:
    with pytest.raises(RolledBack, match="dynamodb_timeout"):
        Deployed([{"errorMessage": "dynamodb_timeout"}], failed=True).search()


def test_credentials_without_an_account_are_mended_by_a_command() -> None:
    failed = answer(failure="account_not_named", next=FIRST, until=None)
    with pytest.raises(RolledBack, match="account_not_named") as stopped:
        Deployed([failed]).search()
    assert stopped.value.next_step.endswith(
        "endpoint_secrets.py configure --endpoint stripe --account ACCOUNT"
    )


def test_table_and_json_say_up_to_when_all_is_compared_and_what_never_came_by_type() -> None:
    """The provider was asked until now, and what is younger than a quarter of an hour may be on its way."""
    types: list[dict[str, int]] = [{"payout.paid": 2}, {"payout.paid": 1, "charge.refunded": 1}]
    answers = [
        answer(missed=2, webhook_ids=["stripe:a", "stripe:b"], missed_types=types[0], next=FIRST + 900),
        answer(missed=2, webhook_ids=["stripe:c", "stripe:d"], missed_types=types[1], until=LAST - 900),
    ]
    found = Deployed(answers).search()
    assert found.document()["until"] == "2026-11-20T23:45:00Z"
    assert found.document()["missed_types"] == {"payout.paid": 3, "charge.refunded": 1}
    with redirect_stdout(io.StringIO()) as shown:
        print_found([found])
    assert "2026-11-20T23:45:00" in shown.getvalue()
    assert "never came: stripe:a, stripe:b, stripe:c, stripe:d" in shown.getvalue()
    assert "by type: charge.refunded 1, payout.paid 3" in shown.getvalue()
