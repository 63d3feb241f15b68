"""The pipe_targets shim with a state machine as target; see test_shims.py and test_shims_pipe.py."""

import json
from dataclasses import dataclass
from typing import Any

from scripts.local_engine import control
from tests.integration.local_engine.test_shims_pipe import RETRIES, TEMPLATE, Pipe, pipe_resources
from tests.support.system import small_stacks as stacks
from tests.support.system.engine_clients import Clients
from tests.support.system.small_stacks import unique
from tests.support.system.waiting import wait_for


@dataclass(frozen=True)
class MachinePipe(Pipe):
    machine: str

    def inputs(self) -> list[Any]:
        """What each execution so far was given."""
        states = self.clients("stepfunctions")
        listed = states.list_executions(stateMachineArn=self.machine)["executions"]
        found = [states.describe_execution(executionArn=each["executionArn"])["input"] for each in listed]
        return [json.loads(each) for each in found]


def deploy_machine_pipe(clients: Clients, may_start: bool = True) -> MachinePipe:
    name = unique("pipe")
    resources = pipe_resources(name, may_send=False)
    machine = {"Ref": "Machine"}
    resources["Machine"] = {
        "Type": "AWS::StepFunctions::StateMachine",
        "Properties": {
            "RoleArn": {"Fn::GetAtt": ["Role", "Arn"]},
            "Definition": {"StartAt": "Done", "States": {"Done": {"Type": "Succeed"}}},
        },
    }
    if may_start:
        start = {"Effect": "Allow", "Action": "states:StartExecution", "Resource": machine}
        resources["StartRole"] = stacks.role("pipes.amazonaws.com", start, *_grants(resources))
        resources["Pipe"]["Properties"]["RoleArn"] = {"Fn::GetAtt": ["StartRole", "Arn"]}
    properties = resources["Pipe"]["Properties"]
    properties["Target"] = machine
    properties["SourceParameters"]["DynamoDBStreamParameters"]["BatchSize"] = 1
    properties["TargetParameters"] = {
        "InputTemplate": TEMPLATE,
        "StepFunctionStateMachineParameters": {"InvocationType": "FIRE_AND_FORGET"},
    }
    outputs = {title: {"Value": {"Ref": title}} for title in ("Table", "Queue", "DeadLetters", "Machine")}
    assert stacks.create(clients, name, resources, outputs) == "CREATE_COMPLETE"
    made = stacks.outputs_of(clients, name)
    return MachinePipe(clients, name, made["Table"], made["Queue"], made["DeadLetters"], made["Machine"])


def _grants(resources: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = resources["Role"]["Properties"]["Policies"][0]["PolicyDocument"][
        "Statement"
    ]
    return found


def test_engine_gives_a_machine_records_unfiltered_and_as_they_are(bare_aws: Clients) -> None:
    pipe = deploy_machine_pipe(bare_aws)
    pipe.put("other", status="quarantined")
    (given,) = wait_for("an execution", pipe.inputs)
    assert [record["dynamodb"]["Keys"] for record in given] == [{"id": {"S": "other"}}]


def test_each_record_that_matches_is_an_execution_with_one_message(aws: Clients) -> None:
    pipe = deploy_machine_pipe(aws)
    for number in range(5):
        pipe.put(f"item-{number}")
        pipe.put(f"other-{number}", status="quarantined")
    wait_for("five executions", lambda: len(pipe.inputs()) >= 5)
    pipe.put("last")
    wait_for("the last one", lambda: [{"id": "last", "quoted": "plain"}] in pipe.inputs())
    given = sorted(message["id"] for (message,) in pipe.inputs())
    assert given == [*(f"item-{number}" for number in range(5)), "last"]


def test_what_may_not_be_started_is_given_up_within_bounds(aws: Clients) -> None:
    pipe = deploy_machine_pipe(aws, may_start=False)
    pipe.put("not-allowed")
    letter = wait_for("a dead letter", lambda: pipe.messages(pipe.dead_letter_url))[0]
    assert letter["context"]["condition"] == "RetryAttemptsExhausted"
    log = (aws.state.folder / control.LOG_FILE).read_text()
    assert log.count(f"pipe {pipe.name}, attempt") == 1 + RETRIES
    assert pipe.inputs() == []
