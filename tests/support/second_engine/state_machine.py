"""moto's interpreter of the Amazon States Language (LocalStack's), in this thread, with answers from a script."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from moto.stepfunctions.parser.api import StateMachineType
from moto.stepfunctions.parser.asl.eval.evaluation_details import (
    AWSExecutionDetails,
    EvaluationDetails,
    ExecutionDetails,
    StateMachineDetails,
)
from moto.stepfunctions.parser.asl.utils.encoding import to_json_str
from moto.stepfunctions.parser.backend.execution_worker import SyncExecutionWorker
from moto.stepfunctions.parser.backend.execution_worker_comm import ExecutionWorkerCommunication
from moto.stepfunctions.parser.mocking.mock_config import (
    MockedResponse,
    MockedResponseReturn,
    MockedResponseThrow,
    MockTestCase,
    StateMockedResponses,
)

ACCOUNT = "123456789012"
ARN = f"arn:aws:states:eu-west-1:{ACCOUNT}"
EXECUTION = f"{ARN}:execution:machine:run"


class Error(NamedTuple):
    """What a call fails with: the name that Retry and Catch compare, and its cause."""

    name: str
    cause: str = ""


class Run(NamedTuple):
    """`calls`: (state, the function's payload) in their order. `end`: the last event of the history, such as
    {"type": "ExecutionSucceeded", "executionSucceededEventDetails": {"output": ...}}.
    """

    calls: list[tuple[str, dict[str, Any]]]
    end: dict[str, Any]

    def payloads(self, state: str) -> list[dict[str, Any]]:
        return [payload for name, payload in self.calls if name == state]


def run(definition: Mapping[str, Any], answers: Mapping[str, Sequence[Any]], input_: Any) -> Run:
    """Run the machine without its waits. `answers`: by state, what its function answers to each call, or an Error."""
    worker: Any = _Worker(_details(definition, input_), _Communication(), None, {}, _script(answers))
    worker.start()
    events = json.loads(to_json_str(worker.env.event_manager.get_event_history()))
    calls: list[tuple[str, dict[str, Any]]] = []
    for event in events:
        if event["type"] == "TaskStateEntered":
            state = event["stateEnteredEventDetails"]["name"]
        elif event["type"] == "TaskScheduled":
            parameters = json.loads(event["taskScheduledEventDetails"]["parameters"])
            calls.append((state, parameters["Payload"]))
    return Run(calls, events[-1])


def _script(answers: Mapping[str, Sequence[Any]]) -> MockTestCase:
    return MockTestCase(
        "machine",
        "script",
        [
            StateMockedResponses(state, state, [_response(*each) for each in enumerate(some)])
            for state, some in answers.items()
        ],
    )


def _response(number: int, answer: Any) -> MockedResponse:
    if isinstance(answer, Error):
        return MockedResponseThrow(number, number, answer.name, answer.cause)
    return MockedResponseReturn(number, number, {"StatusCode": 200, "Payload": answer})


def _details(definition: Mapping[str, Any], input_: Any) -> EvaluationDetails:
    text = json.dumps(definition)
    role = f"arn:aws:iam::{ACCOUNT}:role/machine"
    return EvaluationDetails(
        AWSExecutionDetails(ACCOUNT, "eu-west-1", role),
        ExecutionDetails(EXECUTION, "run", role, input_, "2026-11-21T00:00:00.000Z"),
        StateMachineDetails(f"{ARN}:stateMachine:machine", "machine", StateMachineType.STANDARD, text),
    )


class _Worker(SyncExecutionWorker):
    """Tries again at once."""

    def _get_evaluation_entrypoint(self) -> Any:
        program: Any = super()._get_evaluation_entrypoint()
        for state in program.states.states.values():
            for retrier in state.retry.retriers if getattr(state, "retry", None) else ():
                retrier.interval_seconds.seconds = 0
        return program


class _Communication(ExecutionWorkerCommunication):
    def terminated(self) -> None:
        """The run is over when `start` returns."""
