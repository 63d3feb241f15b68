"""What AWS does between the functions, in steps: streams, pipe, queues, state machine, bus, schedules; and the senders.

Nothing waits for a clock. Time that has to pass is taken off the times that items hold.
"""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import Any, Final, NamedTuple

from payment_webhooks import contract
from payment_webhooks.endpoints.secret_document import EndpointSecret
from payment_webhooks.timestamps import utc_timestamp
from scripts.provider_simulator.local_authority import LocalAuthority
from scripts.provider_simulator.simulator import sign
from tests.support.faults.aws import Aws, Message
from tests.support.faults.worker import Fault, Outcome, Workers

HOUR_SECONDS: Final = 3600
BATCH: Final = 10
# Of the queues' redrive policies (stacks/messaging/stack.py).
RECEIVES: Final = {"processing": 1_000, "notification": 200}
ATTEMPTS_OF_A_TASK: Final = 4
MOST_ROUNDS: Final = 60  # of everything, until nothing is left to do
_PENDING: Final = contract.STATUS_RECEIVED
_TO_BE_PROCESSED: Final = (None, contract.STATUS_IGNORED, *contract.ATTENTION_STATUSES)

CONFLICT: Final = 3  # among what truth.py sends

# Asked before each invocation: the fault that this one gets.
Plan = Callable[["World", str, Any], Fault | None]


class Sent(NamedTuple):
    """A webhook as its provider sends it."""

    endpoint: str
    body: bytes


