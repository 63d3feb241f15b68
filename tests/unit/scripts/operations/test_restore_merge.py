"""A restored table is put back into the live one: what is lost, once, and nothing over what was written since."""

from types import SimpleNamespace
from typing import Any

import pytest

from payment_webhooks import contract
from payment_webhooks.analytics.counted_effects import counted_of_row
from payment_webhooks.analytics.counters import AnalyticsTable
from payment_webhooks.aws.dynamodb_items import Item, item_of
from payment_webhooks.domain import events as words
from scripts.command_line.boto3_api import client_api
from scripts.operations.restore import command, merge
from scripts.operations.restore.judgement import of_inbox
from scripts.operations.restore.merge import Damage
from tests.support.library.analytics_records import row as analytics_row
from tests.support.library.archiving import Archiving
from tests.support.library.ledger import payment_event
from tests.support.library.processing import Processing
from tests.support.library.receiving import INBOX, LEDGER, TABLES, event
from tests.support.scripts.stubs import function_of
from tests.support.second_engine.dynamodb import second_client

NOW = 1_795_200_000.0  # 2026-11-20T18:40:00Z
KEYS = TABLES[INBOX]
SIDE = "restored-inbox"


def refuse(attempts: int) -> None:
    raise AssertionError("nothing is throttled here")


@pytest.fixture
def client() -> Any:
    """An empty DynamoDB with the tables, and a table as one is restored beside the inbox."""
    made = second_client(TABLES)
    definition = made.describe_table(TableName=INBOX)["Table"]
    made.create_table(
        TableName=SIDE,
        KeySchema=definition["KeySchema"],
        AttributeDefinitions=[
            each for each in definition["AttributeDefinitions"] if each["AttributeName"] in KEYS
        ],
        BillingMode="PAY_PER_REQUEST",
    )
    return made


def webhook(number: int, **values: Any) -> Item:
    keys = {"webhookId": f"internal:evt-{number:04}", "timestamp": "2026-11-20T18:00:00.000000Z"}
    return item_of({**keys, "status": "processed", "payload": "{}", **values})


def fill(client: Any, table: str, *items: Item) -> None:
    for item in items:
        client.put_item(TableName=table, Item=item)


def compared(client: Any) -> merge.Comparison:
    return merge.compare(client_api(client), SIDE, INBOX, KEYS, of_inbox(NOW), refuse)


def put_back(client: Any, damage: Any) -> list[Damage]:
    return merge.put_back(client_api(client), INBOX, KEYS, damage, lambda: None)


def items(client: Any, table: str = INBOX) -> dict[str, Item]:
    found = client.scan(TableName=table)["Items"]
    return {next(iter(item[KEYS[0]].values())): item for item in found}


def test_more_items_than_a_page_are_compared_and_put_back(client: Any) -> None:
    all_items = [webhook(number) for number in range(120)]
    fill(client, SIDE, *all_items)
    fill(client, INBOX, *all_items[::2], webhook(900))
    found = compared(client)
    assert found.counts == {"same": 60, "missing": 60}
    assert put_back(client, found.damage) == []
    assert len(items(client)) == 121  # with what came since
    assert compared(client).counts == {"same": 120}


def test_what_was_written_meanwhile_is_left_as_it_is(client: Any) -> None:
    fill(client, SIDE, webhook(1), webhook(2))
    fill(client, INBOX, webhook(2, payload="forged"))
    found = compared(client)
    assert found.counts == {"missing": 1, "changed": 1}
    fill(client, INBOX, webhook(1, payload="newer"), webhook(2, payload="newer, too"))
    assert [each.verdict for each in put_back(client, found.damage)] == ["missing", "changed"]
    assert [item["payload"]["S"] for item in items(client).values()] == ["newer", "newer, too"]


def test_what_is_shown_names_attributes_and_no_value_of_a_body() -> None:
    damage = Damage("changed", webhook(1, payload="secret"), webhook(1, payload="other", note="x"))
    shown = damage.shown(KEYS)
    assert shown["attributes"] == "note, payload"
    assert shown["webhookId"] == "internal:evt-0001"
    assert "secret" not in str(shown)
    assert Damage("missing", webhook(1), None).shown(KEYS)["attributes"] == "all"


def test_a_webhook_that_was_pending_then_is_told_once() -> None:
    """Put back as it was, the pipe would send it, and the processor would publish its effect again."""
    processing = Processing()
    keys = processing.store("internal", event())
    (pending,) = processing.dynamodb.items(INBOX)
    processing.process(keys)
    client = second_client(TABLES)
    fill(client, LEDGER, *processing.dynamodb.items(LEDGER))
    lost = [Damage("missing", pending, None)]
    (back,) = merge.without_telling_again(client_api(client), LEDGER, lost)
    assert back.write["status"] == {"S": "processed"}
    processing.dynamodb("PutItem", {"TableName": INBOX, "Item": back.write})
    assert processing.process(keys).repeated
    assert len(processing.published) == 1


