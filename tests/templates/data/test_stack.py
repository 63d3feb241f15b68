"""Keys and indexes of the tables, and what the buckets do with objects."""

from typing import Any

import pytest

from payment_webhooks import contract
from tests.support.templates.resources import resource, resources, statements, templates, texts

INBOX, TRANSACTIONS = "InboxTable", "TransactionsTable"
LOGGED = ("AuditBucket", "PayloadBucket", "ArchiveBucket", "FailuresBucket")


def _keys(schema: list[dict[str, str]]) -> tuple[str, str]:
    assert [part["KeyType"] for part in schema] == ["HASH", "RANGE"]
    return schema[0]["AttributeName"], schema[1]["AttributeName"]


def _indexes(table: str) -> dict[str, tuple[tuple[str, str], str]]:
    return {
        index["IndexName"]: (_keys(index["KeySchema"]), index["Projection"]["ProjectionType"])
        for index in resource("data", table)["GlobalSecondaryIndexes"]
    }


def test_keys_of_the_inbox() -> None:
    assert _keys(resource("data", INBOX)["KeySchema"]) == (contract.WEBHOOK_ID, contract.WEBHOOK_TIMESTAMP)
    assert _keys(resource("data", INBOX)["KeySchema"]) == ("webhookId", "timestamp")


def test_the_sweeper_finds_pending_webhooks_by_a_sparse_index_of_keys() -> None:
    assert _indexes(INBOX)["pending-index"] == (("pending_shard", "pending_since"), "KEYS_ONLY")


def test_what_waits_for_a_person_is_listed_by_a_sparse_index_without_bodies() -> None:
    assert _indexes(INBOX).keys() == {"pending-index", "attention-index", "archive-index"}
    assert _indexes(INBOX)["archive-index"] == (("archive_shard", "webhookId"), "INCLUDE")
    assert _indexes(INBOX)["attention-index"] == (("attention_shard", "attention_since"), "INCLUDE")
    included = {
        each["IndexName"]: each["Projection"].get("NonKeyAttributes")
        for each in resource("data", INBOX)["GlobalSecondaryIndexes"]
    }
    assert included[contract.ATTENTION_INDEX] == ["status", "status_reason", "event_type"]
    assert included[contract.ARCHIVE_INDEX] == ["status", "status_reason"]


def test_every_table_can_be_restored_to_any_moment_of_the_last_35_days() -> None:
    tables = [found for found in resources("AWS::DynamoDB::Table") if found.stack == "data"]
    assert len(tables) >= 3
    for table in tables:
        assert table.properties["PointInTimeRecoverySpecification"] == {
            "PointInTimeRecoveryEnabled": True,
            "RecoveryPeriodInDays": 35,
        }


def test_keys_of_the_ledger() -> None:
    assert _keys(resource("data", TRANSACTIONS)["KeySchema"]) == ("transaction_id", "timestamp")


def test_indexes_of_the_ledger_hold_keys_of_payments_alone() -> None:
    assert _indexes(TRANSACTIONS) == {
        "status-index": (("status_shard", "status_since"), "KEYS_ONLY"),
        "dispute-index": (("dispute_shard", "dispute_since"), "KEYS_ONLY"),
        "provider-index": (("provider_shard", "began_at"), "KEYS_ONLY"),
        "customer-index": (("customer_key", "began_at"), "KEYS_ONLY"),
        "archive-index": (("archive_shard", "transaction_id"), "KEYS_ONLY"),
    }


@pytest.mark.parametrize("table", [INBOX, TRANSACTIONS])
def test_only_key_attributes_are_declared_and_all_are_text(table: str) -> None:
    # DynamoDB refuses a table that declares an attribute which no key uses.
    found = resource("data", table)
    used = {name for (keys, _) in _indexes(table).values() for name in keys} | set(_keys(found["KeySchema"]))
    assert {
        each["AttributeName"]: each["AttributeType"] for each in found["AttributeDefinitions"]
    } == dict.fromkeys(used, "S")


@pytest.mark.parametrize("table", [INBOX, TRANSACTIONS])
def test_streams_carry_both_images(table: str) -> None:
    assert resource("data", table)["StreamSpecification"] == {"StreamViewType": "NEW_AND_OLD_IMAGES"}


def test_the_inbox_expires_by_its_attribute_and_the_ledger_never() -> None:
    assert resource("data", INBOX)["TimeToLiveSpecification"] == {
        "AttributeName": contract.INBOX_EXPIRES_AT,
        "Enabled": True,
    }
    assert "TimeToLiveSpecification" not in resource("data", TRANSACTIONS).properties


@pytest.mark.parametrize("table", [INBOX, TRANSACTIONS])
def test_deletion_protection_is_a_parameter(table: str) -> None:
    assert resource("data", table)["DeletionProtectionEnabled"] == {
        "Fn::If": ["DeletionProtectionIsOn", True, False]
    }


