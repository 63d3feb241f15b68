"""Checks: from nothing to a deployed system, its updates, and back to nothing."""

import json
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Final, NamedTuple

from botocore.exceptions import ClientError

from payment_webhooks import contract
from scripts.acceptance.bench import Bench
from scripts.acceptance.project_copy import FAILING, changed_project, failing_project, warmed_project
from scripts.acceptance.samples import IN_HOUSE, payment_body
from scripts.acceptance.step_selection import CheckFailed, NotProven
from scripts.cloudformation.change_sets import ChangeSet, find
from scripts.cloudformation.live_stack import NESTED_STACK, resources_of, stack_tree
from scripts.cloudformation.next_commands import Commands
from scripts.cloudformation.stack_events import EventReader, first_cause, follow
from scripts.cloudformation.stack_states import NO_STACK
from scripts.command_line.aws_target import target_from
from scripts.command_line.counted import counted
from scripts.command_line.exit_codes import EXIT_REFUSED
from scripts.command_line.project_paths import ROOT
from scripts.deployment.approval import DANGERS
from scripts.deployment.named_resources import names_that_hold
from scripts.deployment.protection import policy_text
from stacks.function_catalogue import WEBHOOK_RECEIVER
from stacks.webhook_endpoints import ENDPOINTS

ALLOW_ALL: Final = ("--yes", "--allow", ",".join(DANGERS))  # it is a scratch environment
CODE: Final = frozenset({"AWS::Lambda::Function", "AWS::Lambda::Version", "AWS::Lambda::Alias"})
PAUSE_SECONDS: Final = 0.25  # between two webhooks
MORE: Final = 5  # webhooks after a deployment
NEWEST: Final = 100  # executions that are looked through for one webhook
UNKNOWN: Final = "{{changeSet:KNOWN_AFTER_APPLY}}"
# The mark with something before or behind it in the same text. Values stand as JSON in JSON.
PART_OF_VALUE: Final = re.compile(rf'[^"\\]+{re.escape(UNKNOWN)}[^"\\]*|{re.escape(UNKNOWN)}[^"\\]+')
PIPE: Final = "AWS::Pipes::Pipe"
EVENT_SECONDS: Final = 5.0
NETWORK_PARTS: Final = {  # by call: the answer's list, and the field with the id
    "describe_vpcs": ("Vpcs", "VpcId"),
    "describe_subnets": ("Subnets", "SubnetId"),
    "describe_route_tables": ("RouteTables", "RouteTableId"),
    "describe_internet_gateways": ("InternetGateways", "InternetGatewayId"),
    "describe_nat_gateways": ("NatGateways", "NatGatewayId"),
    "describe_addresses": ("Addresses", "AllocationId"),
    "describe_vpc_endpoints": ("VpcEndpoints", "VpcEndpointId"),
    "describe_flow_logs": ("FlowLogs", "FlowLogId"),
}
WARM_READS: Final = 12_100  # a new table has 12,000 and 4,000
WARM_WRITES: Final = 4_100


def settings_are_right(bench: Bench) -> None:
    """Parameters, templates and lint, and what a first deployment would make; nothing is made."""
    review = bench.deploy("--diff")
    bench.note(
        "review of the first deployment",
        f"{counted(len(review['changes']), 'resource')} to make; needs {', '.join(review['needs']) or 'no --allow'}",
    )


def refused_plan_leaves_nothing(bench: Bench) -> None:
    """A first change set is made, with all of preflight before it, and dropped: no change set, no empty stack."""
    bench.command("deploy", "--drop", plan(bench).name)
    bench.expect("stack", bench.stack.status, NO_STACK)
    list_stacks = bench.client("cloudformation").get_paginator("list_stacks").paginate
    shells = list_stacks(StackStatusFilter=["REVIEW_IN_PROGRESS"]).search("StackSummaries[].StackName")
    left = [name for name in shells if name.startswith(bench.names.stack)]
    bench.expect("empty stacks that are left", left, [])


def plan(bench: Bench, *arguments: str) -> ChangeSet:
    """A new change set, which waits."""
    name = bench.deploy("--plan", *arguments)["change_set"]
    return find(Commands(bench.names.suffix, bench.names.stack), bench.client("cloudformation"), name)


