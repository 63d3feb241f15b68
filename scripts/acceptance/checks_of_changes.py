"""Checks: from nothing to a deployed system, its updates, and back to nothing."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, Final, NamedTuple

from botocore.exceptions import ClientError

from payment_webhooks import contract
from scripts.acceptance.bench import Bench
from scripts.acceptance.project_copy import FAILING, changed_project, failing_project
from scripts.acceptance.samples import IN_HOUSE, payment_body
from scripts.acceptance.steps import CheckFailed
from scripts.cloudformation.stack_states import NO_STACK
from scripts.deployment.approval import DANGERS
from scripts.deployment.named_resources import names_that_hold
from stacks.function_catalogue import WEBHOOK_RECEIVER

ALLOW_ALL: Final = ("--yes", "--allow", ",".join(DANGERS))  # it is a scratch environment
CODE: Final = frozenset({"AWS::Lambda::Function", "AWS::Lambda::Version", "AWS::Lambda::Alias"})
NESTED_STACK: Final = "AWS::CloudFormation::Stack"
PAUSE_SECONDS: Final = 0.25  # between two webhooks
PER_MODE: Final = 5
NEWEST: Final = 100  # executions that are looked through for one webhook
SECRET_FREE_SECONDS: Final = 120.0


def settings_are_right(bench: Bench) -> None:
    """Parameters, templates and lint, and what a first deployment would make; nothing is made."""
    review = json.loads(bench.command("deploy", "--diff", "--json", *_given(bench)))
    bench.note(
        "review of the first deployment", f"{len(review['changes'])} resources, needs {review['needs']}"
    )


def refused_plan_leaves_nothing(bench: Bench) -> None:
    """A first change set is made, with all of preflight before it, and dropped: no change set, no empty stack."""
    name = json.loads(bench.command("deploy", "--plan", "--json", *_given(bench)))["change_set"]
    bench.command("deploy", "--drop", name)
    bench.expect("stack", bench.stack.status, NO_STACK)
    pages = (
        bench.client("cloudformation")
        .get_paginator("list_stacks")
        .paginate(StackStatusFilter=["REVIEW_IN_PROGRESS"])
    )
    shells = [each["StackName"] for page in pages for each in page["StackSummaries"]]
    left = [each for each in shells if each.startswith(bench.names.stack)]
    bench.expect("empty stacks that are left", left, [])


def deployed_from_nothing(bench: Bench) -> None:
    """Everything is made by one change set; a run that was interrupted meanwhile finds it made."""
    was_there = bench.stack.status != NO_STACK
    result = bench.deploy("--yes")["result"]
    bench.expect("result", result, "unchanged" if was_there else "created")
    bench.note("stack", bench.stack.stack_id)


def only_code_changes(bench: Bench) -> None:
    """The receiver gets new code while webhooks come: nothing else changes, and none of them is lost."""
    function = bench.names.function(WEBHOOK_RECEIVER.folder)
    before = _code_hash(bench, function)
    project = changed_project(bench.folder / "code", WEBHOOK_RECEIVER.folder)
    with webhooks(bench) as sent:
        report = bench.deploy("--yes", project=project)
        _wait_for_more(bench, sent)
    changed = {change["type"] for change in report["review"]["changes"]} - {NESTED_STACK}
    bench.note("types that changed", sorted(changed))
    if not changed or changed - CODE:
        raise CheckFailed(f"types that changed: {sorted(changed)}; must be code alone")
    bench.expect(f"code of {function} changed", _code_hash(bench, function) != before, True)
    _none_is_lost(bench, sent)


def mode_is_workflow(bench: Bench) -> None:
    """What comes after the switch is processed by an execution of the state machine."""
    _switch(bench, "workflow")
    webhook_id = bench.accepted(IN_HOUSE, payment_body())
    bench.processed(webhook_id)
    found = _executions(bench, webhook_id)  # two, if the stream delivers it twice
    bench.note("executions of that webhook", found)
    if not found:
        raise CheckFailed(f"{webhook_id} was processed by no execution")


def mode_is_queue_again(bench: Bench) -> None:
    """What comes after the way back starts no execution."""
    _switch(bench, "queue")
    webhook_id = bench.accepted(IN_HOUSE, payment_body())
    bench.processed(webhook_id)
    bench.expect("executions of that webhook", _executions(bench, webhook_id), [])


def network_is_joined(bench: Bench) -> None:
    _network(bench, "vpc")


def network_is_left(bench: Bench) -> None:
    _network(bench, "none")


def _network(bench: Bench, mode: str) -> None:
    bench.parameters["NetworkMode"] = mode
    bench.deploy(*ALLOW_ALL)
    bench.processed(bench.accepted(IN_HOUSE, payment_body()))


def failing_update_is_rolled_back(bench: Bench) -> None:
    """An update that AWS cannot finish: its cause is named, everything is as before, and webhooks are processed."""
    bench.deploy("--yes", project=failing_project(bench.folder / "failing"), exit_code=4)
    bench.expect("the cause is named", FAILING in bench.evidence[-1].seen, True)
    bench.expect("stack", bench.stack.status, "UPDATE_ROLLBACK_COMPLETE")
    bench.processed(bench.accepted(IN_HOUSE, payment_body()))


def nothing_has_drifted(bench: Bench) -> None:
    drift = json.loads(bench.command("deploy", "--drift", "--json"))
    bench.note("resources compared", f"{drift['checked']}; {drift['unchecked']} cannot be compared")
    bench.expect("drifted", drift["drifted"], [])


def destroyed(bench: Bench) -> None:
    """All but the key, which KMS keeps for its waiting period."""
    key = bench.stack.outputs["KeyId"]
    bench.command("destroy", "--yes", bench.names.suffix)
    bench.expect("stack", bench.stack.status, NO_STACK)
    metadata = bench.client("kms").describe_key(KeyId=key)["KeyMetadata"]
    bench.expect(f"key {key}", metadata["KeyState"], "PendingDeletion")


def nothing_is_left(bench: Bench) -> None:
    """By name, in every service that the templates use. What carries the tag is told: that list lags behind."""
    left = names_that_hold(bench.client, bench.names.suffix)
    bench.expect(f"names with {bench.names.suffix}", left, {})
    tags = [{"Key": "Environment", "Values": [bench.names.suffix]}]
    pages = bench.client("resourcegroupstaggingapi").get_paginator("get_resources").paginate(TagFilters=tags)
    arns = [each["ResourceARN"] for page in pages for each in page["ResourceTagMappingList"]]
    bench.note("listed by tag; the key, and what that list has not dropped yet", arns)


def secret_names_are_free(bench: Bench) -> None:
    """Another environment of this name could be made at once: the name of a deleted secret is not kept."""
    client, name, begun = (
        bench.client("secretsmanager"),
        bench.names.endpoint_secret(IN_HOUSE),
        time.monotonic(),
    )
    while True:
        try:
            client.create_secret(Name=name, SecretString="free")
            break
        except ClientError as error:
            if time.monotonic() - begun > SECRET_FREE_SECONDS:
                raise CheckFailed(f"{name} is not free after {SECRET_FREE_SECONDS:.0f} s: {error}") from error
            bench.check_time(name)
            time.sleep(2)
    client.delete_secret(SecretId=name, ForceDeleteWithoutRecovery=True)
    bench.note(f"create {name}", f"free after {time.monotonic() - begun:.0f} s")


def logs_are_delivered(bench: Bench) -> None:
    """The access log of the API has lines: its role, its key and its policy are right."""
    group = bench.names.access_log_group

    def look() -> list[Any]:
        found: list[Any] = bench.client("logs").filter_log_events(logGroupName=group, limit=1)["events"]
        return found

    bench.wait_for(f"a line in {group}", look, bool)
    bench.note(f"lines in {group}", "there are some")


class Sent(NamedTuple):
    """Webhooks that came without a break: ids of those that were answered 200, and the other answers."""

    accepted: list[str]
    refused: list[int]


@contextmanager
def webhooks(bench: Bench) -> Iterator[Sent]:
    """In-house webhooks, one after the other, each sent again until it is answered 200, as providers do."""
    sent, over, post = Sent([], []), threading.Event(), bench.sender(IN_HOUSE)

    def send() -> None:
        body = payment_body()
        while not over.is_set():
            delivery = post(body, False, True)
            if delivery.status_code == 200:
                sent.accepted.append(str(delivery.body["webhook_id"]))
                body = payment_body()
            else:
                sent.refused.append(delivery.status_code)
            over.wait(PAUSE_SECONDS)

    sender = threading.Thread(target=send)
    sender.start()
    try:
        yield sent
    finally:
        over.set()
        sender.join()


def _switch(bench: Bench, mode: str) -> None:
    """Deploy the processing mode while webhooks come; each of them is processed once."""
    bench.parameters["ProcessingMode"] = mode
    with webhooks(bench) as sent:
        bench.deploy(*ALLOW_ALL)
        _wait_for_more(bench, sent)
    _none_is_lost(bench, sent)


def _wait_for_more(bench: Bench, sent: Sent) -> None:
    there = len(sent.accepted)
    bench.wait_for("webhooks", lambda: len(sent.accepted), lambda count: count >= there + PER_MODE)


def _none_is_lost(bench: Bench, sent: Sent) -> None:
    """Each webhook that was accepted is processed: one row, one transition, and one confirmation is told."""
    others = f"{len(sent.refused)} other answers {sent.refused}"
    bench.note("webhooks while it ran", f"{len(sent.accepted)} accepted, {others}")
    for webhook_id in sent.accepted:
        found = bench.wait_for(
            f"{webhook_id} to be processed and told",
            partial(bench.trace, webhook_id),
            lambda found: found.inbox_statuses == (contract.STATUS_PROCESSED,) and bool(found.notifications),
        )
        told = [str(each[contract.NOTIFICATION_ID]).partition("#")[0] for each in found.notifications]
        counts = (len(found.ledger), len(found.transitions), told.count(contract.NOTIFY_CONFIRMATION))
        if counts != (1, 1, 1):
            raise CheckFailed(
                f"{webhook_id} has rows, transitions, confirmations: {counts}; must be one each"
            )
    bench.note("processed, each with one row, one transition, one confirmation", len(sent.accepted))


def _executions(bench: Bench, webhook_id: str) -> list[str]:
    """Those of the newest executions that are of this webhook."""
    client, machine = bench.client("stepfunctions"), bench.names.processing_workflow_arn
    newest = client.list_executions(stateMachineArn=machine, maxResults=NEWEST)["executions"]
    arns = [str(each["executionArn"]) for each in newest]
    return [arn for arn in arns if webhook_id in client.describe_execution(executionArn=arn)["input"]]


def _code_hash(bench: Bench, function: str) -> str:
    answer = bench.client("lambda").get_function_configuration(FunctionName=function)
    return str(answer["CodeSha256"])


def _given(bench: Bench) -> list[str]:
    """Environment file and parameters, as every deployment gets them."""
    return [*bench.deploy_flags, *(f"--parameter={name}={value}" for name, value in bench.parameters.items())]
