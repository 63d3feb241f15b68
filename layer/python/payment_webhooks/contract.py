"""Names that both the templates (stacks/) and the code (this library, scripts/) must agree on.

The one module that both sides import; it imports nothing. A name stands here once: table keys and attributes,
indexes, environment variables, message fields, statuses. Numbers that a deployment may choose are parameters
(stacks/parameters/) and reach the code as environment variables.
"""

from typing import Final

# --- environment variables of the functions -------------------------------------------------------------------
ENV_SUFFIX: Final = "ENVIRONMENT_SUFFIX"
ENV_URL_SUFFIX: Final = "URL_SUFFIX"  # the domain of the partition's services, e.g. amazonaws.com
ENV_ENDPOINTS: Final = "ENDPOINTS"  # JSON: {endpoint: {"provider": its name, "secret": secret name}}
ENV_KEYED_ENDPOINT: Final = "KEYED_ENDPOINT"  # the endpoint that POST /webhook stands for
ENV_FINGERPRINT_SECRET: Final = "FINGERPRINT_SECRET"  # noqa: S105 - the secret's name, not its value
ENV_INBOX_TABLE: Final = "INBOX_TABLE"
ENV_TRANSACTIONS_TABLE: Final = "TRANSACTIONS_TABLE"
ENV_AUDIT_BUCKET: Final = "AUDIT_BUCKET"
ENV_PAYLOAD_BUCKET: Final = "PAYLOAD_BUCKET"
ENV_PROCESSING_DLQ_URL: Final = "PROCESSING_DLQ_URL"
ENV_PROCESSING_QUEUE_URL: Final = "PROCESSING_QUEUE_URL"
ENV_MAX_RECEIVE_COUNT: Final = "PROCESSING_MAX_RECEIVE_COUNT"

ENV_EVENT_BUS: Final = "EVENT_BUS"
ENV_CONFIG_PARAMETER: Final = "CONFIG_PARAMETER"
ENV_NOTIFICATIONS_TABLE: Final = "NOTIFICATIONS_TABLE"
ENV_NOTIFICATIONS_TOPIC: Final = "NOTIFICATIONS_TOPIC"
ENV_ANALYTICS_TABLE: Final = "ANALYTICS_TABLE"
ENV_FAILURES_BUCKET: Final = "FAILURES_BUCKET"
ENV_NOTIFICATION_QUEUE_URL: Final = "NOTIFICATION_QUEUE_URL"
ENV_CORS_ORIGIN: Final = "CORS_ORIGIN"  # empty: no other origin's scripts may read the API's answers

ENV_ARCHIVE_BUCKET: Final = "ARCHIVE_BUCKET"
ENV_ARCHIVE_AFTER_DAYS: Final = "ARCHIVE_AFTER_DAYS"
ENV_INBOX_RETENTION_DAYS: Final = "INBOX_RETENTION_DAYS"
ENV_SIGNING_KEY: Final = "SIGNING_KEY"
ENV_RECONCILE: Final = "RECONCILE_EVENTS"  # true or false
ENV_CANARY_URL: Final = "CANARY_URL"  # where the canary posts

# --- the canary: name of its endpoint, of its provider, and of its folder ------------------------------------------
CANARY: Final = "canary"
CANARY_ANSWER_JUDGED: Final = "judged"  # in the function's answer: seconds; null after a round that failed
CANARY_ANSWER_REASON: Final = "reason"  # why it failed

# --- the path for senders with an API key: one endpoint, one provider ---------------------------------------------
KEYED_RESOURCE: Final = "/webhook"
KEYED_SIGNATURE_HEADER: Final = "X-Webhook-Signature"

