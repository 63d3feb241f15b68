"""A pipe from a table's stream to a queue or a state machine, with filter and input template.

The engine holds records for a queue for ever, gives a state machine all that it reads at once, and ignores filters and
templates. This delivers as Amazon EventBridge Pipes does (its user guide: "DynamoDB stream as a source", "Batching and
concurrency", "Event source permissions"): records in order, filtered, each rendered by itself and sent with the
permissions of the pipe's role. A record that can't be sent is tried MaximumRetryAttempts more times (-1, the default:
for ever), then its position in the stream, not its content, goes to the dead-letter queue.
"""

import logging
import secrets
import time
from collections.abc import Mapping, Sequence
from typing import Any, Final

from scripts.local_engine.pipe_delivery import Delivery, PipeSettings
from scripts.local_engine.shims.engine_modules import module

POLLS_A_SECOND: Final = 4  # as EventBridge reads a stream's shards; the engine: 1
READ_ACTIONS: Final = ("dynamodb:DescribeStream", "dynamodb:GetShardIterator", "dynamodb:GetRecords")
_log: Final = logging.getLogger("pipes")


def apply() -> None:
    pipes = module("services.pipes")
    provisioners = module("services.cloudformation.provisioners")

    deliver = pipes._deliver_batch
    deliveries: dict[str, Delivery] = {}

    def remember(physical_id: str, properties: Mapping[str, Any]) -> None:
        pipe = pipes._pipes[physical_id]
        settings = PipeSettings.from_properties(pipe["Arn"], properties)
        deliveries[pipe["Arn"]] = Delivery(settings, _EngineTargets(settings), _matches)

    def deliver_or_hold(pipe: Mapping[str, Any], batch: Sequence[Mapping[str, Any]]) -> bool:
        if pipes._arn_service(pipe.get("Target", "")) not in ("sqs", "states"):
            return bool(deliver(pipe, batch))
        delivery = deliveries.get(pipe["Arn"])  # none yet: the pipe is just being created
        return delivery is not None and delivery.deliver(batch, time.time())

    pipes._deliver_batch = deliver_or_hold
    pipes._poll_loop = _poll_loop
    _after_each_change(provisioners._RESOURCE_HANDLERS["AWS::Pipes::Pipe"], remember)


def _after_each_change(handlers: dict[str, Any], remember: Any) -> None:
    """Call `remember` with the pipe's name and its properties when CloudFormation has created or updated one.

    Only CloudFormation's handlers have the parameters; the engine itself keeps none of them.
    """

    def remembering(handler: Any, position: int) -> Any:
        def handle(*arguments: Any) -> Any:
            properties = arguments[position]
            PipeSettings.from_properties("", properties)  # refuses what is not implemented before it is made
            physical_id, attributes = handler(*arguments)
            remember(physical_id, properties)
            return physical_id, attributes

        return handle

    handlers["create"] = remembering(handlers["create"], position=1)
    handlers["update"] = remembering(handlers["update"], position=2)


def _poll_loop() -> None:
    pipes = module("services.pipes")

    while True:
        try:
            pipes._poll_once()
        except Exception:
            _log.exception("the pipes' poller failed")
        time.sleep(1 / POLLS_A_SECOND)


def _matches(pattern: Mapping[str, Any], record: Mapping[str, Any]) -> bool:
    lambda_svc = module("services.lambda_svc")

    return bool(lambda_svc._match_esm_filter(record, pattern))


class _EngineTargets:
    """Sends to the engine's queues, and starts its state machines, as the pipe's role."""

    def __init__(self, settings: PipeSettings) -> None:
        self._settings = settings

    def check_source(self) -> None:
        for action in READ_ACTIONS:
            self._require(action, "dynamodb", self._settings.source_arn)

    def send(self, queue_arn: str, body: str) -> None:
        sqs = module("services.sqs")

        self._require("sqs:SendMessage", "sqs", queue_arn)
        _, _, _, _, account, name = queue_arn.split(":")
        url = sqs._queue_url_for_account(account, name)
        sqs._act_send_message({"QueueUrl": url, "MessageBody": body}, url)

    def start(self, machine_arn: str, execution_input: str) -> None:
        stepfunctions = module("services.stepfunctions")

        self._require("states:StartExecution", "states", machine_arn)
        request = {"stateMachineArn": machine_arn, "input": execution_input}
        status, _headers, body = stepfunctions._start_execution(request)
        if status >= 400:
            raise RuntimeError(f"StartExecution: {status} {body!r}")

    def _require(self, action: str, service: str, resource_arn: str) -> None:
        """Raise PermissionError when the role's policies or the resource's policy do not allow it."""
        iam_evaluator = module("core.iam_evaluator")
        get_region = module("core.responses").get_region

        denied = iam_evaluator.enforce(
            self._session_key(), action, service, get_region(), resource_arn=resource_arn
        )
        if denied is not None:
            raise PermissionError(f"{self._settings.role_arn} may not {action} on {resource_arn}")

    def _session_key(self) -> str:
        """The access key of a session of the pipe's role; the engine has such a session for each function."""
        sts = module("services.sts")

        account, role = self._settings.role_arn.split(":")[4], self._settings.role_arn.rsplit("/", 1)[-1]
        key = f"ASIAPIPE{account}{role}"
        if key not in sts._sessions:
            session = {"Arn": f"arn:aws:sts::{account}:assumed-role/{role}/pipe", "UserId": f"{role}:pipe"}
            unused = {"SecretAccessKey": secrets.token_hex(), "SessionToken": secrets.token_hex()}
            sts.register_session(key, session | unused)
        return key
