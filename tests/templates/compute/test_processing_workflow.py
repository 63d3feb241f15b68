"""The state machine of workflow mode: what it does, and what it is made with."""

from collections.abc import Iterator
from typing import Any

import pytest

from payment_webhooks import contract
from payment_webhooks.processing.from_workflow import PermanentlyFailed
from stacks.compute.processing_workflow import MACHINE_TIMEOUT_SECONDS
from stacks.parameters import features
from stacks.parameters.setting import Setting
from tests.support.templates.resources import resource, resources, templates, texts

MACHINE = resource("compute", "ProcessingWorkflow")
STATES: dict[str, dict[str, Any]] = MACHINE["Definition"]["States"]
TASKS = [name for name, state in STATES.items() if state["Type"] == "Task"]
WORKFLOW = "ProcessingModeIsWorkflow"


def _next_of(state: dict[str, Any]) -> Iterator[str]:
    yield from (each["Next"] for each in [state, *state.get("Catch", [])] if "Next" in each)


def _longest_seconds(state: dict[str, Any]) -> float:
    """All attempts at their time limits, with the longest pauses between them."""
    pauses = [
        min(each["IntervalSeconds"] * each["BackoffRate"] ** number, each.get("MaxDelaySeconds", 86_400))
        for each in state["Retry"]
        for number in range(each["MaxAttempts"])
    ]
    failing = sum(each["MaxAttempts"] for each in state["Retry"] if "States.Timeout" in each["ErrorEquals"])
    longest: float = sum(pauses) + (1 + failing) * state["TimeoutSeconds"]
    return longest


def test_every_state_is_reached_and_every_way_ends() -> None:
    reached, new = set(), {MACHINE["Definition"]["StartAt"]}
    while new:
        reached |= new
        new = {after for name in new for after in _next_of(STATES[name])} - reached
    assert reached == STATES.keys()
    ends = {name for name, state in STATES.items() if state.get("End") or state["Type"] == "Fail"}
    assert ends
    for name, state in STATES.items():
        assert name in ends or list(_next_of(state))


@pytest.mark.parametrize("name", TASKS)
def test_a_task_has_limits_retries_and_a_way_out(name: str) -> None:
    state = STATES[name]
    assert 0 < state["TimeoutSeconds"] < MACHINE["Definition"]["TimeoutSeconds"]
    assert state["Catch"][-1]["ErrorEquals"] == ["States.ALL"]
    *_, throttled, failed = state["Retry"]
    assert "Lambda.TooManyRequestsException" in throttled["ErrorEquals"]
    assert throttled["MaxAttempts"] > failed["MaxAttempts"]
    errors = {"States.TaskFailed", "Lambda.ServiceException", "Lambda.AWSLambdaException"}
    assert errors | {"Lambda.SdkClientException"} <= set(failed["ErrorEquals"])
    backoff = (failed["IntervalSeconds"], failed["BackoffRate"], failed["MaxAttempts"])
    assert (*backoff, failed["JitterStrategy"]) == (2, 2.0, 3, "FULL")


@pytest.mark.parametrize("name", TASKS)
def test_a_task_calls_the_processor_with_the_keys_alone(name: str) -> None:
    asked = STATES[name]["Parameters"]
    assert asked["FunctionName"] == {"Fn::GetAtt": ["PaymentProcessor", "Arn"]}
    assert asked["Payload"][f"{contract.WORKFLOW_INPUT}.$"] == "$$.Execution.Input"
    assert STATES[name]["ResultSelector"] == {"outcome.$": "$.Payload.outcome"}


def test_what_no_attempt_can_help_is_not_tried_again() -> None:
    first = STATES["ProcessWebhook"]["Retry"][0]
    assert (first["ErrorEquals"], first["MaxAttempts"]) == ([PermanentlyFailed.__name__], 0)