# --- inbox (table-payment-webhooks-{suffix}): one item a webhook, and guard items for PayPal ---------------------
WEBHOOK_ID: Final = "webhookId"  # partition key: "{endpoint}:{event id}"
WEBHOOK_TIMESTAMP: Final = "timestamp"  # sort key: the provider's creation time, UTC, six fractional digits
PENDING_INDEX: Final = "pending-index"  # sparse: only items not yet processed
PENDING_SHARD: Final = "pending_shard"
PENDING_SINCE: Final = "pending_since"
PENDING_SHARD_COUNT: Final = (
    20  # write sharding: 1000 writes a second each (AWS limit of one partition), two a webhook
)
ATTENTION_INDEX: Final = "attention-index"  # sparse: only items that wait for a person
ATTENTION_SHARD: Final = "attention_shard"  # "{status}#{shard}"
ATTENTION_SINCE: Final = "attention_since"
ATTENTION_SHARD_COUNT: Final = 8  # a flood of them must not slow down the table (hot partition of an index)
FIRST_RECEIVED_AT: Final = "first_received_at"  # of one that was stored anew when it came again
INBOX_EXPIRES_AT: Final = "expires_at"  # DynamoDB TTL; set only once done and archived
ARCHIVED_IN: Final = "archived_in"  # s3://bucket/key of the archive's object
STATUS: Final = "status"
STATUS_REASON: Final = "status_reason"
STATUS_RECEIVED: Final = "received"  # pending: the pipe and the sweeper deliver it to the processor
STATUS_PROCESSED: Final = "processed"
STATUS_IGNORED: Final = (
    "ignored"  # of no use by its type, or by a setting of its endpoint; judged again if it comes again
)
STATUS_UNEXPECTED: Final = "unexpected"  # live money at a test endpoint, or the reverse; a person decides
STATUS_QUARANTINED: Final = "quarantined"  # authentic, but not readable
STATUS_CONFLICT: Final = "conflict"  # a known event id with another body
STATUS_FAILED: Final = "failed"  # given up after the last attempt; in the DLQ
STATUS_DISCARDED: Final = "discarded"  # a person decided that it is not to be applied; it is kept
# a person has to decide
ATTENTION_STATUSES: Final = (STATUS_UNEXPECTED, STATUS_CONFLICT, STATUS_QUARANTINED, STATUS_FAILED)
REASON_MODE: Final = "mode"
REASON_ACCOUNT: Final = "account"
REASON_TEST_EVENT: Final = "test_event"
# Of one id a fetched and a delivered copy, with other times of creation: the second, if it tells the same of money.
REASON_COPY: Final = "copy"
# The stored copy of such a webhook is masked where it matters: it can never be applied.
REASON_MASKED_COARSELY: Final = "masked_coarsely"
REASON_CARD_NUMBER_AS_ID: Final = "card_number_as_id"
NEVER_APPLIED_REASONS: Final = (REASON_MASKED_COARSELY, REASON_CARD_NUMBER_AS_ID)
STATUS_GUARD: Final = "guard"  # PayPal: claims an event id or a transmission id; not a webhook
GUARD_PREFIX: Final = "guard"
# Of an event that never came and was fetched from its provider: where it is from, and what it says of money, as JSON.
SOURCE: Final = "source"
SOURCE_RECONCILED: Final = "reconciled"
MONEY: Final = "money"
RECONCILIATION_GUARD: Final = (
    "reconciliation"  # the kind of the item that says how far an endpoint's events are compared
)
# What a person decided about an item, and from which status: in the item, so that the audit trail shows it.
DECISION: Final = "decision"
DECISION_ACCEPT: Final = "accept"
DECISION_DISCARD: Final = "discard"
DECISION_RECONSIDER: Final = "reconsider"  # judged by the endpoint's settings of that moment
DECIDED_BY: Final = "decided_by"
DECIDED_AT: Final = "decided_at"
DECISION_NOTE: Final = "decision_note"
DECIDED_FROM: Final = "decided_from"
DECISION_TICKET: Final = "decision_ticket"  # under which it was replayed
# Of a webhook from whose body personal data was taken out: when, by whom, under which ticket, and what is left.
ERASED_AT: Final = "erased_at"
ERASED_BY: Final = "erased_by"
ERASURE_TICKET: Final = "erasure_ticket"
ERASED_SHA256: Final = "erased_sha256"  # of the body as it is now; `payload_sha256` stays that of what came
OF_AN_ERASURE: Final = (ERASED_AT, ERASED_BY, ERASURE_TICKET, ERASED_SHA256)

# --- messages to the processor: keys only, never a payload ------------------------------------------------------
MESSAGE_WEBHOOK_ID: Final = WEBHOOK_ID
MESSAGE_TIMESTAMP: Final = WEBHOOK_TIMESTAMP
DLQ_REASON_ATTRIBUTE: Final = "reason"