class World:
    """`mode`: of processing, queue or workflow. `random`: delivers late, twice and out of order; None: in order."""

    def __init__(
        self,
        workers: Workers,
        aws: Aws,
        secrets: Mapping[str, EndpointSecret],
        authority: LocalAuthority,
        mode: str,
        plan: Plan,
        random: Random | None = None,
    ) -> None:
        self.workers = workers
        self.aws = aws
        self.mode = mode
        self._secrets = secrets
        self._authority = authority
        self._plan = plan
        self._random = random
        self._positions = dict.fromkeys(("pipe", "audit inbox", "audit transactions", "analytics"), 0)
        self._told = 0
        self.lost_by_pipe = "-"  # the start of the ids of webhooks that it loses

    def invoke(self, function: str, event: Any) -> Outcome:
        return self.workers.call(function, event, self.aws, self._plan(self, function, event))

    # --- senders and callers

    def send(self, sent: Sent) -> None:
        """As a provider does: again until it is answered 200."""
        for _ in range(MOST_ROUNDS):
            headers = sign(
                sent.endpoint, sent.body, self._secrets[sent.endpoint], time.time(), self._authority
            )
            event = {
                "httpMethod": "POST",
                "resource": "/webhook/{endpoint}",
                "pathParameters": {"endpoint": sent.endpoint},
                "multiValueHeaders": {name: [value] for name, value in headers},
                "body": sent.body.decode(),
                "requestContext": {"requestId": "r", "identity": {"sourceIp": "192.0.2.7"}},
            }
            if _status_of(self.invoke("webhook_receiver", event)) == 200:
                return
        raise AssertionError("never answered 200")

    def ask(self, method: str, resource: str, **event: Any) -> Any:
        """A caller of the transaction API, who asks again until there is an answer."""
        for _ in range(MOST_ROUNDS):
            asked = {"httpMethod": method, "resource": resource, "requestContext": {}, **event}
            outcome = self.invoke("transaction_api", asked)
            if _status_of(outcome) in (200, 202):
                return json.loads(outcome.value["answer"]["body"])
        raise AssertionError("never answered 200")

    def reconcile(self, endpoint: str) -> None:
        """A person, who asks for the last sixteen minutes until all that has settled is compared."""
        now = int(time.time())
        asked = {
            contract.RECONCILE_ENDPOINT: endpoint,
            contract.RECONCILE_SINCE: now - 16 * 60,
            contract.RECONCILE_UNTIL: now,
            contract.RECONCILE_DRY_RUN: False,
        }
        for _ in range(MOST_ROUNDS):
            outcome = self.invoke("reconciler", asked)
            if outcome.value and outcome.value["answer"]["next"] is None:
                return
        raise AssertionError("never compared")

    # --- until nothing is left to do

    def settle(self) -> None:
        for _ in range(MOST_ROUNDS):
            if self._bring_pipe() | self._bring_queue() | self._bring_notifications():
                continue
            if any(contract.PENDING_SHARD in item for item in self.aws.items("inbox")):
                self.pass_an_hour()
                self.invoke("inbox_sweeper", {})
            elif not self._bring_streams():  # in large batches, as each costs a process
                return
        raise AssertionError("it never comes to rest")

    def pass_an_hour(self) -> None:
        """What is pending is so for an hour longer; leases have run out."""
        for item in self.aws.in_place("inbox"):
            if contract.PENDING_SINCE in item:
                item[contract.PENDING_SINCE] = {"S": utc_timestamp(time.time() - HOUR_SECONDS)}
        for table in ("notifications", "transactions"):
            for item in self.aws.in_place(table):
                if "lease_until" in item:
                    item["lease_until"] = {"N": "0"}

    def archive(self) -> None:
        """Runs until nothing is due, after a look at yesterday alone instead of at the first year."""
        yesterday = utc_timestamp(time.time() - 24 * HOUR_SECONDS)[:10]
        for name in (contract.ARCHIVE_TRANSACTIONS, contract.ARCHIVE_WEBHOOKS):
            item = {
                contract.TRANSACTION_ID: {"S": contract.ARCHIVE_PROGRESS},
                contract.TRANSACTION_TIMESTAMP: {"S": f"{contract.ARCHIVE_PROGRESS}#{name}"},
                "day": {"S": yesterday},
                "next_part": {"N": "1"},
                "lease_until": {"N": "0"},
            }
            self.aws.dynamodb("PutItem", {"TableName": "transactions", "Item": item})
        for _ in range(MOST_ROUNDS):
            outcome = self.invoke("transaction_archiver", {})
            self.pass_an_hour()
            self.settle()
            if outcome.error is None and not outcome.killed and not self._is_due():
                return
        raise AssertionError("the archive never comes to rest")

    def _is_due(self) -> bool:
        tables = ("inbox", "transactions")
        return any(contract.ARCHIVE_SHARD in item for table in tables for item in self.aws.items(table))

    # --- streams

    def bring(self, function: str, records: Sequence[Any]) -> None:
        """One batch, until the function has taken it."""
        for _ in range(MOST_ROUNDS):
            outcome = self.invoke(function, {"Records": records})
            if outcome.value and not outcome.value["answer"]["batchItemFailures"]:
                return
        raise AssertionError("never taken")

    def _bring_streams(self) -> bool:
        found = [
            self._bring_stream("audit inbox", "inbox", "audit_logger"),
            self._bring_stream("audit transactions", "transactions", "audit_logger"),
            self._bring_stream("analytics", "transactions", "analytics_processor"),
        ]
        return any(found)

    def _bring_stream(self, reader: str, table: str, function: str) -> bool:
        """A batch until the function has taken it, from where it says: as a stream's event source does."""
        records = self.aws.stream(table, self._positions[reader])
        if not records:
            return False
        if self._random and len(records) > 1:
            records = records[: self._random.randint(1, len(records))]
        outcome = self.invoke(function, {"Records": records})
        if outcome.killed or outcome.error:
            return True
        failures = [each["itemIdentifier"] for each in outcome.value["answer"]["batchItemFailures"]]
        numbers = [record["dynamodb"]["SequenceNumber"] for record in records]
        done = min((numbers.index(each) if each in numbers else 0 for each in failures), default=len(records))
        again = self._random.random() < 0.2 if self._random else False  # delivered twice
        self._positions[reader] += 0 if again else done
        return True

    def _bring_pipe(self) -> bool:
        records = self.aws.stream("inbox", self._positions["pipe"])
        self._positions["pipe"] += len(records)
        found = [_keys_of(record) for record in records if _is_to_be_processed(record)]
        bodies = [
            each for each in found if not each[contract.MESSAGE_WEBHOOK_ID].startswith(self.lost_by_pipe)
        ]
        if self._random:
            bodies += [each for each in bodies if self._random.random() < 0.2]
            self._random.shuffle(bodies)
            lost = self._random.random() < 0.1  # the pipe gives up after its retries
            bodies = [] if lost else bodies
        for body in bodies:
            if self.mode == "workflow":
                self._execute(body)
            else:
                self.aws.queue("processing").append(Message(json.dumps(body)))
        return bool(records)

    # --- queues

    def _bring_queue(self) -> bool:
        return self._bring_messages("processing", "payment_processor")

    def _bring_notifications(self) -> bool:
        events, self._told = self.aws.events[self._told :], len(self.aws.events)
        queue = self.aws.queue("notification")
        queue += [Message(json.dumps(each)) for each in events if each[contract.EVENT_NOTIFICATION_TYPES]]
        return self._bring_messages("notification", "notification_handler")

    def _bring_messages(self, name: str, function: str) -> bool:
        queue = self.aws.queue(name)
        if not queue:
            return False
        if self._random:
            self._random.shuffle(queue)
        batch = [message._replace(receives=message.receives + 1) for message in queue[:BATCH]]
        del queue[:BATCH]
        records = [
            {
                "messageId": f"m-{number}",
                "receiptHandle": f"handle-{number}",
                "body": message.body,
                "attributes": {"ApproximateReceiveCount": str(message.receives)},
            }
            for number, message in enumerate(batch)
        ]
        outcome = self.invoke(function, {"Records": records})
        ended = not outcome.killed and not outcome.error
        failed = (
            [each["itemIdentifier"] for each in outcome.value["answer"]["batchItemFailures"]] if ended else []
        )
        for record, message in zip(records, batch, strict=True):
            if ended and record["messageId"] not in failed:
                continue
            is_dead = message.receives >= RECEIVES[name]
            self.aws.queue(f"{name}-dlq" if is_dead else name).append(message)
        if name == "notification":
            self.pass_an_hour()  # hidden for longer than a lease
        return True

    # --- the state machine of workflow mode (stacks/compute/processing_workflow.py)

    def _execute(self, body: Mapping[str, str]) -> None:
        task = {
            contract.WORKFLOW_INPUT: [body],
            contract.WORKFLOW_EXECUTION: "arn",
            contract.WORKFLOW_RETRIES: 0,
        }
        failure = self._run_task({**task, contract.WORKFLOW_TASK: contract.WORKFLOW_PROCESS})
        if failure is not None:
            give_up = {contract.WORKFLOW_TASK: contract.WORKFLOW_GIVE_UP, contract.WORKFLOW_FAILURE: failure}
            self._run_task({**task, **give_up})

    def _run_task(self, task: Mapping[str, Any]) -> dict[str, str] | None:
        """What the machine catches after the last attempt; None when one succeeded."""
        caught: dict[str, str] = {}
        for retries in range(ATTEMPTS_OF_A_TASK):
            outcome = self.invoke("payment_processor", {**task, contract.WORKFLOW_RETRIES: retries})
            if outcome.value is not None:
                return None
            name, text = outcome.error or ("Lambda.Unknown", "")
            caught = {"Error": name, "Cause": json.dumps({"errorType": name, "errorMessage": text})}
            if name == contract.WORKFLOW_PERMANENT:
                break
        return caught


def _status_of(outcome: Outcome) -> int:
    """Of an HTTP answer; a worker that died or raised is API Gateway's 502."""
    status: int = outcome.value["answer"]["statusCode"] if outcome.value else 502
    return status


def _is_to_be_processed(record: Mapping[str, Any]) -> bool:
    """The pipe's filter (stacks/compute/processing_pipe.py)."""
    new, old = (
        record["dynamodb"].get(image, {}).get(contract.STATUS, {}).get("S")
        for image in ("NewImage", "OldImage")
    )
    return new == _PENDING and old in _TO_BE_PROCESSED


def _keys_of(record: Mapping[str, Any]) -> dict[str, str]:
    keys = record["dynamodb"]["Keys"]
    return {name: keys[name]["S"] for name in (contract.MESSAGE_WEBHOOK_ID, contract.MESSAGE_TIMESTAMP)}


def shuffled(sent: Sequence[Sent], random: Random) -> list[Sent]:
    """In any order, and some twice; but the other body under a known id comes last, as the first one counts."""
    *others, conflict = sorted(sent, key=lambda each: each is sent[CONFLICT])
    found = [*others, *(each for each in others if random.random() < 0.3)]
    random.shuffle(found)
    return [*found, conflict]
