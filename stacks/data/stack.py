"""Nested stack `data`: the inbox, the ledger, and the buckets."""

from dataclasses import dataclass
from typing import Any

from troposphere import Equals, Not, Template
from troposphere.dynamodb import Table, TimeToLiveSpecification
from troposphere.s3 import Bucket

from payment_webhooks import contract
from stacks import retention
from stacks.common.house_rules import apply_house_rules
from stacks.data.buckets import access_log_bucket, lifecycle, locked_for, private_bucket
from stacks.data.tables import expiring_table, index, streamed_table
from stacks.function_catalogue import AUDIT_DIGEST, AUDIT_LOGGER
from stacks.names import IN_TEMPLATE
from stacks.parameters.retention import AUDIT_HOT_DAYS, AUDIT_RETENTION_DAYS, LOCKED_AUDIT
from stacks.security.stack import SecurityOutputs
from stacks.wiring.outputs import ResourceOutputs, publish, receive


@dataclass(frozen=True)
class DataOutputs:
    inbox_table: ResourceOutputs
    inbox_stream_arn: Any
    transactions_table: ResourceOutputs
    transactions_stream_arn: Any
    notifications_table: ResourceOutputs
    analytics_table: ResourceOutputs
    audit_bucket: ResourceOutputs
    payload_bucket: ResourceOutputs
    failures_bucket: ResourceOutputs
    archive_bucket: ResourceOutputs


def build_data() -> Template:
    template = Template(Description="Payment webhooks: inbox, ledger and buckets")
    key_arn = receive(template, SecurityOutputs).data_key_arn
    inbox = _inbox(template, key_arn)
    transactions = _transactions(template, key_arn)
    notifications = expiring_table(
        template,
        "NotificationsTable",
        IN_TEMPLATE.notifications_table,
        key_arn,
        keys=(contract.TRANSACTION_ID, contract.NOTIFICATION_ID),
        expires_at=contract.NOTIFICATION_EXPIRES_AT,
    )
    analytics = expiring_table(
        template,
        "AnalyticsTable",
        IN_TEMPLATE.analytics_table,
        key_arn,
        keys=(contract.ANALYTICS_KEY, contract.ANALYTICS_ENTRY),
        expires_at=contract.ANALYTICS_EXPIRES_AT,
    )
    audit, payload, archive, failures = _buckets(template, key_arn)
    publish(
        template,
        DataOutputs(
            inbox_table=ResourceOutputs.of(inbox),
            inbox_stream_arn=inbox.get_att("StreamArn"),
            transactions_table=ResourceOutputs.of(transactions),
            transactions_stream_arn=transactions.get_att("StreamArn"),
            notifications_table=ResourceOutputs.of(notifications),
            analytics_table=ResourceOutputs.of(analytics),
            audit_bucket=ResourceOutputs.of(audit),
            payload_bucket=ResourceOutputs.of(payload),
            failures_bucket=ResourceOutputs.of(failures),
            archive_bucket=ResourceOutputs.of(archive),
        ),
    )
    return apply_house_rules(template)


def _inbox(template: Template, key_arn: Any) -> Table:
    return streamed_table(
        template,
        "InboxTable",
        IN_TEMPLATE.inbox_table,
        key_arn,
        keys=(contract.WEBHOOK_ID, contract.WEBHOOK_TIMESTAMP),
        indexes=[
            # The sweeper needs the keys only: it re-sends them, and the processor reads the item.
            index(contract.PENDING_INDEX, contract.PENDING_SHARD, contract.PENDING_SINCE, "KEYS_ONLY"),
            # What a list shows, never the body.
            index(
                contract.ATTENTION_INDEX,
                contract.ATTENTION_SHARD,
                contract.ATTENTION_SINCE,
                included=(contract.STATUS, contract.STATUS_REASON, "event_type"),
            ),
            # What finds ignored ones; an entry stays under the kilobyte that it is charged as.
            index(
                contract.ARCHIVE_INDEX,
                contract.ARCHIVE_SHARD,
                contract.WEBHOOK_ID,
                included=(contract.STATUS, contract.STATUS_REASON),
            ),
        ],
        TimeToLiveSpecification=TimeToLiveSpecification(
            AttributeName=contract.INBOX_EXPIRES_AT, Enabled=True
        ),
    )


def _transactions(template: Template, key_arn: Any) -> Table:
    return streamed_table(
        template,
        "TransactionsTable",
        IN_TEMPLATE.transactions_table,
        key_arn,
        keys=(contract.TRANSACTION_ID, contract.TRANSACTION_TIMESTAMP),
        # The keys of payments alone: lists and the archiver read the payments themselves, as an index is a moment
        # behind, and an entry is written only when its keys change.
        indexes=[
            index(name, partition, sort, "KEYS_ONLY")
            for name, partition, sort in (
                (contract.STATUS_INDEX, contract.STATUS_SHARD, contract.STATUS_SINCE),
                (contract.DISPUTE_INDEX, contract.DISPUTE_SHARD, contract.DISPUTE_SINCE),
                (contract.PROVIDER_INDEX, contract.PROVIDER_SHARD, contract.BEGAN_AT),
                (contract.CUSTOMER_INDEX, contract.CUSTOMER_KEY, contract.BEGAN_AT),
                (contract.ARCHIVE_INDEX, contract.ARCHIVE_SHARD, contract.TRANSACTION_ID),
            )
        ],
    )


def _buckets(template: Template, key_arn: Any) -> tuple[Bucket, Bucket, Bucket, Bucket]:
    audit_days = AUDIT_RETENTION_DAYS.ref(template)
    hot_days = AUDIT_HOT_DAYS.ref(template)
    cold = template.add_condition("AuditTurnsCold", Not(Equals(hot_days, audit_days)))
    audit_end = lifecycle(audit_days, hot_days, cold, old_versions_days=audit_days)
    kept = {
        "AuditBucket": (IN_TEMPLATE.audit_bucket, audit_end),
        "PayloadBucket": (IN_TEMPLATE.payload_bucket, lifecycle(retention.LARGE_BODIES.days)),
        "ArchiveBucket": (
            IN_TEMPLATE.archive_bucket,
            lifecycle(retention.ARCHIVE.days, retention.ARCHIVE_AT_HAND.days),
        ),
        "FailuresBucket": (IN_TEMPLATE.failures_bucket, lifecycle(retention.FAILED_BATCHES.days)),
    }
    access_logs = access_log_bucket(
        template,
        "AccessLogBucket",
        IN_TEMPLATE.access_log_bucket,
        lifecycle(audit_days),
        [name for name, _ in kept.values()],
    )
    # By name, as the roles are made after the bucket.
    logger, digest = (IN_TEMPLATE.role_arn(each.role_purpose) for each in (AUDIT_LOGGER, AUDIT_DIGEST))
    writers = {
        contract.AUDIT_PREFIX: logger,
        contract.AUDIT_LATE_PREFIX: logger,
        contract.AUDIT_DIGEST_PREFIX: digest,
    }
    never_replaced = {"only_writers": writers, **locked_for(audit_days, LOCKED_AUDIT.holds(template))}
    audit, payload, archive, failures = (
        private_bucket(
            template, title, name, key_arn, access_logs, end, **(never_replaced if end is audit_end else {})
        )
        for title, (name, end) in kept.items()
    )
    return audit, payload, archive, failures
