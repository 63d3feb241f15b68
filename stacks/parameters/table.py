"""Every parameter that a deployment may set: one table, with default, limits and meaning.

`SETTING.ref(template)` declares the parameter in that template, once, and returns its `Ref`; the root passes
the value on. docs/parameters.md is generated from here.
"""

from typing import Final

from stacks import function_catalogue, names
from stacks.parameters import features
from stacks.parameters.setting import Setting, switch

__all__ = ["SETTINGS", "Setting"]


def _concurrency(title: str, function: str, default: int, minimum: int = 1) -> Setting:
    return Setting(title, f"Reserved concurrency of {function}", default, minimum=minimum, maximum=1000)


def _memory(title: str, function: str) -> Setting:
    return Setting(title, f"Memory of {function}, in MB", 512, minimum=128, maximum=10240)


_ARTIFACT_KEY = r"^[A-Za-z0-9][A-Za-z0-9._/-]{0,1023}$"
_TAG_VALUE = r"^[A-Za-z0-9 _.:/=+@-]{1,128}$"

ENVIRONMENT_SUFFIX: Final = Setting(
    "EnvironmentSuffix",
    "Ends every name: 1 to 20 of a-z, 0-9 and inner hyphens",
    pattern=names.SUFFIX_PATTERN,
)
PROJECT: Final = Setting("Project", "Tag on every resource", "payment-webhooks", pattern=_TAG_VALUE)
COST_CENTER: Final = Setting("CostCenter", "Tag on every resource", "payments", pattern=_TAG_VALUE)

ARTIFACT_BUCKET: Final = Setting(
    "ArtifactBucket",
    "Bucket that holds the templates, the layer and the functions' code",
    pattern=r"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$",
)
LAYER_KEY: Final = Setting(
    function_catalogue.LAYER_KEY,
    "Key of the shared layer's zip, with its content's hash",
    pattern=_ARTIFACT_KEY,
)
CODE_KEYS: Final[dict[str, Setting]] = {
    folder: Setting(title, f"Key of the code of {folder}, with its content's hash", pattern=_ARTIFACT_KEY)
    for folder, title in function_catalogue.CODE_KEYS.items()
}
RUNTIME: Final = Setting(
    "Runtime",
    "Python of all functions; the layer is built for it",
    "python3.11",
    allowed=("python3.11", "python3.12", "python3.13", "python3.14"),
)
ARCHITECTURE: Final = Setting(
    "Architecture",
    "Processor of all functions; the layer is built for it",
    "arm64",
    allowed=("arm64", "x86_64"),
)

API_THROTTLE_RATE: Final = Setting(
    "ApiThrottleRate", "Requests a second that the API accepts", 1000, minimum=1, maximum=10000
)
API_THROTTLE_BURST: Final = Setting(
    "ApiThrottleBurst", "Requests that the API accepts at once", 2000, minimum=1, maximum=10000
)
TRANSACTIONS_THROTTLE_RATE: Final = Setting(
    "TransactionsThrottleRate",
    "Requests a second that the transaction API accepts",
    50,
    minimum=1,
    maximum=10000,
)
TRANSACTIONS_THROTTLE_BURST: Final = Setting(
    "TransactionsThrottleBurst",
    "Requests that the transaction API accepts at once",
    100,
    minimum=1,
    maximum=10000,
)
# A web ACL counts in windows of a minute, and CloudFormation cannot multiply: a mapping holds the limits.
RATES_PER_SECOND: Final = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000)
IP_RATE_LIMIT: Final = Setting(
    "IpRateLimit",
    "Requests a second from one address, over a minute, on all paths but PayPal's; "
    "the providers' published addresses are not counted",
    10,
    allowed=RATES_PER_SECOND,
)
PAYPAL_IP_RATE_LIMIT: Final = Setting(
    "PayPalIpRateLimit",
    "The same for PayPal's path, which gets its own as PayPal publishes no addresses and sends from few",
    100,
    allowed=RATES_PER_SECOND,
)
PROVIDER_ADDRESSES: Final = Setting(
    "ProviderAddresses",
    "Addresses that providers publish (IPv4 networks, comma between): exempt from the rate limit and from the "
    "reputation list; scripts/provider_addresses.py makes the list",
    "",
    pattern=r"^$|^((25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(25[0-5]|2[0-4]\d|1?\d?\d)/(3[0-2]|[12]\d|[1-9])$",
    is_list=True,
)

RECEIVER_CONCURRENCY: Final = _concurrency("ReceiverConcurrency", "the webhook receiver", 100)
RECEIVER_PROVISIONED_CONCURRENCY: Final = Setting(
    "ReceiverProvisionedConcurrency",
    "Containers of the webhook receiver that are always started, at most ReceiverConcurrency; 0 for none",
    0,
    minimum=0,
    maximum=1000,
)
PROCESSOR_CONCURRENCY: Final = _concurrency(
    "ProcessorConcurrency",
    "the payment processor, and at most that many batches at once from its queue (at least 2, as SQS demands)",
    50,
    minimum=2,  # AWS: MaximumConcurrency of an SQS event source is 2 to 1000
)
AUDIT_CONCURRENCY: Final = _concurrency("AuditConcurrency", "the audit logger", 10)
AUDIT_PARALLELIZATION: Final = Setting(
    "AuditParallelization",
    "Batches of one shard that the audit logger works on at once, in all at most AuditConcurrency",
    2,
    minimum=1,
    maximum=10,  # Lambda: ParallelizationFactor of a stream's event source is 1 to 10
)
NOTIFICATION_CONCURRENCY: Final = _concurrency(
    "NotificationConcurrency", "the notification handler (at least 2, as for the processor)", 25, minimum=2
)
ANALYTICS_CONCURRENCY: Final = _concurrency("AnalyticsConcurrency", "the analytics processor", 10)
OTHER_CONCURRENCY: Final = _concurrency("OtherConcurrency", "every other function", 5)