def unknown_values_are_marked(bench: Bench) -> None:
    """A first change set, in which most ids are unknown yet, marks them inside of longer values, too."""
    planned = plan(bench)
    text = json.dumps([*planned.valued.values()], default=str)
    bench.command("deploy", "--drop", planned.name)
    inside = re.findall(PART_OF_VALUE, text)
    bench.note("values that are not known yet", text.count(UNKNOWN))
    bench.note("those that are part of a longer value", f"{len(inside)}, such as {inside[:3]}")
    if not inside:
        raise NotProven("no unknown value is part of a longer one")


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
    report = _deploy_under_load(bench, "--yes", project=project)
    changed = {change["type"] for change in report["review"]["changes"]} - {NESTED_STACK}
    bench.note("types that changed", sorted(changed))
    if not changed or changed - CODE:
        raise CheckFailed(f"types that changed: {sorted(changed)}; must be code alone")
    bench.expect(f"code of {function} changed", _code_hash(bench, function) != before, True)


def other_tags_touch_no_secret(bench: Bench) -> None:
    """With another cost centre each key, and the key of fingerprints, is still the version that was set."""
    before = _current_versions(bench)
    bench.parameters["CostCenter"] = "another"
    bench.deploy(*ALLOW_ALL)
    bench.expect("current versions of the secrets", _current_versions(bench), before)


def _current_versions(bench: Bench) -> dict[str, str]:
    """By name of a secret the id of its version AWSCURRENT."""
    names = [bench.names.fingerprint_secret, *(bench.names.endpoint_secret(each.name) for each in ENDPOINTS)]
    describe = bench.client("secretsmanager").describe_secret
    stages = {name: describe(SecretId=name)["VersionIdsToStages"] for name in names}
    return {name: next(i for i, on in of.items() if "AWSCURRENT" in on) for name, of in stages.items()}


def mode_is(bench: Bench, mode: str) -> None:
    """What comes after the switch is processed by an execution of the state machine, or in queue mode by none."""
    bench.parameters["ProcessingMode"] = mode
    _deploy_under_load(bench, *ALLOW_ALL)
    webhook_id = bench.accepted(IN_HOUSE, payment_body())
    bench.processed(webhook_id)
    found = _executions(bench, webhook_id)  # two, if the stream delivers it twice
    bench.note("executions of that webhook", found)
    if bool(found) != (mode == "workflow"):
        raise CheckFailed(f"in mode {mode}, {webhook_id} has the executions {found}")


def failed_execution_is_logged(bench: Bench) -> None:
    """An execution without a webhook fails; Step Functions encrypts its line, and log delivery decrypts it."""
    client, logs, group = bench.client("stepfunctions"), bench.client("logs"), bench.names.workflow_log_group
    started = client.start_execution(stateMachineArn=bench.names.processing_workflow_arn, input="{}")
    arn = str(started["executionArn"])

    def status() -> str:
        return str(client.describe_execution(executionArn=arn)["status"])

    def lines() -> list[str]:
        found = logs.get_paginator("filter_log_events").paginate(logGroupName=group)
        return [each["message"] for page in found for each in page["events"] if arn in each["message"]]

    bench.expect(
        f"execution {arn}", bench.wait_for("it to end", status, lambda now: now != "RUNNING"), "FAILED"
    )
    bench.note(f"lines of it in {group}", len(bench.wait_for(f"a line of {arn} in {group}", lines, bool)))


