"""Retention: how long the system keeps what it stores, and why. docs/retention.md is made from this table.

Queues, buckets, tables, log groups and the defaults of parameters read their times from here. To change one, change
its `days` here (or the parameter that the row names, for one environment) and run `python build_template.py`.
"""

from dataclasses import dataclass
from typing import Final

from payment_webhooks import contract

DAY_SECONDS: Final = 24 * 60 * 60
THIS_FILE: Final = "stacks/retention.py"
LIBRARY: Final = "layer/python/payment_webhooks/contract.py"


@dataclass(frozen=True)
class Retention:
    """One line of the table.

    days: how long `what` is kept; with a parameter, that parameter's default. None: until somebody deletes it.
    requirement: the requirement of PCI DSS v4.0.1 or the limit of AWS that bounds it, if there is one.
    parameter: the template parameter that sets it for one environment. changed_in: the file that sets it for all;
    without one, it cannot be changed.
    """

    what: str
    days: int | None
    why: str
    requirement: str = ""
    parameter: str = ""
    changed_in: str = THIS_FILE

    @property
    def seconds(self) -> int:
        """The same time in seconds, as SQS takes it. Raises ValueError for a row without an end."""
        if self.days is None:
            raise ValueError(f"{self.what} are kept without an end")
        return self.days * DAY_SECONDS


# Queues. SQS counts a message's age from its first queue, also in a dead-letter queue.
PROCESSING_QUEUE: Final = Retention(
    "Messages of the processing queue",
    4,
    "SQS's own default, and far longer than an outage of the processor should last. They carry keys only, and the "
    "sweeper sends again what is still pending.",
    "SQS: 1 minute to 14 days",
)
NOTIFICATION_QUEUE: Final = Retention(
    "Messages of the notification queue",
    14,
    "Nobody sends a notification again, so it waits for as long as SQS allows.",
    "SQS: at most 14 days",
)
DEAD_LETTER_QUEUES: Final = Retention(
    "Messages of all dead-letter queues",
    14,
    "People need time to mend the cause, so they are kept for as long as SQS allows: where SQS moved a message there, "
    "counted from when it was first sent, not from the move.",
    "SQS: at most 14 days",
)
STREAMS: Final = Retention(
    "Records of the streams of inbox and ledger",
    1,
    "DynamoDB decides. Alarms go off when a reader of a stream is ten minutes behind.",
    "DynamoDB: 24 hours",
    changed_in="",
)

# Logs and audit trail.
LOG_GROUPS: Final = Retention(
    "Log groups: functions, APIs, web ACL, pipe, state machine, events, flow log",
    30,
    "Enough to find a fault. They hold no payload and no card data.",
    "PCI DSS 10.5.1: 365 in production",
    parameter="LogRetentionDays",
)
AUDIT_TRAIL_AT_HAND: Final = Retention(
    "Audit records before they move to Glacier",
    365,
    "Three months must be available for analysis at once; objects of some KB cost more to move than to keep.",
    "PCI DSS 10.5.1: at least 90",
    parameter="AuditHotDays",
)
AUDIT_TRAIL: Final = Retention(
    "Audit records, and their signed digests",
    365,
    "Twelve months of audit history.",
    "PCI DSS 10.5.1: at least 365",
    parameter="AuditRetentionDays",
)
BUCKET_ACCESS_LOGS: Final = Retention(
    "Access logs of the buckets",
    365,
    "They are part of the audit history.",
    "PCI DSS 10.5.1: at least 365",
    parameter="AuditRetentionDays",
)

# Webhooks and transactions.
INBOX_ITEMS: Final = Retention(
    "Webhooks in the inbox, once they are done; then they are archived and expire",
    45,
    "Providers and people may send a webhook again for 30 days, and it must be known then. Those that wait for "
    "somebody's decision stay.",
    "PCI DSS 3.2.1: no longer than there is a use",
    parameter="InboxRetentionDays",
)
LARGE_BODIES: Final = Retention(
    "Masked copies of bodies that are too long for the inbox (payload bucket)",
    400,
    "They outlive the row that refers to them: disputes come months after a payment.",
    "PCI DSS 3.2.1: no longer than there is a use",
)
LEDGER_ROWS: Final = Retention(
    "Rows of final transactions in the ledger, after the last one; then they move to the archive",
    180,
    "Refunds and disputes come for months, and a list shows only what is in the ledger.",
    parameter="ArchiveAfterDays",
)
ARCHIVE_AT_HAND: Final = Retention(
    "Archived transactions and webhooks before they move to Glacier",
    90,
    "Questions about a payment come soon after it is archived, if at all.",
)
ARCHIVE: Final = Retention(
    "Archived transactions and webhooks",
    3653,
    "Ten years: the longest that tax law commonly asks for records of payments. Nothing in it is kept for ever.",
)
LEDGER_SUMMARIES: Final = Retention(
    "Heads of payments, summaries of archived transactions and PayPal's guard items in the ledger and the inbox",
    None,
    "They say what each payment is, and that a row's effect has happened, so a webhook that comes again, however "
    "late, has none. They hold no card data.",
    changed_in="",
)

# Notifications and analytics.
NOTIFICATION_MARKERS: Final = Retention(
    "Markers of notifications that were sent",
    contract.NOTIFICATION_MARKER_DAYS,
    "Longer than a message lives, and once more after `redrive` has sent it anew, so that none is sent twice.",
    changed_in=LIBRARY,
)
ANALYTICS_MARKERS: Final = Retention(
    "Markers of effects that were counted",
    contract.ANALYTICS_MARKER_DAYS,
    "Longer than the stream and the failures bucket keep a record together, so that none is counted twice.",
    changed_in=LIBRARY,
)
ANALYTICS_COUNTERS: Final = Retention(
    "Counters of analytics",
    None,
    "Sums by hour, provider, currency and status, without any identifier of a payment.",
    changed_in="",
)

# Recovery.
FAILED_BATCHES: Final = Retention(
    "Batches of stream records that a function gave up (failures bucket)",
    90,
    "As long as it may take to mend the cause and to replay them.",
)
TABLE_BACKUPS: Final = Retention(
    "Point-in-time recovery of every table",
    35,
    "The longest that DynamoDB offers: a fault may be found a month later.",
    "DynamoDB: 1 to 35",
)
OLD_OBJECT_VERSIONS: Final = Retention(
    "Versions of objects that were overwritten or deleted, in every bucket but that of the audit",
    30,
    "Time to notice a mistake and to bring the object back.",
)
OLD_AUDIT_VERSIONS: Final = Retention(
    "Versions of audit objects that were deleted, by hand or at the end of their time",
    AUDIT_TRAIL.days,
    "S3 counts from the deletion, so nothing that somebody deletes is gone before its time.",
    "PCI DSS 10.3.2, 10.5.1",
    parameter="AuditRetentionDays",
)
ABANDONED_UPLOADS: Final = Retention(
    "Parts of uploads that were never completed, in every bucket",
    7,
    "They are of no use, and cost storage.",
)
DELETED_KEY: Final = Retention(
    "A key, to encrypt or to sign, after its deletion was asked for",
    30,
    "Without it nothing can be read or signed, so the longest time in which KMS can cancel the deletion.",
    "KMS: 7 to 30",
)

# Every row above, in its order.
RETENTIONS: Final = tuple(value for value in globals().values() if isinstance(value, Retention))