RECEIVER_MEMORY: Final = _memory("ReceiverMemory", "the webhook receiver")
PROCESSOR_MEMORY: Final = _memory("ProcessorMemory", "the payment processor")
AUDIT_MEMORY: Final = _memory("AuditMemory", "the audit logger")
OTHER_MEMORY: Final = _memory("OtherMemory", "every other function")

QUEUE_VISIBILITY_TIMEOUT: Final = Setting(
    "QueueVisibilityTimeout",
    "Seconds for which a message that is being processed stays hidden; the processor may run for a sixth of it",
    180,
    allowed=(30, 60, 90, 180, 360, 720),
)

LOG_RETENTION_DAYS: Final = Setting(
    "LogRetentionDays",
    "Days that log groups keep what they hold (PCI DSS 10.5.1: 365 in production)",
    30,
    allowed=(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1827, 3653),
)
AUDIT_HOT_DAYS: Final = Setting(
    "AuditHotDays",
    "Days for which audit records are at hand before they move to Glacier (PCI DSS 10.5.1: at least 90)",
    90,
    minimum=1,
    maximum=3653,
)
AUDIT_RETENTION_DAYS: Final = Setting(
    "AuditRetentionDays",
    "Days that audit records and access logs are kept (PCI DSS 10.5.1: at least 365); "
    "no Glacier when it equals AuditHotDays",
    365,
    minimum=1,
    maximum=3653,
)
ARCHIVE_AFTER_DAYS: Final = Setting(
    "ArchiveAfterDays",
    "Days for which nothing has been recorded of a transaction before it is archived; at least 31, as providers and "
    "people may send a webhook again for 30, and a retry must find the row that it repeats",
    180,
    minimum=31,
    maximum=3653,
)
INBOX_RETENTION_DAYS: Final = Setting(
    "InboxRetentionDays",
    "Days that a webhook stays in the inbox once it is done, before it is archived and expires; at least 31, as "
    "what is sent again within 30 must be known; at most 365, as a body too long for the inbox is kept for 400",
    45,
    minimum=31,
    maximum=365,
)
ALERT_EMAIL: Final = Setting(
    "AlertEmail",
    "Address that gets every alarm; its owner confirms the subscription. Empty: subscribe something yourself",
    "",
    pattern=r"^$|^[^@\s]+@[^@\s]+$",
)
SILENCE_HOURS: Final = Setting(
    "SilenceHours",
    "Hours without an authentic webhook after which an endpoint counts as silent; 0: no such alarm",
    0,
    minimum=0,
    maximum=24,  # CloudWatch: periods of an hour, over a day at most
)
DELETION_PROTECTION: Final = switch(
    "DeletionProtection",
    "Whether tables refuse deletion; turn it on by an update, as a failed first create could not roll back",
)

WARM_THROUGHPUT: Final = Setting(
    "WarmThroughput",
    "Reads and writes a second that tables and their indexes are ready for at once; 0 leaves it to DynamoDB, "
    "which begins with 12000 reads and 4000 writes and grows with the traffic",
    0,
    allowed=(0, 12000, 16000, 20000, 30000, 40000),
)

SETTINGS: Final[tuple[Setting, ...]] = (
    ENVIRONMENT_SUFFIX,
    PROJECT,
    COST_CENTER,
    ARTIFACT_BUCKET,
    LAYER_KEY,
    *CODE_KEYS.values(),
    RUNTIME,
    ARCHITECTURE,
    API_THROTTLE_RATE,
    API_THROTTLE_BURST,
    TRANSACTIONS_THROTTLE_RATE,
    TRANSACTIONS_THROTTLE_BURST,
    IP_RATE_LIMIT,
    PAYPAL_IP_RATE_LIMIT,
    PROVIDER_ADDRESSES,
    *features.SETTINGS,
    RECEIVER_CONCURRENCY,
    RECEIVER_PROVISIONED_CONCURRENCY,
    PROCESSOR_CONCURRENCY,
    AUDIT_CONCURRENCY,
    AUDIT_PARALLELIZATION,
    NOTIFICATION_CONCURRENCY,
    ANALYTICS_CONCURRENCY,
    OTHER_CONCURRENCY,
    RECEIVER_MEMORY,
    PROCESSOR_MEMORY,
    AUDIT_MEMORY,
    OTHER_MEMORY,
    QUEUE_VISIBILITY_TIMEOUT,
    LOG_RETENTION_DAYS,
    AUDIT_HOT_DAYS,
    AUDIT_RETENTION_DAYS,
    ARCHIVE_AFTER_DAYS,
    INBOX_RETENTION_DAYS,
    ALERT_EMAIL,
    SILENCE_HOURS,
    DELETION_PROTECTION,
    WARM_THROUGHPUT,
)
BY_TITLE: Final[dict[str, Setting]] = {setting.title: setting for setting in SETTINGS}
