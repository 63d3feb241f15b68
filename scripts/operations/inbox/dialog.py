"""Decides about webhooks that wait, after a person was shown what it does and has agreed."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Final

import click

from payment_webhooks import contract
from payment_webhooks.inbox.progress import InboxProgress, StoredWebhook
from payment_webhooks.ledger.reader import LedgerReader
from payment_webhooks.timestamps import utc_timestamp
from scripts.command_line.boto3_api import client_api
from scripts.command_line.copyable_command import copyable
from scripts.command_line.counted import counted
from scripts.command_line.environment import Environment, missing_is_not_deployed
from scripts.command_line.errors import NotFound, Refused, RolledBack
from scripts.command_line.plain_text import visible
from scripts.command_line.streams import agree_on_number, confirm, print_json, say_progress
from scripts.operations.inbox import decisions
from scripts.operations.inbox.decisions import Decision, Item
from scripts.operations.inbox.preview import Preview, preview

SAMPLE: Final = 10
_WRITERS: Final = {"accept": decisions.accept, "discard": decisions.discard, "replay": decisions.accept}
_PAST: Final = {"accept": "accepted", "discard": "discarded", "replay": "replayed"}
_CHANGED: Final = "left alone: its status has changed"
_TO_PROCESSOR: Final = "; the processor gets it within seconds"
_THEN: Final = {"accept": _TO_PROCESSOR, "discard": "; it is kept", "replay": _TO_PROCESSOR}


class Dialog:
    """One run of `accept`, `discard` or `replay`, which is `action`, with its `note` and, of a replay, `ticket`. With
    `dry_run` what it says is the answer, and nothing is written. `sleep` waits so many seconds.
    """

    def __init__(
        self,
        environment: Environment,
        action: str,
        note: str,
        yes: bool,
        as_json: bool,
        ticket: str = "",
        dry_run: bool = False,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._environment = environment
        self._action = action
        self._note = note
        self._ticket = ticket
        self._yes = yes
        self._as_json = as_json
        self._dry_run = dry_run
        self._sleep = sleep
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
        if not self._dry_run:
            self._say(f"on {self._environment.target.describe()}")
            confirm(f"{self._action}?", yes=self._yes)
            _WRITERS[self._action](self._dynamodb, self._table, item, decision)
            self._say(f"{_PAST[self._action]}{_THEN[self._action]}")
        if self._as_json:
            found = {"webhook_id": webhook_id, "decision": self._action, "done": not self._dry_run}
            print_json({**found, **asdict(decision)})

    def decide_all(self, items: Sequence[Item], consequence: str, count: int | None, per_second: int) -> None:
        """Show how many there are and some of them, say the `consequence`, have the number typed, write each. What has
        changed meanwhile is left alone. Raises NotFound for none, Refused for another number.
        """
        if not items:
            raise NotFound("there is none such", f"what waits: {copyable('inbox', 'list')}")
        self._say_group(items, consequence)
        done: Counter[str] = Counter()
        decision = self._decision()
        if not self._dry_run:
            self._say(f"on {self._environment.target.describe()}")
            agree_on_number(len(items), f"{self._action} all of them", count, yes=self._yes)
            read = decisions.read_items(self._dynamodb, self._table, items, lambda _: self._sleep(1))
            for number, item in enumerate(read):
                is_as_shown = item[contract.STATUS] == items[0][contract.STATUS]
                done[self._write(item, decision) if is_as_shown else _CHANGED] += 1
                say_progress(number, number + 1, len(items))
                self._sleep(1 / per_second)
        for what, number in done.items():
            self._say(f"{number:,} {what}")
        if self._as_json:
            found = {"found": len(items), "webhooks": dict(done)}
            print_json({"decision": self._action, **found, **asdict(decision)})

    def _write(self, item: Item, decision: Decision) -> str:
        """What became of it."""
        try:
            _WRITERS[self._action](self._dynamodb, self._table, item, decision)
        except (Refused, RolledBack) as refusal:
            return f"left alone: {refusal.message.partition(' ')[2]}"
        return _PAST[self._action]

    def _say_group(self, items: Sequence[Item], consequence: str) -> None:
        status = items[0][contract.STATUS]
        self._say(f"{self._action} {counted(len(items), f'{status} webhook')}: {consequence}")
        reasons = Counter(str(item.get(contract.STATUS_REASON, "without a reason")) for item in items)
        for reason, number in reasons.most_common():
            self._say(f"  {number:,} {visible(reason)}")
        for item in items[:SAMPLE]:
            since = str(item.get(contract.ATTENTION_SINCE) or item[contract.ARCHIVE_SHARD].partition("#")[0])
            self._say(f"    {since[:19]:<19}  {visible(str(item[contract.WEBHOOK_ID]))}")

    def _decision(self) -> Decision:
        return Decision(
            self._environment.target.caller_arn, utc_timestamp(time.time()), self._note, self._ticket
        )

    def _say(self, line: str) -> None:
        click.echo(line, err=self._as_json or not self._dry_run)


def preview_of(environment: Environment, item: Item) -> Preview:
    """What accepting the item would do. Raises ServiceError or ClientError when something can't be read."""
    target, names = environment.target, environment.names
    dynamodb, s3 = client_api(target.client("dynamodb")), target.client("s3")
    siblings = InboxProgress(dynamodb, names.inbox_table, _never).load(str(item[contract.WEBHOOK_ID]))
    webhook = next(each for each in siblings if each.keys.timestamp == item[contract.WEBHOOK_TIMESTAMP])

    def body_of(of: StoredWebhook) -> bytes:
        stored = {"payload_key": of.payload_key, "payload": of.payload or b"", "received_at": of.received_at}
        return decisions.payload_of(s3, names.payload_bucket, stored)

    return preview(webhook, siblings, body_of, LedgerReader(dynamodb, names.transactions_table).find)


def _never() -> str:
    raise AssertionError("nothing is written here")
