"""Decides about webhooks that wait, after a person was shown what it does and has agreed."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Final, NamedTuple

import click

from payment_webhooks import contract
from payment_webhooks.inbox.progress import InboxProgress, StoredWebhook
from payment_webhooks.ledger.reader import LedgerReader
from payment_webhooks.timestamps import utc_timestamp
from scripts.command_line.boto3_api import client_api
from scripts.command_line.environment import Environment, missing_is_not_deployed
from scripts.command_line.errors import NotFound, Refused, RolledBack
from scripts.command_line.streams import agree_on_number, check_number, confirm, print_json
from scripts.operations.inbox import decisions
from scripts.operations.inbox.decisions import Decision, Item
from scripts.operations.inbox.preview import Preview, preview

SAMPLE: Final = 3
MOST_AT_ONCE: Final = 1000
PAUSE_SECONDS: Final = 0.02  # 50 a second, as the processor's backlog is not to be made of them
_WRITERS: Final = {"accept": decisions.accept, "discard": decisions.discard}
_DONE: Final = {
    "accept": "accepted; the processor gets it within seconds",
    "discard": "discarded; it is kept",
}


class Group(NamedTuple):
    """Those that wait with this status; `reason` None: with any reason."""

    status: str
    reason: str | None


class Dialog:
    """One run of `accept` or `discard`, which is `action`."""

    def __init__(self, environment: Environment, action: str, note: str, yes: bool, as_json: bool) -> None:
        self._environment = environment
        self._action = action
        self._note = note
        self._yes = yes
        self._as_json = as_json
        self._dynamodb = environment.target.client("dynamodb")
        self._table = environment.names.inbox_table

    def decide_one(self, webhook_id: str, statuses: Sequence[str], timestamp: str | None) -> None:
        """Show what it does, ask, write it. Raises Refused when the person says no, NotFound where none waits."""
        with missing_is_not_deployed(f"inbox of {self._environment.suffix}"):
            items = decisions.items_of(self._dynamodb, self._table, webhook_id)
        item = decisions.choose(items, statuses, timestamp)
        decision = self._decision()
        reason = item.get(contract.STATUS_REASON, "no reason")
        money = {True: ", live money", False: ", test money"}.get(item.get("livemode", ""), "")
        self._say(f"{self._action} {webhook_id} ({item[contract.STATUS]}: {reason}{money})")
        if self._action == "discard":
            self._say("  discarding it changes no payment")
        for line in preview_of(self._environment, item).lines:
            self._say(f"  {line}")
        self._say(f"on {self._environment.target.describe()}")
        confirm(f"{self._action}?", yes=self._yes)
        _WRITERS[self._action](self._dynamodb, self._table, item, decision)
        self._say(_DONE[self._action])
        if self._as_json:
            print_json({"webhook_id": webhook_id, "decision": self._action, **asdict(decision)})

    def decide_all(self, group: Group, count: int | None) -> None:
        """Show how many wait and some of them, have the number typed, write each. What somebody decided meanwhile is
        left alone. Raises NotFound for none, Refused for another number, UsageError for --yes without `count`.
        """
        check_number(count, yes=self._yes)
        with missing_is_not_deployed(f"inbox of {self._environment.suffix}"):
            found = decisions.waiting(self._dynamodb, self._table, [group.status], MOST_AT_ONCE)
        items = [
            item for item in found if group.reason is None or item.get(contract.STATUS_REASON) == group.reason
        ]
        if not items:
            raise NotFound(
                f"nothing waits as {group.status}" + (f" ({group.reason})" if group.reason else "")
            )
        self._say_group(group, items, is_all=len(found) < MOST_AT_ONCE)
        decision = self._decision()
        self._say(f"on {self._environment.target.describe()}")
        agree_on_number(len(items), f"{self._action} all of them", count, yes=self._yes)
        done: Counter[str] = Counter()
        for item in items:
            try:
                _WRITERS[self._action](self._dynamodb, self._table, item, decision)
                done[f"{self._action}ed"] += 1  # accepted, discarded
            except (Refused, RolledBack) as refusal:
                done[f"left alone: {refusal.message.partition(' ')[2]}"] += 1
            time.sleep(PAUSE_SECONDS)
        for what, number in done.items():
            self._say(f"{number} {what}")
        if self._as_json:
            print_json({"decision": self._action, "webhooks": dict(done), **asdict(decision)})

    def _say_group(self, group: Group, items: Sequence[Item], *, is_all: bool) -> None:
        self._say(
            f"{self._action} {len(items)} {group.status}{'' if is_all else ' (the oldest; there are more)'}:"
        )
        reasons = Counter(str(item.get(contract.STATUS_REASON, "no reason")) for item in items)
        for reason, number in reasons.most_common():
            self._say(f"  {number} {reason}")
        sample = ", ".join(str(item[contract.WEBHOOK_ID]) for item in items[:SAMPLE])
        self._say(f"  such as {sample}")

    def _decision(self) -> Decision:
        return Decision(self._environment.target.caller_arn, utc_timestamp(time.time()), self._note)

    def _say(self, line: str) -> None:
        click.echo(line, err=True)


def preview_of(environment: Environment, item: Item) -> Preview:
    """What accepting the item would do. Raises ServiceError or ClientError when something can't be read."""
    target, names = environment.target, environment.names
    dynamodb, s3 = client_api(target.client("dynamodb")), target.client("s3")
    siblings = InboxProgress(dynamodb, names.inbox_table, _never).load(str(item[contract.WEBHOOK_ID]))
    webhook = next(each for each in siblings if each.keys.timestamp == item[contract.WEBHOOK_TIMESTAMP])

    def body_of(of: StoredWebhook) -> bytes:
        stored: dict[str, Any] = {"payload_key": of.payload_key, "payload": of.payload or b""}
        return decisions.payload_of(s3, names.payload_bucket, stored)

    return preview(webhook, siblings, body_of, LedgerReader(dynamodb, names.transactions_table).find)


def _never() -> str:
    raise AssertionError("nothing is written here")