# --- what the state machine asks of the processor, and the names of its errors that the machine knows -----------
WORKFLOW_TASK: Final = "task"
WORKFLOW_PROCESS: Final = "process"
WORKFLOW_GIVE_UP: Final = "give_up"
WORKFLOW_INPUT: Final = "webhooks"  # the execution's input: a list of one message, as the pipe sends it
WORKFLOW_EXECUTION: Final = "execution"
WORKFLOW_RETRIES: Final = "retries"  # so far, of this task
WORKFLOW_FAILURE: Final = "failure"  # {"Error": ..., "Cause": ...}
WORKFLOW_OUTCOME: Final = "outcome"  # in the processor's answer
WORKFLOW_PERMANENT: Final = "PermanentlyFailed"  # the name of the error after which no attempt helps

# --- times of the payment processor, from its start (docs/capacity.md, "Time-outs") --------------------------------
PROCESSOR_STOPS_AFTER_SECONDS: Final = 45
PROCESSOR_LOST_AFTER_SECONDS: Final = (
    60  # then its messages are visible again, and the state machine's task times out
)

# --- ledger (table Transactions): rows of events, and the head of each payment ------------------------------------
TRANSACTION_ID: Final = "transaction_id"  # partition key: "{endpoint}:{provider's transaction id}"
TRANSACTION_TIMESTAMP: Final = "timestamp"  # sort key: one of those below
EVENT_PREFIX: Final = "event#"  # sort key of a row: "event#{event id}"
PAYMENT_ENTRY: Final = (
    "payment"  # sort key of a payment's head: its current state, or a pointer to another payment
)
VERSION: Final = "version"  # of a head, and in a row: of the state that it made
EFFECT: Final = "effect"  # in a row: what it changed; absent where it changed nothing that is told
MEMBERS: Final = "members"  # in a head: the other ids whose rows are the payment's, as JSON
ALIAS_OF: Final = "alias_of"  # in a pointer: the transaction id of the payment
STATUS_INDEX: Final = "status-index"
STATUS_SHARD: Final = "status_shard"  # "{status}#{day}#{shard}"
STATUS_SINCE: Final = "status_since"
DISPUTE_INDEX: Final = "dispute-index"  # sparse: payments with a dispute, open or closed
DISPUTE_SHARD: Final = "dispute_shard"  # "{dispute status}#{day}#{shard}"
DISPUTE_SINCE: Final = "dispute_since"
BEGAN_AT: Final = "began_at"
PROVIDER_INDEX: Final = "provider-index"
PROVIDER_SHARD: Final = "provider_shard"  # "{provider}#{day}#{shard}"
PAYOUT_SHARD: Final = "payout"  # in place of the provider: the payouts of all, by themselves
LEDGER_SHARD_COUNT: Final = 10  # 10,000 rows a second of one status, provider and day
CUSTOMER_INDEX: Final = "customer-index"
CUSTOMER_KEY: Final = "customer_key"  # "{endpoint}:{customer id}"

# --- archive: rows and webhooks that are done with move to a bucket -------------------------------------------------
ARCHIVE_INDEX: Final = "archive-index"  # of both tables, sparse: what is to be looked at on a day
ARCHIVE_SHARD: Final = "archive_shard"  # "{day}#{shard}"
ARCHIVE_SHARD_COUNT: Final = 10
ARCHIVE_PREFIX: Final = "archive#"  # sort key of an item of the ledger's table that is neither row nor head
ARCHIVE_SUMMARY: Final = "archive#summary"  # sort key: what the table keeps of archived rows
ARCHIVE_PROGRESS: Final = "archive#progress"  # both keys: how far the archive has come; no transaction
ARCHIVE_TRANSACTIONS: Final = "transactions"
ARCHIVE_WEBHOOKS: Final = "webhooks"

# --- events on the bus: one for each row that changed its payment; the rules match on these fields -----------------
EVENT_SOURCE: Final = "payment.processor"
EVENT_DETAIL_TYPE: Final = "Payment Processed"
EVENT_CONFIRMED: Final = "confirmed"
EVENT_HIGH_VALUE: Final = "high_value"
EVENT_MOVES_MONEY: Final = "moves_money"
EVENT_SUMMARY: Final = "summary"  # a sentence: what people are sent by e-mail
EVENT_NOTIFICATION_TYPES: Final = "notification_types"