def test_a_webhook_that_was_pending_and_never_applied_is_processed_now() -> None:
    processing = Processing()
    keys = processing.store("internal", event())
    (pending,) = processing.dynamodb.items(INBOX)
    (back,) = merge.without_telling_again(
        client_api(second_client(TABLES)), LEDGER, [Damage("missing", pending, None)]
    )
    assert back.write == pending
    processing.dynamodb("PutItem", {"TableName": INBOX, "Item": back.write})
    assert processing.process(keys).published


def test_the_command_puts_back_a_webhook_that_was_pending_then_as_what_it_is_now() -> None:
    processing = Processing()
    keys = processing.store("internal", event())
    (pending,) = processing.dynamodb.items(INBOX)
    processing.process(keys)
    client = second_client({INBOX: KEYS, SIDE: KEYS, LEDGER: TABLES[LEDGER]})
    fill(client, LEDGER, *processing.dynamodb.items(LEDGER))
    fill(client, SIDE, pending)
    environment = SimpleNamespace(
        names=SimpleNamespace(inbox_table=INBOX, transactions_table=LEDGER),
        target=SimpleNamespace(client=lambda _service: client, describe=lambda: "a test"),
    )
    put_back = function_of(command.put_back)
    assert put_back(environment, INBOX, changed=False, yes=True, as_json=True) == 0
    (back,) = items(client).values()
    assert (pending["status"], back["status"]) == ({"S": "received"}, {"S": "processed"})


def test_what_was_written_meanwhile_is_a_table_of_its_own_for_people(
    capsys: pytest.CaptureFixture[str],
) -> None:
    meanwhile = [Damage("missing", webhook(1), None).shown(KEYS)]
    done = {"written": 0, "changed_and_left": 2, "payments_that_do_not_add_up": ["internal:t-1"]}
    command.draw_written({**done, "written_meanwhile": meanwhile}, KEYS)
    shown = capsys.readouterr().out
    assert "{" not in shown
    assert [cell.strip() for cell in shown.splitlines()[-2].split("│")[1:-1]] == [
        "missing",
        "internal:evt-0001",
        "2026-11-20T18:00:00.000000Z",
        "all",
    ]


# --- ledger -----------------------------------------------------------------------------------------------------------

ANALYTICS = "analytics"
OLD, YOUNG = "2026-08-01T00:00:00.000000Z", "2026-11-20T12:00:00.000000Z"


def test_a_row_whose_count_is_forgotten_is_not_counted_again_and_a_young_one_is_left_to_the_stream() -> None:
    client = second_client({ANALYTICS: (contract.ANALYTICS_KEY, contract.ANALYTICS_ENTRY)})
    rows = [analytics_row(1, recorded_at=OLD), analytics_row(2, recorded_at=YOUNG)]
    lost = [Damage("missing", item_of(row), None) for row in rows]
    assert merge.mark_as_counted(client_api(client), ANALYTICS, lost, NOW) == 1
    assert merge.mark_as_counted(client_api(client), ANALYTICS, lost, NOW) == 0
    effects = [found for row in rows if (found := counted_of_row(row)) is not None]
    table = AnalyticsTable(client_api(client), ANALYTICS, lambda: NOW, lambda: 0, refuse)
    assert [table.count([each]) for each in effects] == [0, 1]
    (marker,) = [
        each for each in client.scan(TableName=ANALYTICS)["Items"] if each["entry"]["S"] == "event#evt_1"
    ]
    assert marker["expires_at"] == {"N": str(int(NOW) + 97 * 86_400)}


def test_a_payment_whose_rows_are_not_all_there_is_named() -> None:
    archiving = Archiving()
    archiving.add([payment_event(words.PENDING, 1099), payment_event(words.SUCCEEDED, 1099, 1)])
    row, *others = archiving.tables.items(LEDGER)
    client = second_client(TABLES)
    fill(client, LEDGER, *others)
    lost = [Damage("missing", each, None) for each in (row, *others)]
    assert merge.not_whole(client_api(client), LEDGER, lost) == ["stripe:pi_1"]
    fill(client, LEDGER, row)
    assert merge.not_whole(client_api(client), LEDGER, lost) == []


def test_what_is_of_no_payment_has_nothing_to_add_up() -> None:
    other = item_of({"transaction_id": "audit#of-something", "timestamp": "2026-11-21T08"})
    client = second_client(TABLES)
    fill(client, LEDGER, other)
    assert merge.not_whole(client_api(client), LEDGER, [Damage("missing", other, None)]) == []