@pytest.mark.parametrize("table", [INBOX, TRANSACTIONS])
def test_a_table_and_its_indexes_are_warm_when_a_parameter_says_so(table: str) -> None:
    units = {"Ref": "WarmThroughput"}
    warm = {
        "Fn::If": [
            "WarmThroughputIsGiven",
            {"ReadUnitsPerSecond": units, "WriteUnitsPerSecond": units},
            {"Ref": "AWS::NoValue"},
        ]
    }
    found = resource("data", table)
    assert found["WarmThroughput"] == warm
    for each in found["GlobalSecondaryIndexes"]:
        assert each["WarmThroughput"] == warm
    given = templates()["data"]["Conditions"]["WarmThroughputIsGiven"]
    assert given == {"Fn::Not": [{"Fn::Equals": [units, "0"]}]}


def test_nothing_is_colder_than_a_new_table_is() -> None:
    # DynamoDB: a table on demand begins with 12,000 reads and 4,000 writes; a table of any account takes 40,000.
    allowed = templates()["root"]["Parameters"]["WarmThroughput"]["AllowedValues"]
    assert all(value == 0 or 12_000 <= value <= 40_000 for value in allowed)


def _rule(bucket: str) -> dict[str, Any]:
    rules: list[dict[str, Any]] = resource("data", bucket)["LifecycleConfiguration"]["Rules"]
    assert len(rules) == 1
    return rules[0]


def test_only_large_objects_of_the_audit_trail_turn_cold() -> None:
    """S3 leaves objects under 128 KB at hand, unless TransitionDefaultMinimumObjectSize says otherwise."""
    assert (
        "TransitionDefaultMinimumObjectSize" not in resource("data", "AuditBucket")["LifecycleConfiguration"]
    )
    rule = _rule("AuditBucket")
    assert rule["Transitions"] == {
        "Fn::If": [
            "AuditTurnsCold",
            [{"StorageClass": "GLACIER", "TransitionInDays": {"Ref": "AuditHotDays"}}],
            {"Ref": "AWS::NoValue"},
        ]
    }
    assert rule["ExpirationInDays"] == {"Ref": "AuditRetentionDays"}
    assert "Prefix" not in rule


def test_large_parts_of_the_archive_turn_cold_and_its_manifests_stay_at_hand() -> None:
    assert (
        "TransitionDefaultMinimumObjectSize"
        not in resource("data", "ArchiveBucket")["LifecycleConfiguration"]
    )
    rule = _rule("ArchiveBucket")
    assert rule["Transitions"] == [{"StorageClass": "GLACIER", "TransitionInDays": 90}]
    assert rule["ExpirationInDays"] == 3653


@pytest.mark.parametrize("bucket", [*LOGGED[1:], "AccessLogBucket"])
def test_no_version_and_no_abandoned_upload_stays_for_ever(bucket: str) -> None:
    rule = _rule(bucket)
    assert rule["NoncurrentVersionExpiration"] == {"NoncurrentDays": 30}
    assert rule["AbortIncompleteMultipartUpload"] == {"DaysAfterInitiation": 7}


@pytest.mark.parametrize("bucket", LOGGED)
def test_buckets_use_one_data_key_for_many_objects(bucket: str) -> None:
    rules = resource("data", bucket)["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert [rule["BucketKeyEnabled"] for rule in rules] == [True]
    assert rules[0]["ServerSideEncryptionByDefault"]["SSEAlgorithm"] == "aws:kms"


@pytest.mark.parametrize("bucket", LOGGED)
def test_access_is_logged_once_the_log_may_be_written(bucket: str) -> None:
    found = resource("data", bucket)
    assert found["LoggingConfiguration"] == {
        "DestinationBucketName": {"Ref": "AccessLogBucket"},
        "LogFilePrefix": f"{bucket}/",
    }
    assert found.document["DependsOn"] == ["AccessLogBucketPolicy"]


def test_only_our_buckets_write_access_logs() -> None:
    allowed = [
        each
        for each in statements(resource("data", "AccessLogBucketPolicy")["PolicyDocument"])
        if each["Effect"] == "Allow"
    ]
    assert len(allowed) == 1
    assert allowed[0]["Principal"] == {"Service": "logging.s3.amazonaws.com"}
    assert allowed[0]["Action"] == ["s3:PutObject"]
    condition = allowed[0]["Condition"]
    assert condition["StringEquals"] == {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}
    buckets = [resource("data", title)["BucketName"]["Fn::Sub"] for title in LOGGED]
    assert texts(condition["ArnLike"]["aws:SourceArn"]) == [
        f"arn:${{AWS::Partition}}:s3:::{name}" for name in buckets
    ]


@pytest.mark.parametrize("bucket", [*LOGGED, "AccessLogBucket"])
def test_old_tls_is_refused_too(bucket: str) -> None:
    policy = statements(resource("data", f"{bucket}Policy")["PolicyDocument"])
    old = next(each for each in policy if each["Sid"] == "DenyOldTls")
    assert (old["Effect"], old["Action"]) == ("Deny", ["s3:*"])
    assert old["Condition"] == {"NumericLessThan": {"s3:TlsVersion": "1.2"}}
    assert len(old["Resource"]) == 2