# --- notifications: messages of the notification queue, markers, and what the topic's subscribers filter by --------
NOTIFICATION_TYPE: Final = "notification_type"  # in a message asked for by a person; and a message attribute
NOTIFY_CONFIRMATION: Final = "payment_confirmation"
NOTIFY_MANUAL: Final = "manual_notification"
NOTIFY_HIGH_VALUE: Final = "high_value_alert"
NOTIFY_FAILED: Final = "payment_failed"
NOTIFY_DISPUTED: Final = "payment_disputed"
NOTIFY_REFUNDED: Final = "payment_refunded"
NOTIFY_REFUND_FAILED: Final = "refund_failed"
NOTIFY_PAYOUT_FAILED: Final = "payout_failed"
NOTIFY_CORRECTED: Final = "payment_corrected"
NOTIFY_FLAGGED: Final = "payment_flagged"
NOTIFICATION_TRANSACTION: Final = "transaction_id"
NOTIFICATION_REQUEST: Final = "request_id"  # of a manual one: whoever asks again with it is answered once
NOTIFICATION_EVENT: Final = "event_id"
NOTIFICATION_ID: Final = "notification"  # sort key of a marker: "{type}#{event id or request id}"
NOTIFICATION_EXPIRES_AT: Final = "expires_at"
# A message lives for 14 days, dead-letter queue included, and as long again when it was moved back; its marker longer.
NOTIFICATION_MARKER_DAYS: Final = 60

# --- the event by which people ask the reconciler, and its answer --------------------------------------------------
RECONCILE_ENDPOINT: Final = "endpoint"
RECONCILE_SINCE: Final = "since"  # Unix seconds
RECONCILE_UNTIL: Final = "until"
RECONCILE_DRY_RUN: Final = "dry_run"
RECONCILE_TASK: Final = "task"  # absent: events
TASK_MONEY: Final = "money"
RECONCILE_CURSOR: Final = "cursor"

# --- analytics: counters of what payments' events have changed, and a marker for each effect that is counted -------
ANALYTICS_KEY: Final = "analytics_key"  # partition key: "sums#{day}#{shard}", or a transaction's id
# Sort key: "{hour}#{provider}#{currency}#{status}", or that of a row.
ANALYTICS_ENTRY: Final = "entry"
ANALYTICS_EXPIRES_AT: Final = "expires_at"  # of markers
# Every source that can deliver a record again must have lost it before its marker expires: the stream keeps records
# for a day, and the failures bucket keeps for 90 days those that may be replayed from it.
ANALYTICS_MARKER_DAYS: Final = 97
# A day's counters: more than one writer at once, and 8 queries to read a day.
ANALYTICS_SHARD_COUNT: Final = 8

# --- audit --------------------------------------------------------------------------------------------------------
AUDIT_PREFIX: Final = "changes/"  # key: audit/batch.py
# A marker for each audit object that came late: "late/{hour in which it came}/{key}", without content.
AUDIT_LATE_PREFIX: Final = "late/"
AUDIT_DIGEST_PREFIX: Final = "digests/"  # key: audit/digest.py
# Partition key, in the ledger's table, of the signed digests; the sort key is the hour. They are no transaction.
AUDIT_DIGESTS: Final = "audit#digests"

