"""Catalogue of the Lambda functions: what is fixed about each of them.

Names, parameters of the code's key, alarms, graphs and outputs follow from here. The steps to add a function with its
queue are recipe (d) of docs/contributing.md.
"""

from dataclasses import dataclass
from typing import Final

from stacks.names import title


@dataclass(frozen=True)
class FunctionSettings:
    """One function: its code is in `functions/{folder}/handler.py`.

    description: what Lambda shows of it. output: what the root stack's output of its name says; without one there is
    no such output. memory, concurrency, timeout: the names of the parameters that set them; timeout_seconds where none
    sets the time-out. has_source: a queue or a stream calls it.
    """

    folder: str
    description: str
    output: str
    timeout_seconds: int = 0
    timeout: str = ""
    memory: str = "OtherMemory"
    concurrency: str = "OtherConcurrency"
    has_source: bool = False

    @property
    def title(self) -> str:
        """The function's logical id, and the start of those of its role, policy and log group."""
        return title(self.folder)

    @property
    def role_purpose(self) -> str:
        """What the names of its role and its policy say."""
        return self.folder.replace("_", "-")

    @property
    def code_key(self) -> str:
        """The parameter that holds the object key of the function's code."""
        return f"{self.title}CodeKey"


WEBHOOK_RECEIVER: Final = FunctionSettings(
    folder="webhook_receiver",
    description="Verifies a webhook and stores it in the inbox",
    output="Function that verifies and stores",
    timeout="ReceiverTimeout",
    memory="ReceiverMemory",
    concurrency="ReceiverConcurrency",
)
PAYMENT_PROCESSOR: Final = FunctionSettings(
    folder="payment_processor",
    description="Turns webhooks of the inbox into rows of the ledger",
    output="Function that applies webhooks to the ledger",
    timeout="ProcessorTimeout",
    memory="ProcessorMemory",
    concurrency="ProcessorConcurrency",
    has_source=True,
)
AUDIT_LOGGER: Final = FunctionSettings(
    folder="audit_logger",
    description="Writes an audit record for each change of inbox and ledger, and tells tampering",
    output="Function that writes the audit trail",
    timeout_seconds=60,
    memory="AuditMemory",
    concurrency="AuditConcurrency",
    has_source=True,
)
AUDIT_DIGEST: Final = FunctionSettings(
    folder="audit_digest",
    description="Signs a digest of what came to the audit bucket, each hour",
    output="Function that signs digests of the audit trail",
    # Under the schedule's quarter of an hour, so that runs do not meet.
    timeout_seconds=840,
)
HEALTH: Final = FunctionSettings(
    folder="health",
    description="Answers that the API and a function answer; touches nothing",
    output="",
    timeout_seconds=10,
)
INBOX_SWEEPER: Final = FunctionSettings(
    folder="inbox_sweeper",
    description="Sends webhooks that are pending for too long to the processor again",
    output="Function that sends again what is pending for too long",
    # Well under the schedule's five minutes: a run is over, retries included, before the next one begins.
    timeout_seconds=120,
)
NOTIFICATION_HANDLER: Final = FunctionSettings(
    folder="notification_handler",
    description="Tells subscribers of confirmations, failures, disputes and high value, each once",
    output="Function that tells subscribers of payments",
    timeout_seconds=30,
    concurrency="NotificationConcurrency",
    has_source=True,
)
ANALYTICS_PROCESSOR: Final = FunctionSettings(
    folder="analytics_processor",
    description="Counts and sums what the events of payments change, each once",
    output="Function that counts what the events of payments change",
    timeout_seconds=60,
    concurrency="AnalyticsConcurrency",
    has_source=True,
)
TRANSACTION_API: Final = FunctionSettings(
    folder="transaction_api",
    description="Answers the transaction API",
    output="Function that answers the transaction API",
    # Under the 29 seconds for which the API waits, so that an outage is answered by the function itself.
    timeout_seconds=25,
)
TRANSACTION_ARCHIVER: Final = FunctionSettings(
    folder="transaction_archiver",
    description="Moves transactions and webhooks that are done with to the archive",
    output="Function that moves what is done with to the archive",
    # Under the schedule's quarter of an hour, so that runs do not meet.
    timeout_seconds=840,
)

RECONCILER: Final = FunctionSettings(
    folder="reconciler",
    description="Finds events that providers made and that never came, and feeds them",
    output="Function that finds and feeds webhooks that never came",
    # Under the schedule's hour, so that runs do not meet.
    timeout_seconds=840,
)
CANARY: Final = FunctionSettings(
    folder="canary",
    description="Sends a synthetic webhook through the public path and waits until it is judged",
    output="",
    # Under the schedule's five minutes, and over the time for which a round waits.
    timeout_seconds=60,
)

# Every function above, by folder.
FUNCTIONS: Final = {
    value.folder: value for value in globals().values() if isinstance(value, FunctionSettings)
}
# Parameters that hold the object key of each function's code, by folder; and of the Lambda layer.
CODE_KEYS: Final[dict[str, str]] = {folder: function.code_key for folder, function in FUNCTIONS.items()}
LAYER_KEY: Final = "LayerKey"
# Parameters that hold the version id of each of these objects, by that of its key.
ARTIFACT_VERSIONS: Final[dict[str, str]] = {
    key: f"{key.removesuffix('Key')}Version" for key in (LAYER_KEY, *CODE_KEYS.values())
}