def stack_policies_hold(bench: Bench) -> None:
    """The policies that `protect` sets, with a pipe as if it held data: the way back to the queue, which deletes it, is
    refused by us, and by CloudFormation when it is executed without us."""
    client, stack_id = bench.client("cloudformation"), bench.stack.stack_id
    policy = json.loads(policy_text(guarded=True))
    policy["Statement"][1]["Condition"]["StringEquals"]["ResourceType"].append(PIPE)
    planned = plan(bench, "--parameter=ProcessingMode=queue")
    with guarded(bench, json.dumps(policy)):
        bench.command("deploy", "--apply", planned.arn, *ALLOW_ALL, exit_code=EXIT_REFUSED)
        if bench.target.is_local:  # the engine keeps stack policies, and holds nobody to them
            bench.command("deploy", "--drop", planned.name)
            return
        reader = EventReader(client, stack_id)
        reader.mark()
        client.execute_change_set(ChangeSetName=planned.arn)
        ended = follow(reader, lambda: bench.stack.status, lambda _events: None, bench.sleep, EVENT_SECONDS)
    cause = first_cause(ended.events)
    said = f"{cause.shown_path}: {cause.reason}" if cause else "nothing"
    bench.note("the change through the root failed with", said)
    bench.expect("stack", ended.status, "UPDATE_ROLLBACK_COMPLETE")
    bench.expect("the stack policy is named", "stack policy" in said.lower(), True)


@contextmanager
def guarded(bench: Bench, policy: str) -> Iterator[None]:
    """The policy on the root and on each nested stack, as `protect` sets it; lifted afterwards."""
    client, stack_id = bench.client("cloudformation"), bench.stack.stack_id
    stacks = stack_tree(stack_id, resources_of(client, stack_id)).values()
    try:
        for each in stacks:
            client.set_stack_policy(StackName=each, StackPolicyBody=policy)
        yield
    finally:
        for each in stacks:
            client.set_stack_policy(StackName=each, StackPolicyBody=policy_text(guarded=False))


def warm_throughput_stays(bench: Bench) -> None:
    """What a template has raised by little stays as it is when the next template does not name it."""
    bench.deploy("--yes", project=warmed_project(bench.folder / "warm", WARM_READS, WARM_WRITES))
    named = (WARM_READS, WARM_WRITES)
    bench.wait_for("warm throughput to be raised", lambda: _warm_units(bench), lambda units: units == named)
    bench.deploy("--yes")
    bench.expect("warm throughput, no longer named", _warm_units(bench), named)


def _warm_units(bench: Bench) -> tuple[int, int]:
    """Reads and writes a second that the inbox is warm for."""
    warm = bench.client("dynamodb").describe_table(TableName=bench.names.inbox_table)["Table"][
        "WarmThroughput"
    ]
    return warm["ReadUnitsPerSecond"], warm["WriteUnitsPerSecond"]


def deployers_rights_are_enough(bench: Bench) -> None:
    """All was deployed and destroyed with rights that CloudFormation may use and the caller may not: each is refused a
    network of its own. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateVpc.html (DryRun)"""
    for command in ("deploy", "destroy"):
        if command not in bench.profiles:
            raise NotProven(
                f"{command} had the rights of the checks; --profile-of {command}=NAME gives it others"
            )
        target = target_from(bench.target.region, bench.profiles[command], local=False)
        caller, answer = target.client("sts").get_caller_identity()["Arn"], "no answer"
        try:
            target.client("ec2").create_vpc(CidrBlock="10.0.0.0/16", DryRun=True)
        except ClientError as error:
            answer = error.response["Error"]["Code"]
        bench.note(f"ec2 create-vpc --dry-run as {caller}", answer)
        if answer != "UnauthorizedOperation":
            raise NotProven(f"{caller} may do more than the generated policies say")


def network_is(bench: Bench, mode: str) -> None:
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
    """All but the keys, which KMS keeps for their waiting period."""
    keys = [bench.stack.outputs[f"{duty}KeyArn"] for duty in ("Data", "Messages", "Secrets")]
    bench.command("destroy", "--yes", bench.names.suffix)
    bench.expect("stack", bench.stack.status, NO_STACK)
    for key in keys:
        metadata = bench.client("kms").describe_key(KeyId=key)["KeyMetadata"]
        bench.expect(f"key {key}", metadata["KeyState"], "PendingDeletion")


def nothing_is_left(bench: Bench) -> None:
    """By name, in every service that the templates use; by tag, in EC2, where nothing has a name. The list of all tags
    lags behind, so it is told alone.
    """
    tags = [{"Key": "Environment", "Values": [bench.names.suffix]}]
    pages = bench.client("resourcegroupstaggingapi").get_paginator("get_resources").paginate(TagFilters=tags)
    arns = [each["ResourceARN"] for page in pages for each in page["ResourceTagMappingList"]]
    bench.note("still in the list of tags (the key stays, the others lag)", ", ".join(arns))
    left = names_that_hold(bench.client, bench.names.suffix)
    bench.expect(f"names with {bench.names.suffix}", left, {})
    bench.wait_for("the network to be gone", partial(network_that_lives, bench), lambda living: not living)
    bench.note("parts of a network with the tag", "none")