# --- metrics, in CloudWatch's embedded metric format (metrics.py writes, alarms and dashboard read) ---------------
METRIC_NAMESPACE: Final = "PaymentWebhooks"
# Dimensions, which are fields of the line too. Each has few values, as each combination is a metric that costs.
DIMENSION_ENVIRONMENT: Final = "environment"
DIMENSION_ENDPOINT: Final = "endpoint"  # a configured one, or UNKNOWN_ENDPOINT: never what a caller wrote
DIMENSION_OUTCOME: Final = "outcome"
DIMENSION_REASON: Final = "reason"
DIMENSION_KEY: Final = "verified_by"
DIMENSION_ARCHIVE: Final = "archive"  # ARCHIVE_TRANSACTIONS or ARCHIVE_WEBHOOKS
UNKNOWN_ENDPOINT: Final = "unknown"
# Of the sweeper, at each run and also when they are 0: no data means that it does not run.
METRIC_OLDEST_PENDING: Final = "OldestPendingSeconds"
METRIC_PENDING: Final = "PendingWebhooks"
METRIC_SWEPT: Final = "SweptWebhooks"
# Of the receiver, for each request; the next for each authentic webhook, redeliveries too.
METRIC_RECEIVED: Final = "ReceivedWebhooks"
METRIC_VERIFIED: Final = "VerifiedWebhooks"
METRIC_MASKED: Final = "MaskedNumbers"
METRIC_NO_CERTIFICATE: Final = "CertificateUnavailable"  # answered 503, for what is not authentic yet
METRIC_TRUSTING: Final = "WebhooksTakenOnOtherTrust"
METRIC_KEY_AGE: Final = "VerifyingKeyAgeDays"  # of the key that verified a webhook
METRIC_REFUSED: Final = "RefusedWebhooks"
# Only when the secret should have been fetched anew, and could not.
METRIC_SECRET_AGE: Final = "SecretAgeSeconds"  # noqa: S105 - no secret
# Of the processor, for each message.
METRIC_PROCESSED: Final = "ProcessedWebhooks"
# Of the audit logger, for each batch, the last four also when they are 0.
METRIC_AUDIT_WRITTEN: Final = "AuditRecords"
METRIC_AUDIT_UNREADABLE: Final = "AuditRecordsUnreadable"
METRIC_AUDIT_INTERRUPTED: Final = "AuditInterruptions"
METRIC_LEDGER_TAMPERED: Final = "LedgerTampering"
METRIC_ERASED: Final = "ErasedWebhooks"
# Of the audit digest, at each run and also when they are 0: no data means that it does not run.
METRIC_DIGESTED: Final = "AuditObjectsDigested"
METRIC_DIGEST_BEHIND: Final = "AuditDigestBehindHours"
METRIC_AUDIT_TAMPERED: Final = "AuditTampering"
# Of the analytics processor, for each batch, all also when they are 0.
METRIC_ANALYTICS_COUNTED: Final = "AnalyticsEffects"
METRIC_ANALYTICS_DUPLICATES: Final = "AnalyticsDuplicates"
METRIC_ANALYTICS_UNREADABLE: Final = "AnalyticsRecordsUnreadable"
METRIC_ANALYTICS_INTERRUPTED: Final = "AnalyticsInterruptions"
# Of whatever reads the configuration, each time that it finds a bad one: the last good one stays in use.
METRIC_CONFIGURATION_REFUSED: Final = "RefusedConfigurations"
# Of the archiver, at each run and for each kind, also when they are 0: no data means that it does not run.
METRIC_ARCHIVED: Final = "Archived"
METRIC_ARCHIVE_BEHIND: Final = "ArchiveBehindDays"
# Of the reconciler: for each endpoint whose events it lists, and at each run, also when nothing is listed.
METRIC_LISTED: Final = "ListedEvents"
METRIC_MISSED: Final = "MissedEvents"
METRIC_LIST_FAILURES: Final = "EventListFailures"
METRIC_RECONCILIATION_BEHIND: Final = "ReconciliationBehindSeconds"
# Of the canary, for each round: the first when its webhook was accepted, both when it was judged as it is to be.
METRIC_CANARY_ACCEPTED: Final = "CanaryAcceptedSeconds"
METRIC_CANARY_JUDGED: Final = "CanaryJudgedSeconds"
# Counted from the API's access log, in the namespace "{METRIC_NAMESPACE}/{suffix}", which has no dimensions.
METRIC_ANSWERED: Final = "WebhookAnswers{status}"

_BY_ENDPOINT: Final = (DIMENSION_ENVIRONMENT, DIMENSION_ENDPOINT)
_BY_OUTCOME: Final = ((DIMENSION_ENVIRONMENT, DIMENSION_OUTCOME), (*_BY_ENDPOINT, DIMENSION_OUTCOME))
# The dimensions by which each metric is counted; a metric that is not here is counted by the environment.
METRIC_DIMENSIONS: Final = {
    METRIC_RECEIVED: _BY_OUTCOME,
    METRIC_PROCESSED: _BY_OUTCOME,
    METRIC_VERIFIED: (_BY_ENDPOINT, (*_BY_ENDPOINT, DIMENSION_KEY)),
    METRIC_REFUSED: ((*_BY_ENDPOINT, DIMENSION_REASON),),
    METRIC_MASKED: (_BY_ENDPOINT,),
    METRIC_SECRET_AGE: ((DIMENSION_ENVIRONMENT,), _BY_ENDPOINT),
    METRIC_LISTED: (_BY_ENDPOINT,),
    METRIC_MISSED: (_BY_ENDPOINT,),
    METRIC_LIST_FAILURES: (_BY_ENDPOINT,),
    METRIC_ARCHIVED: ((DIMENSION_ENVIRONMENT, DIMENSION_ARCHIVE),),
    METRIC_ARCHIVE_BEHIND: ((DIMENSION_ENVIRONMENT, DIMENSION_ARCHIVE),),
}
