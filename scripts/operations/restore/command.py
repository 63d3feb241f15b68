"""The command `restore`."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

import click

from payment_webhooks import contract
from scripts.command_line.command import Group
from scripts.command_line.counted import counted
from scripts.command_line.environment import Environment, missing_is_not_deployed
from scripts.command_line.errors import NotFound
from scripts.command_line.exit_codes import EXIT_DONE, EXIT_FOUND
from scripts.command_line.options import (
    DAY,
    MINUTE,
    SECOND,
    environment_options,
    json_option,
    time_option,
    yes_option,
)
from scripts.command_line.streams import answer, confirm, print_fields, print_table

if TYPE_CHECKING:
    from scripts.operations.restore.judgement import Judge
    from scripts.operations.restore.merge import Comparison, Damage, Keys

INBOX: Final = "inbox"
TRANSACTIONS: Final = "transactions"
NOTIFICATIONS: Final = "notifications"
TABLES: Final = (INBOX, TRANSACTIONS, NOTIFICATIONS, "analytics")
BUCKETS: Final = ("audit", "payload", "archive", "failures")
KEYS: Final = {
    INBOX: (contract.WEBHOOK_ID, contract.WEBHOOK_TIMESTAMP),
    TRANSACTIONS: (contract.TRANSACTION_ID, contract.TRANSACTION_TIMESTAMP),
    NOTIFICATIONS: (contract.TRANSACTION_ID, contract.NOTIFICATION_ID),
}
SAMPLE: Final = 20
_PAUSE_SECONDS: Final = 0.5  # where DynamoDB throttles

table_option = click.option("--table", type=click.Choice(TABLES), required=True, help="Which table.")
merged_table_option = click.option(
    "--table",
    type=click.Choice([*KEYS]),
    required=True,
    help="Which table; counters of analytics can't be merged.",
)


@click.group(
    cls=Group,
    examples=[
        "{} start --suffix prod --table transactions --at 2026-11-21T08:52:59",
        "{} compare --suffix prod --table transactions",
        "{} put-back --suffix prod --table transactions",
        "{} finish --suffix prod --table transactions",
        "{} objects --suffix prod --bucket payload --since 2026-11-21T08:00",
    ],
    exit_codes=[EXIT_FOUND],
)
def restore() -> None:
    """Bring lost data back under its own name.

    A table is restored beside the live one, compared with it, and what is lost is put back; what was written since
    stays. One that is gone whole comes back under its own name. docs/restore.md says what fits which disaster.
    """


@restore.command()
@environment_options
@table_option
@time_option("--at", "at", SECOND, help="As it was then.")
@click.option(
    "--latest", is_flag=True, help="As it was some five minutes ago, the last time that DynamoDB offers."
)
@yes_option
@json_option
def start(
    environment: Environment, table: str, at: datetime | None, latest: bool, yes: bool, as_json: bool
) -> None:
    """Restore a table as it was, beside the live one.

    Choose the last second before the damage: the alarm's `changed_at`, less a second. A table that is gone needs no
    time: it comes back as it was when it was deleted, under its own name.
    """
    from scripts.operations.restore.tables import begin, plan_restore

    target = environment.target
    dynamodb = target.client("dynamodb")
    plan = plan_restore(dynamodb, _name(environment, table), at, latest)
    click.echo("\n".join([*plan.lines, f"On {target.describe()}."]), err=True)
    confirm("restore?", yes=yes)
    begin(dynamodb, plan)
    answer({"restoring": plan.into}, as_json, lambda: click.echo(f"{plan.into} is being restored"))


@restore.command()
@environment_options
@json_option
@merged_table_option
def compare(environment: Environment, table: str, as_json: bool) -> int:
    """Show what the live table has lost since.

    It reads the restored table whole, and of the live one what is in it. What the system itself archives, expires or
    moves on is no loss. Exit code 1: something is missing or changed.
    """
    found = _compared(environment, table)
    _show(found, KEYS[table], as_json)
    return EXIT_FOUND if found.damage else EXIT_DONE


@restore.command("put-back")
@environment_options
@json_option
@merged_table_option
@click.option("--changed", is_flag=True, help="Also replace items that are there and were changed.")
@yes_option
def put_back(environment: Environment, table: str, changed: bool, yes: bool, as_json: bool) -> int:
    """Write what is missing into the live table.

    An item that is there is never replaced, but with --changed, which rings the alarm ledger-tampering once more.
    Nothing is told or counted twice. May be interrupted and called again. Exit code 1: something could not be put back,
    as it was written meanwhile, or a payment does not add up yet.
    """
    from scripts.command_line.boto3_api import client_api
    from scripts.command_line.console import CountLine, make_console
    from scripts.operations.restore import merge
    from scripts.operations.restore.judgement import MISSING

    found = _compared(environment, table)
    damage = [each for each in found.damage if changed or each.verdict == MISSING]
    if not as_json:
        _show(found, KEYS[table], as_json)
    names, target = environment.names, environment.target
    dynamodb = client_api(target.client("dynamodb"))
    refused: list[Damage] = []
    unsound: list[str] = []
    if damage:
        click.echo(f"on {target.describe()}", err=True)
        confirm(f"write {counted(len(damage), 'item')} into {_name(environment, table)}?", yes=yes)
        if table == TRANSACTIONS:
            merge.mark_as_counted(dynamodb, names.analytics_table, damage, time.time())
        with CountLine(make_console(), "put back") as line:
            refused = merge.put_back(
                dynamodb, _name(environment, table), KEYS[table], damage, lambda: line.add(1)
            )
        unsound = merge.not_whole(dynamodb, names.transactions_table, damage) if table == TRANSACTIONS else []
    document = {
        "written": len(damage) - len(refused),
        "changed_and_left": len(found.damage) - len(damage),
        "written_meanwhile": [each.shown(KEYS[table]) for each in refused],
        "payments_that_do_not_add_up": unsound,
    }
    answer(document, as_json, lambda: draw_written(document, KEYS[table]))
    return EXIT_FOUND if refused or unsound else EXIT_DONE


@restore.command()
@environment_options
@table_option
@yes_option
@json_option
def finish(environment: Environment, table: str, yes: bool, as_json: bool) -> None:
    """Delete the table that was restored beside the live one.

    It holds what was deleted on purpose, too, such as card data that a person took out.
    """
    from scripts.operations.restore.tables import require_restored, side_table

    dynamodb = environment.target.client("dynamodb")
    side = side_table(_name(environment, table))
    with missing_is_not_deployed(f"table {side}"):
        require_restored(dynamodb, _name(environment, table))
        items = dynamodb.describe_table(TableName=side)["Table"].get("ItemCount", 0)
        confirm(f"delete {side}, {counted(items, 'item')}, on {environment.target.describe()}?", yes=yes)
        dynamodb.delete_table(TableName=side)
    answer({"deleted": side}, as_json, lambda: click.echo(f"{side} is deleted"))


@restore.command()
@environment_options
@table_option
@yes_option
@json_option
def settings(environment: Environment, table: str, yes: bool, as_json: bool) -> int:
    """Set what a restore under the own name leaves out.

    Stream, time to live, point-in-time recovery, deletion protection and tags, as the deployed template says them. A
    table takes one change at a time: call it again until it says that nothing is missing. Exit code 1: not yet.
    """
    from scripts.operations.restore.tables import missing_settings

    target, names = environment.target, environment.names
    dynamodb, name = target.client("dynamodb"), _name(environment, table)
    with missing_is_not_deployed(f"table {name}"):
        if dynamodb.describe_table(TableName=name)["Table"]["TableStatus"] != "ACTIVE":
            raise NotFound(f"{name} is not ready yet", "wait, then run the same command again")
        missing = list(missing_settings(target.client("cloudformation"), dynamodb, names.stack, name))
    found = [each.name for each in missing]
    if missing:
        confirm(f"set {', '.join(found)} of {name}, on {target.describe()}?", yes=yes)
        for each in missing:
            each.call()
    answer({"set": found}, as_json, lambda: click.echo(f"set: {', '.join(found) or 'nothing is missing'}"))
    return EXIT_FOUND if missing else EXIT_DONE


@restore.command()
@environment_options
@click.option("--bucket", type=click.Choice(BUCKETS), required=True, help="Which bucket.")
@click.option("--prefix", default="", metavar="TEXT", help="Only keys that begin so.")
@time_option("--since", "since", DAY, MINUTE, required=True, help="Deleted since then.")
@yes_option
@json_option
def objects(
    environment: Environment, bucket: str, prefix: str, since: datetime, yes: bool, as_json: bool
) -> None:
    """Bring back objects that were deleted.

    Every bucket keeps deleted versions for 30 days, that of the audit for as long as the audit itself.
    """
    s3 = environment.target.client("s3")
    name: str = getattr(environment.names, f"{bucket}_bucket")
    with missing_is_not_deployed(f"bucket {name}"):
        pages = s3.get_paginator("list_object_versions").paginate(Bucket=name, Prefix=prefix)
        markers = [marker for page in pages for marker in page.get("DeleteMarkers", []) if marker["IsLatest"]]
    found = [marker for marker in markers if marker["LastModified"] >= since]
    if found:
        sample = "".join(f"\n  {each['Key']}, deleted {each['LastModified']}" for each in found[:SAMPLE])
        click.echo(f"{len(found)} were deleted from {name}:{sample}", err=True)
        confirm(f"bring them back, on {environment.target.describe()}?", yes=yes)
    for each in found:  # the version under the marker is there again
        s3.delete_object(Bucket=name, Key=each["Key"], VersionId=each["VersionId"])
    answer([each["Key"] for each in found], as_json, lambda: click.echo(f"{len(found)} are back"))


def _name(environment: Environment, table: str) -> str:
    name: str = getattr(environment.names, f"{table}_table")
    return name


def _compared(environment: Environment, table: str) -> Comparison:
    from scripts.command_line.boto3_api import client_api
    from scripts.operations.restore import merge
    from scripts.operations.restore.tables import check_restored, side_table

    client = environment.target.client("dynamodb")
    live = _name(environment, table)
    with missing_is_not_deployed(f"table {live}"):
        check_restored(client, live)
    dynamodb = client_api(client)
    judge = _judge(environment, table, dynamodb)
    found = merge.compare(
        dynamodb, side_table(live), live, KEYS[table], judge, lambda _: time.sleep(_PAUSE_SECONDS)
    )
    if table == INBOX:
        transactions = environment.names.transactions_table
        return found._replace(damage=merge.without_telling_again(dynamodb, transactions, found.damage))
    return found


def _judge(environment: Environment, table: str, dynamodb: Any) -> Judge:
    from payment_webhooks.audit.tampering import LedgerWatch
    from payment_webhooks.ledger.archived_rows import rows_of
    from payment_webhooks.ledger.reader import LedgerReader
    from scripts.operations.restore import judgement

    if table == INBOX:
        return judgement.of_inbox(time.time())
    if table == NOTIFICATIONS:
        return judgement.of_notifications(time.time())
    reader = LedgerReader(dynamodb, environment.names.transactions_table)
    return judgement.of_ledger(LedgerWatch(reader.items, rows_of, lambda _: None))


def _show(found: Comparison, keys: Keys, as_json: bool) -> None:
    shown = [each.shown(keys) for each in found.damage]

    def draw() -> None:
        print_table(["verdict", "items"], sorted(found.counts.items()), numbers=["items"])
        _draw_damage(shown, keys, "nothing is lost")

    answer({"counts": dict(found.counts), "damage": shown}, as_json, draw)


def draw_written(document: Mapping[str, Any], keys: Keys) -> None:
    """What `put-back` has done, for people."""
    print_fields({name: value for name, value in document.items() if name != "written_meanwhile"})
    print("written meanwhile, and left as that:")
    _draw_damage(document["written_meanwhile"], keys, "none")


def _draw_damage(shown: Sequence[Mapping[str, str]], keys: Keys, empty: str) -> None:
    heads = ["verdict", *keys, "attributes"]
    print_table(heads, [[row[name] for name in heads] for row in shown[:SAMPLE]], empty=empty)
    if len(shown) > SAMPLE:
        print(f"and {len(shown) - SAMPLE} more: --json has all")