def network_that_lives(bench: Bench) -> list[str]:
    """Ids of the network's parts with the environment's tag; a deleted gateway or endpoint is listed for a while."""
    client, tag = bench.client("ec2"), {"Key": "Environment", "Value": bench.names.suffix}
    living = []
    for operation, (items, identifier) in NETWORK_PARTS.items():
        pages = (
            client.get_paginator(operation).paginate()
            if client.can_paginate(operation)
            else [getattr(client, operation)()]
        )
        for part in (part for page in pages for part in page[items]):
            if tag in part.get("Tags", ()) and str(part.get("State")).lower() != "deleted":
                living.append(str(part[identifier]))
    return living


def secret_names_are_free(bench: Bench) -> None:
    """Another environment of this name could be made at once: the name of a deleted secret is not kept."""
    client, name = bench.client("secretsmanager"), bench.names.endpoint_secret(IN_HOUSE)
    begun = time.monotonic()

    def refusal() -> ClientError | None:
        try:
            client.create_secret(Name=name, SecretString="free")
        except ClientError as error:
            return error
        return None

    bench.wait_for(f"{name} to be free", refusal, lambda error: error is None)
    client.delete_secret(SecretId=name, ForceDeleteWithoutRecovery=True)
    bench.note(f"create {name}", f"free after {time.monotonic() - begun:.0f} s")


def logs_are_delivered(bench: Bench) -> None:
    """The access log of the API has lines: its role, its key and its policy are right."""
    group = bench.names.access_log_group

    read = bench.client("logs").filter_log_events
    bench.wait_for(f"a line in {group}", lambda: read(logGroupName=group, limit=1)["events"], bool)
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


def _deploy_under_load(bench: Bench, *arguments: str, project: Path = ROOT) -> dict[str, Any]:
    """Deploy while webhooks come, and for a few more; each of them is processed once. The deployment's report."""
    with webhooks(bench) as sent:
        report = bench.deploy(*arguments, project=project)
        there = len(sent.accepted)
        bench.wait_for("webhooks", lambda: len(sent.accepted), lambda count: count >= there + MORE)
    _none_is_lost(bench, sent)
    return report


def _none_is_lost(bench: Bench, sent: Sent) -> None:
    """Each webhook that was accepted is processed: one row, what it changed, and one confirmation is told."""
    others = f"{len(sent.refused)} other answers {sent.refused}"
    bench.note("webhooks while it ran", f"{len(sent.accepted)} accepted, {others}")
    for webhook_id in sent.accepted:
        found = bench.wait_for(
            f"{webhook_id} to be processed and told",
            partial(bench.trace, webhook_id),
            lambda found: found.inbox_statuses == (contract.STATUS_PROCESSED,) and bool(found.notifications),
        )
        told = [str(each[contract.NOTIFICATION_ID]).partition("#")[0] for each in found.notifications]
        counts = (len(found.ledger), len(found.effects), told.count(contract.NOTIFY_CONFIRMATION))
        if counts != (1, 1, 1):
            raise CheckFailed(f"{webhook_id} has rows, effects, confirmations: {counts}; must be one each")
    bench.note("processed, each with one row, one effect, one confirmation", len(sent.accepted))


def _executions(bench: Bench, webhook_id: str) -> list[str]:
    """Those of the newest executions that are of this webhook."""
    client, machine = bench.client("stepfunctions"), bench.names.processing_workflow_arn
    newest = client.list_executions(stateMachineArn=machine, maxResults=NEWEST)["executions"]
    arns = [str(each["executionArn"]) for each in newest]
    return [arn for arn in arns if webhook_id in client.describe_execution(executionArn=arn)["input"]]


def _code_hash(bench: Bench, function: str) -> str:
    answer = bench.client("lambda").get_function_configuration(FunctionName=function)
    return str(answer["CodeSha256"])
