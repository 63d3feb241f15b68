"""Parameters that change for how long data is kept. Their defaults are lines of stacks/retention.py."""

from typing import Final

from stacks import retention
from stacks.parameters.setting import Choice, Setting

LOG_RETENTION_DAYS: Final = Setting(
    "LogRetentionDays",
    "Days that log groups keep what they hold (PCI DSS 10.5.1: 365 in production)",
    retention.LOG_GROUPS.days,
    allowed=(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1827, 3653),
)
AUDIT_HOT_DAYS: Final = Setting(
    "AuditHotDays",
    "Days before audit records of 128 KB and more move to Glacier; smaller ones stay at hand "
    "(PCI DSS 10.5.1: at least 90)",
    retention.AUDIT_TRAIL_AT_HAND.days,
    minimum=1,
    maximum=3653,
)
AUDIT_RETENTION_DAYS: Final = Setting(
    "AuditRetentionDays",
    "Days that audit records and access logs are kept (PCI DSS 10.5.1: at least 365); "
    "no Glacier when it equals AuditHotDays",
    retention.AUDIT_TRAIL.days,
    minimum=1,
    maximum=3653,
)
NO_LOCK: Final = "off"
AUDIT_OBJECT_LOCK: Final = Setting(
    "AuditObjectLock",
    "governance: each new audit object is locked for AuditRetentionDays, and only who has the right to bypass that, as "
    "destroy's policy has, may delete one; a bucket that has Object Lock keeps it (docs/deploying.md)",
    NO_LOCK,
    allowed=(NO_LOCK, "governance"),
)
LOCKED_AUDIT: Final = Choice(AUDIT_OBJECT_LOCK, "governance")
ARCHIVE_AFTER_DAYS: Final = Setting(
    "ArchiveAfterDays",
    "Days for which nothing has been recorded of a transaction before it is archived; at least 31, as providers and "
    "people may send a webhook again for 30, and a retry must find the row that it repeats",
    retention.LEDGER_ROWS.days,
    minimum=31,
    maximum=3653,
)
INBOX_RETENTION_DAYS: Final = Setting(
    "InboxRetentionDays",
    "Days that a webhook stays in the inbox once it is done, before it is archived and expires; at least 31, as "
    "what is sent again within 30 must be known; at most 365, as a body too long for the inbox is kept for 400",
    retention.INBOX_ITEMS.days,
    minimum=31,
    maximum=365,
)
