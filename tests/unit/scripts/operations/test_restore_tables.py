"""Restoring a table: to when, from what, and what a restore leaves out."""

from datetime import UTC, datetime
from typing import Any

import pytest

from scripts.command_line.errors import NotFound, Refused, UsageError
from scripts.operations.restore.tables import (
    begin,
    check_restored,
    plan_restore,
    short_name,
    steps_with_side_table,
)
from stacks.names import Names
from tests.support.library.receiving import INBOX, TABLES
from tests.support.second_engine.dynamodb import second_client

SIDE = "restored-inbox"


@pytest.fixture
def dynamodb() -> Any:
    client = second_client({INBOX: TABLES[INBOX]})
    client.update_continuous_backups(
        TableName=INBOX, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
    )
    return client


def test_the_plan_says_what_becomes_of_what_and_changes_nothing(dynamodb: Any) -> None:
    plan = plan_restore(dynamodb, INBOX, None, is_latest=True)
    assert (plan.table, plan.into, plan.backup_arn) == ("inbox", "restored-inbox", None)
    said = "\n".join(plan.lines)
    assert "The live table stays as it is" in said
    assert "minutes to hours" in said
    assert dynamodb.list_tables()["TableNames"] == ["inbox"]


def test_a_table_is_restored_beside_the_live_one_once(dynamodb: Any) -> None:
    begin(dynamodb, plan_restore(dynamodb, INBOX, None, is_latest=True))
    assert sorted(dynamodb.list_tables()["TableNames"]) == ["inbox", "restored-inbox"]
    with pytest.raises(Refused, match="restored-inbox is there already"):
        plan_restore(dynamodb, INBOX, None, is_latest=True)


@pytest.mark.parametrize(
    ("table", "commands"),
    [("inbox", ["compare", "put-back", "finish"]), ("analytics", ["--reconcile", "finish"])],
)
def test_each_next_step_is_one_that_the_table_allows(table: str, commands: list[str]) -> None:
    names = Names("dev", "123456789012", "eu-west-1")
    steps = steps_with_side_table(getattr(names, f"{table}_table"))
    assert len(steps) == len(commands)
    assert all(command in step for command, step in zip(commands, steps, strict=True))


@pytest.mark.parametrize("year", [2001, 2101])
def test_a_time_that_cannot_be_restored_is_refused_with_those_that_can(dynamodb: Any, year: int) -> None:
    with pytest.raises(UsageError, match=r"can be restored from 20.*Z to 20.*Z") as refused:
        plan_restore(dynamodb, INBOX, datetime(year, 1, 1, tzinfo=UTC), is_latest=False)
    assert "--latest" in refused.value.next_step


@pytest.mark.parametrize("is_both", [True, False])
def test_a_table_that_is_there_needs_one_time(dynamodb: Any, is_both: bool) -> None:
    at = datetime(2026, 11, 21, tzinfo=UTC) if is_both else None
    with pytest.raises(UsageError, match="say to when"):
        plan_restore(dynamodb, INBOX, at, is_latest=is_both)


def test_without_point_in_time_recovery_nothing_can_be_restored() -> None:
    client = second_client({INBOX: TABLES[INBOX]})
    with pytest.raises(Refused, match="no point-in-time recovery"):
        plan_restore(client, INBOX, None, is_latest=True)


def test_a_table_that_is_gone_comes_back_under_its_own_name(dynamodb: Any) -> None:
    dynamodb.put_item(TableName=INBOX, Item={"webhookId": {"S": "a"}, "timestamp": {"S": "b"}})
    dynamodb.create_backup(TableName=INBOX, BackupName="older")
    dynamodb.put_item(TableName=INBOX, Item={"webhookId": {"S": "c"}, "timestamp": {"S": "d"}})
    dynamodb.create_backup(TableName=INBOX, BackupName="newer")  # AWS makes one when a table is deleted
    dynamodb.delete_table(TableName=INBOX)
    plan = plan_restore(dynamodb, INBOX, None, is_latest=False)
    assert plan.into == INBOX
    assert "comes back under its own name" in plan.lines[0]
    begin(dynamodb, plan)
    assert len(dynamodb.scan(TableName=INBOX)["Items"]) == 2
    assert len(dynamodb.describe_table(TableName=INBOX)["Table"]["GlobalSecondaryIndexes"]) == 3


def test_of_a_table_that_is_gone_only_the_end_can_be_had(dynamodb: Any) -> None:
    dynamodb.delete_table(TableName=INBOX)
    with pytest.raises(UsageError, match="only its end"):
        plan_restore(dynamodb, INBOX, datetime(2026, 11, 21, tzinfo=UTC), is_latest=False)


def test_a_wrong_suffix_is_told_as_that() -> None:
    with pytest.raises(NotFound, match="neither inbox nor a backup"):
        plan_restore(second_client({}), INBOX, None, is_latest=True)


def test_nothing_is_compared_before_the_restored_table_is_there(dynamodb: Any) -> None:
    with pytest.raises(NotFound, match="there is no restored-inbox"):
        check_restored(dynamodb, INBOX)


def test_a_restored_table_with_other_keys_is_refused(dynamodb: Any) -> None:
    other = {"AttributeName": "other", "AttributeType": "S"}
    schema = {"AttributeName": "other", "KeyType": "HASH"}
    dynamodb.create_table(
        TableName=SIDE, KeySchema=[schema], AttributeDefinitions=[other], BillingMode="PAY_PER_REQUEST"
    )
    with pytest.raises(Refused, match="other keys"):
        check_restored(dynamodb, INBOX)


@pytest.mark.parametrize("name", ["inbox", "transactions", "notifications", "analytics"])
def test_a_next_step_names_a_table_as_the_command_takes_it(name: str) -> None:
    names = Names("black-friday", "123456789012", "eu-west-1")
    assert short_name(getattr(names, f"{name}_table")) == name
