"""Queries of the logs that people on call need, saved in CloudWatch under the environment's folder."""

from typing import Final, NamedTuple

from stacks import function_catalogue
from stacks.names import IN_TEMPLATE

_RECEIVER: Final = (IN_TEMPLATE.function_log_group(function_catalogue.WEBHOOK_RECEIVER.folder),)
_PROCESSOR: Final = (IN_TEMPLATE.function_log_group(function_catalogue.PAYMENT_PROCESSOR.folder),)
_AUDIT: Final = tuple(
    IN_TEMPLATE.function_log_group(function.folder)
    for function in (function_catalogue.AUDIT_LOGGER, function_catalogue.AUDIT_DIGEST)
)
_ANALYTICS: Final = (IN_TEMPLATE.function_log_group(function_catalogue.ANALYTICS_PROCESSOR.folder),)
_SWEEPER: Final = (IN_TEMPLATE.function_log_group(function_catalogue.INBOX_SWEEPER.folder),)
_TRANSACTION_API: Final = (IN_TEMPLATE.function_log_group(function_catalogue.TRANSACTION_API.folder),)
_ARCHIVER: Final = (IN_TEMPLATE.function_log_group(function_catalogue.TRANSACTION_ARCHIVER.folder),)
_RECONCILER: Final = (IN_TEMPLATE.function_log_group(function_catalogue.RECONCILER.folder),)
_ALL: Final = tuple(IN_TEMPLATE.function_log_group(folder) for folder in function_catalogue.FUNCTIONS)


class SavedQuery(NamedTuple):
    """`name` is the end of its name in CloudWatch; `log_groups` are texts for `Sub`."""

    name: str
    log_groups: tuple[str, ...]
    query: str


# By type, each webhook once: `repeated` are those that the processor had done before.
IGNORED: Final = SavedQuery(
    "ignored",
    (*_RECEIVER, *_PROCESSOR),
    'filter outcome = "ignored" and not ispresent(repeated) or outcome = "ignored" and repeated = 0'
    " | stats count(*) as webhooks by endpoint, reason, event_type | sort webhooks desc",
)
SAVED_QUERIES: Final = (
    SavedQuery(
        "outcomes",
        _RECEIVER,
        'filter message = "webhook request" | stats count(*) as webhooks by endpoint, outcome, reason'
        " | sort webhooks desc",
    ),
    SavedQuery(
        "refused",
        _RECEIVER,
        'filter outcome = "rejected" | stats count(*) as webhooks, min(@timestamp) as first,'
        " max(@timestamp) as last by endpoint, reason, source_ip | sort webhooks desc",
    ),
    SavedQuery(
        "needs-a-person",
        (*_RECEIVER, *_PROCESSOR),
        'filter outcome in ["conflict", "quarantined", "unexpected"] and not ispresent(repeated) or'
        ' outcome in ["conflict", "quarantined"] and repeated = 0'
        " | fields @timestamp, webhook_id, outcome, reason, event_type, trace_id | sort @timestamp desc",
    ),
    IGNORED,
    SavedQuery(
        "masked-card-data",
        _RECEIVER,
        "filter masked > 0 | fields @timestamp, endpoint, webhook_id, event_type, masked_card_number,"
        " masked_security_code, masked_pin, masked_track_data | sort @timestamp desc",
    ),
    SavedQuery(
        "one-webhook",
        (*_RECEIVER, *_PROCESSOR),
        'filter webhook_id = "stripe:evt_REPLACE_ME"'
        " | fields @timestamp, message, outcome, reason, receive_count, trace_id, duration_ms | sort @timestamp",
    ),
    SavedQuery(
        "failed-attempts",
        _PROCESSOR,
        'filter outcome in ["retried", "dead_lettered", "dead_lettering_failed"]'
        " | stats count(*) as attempts by outcome, error_type, reason, error_location | sort attempts desc",
    ),
    SavedQuery(
        "executions",
        _PROCESSOR,
        "filter ispresent(execution) | stats count(*) as attempts, pct(duration_ms, 99) as p99"
        " by outcome, retries, error_type, reason | sort attempts desc",
    ),
    SavedQuery(
        "faults",
        _ALL,
        'filter level = "ERROR" or @message like /Task timed out|Runtime\\./'
        " | fields @timestamp, @log, message, outcome, reason, error_type, error_location, cause_type, trace_id"
        " | sort @timestamp desc",
    ),
    SavedQuery(
        "slowest",
        _RECEIVER,
        'filter message = "webhook request" | stats count(*) as webhooks, pct(duration_ms, 50) as p50,'
        " pct(duration_ms, 99) as p99, max(duration_ms) as longest by endpoint, bin(5m)",
    ),
    SavedQuery(
        "cold-starts",
        _ALL,
        'filter @type = "REPORT" and ispresent(@initDuration) | stats count(*) as starts,'
        " pct(@initDuration, 50) as p50, pct(@initDuration, 99) as p99 by @log, bin(1h)",
    ),
    SavedQuery(
        "keys-in-use",
        _RECEIVER,
        "filter ispresent(verified_by) | stats count(*) as webhooks, max(@timestamp) as last by endpoint, verified_by"
        " | sort endpoint",
    ),
    SavedQuery(
        "sweeps",
        _SWEEPER,
        'filter message = "inbox sweep" | fields @timestamp, outcome, OldestPendingSeconds, PendingWebhooks, overdue,'
        " SweptWebhooks, reason | sort @timestamp desc",
    ),
    SavedQuery(
        "archive-runs",
        _ARCHIVER,
        'filter message = "archive run" | fields @timestamp, archive, outcome, Archived, ArchiveBehindDays, parts,'
        " looked_at, reason, error_location, duration_ms | sort @timestamp desc",
    ),
    SavedQuery(
        "reconciliations",
        _RECONCILER,
        'filter message = "events reconciled" and (missed > 0 or level = "ERROR" or outcome != "complete")'
        " | fields @timestamp, endpoint, outcome, listed, missed, fed, behind_seconds, forgotten_until, reason, calls"
        " | sort @timestamp desc",
    ),
    SavedQuery(
        "audit-trouble",
        _AUDIT,
        'filter message in ["audit records", "audit digests", "ledger or inbox tampered with"] and level != "INFO"'
        " | fields @timestamp, outcome, AuditRecordsUnreadable, AuditDigestBehindHours, AuditTampering,"
        " forged_copies, reason, error_type, cause_type, tampering,"
        " transaction_id, entry, webhook_id, webhook_timestamp, change, changed_at, changed_by"
        " | sort @timestamp desc",
    ),
    SavedQuery(
        "analytics-trouble",
        _ANALYTICS,
        'filter message = "effects counted" and level != "INFO"'
        " | fields @timestamp, outcome, AnalyticsRecordsUnreadable, reason, error_type, cause_type"
        " | sort @timestamp desc",
    ),
    SavedQuery(
        "api-answers",
        (IN_TEMPLATE.access_log_group,),
        "filter status >= 400 | stats count(*) as answers by status, response_type, resource_path, source_ip"
        " | sort answers desc",
    ),
    SavedQuery(
        "transaction-api-answers",
        _TRANSACTION_API,
        'filter message = "api request" | stats count(*) as answers, pct(duration_ms, 99) as p99'
        " by operation, outcome, status_code, reason, caller | sort answers desc",
    ),
    SavedQuery(
        "blocked",
        (IN_TEMPLATE.web_acl_log_group,),
        'filter action = "BLOCK" | stats count(*) as requests by terminatingRuleId, httpRequest.uri,'
        " httpRequest.clientIp | sort requests desc",
    ),
)