def test_the_limits_hold_one_another() -> None:
    assert {STATES[name]["TimeoutSeconds"] for name in TASKS} == {60}  # the processor stops itself after 45
    assert sum(_longest_seconds(STATES[name]) for name in TASKS) < MACHINE_TIMEOUT_SECONDS == 3600


def test_the_machine_is_standard_encrypted_traced_and_logged_without_data() -> None:
    assert MACHINE["StateMachineType"] == "STANDARD"
    assert MACHINE["EncryptionConfiguration"] == {
        "Type": "CUSTOMER_MANAGED_KMS_KEY",
        "KmsKeyId": {"Ref": "DataKeyArn"},
        "KmsDataKeyReusePeriodSeconds": 300,
    }
    assert MACHINE["TracingConfiguration"] == {"Enabled": True}
    log = MACHINE["LoggingConfiguration"]
    assert (log["Level"], log["IncludeExecutionData"]) == ("ERROR", False)
    group = resource("compute", "ProcessingWorkflowLogGroup")
    assert log["Destinations"] == [
        {"CloudWatchLogsLogGroup": {"LogGroupArn": {"Fn::GetAtt": [group.title, "Arn"]}}}
    ]
    assert group["LogGroupName"]["Fn::Sub"].startswith("/aws/vendedlogs/states/state-machine-")
    policy = resource("security", "LogDeliveryPolicy")
    assert any(group["LogGroupName"]["Fn::Sub"] in text for text in texts(policy.properties))


def test_a_change_of_mode_changes_nothing_but_the_pipe() -> None:
    """So it ends no execution, and loses no log and no history; both roles are there before a pipe needs them."""
    depends = {
        each.title: each.document.get("Condition")
        for each in resources()
        if "ProcessingModeIs" in str(each.document)
    }
    assert depends == {"ProcessingPipe": "ProcessingModeIsQueue", "WorkflowPipe": WORKFLOW}


def test_the_pipes_have_nothing_in_common_that_an_update_would_have_to_take_out() -> None:
    """A change of mode makes the one and deletes the other; in both modes exactly one is there."""
    conditions = templates()["compute"]["Conditions"]
    assert conditions["ProcessingModeIsQueue"] == {"Fn::Equals": [{"Ref": "ProcessingMode"}, "queue"]}
    assert conditions[WORKFLOW] == {"Fn::Equals": [{"Ref": "ProcessingMode"}, "workflow"]}
    queue, machine = resource("compute", "ProcessingPipe"), resource("compute", "WorkflowPipe")
    assert queue["Name"] != machine["Name"]
    assert queue["Target"] == {"Ref": "ProcessingQueueArn"}
    assert machine["Target"] == {"Ref": "ProcessingWorkflow"}
    assert "StepFunctionStateMachineParameters" not in queue["TargetParameters"]
    started = machine["TargetParameters"]["StepFunctionStateMachineParameters"]
    assert started == {"InvocationType": "FIRE_AND_FORGET"}
    batches = [each["SourceParameters"]["DynamoDBStreamParameters"]["BatchSize"] for each in (queue, machine)]
    # 10 is the most that a queue as target takes; an execution is one webhook.
    assert batches == [10, 1]


def test_the_mode_says_its_ceiling_where_it_is_chosen() -> None:
    setting: Setting = features.PROCESSING_MODE
    assert "300 a second" in setting.description
    with pytest.raises(ValueError, match="never"):
        setting.is_value(template=None, value="streams")  # type: ignore[arg-type]


def test_executions_that_go_on_after_a_change_of_mode_still_ring() -> None:
    alarms = {each.title: each.document for each in resources("AWS::CloudWatch::Alarm")}
    for title in ("WorkflowFailedAlarm", "WorkflowTimedOutAlarm", "WorkflowThrottledAlarm"):
        assert "Condition" not in alarms[title]
        assert alarms[title]["Properties"]["TreatMissingData"] == "notBreaching"
    assert "Condition" not in templates()["root"]["Outputs"]["StateMachineArn"]
