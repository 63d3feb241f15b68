"""Workflow mode in capacity and cost: what bounds it, and what it costs more than queue mode."""

from dataclasses import replace
from typing import Any

import pytest

from scripts.planning import aws_limits as aws
from scripts.planning.capacity.stage import Load
from scripts.planning.capacity.stages import BATCHES, Model
from scripts.planning.consumers import STATE_MACHINE, System
from scripts.planning.cost.bill import Span
from scripts.planning.cost.usage import MILLION
from scripts.planning.deployment_on_paper import plan
from scripts.planning.recorded_calls import INBOX
from scripts.planning.state_machines import first_state, machine_consumers, transitions
from stacks.evaluation.resolved_stack import Resource
from tests.unit.scripts.planning.capacity.test_stages import (
    NO_PAYPAL,
    PIPE,
    PROCESSOR,
    TIMES,
    assembly,
    limit,
    stages,
)
from tests.unit.scripts.planning.cost.test_bill import bill, line

WORKFLOW: dict[str, Any] = {"ProcessingMode": "workflow"}
MACHINE = "compute/ProcessingWorkflow"
TRANSITION_USD = 0.025 / 1000


def machine(**states: Any) -> Resource:
    definition = {"StartAt": "First", "States": states}
    return Resource(("Compute",), "Machine", STATE_MACHINE, {"Definition": definition})


def test_the_pipe_starts_no_more_executions_than_the_account_may() -> None:
    found = stages(**WORKFLOW)
    assert limit(found[PIPE], "StartExecution").per_second == 300
    assert limit(found[PIPE], "StateTransition").per_second == 5000
    assert found[PROCESSOR].feeds_from == PIPE
    assert found[PIPE].feeds_from == INBOX
    assert "payment_processor_queue_source" not in found


def test_elsewhere_it_is_half_as_many() -> None:
    system = System(plan(assembly(), WORKFLOW))
    model = Model(system, NO_PAYPAL, TIMES, Load(100, 100), "eu-central-1", 10)
    (pipe,) = [stage for stage in model.stages() if stage.name == PIPE]
    assert limit(pipe, "StartExecution").per_second == aws.START_EXECUTIONS_ELSEWHERE == 150


def test_an_execution_calls_the_processor_for_one_webhook() -> None:
    found = stages(ProcessorConcurrency=50, **WORKFLOW)[PROCESSOR]
    assert limit(found, BATCHES).per_second == pytest.approx(50 / 0.05)  # 10 ms and 40 ms for the one
    assert limit(found, "invocation quota").per_second == 500
    assert 400 < found.keeps_seconds < 600  # while Lambda throttles it


def test_queue_mode_knows_nothing_of_it() -> None:
    found = stages()
    assert [each for stage in found.values() for each in stage.limits if "Execution" in each.name] == []
    assert limit(found[PROCESSOR], BATCHES).per_second > 0


def test_a_million_webhooks_cost_a_million_transitions_more() -> None:
    workflow, queue = bill(**WORKFLOW), bill()
    found = line(workflow, MACHINE, "state transitions")
    assert found.quantity == MILLION
    assert found.usd == pytest.approx(MILLION * TRANSITION_USD)
    more = workflow.total(Span.WEBHOOKS) - queue.total(Span.WEBHOOKS)
    less = sum(each.usd for each in queue.of(Span.WEBHOOKS) if each.resource == "messaging/ProcessingQueue")
    assert less > 0
    assert more == pytest.approx(
        found.usd - less, abs=0.5
    )  # the rest is batches, which hold one at this rate
    assert [each for each in workflow.unpriced if each.resource == MACHINE]


def test_states_are_counted_on_the_way_without_failures() -> None:
    assert transitions(machine(First={"Next": "Second"}, Second={"End": True}, Other={"Type": "Fail"})) == 2
    assert transitions(machine(First={"End": True})) == 1
    assert first_state(machine()) == {}


def test_a_machine_that_calls_nothing_known_is_left_out() -> None:
    alone = machine(First={"Type": "Pass", "End": True})
    system = System(plan(assembly(), WORKFLOW))
    lonely = replace(system.deployment, resources=(*system.deployment.resources, alone))
    assert [each.resource.logical_id for each in machine_consumers(lonely)] == ["ProcessingWorkflow"]
