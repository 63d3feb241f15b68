"""Workflow mode in capacity and cost: its limits, and how much more it costs than queue mode."""

from dataclasses import replace
from typing import Any

import pytest

from scripts.planning import aws_limits as aws
from scripts.planning.capacity.limits import BATCHES, find_stages
from scripts.planning.cost.bill import Bill, Span
from scripts.planning.cost.usage import MILLION
from scripts.planning.deployment_on_paper import STATE_MACHINE, count_transitions, first_state
from scripts.planning.recorded_calls import INBOX
from stacks.evaluation.resolved_stack import Resource
from tests.unit.scripts.planning.capacity.test_limits import PROCESSOR, limit, make_load, stages
from tests.unit.scripts.planning.cost.test_bill import bill, line

WORKFLOW: dict[str, Any] = {"ProcessingMode": "workflow"}
MACHINE = "compute/ProcessingWorkflow"
PIPE = "workflow_pipe"
TRANSITION_USD = 0.025 / 1000


def machine(**states: Any) -> Resource:
    definition = {"StartAt": "First", "States": states}
    return Resource(("Compute",), "Machine", STATE_MACHINE, {"Definition": definition})


def test_the_pipe_starts_no_more_executions_than_the_account_may() -> None:
    by_name = stages(**WORKFLOW)
    assert limit(by_name[PIPE], "StartExecution").per_second == 300
    assert limit(by_name[PIPE], "StateTransition").per_second == 5000
    assert by_name[PROCESSOR].previous == PIPE
    assert by_name[PIPE].previous == INBOX
    assert "payment_processor_queue_source" not in by_name


def test_elsewhere_it_is_half_as_many() -> None:
    load = replace(make_load(**WORKFLOW), region="eu-central-1")
    (pipe,) = [stage for stage in find_stages(load) if stage.name == PIPE]
    assert limit(pipe, "StartExecution").per_second == aws.START_EXECUTIONS_ELSEWHERE == 150


def test_an_execution_calls_the_processor_for_one_webhook() -> None:
    processor = stages(ProcessorConcurrency=50, **WORKFLOW)[PROCESSOR]
    assert limit(processor, BATCHES).per_second == pytest.approx(50 / 0.05)  # 10 ms and 40 ms for the one
    assert limit(processor, "invocation quota").per_second == 500
    assert 400 < processor.keeps_seconds < 600  # while Lambda throttles it


def test_queue_mode_knows_nothing_of_it() -> None:
    by_name = stages()
    assert [entry for stage in by_name.values() for entry in stage.limits if "Execution" in entry.name] == []
    assert limit(by_name[PROCESSOR], BATCHES).per_second > 0


def without_traces(priced: Bill) -> float:
    return priced.total(Span.WEBHOOKS) - priced.services(Span.WEBHOOKS)["xray"]


def test_a_million_webhooks_cost_a_million_transitions_more() -> None:
    """Beside the traces, of which a sampling rule keeps few of the executions."""
    workflow, queue = bill(**WORKFLOW), bill()
    transitions = line(workflow, MACHINE, "state transitions")
    assert transitions.quantity == MILLION
    assert transitions.usd == pytest.approx(MILLION * TRANSITION_USD)
    more = without_traces(workflow) - without_traces(queue)
    less = sum(
        entry.usd for entry in queue.of(Span.WEBHOOKS) if entry.resource == "messaging/ProcessingQueue"
    )
    assert less > 0
    assert more == pytest.approx(
        transitions.usd - less, abs=0.5
    )  # the rest is batches, which hold one at this rate
    assert [entry for entry in workflow.unpriced if entry.resource == MACHINE]


def test_states_are_counted_on_the_way_without_failures() -> None:
    assert (
        count_transitions(machine(First={"Next": "Second"}, Second={"End": True}, Other={"Type": "Fail"}))
        == 2
    )
    assert count_transitions(machine(First={"End": True})) == 1
    assert first_state(machine()) == {}


def test_a_machine_that_calls_nothing_known_is_left_out() -> None:
    alone = machine(First={"Type": "Pass", "End": True})
    deployment = make_load(**WORKFLOW).deployment
    changed = replace(deployment, resources=(*deployment.resources, alone))
    machines = [consumer.resource for consumer in changed.consumers if consumer.source.type == STATE_MACHINE]
    assert [machine.logical_id for machine in machines] == ["ProcessingWorkflow"]
