"""Parameters of the functions: memory, concurrency and time-outs."""

from typing import Final

from stacks.parameters.setting import Setting

FEWEST_BATCHES: Final = 2  # AWS: MaximumConcurrency of an SQS event source is 2 to 1000


# An account begins with as few as ten executions at once, of which Lambda lets nobody reserve any.
NO_RESERVATION: Final = "0 reserves none, for an account that has none to spare"


def _concurrency(title: str, function: str, default: int) -> Setting:
    description = f"Reserved concurrency of {function}; {NO_RESERVATION}"
    return Setting(title, description, default, minimum=0, maximum=1000)


def _queue_concurrency(title: str, function: str, default: int) -> Setting:
    description = (
        f"Reserved concurrency of {function}, and at most that many batches at once from its queue: 2 or more, as SQS "
        f"demands; {NO_RESERVATION}, and takes {FEWEST_BATCHES} batches at once"
    )
    return Setting(title, description, default, minimum=0, maximum=1000)


def _memory(title: str, function: str) -> Setting:
    return Setting(title, f"Memory of {function}, in MB", 512, minimum=128, maximum=10240)


RECEIVER_CONCURRENCY: Final = _concurrency("ReceiverConcurrency", "the webhook receiver", 100)
RECEIVER_PROVISIONED_CONCURRENCY: Final = Setting(
    "ReceiverProvisionedConcurrency",
    "Containers of the webhook receiver that are always started, at most ReceiverConcurrency; 0 for none",
    0,
    minimum=0,
    maximum=1000,
)
PROCESSOR_CONCURRENCY: Final = _queue_concurrency("ProcessorConcurrency", "the payment processor", 50)
AUDIT_CONCURRENCY: Final = _concurrency("AuditConcurrency", "the audit logger", 10)
AUDIT_PARALLELIZATION: Final = Setting(
    "AuditParallelization",
    "Batches of one shard that the audit logger works on at once, in all at most AuditConcurrency",
    2,
    minimum=1,
    maximum=10,  # Lambda: ParallelizationFactor of a stream's event source is 1 to 10
)
NOTIFICATION_CONCURRENCY: Final = _queue_concurrency(
    "NotificationConcurrency", "the notification handler", 30
)
ANALYTICS_CONCURRENCY: Final = _concurrency("AnalyticsConcurrency", "the analytics processor", 10)
OTHER_CONCURRENCY: Final = _concurrency("OtherConcurrency", "every other function", 5)
RECEIVER_MEMORY: Final = _memory("ReceiverMemory", "the webhook receiver")
PROCESSOR_MEMORY: Final = _memory("ProcessorMemory", "the payment processor")
AUDIT_MEMORY: Final = _memory("AuditMemory", "the audit logger")
OTHER_MEMORY: Final = _memory("OtherMemory", "every other function")
# Both functions stop themselves long before: docs/capacity.md, "Time-outs".
RECEIVER_TIMEOUT: Final = Setting(
    "ReceiverTimeout",
    "Seconds after which Lambda ends the webhook receiver, which answers within a deadline of its own of 8 s; "
    "the API gives up after 29 s, whatever this is",
    30,
    minimum=10,
    maximum=30,
)
PROCESSOR_TIMEOUT: Final = Setting(
    "ProcessorTimeout",
    "Seconds after which Lambda ends the payment processor, which stops itself after 45 s; "
    "its queue hides what it has received for a minute more, until the processor shortens that to 60 s",
    300,
    allowed=(60, 120, 180, 300, 600, 900),
)
