"""A trace becomes a line of time: each step once, in its order, with what it tells."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from payment_webhooks.domain import events as words
from payment_webhooks.domain.payment_state import fold
from payment_webhooks.ledger.archived_rows import ArchivedPart
from scripts.command_line.main import main
from scripts.operations.redrive.letters import Letter
from scripts.operations.trace.command import no_transaction, not_arrived
from scripts.operations.trace.facts import LogLine, Trace
from scripts.operations.trace.moment import Moment
from scripts.operations.trace.moments import audit_objects, moments, summary
from scripts.operations.trace.runs import untold_of
from tests.support.library.ledger import payment_event, row_of, told_of
from tests.support.scripts.traces import CREATED, KEY, PROCESSED, RECEIVED, WEBHOOK_ID, item, record

FAILURE = {"last_error": "dynamodb_unavailable", "attempts": 1}


def titles(trace: Trace) -> list[str]:
    return [moment.what for moment in moments(trace)]


def details(found: list[Moment], what: str) -> dict[str, str]:
    (moment,) = [each for each in found if each.what == what]
    return dict(moment.details)


def test_what_item_and_audit_trail_both_tell_is_told_once() -> None:
    done = {"status": "processed", "processed_at": PROCESSED, "transaction_id": "stripe:pi_1"}
    ended = {"status_to": "processed", "processed_at": PROCESSED, "attempts": 1}
    audit = (record("08:53:20"), record("08:53:21", "status", "processed_at", **ended))
    found = moments(Trace(WEBHOOK_ID, (item(**done),), audit=audit))
    assert [(each.at, each.what) for each in found] == [
        (CREATED, "created by the provider"),
        (RECEIVED, "received"),
        (PROCESSED, "processed"),
    ]
    assert details(found, "received")["key"] == "key-1"
    assert [each.proof for each in found] == [None, KEY, KEY]
    assert audit_objects(audit) == [KEY]


def test_before_the_audit_trail_has_it_the_item_tells_it() -> None:
    done = item(status="processed", processed_at=PROCESSED)
    assert titles(Trace(WEBHOOK_ID, (done,))) == ["created by the provider", "received", "processed"]


def test_of_a_body_that_cannot_be_read_no_time_of_the_provider_is_told() -> None:
    unreadable = {"timestamp": "1970-01-01T00:00:00.000000Z", "status": "quarantined"}
    found = moments(Trace(WEBHOOK_ID, (item(**unreadable, status_reason="body_not_json"),)))
    assert [(each.at, each.what, each.wants_look) for each in found] == [
        (RECEIVED, "received: quarantined", True)
    ]
    assert details(found, "received: quarantined")["reason"] == "body_not_json"


@pytest.mark.parametrize("has_record", [True, False])
def test_what_a_person_decided_is_told_with_who_and_why(has_record: bool) -> None:
    decision = {
        "decision": "accept",
        "decided_by": "arn:aws:iam::123456789012:user/ann",
        "decided_at": "2025-10-09T10:00:00.250000Z",
        "decision_note": "confirmed by phone",
        "decided_from": "conflict",
        "decision_ticket": "OPS-1",
    }
    audit = (
        record("08:53:20", status_to="conflict"),
        record("10:00:00", "decided_at", "status", status_from="conflict", **decision),
    )
    trace = Trace(WEBHOOK_ID, (item(**decision),), audit=audit if has_record else ())
    found = moments(trace)
    assert titles(trace) == ["created by the provider", "received: conflict", "a person decided: accept"]
    told = details(found, "a person decided: accept")
    assert (told["by"], told["note"], told["ticket"], told["was"], told["is now"]) == (
        "arn:aws:iam::123456789012:user/ann",
        "confirmed by phone",
        "OPS-1",
        "conflict",
        "received",
    )


@pytest.mark.parametrize("has_record", [True, False])
def test_an_erasure_is_told_with_who_and_under_which_ticket(has_record: bool) -> None:
    erasure = {
        "erased_by": "arn:aws:iam::123456789012:user/ann",
        "erased_at": "2025-10-09T10:00:00.250000Z",
        "erasure_ticket": "OPS-4711",
    }
    audit = (record("08:53:20"), record("10:00:00", "erased_at", "payload", **erasure))
    trace = Trace(WEBHOOK_ID, (item(**erasure),), audit=audit if has_record else ())
    assert titles(trace).count("personal data erased") == 1
    told = details(moments(trace), "personal data erased")
    assert (told["by"], told["ticket"]) == ("arn:aws:iam::123456789012:user/ann", "OPS-4711")
    assert "personal data erased on 2025-10-09, ticket OPS-4711" in dict(summary(trace))["inbox"]


def test_an_erasure_at_a_time_that_nobody_can_read_is_told_beside_the_rest() -> None:
    trace = Trace(WEBHOOK_ID, (item(erased_at="never"),), audit=())
    (wrong,) = [each for each in moments(trace) if each.what.startswith("erased")]
    assert wrong.wants_look
    assert wrong.at == RECEIVED


@pytest.mark.parametrize("has_record", [True, False])
def test_what_never_came_and_was_fetched_is_not_told_as_signed(has_record: bool) -> None:
    fetched = {"source": "reconciled", "verified_by": "provider_api"}
    audit = (record("08:53:20", **fetched),) if has_record else ()
    (came,) = moments(Trace(WEBHOOK_ID, (item(**fetched),), audit=audit))[1:]
    assert came.what == "fetched from the provider's list"
    told = dict(came.details)
    assert (told["signature"], "key" in told) == ("none: it never came", False)


def test_of_what_is_pending_it_is_said_what_to_do_if_it_stays() -> None:
    (told,) = [value for name, value in summary(Trace(WEBHOOK_ID, (item(),))) if name == "inbox"]
    assert "it comes by itself; if it stays: python scripts/health.py" in told
    assert "by itself" not in dict(summary(Trace(WEBHOOK_ID, (item(status="processed"),))))["inbox"]


def test_attempts_that_failed_are_told_with_their_error_and_then_that_it_was_given_up() -> None:
    given_up = {"status_to": "failed", "status_reason": "dynamodb_unavailable", **FAILURE, "attempts": 2}
    audit = (
        record("08:53:20"),
        record("08:53:20", "attempts", "last_error", **FAILURE),
        record("08:53:25", "attempts", "status", **given_up),
    )
    failed = {"status": "failed", "attention_since": "2025-10-09T08:53:24.900000Z", **FAILURE, "attempts": 2}
    trace = Trace(WEBHOOK_ID, (item(**failed),), audit=audit)
    found = moments(trace)
    assert titles(trace)[1:] == ["received", "attempt failed", "given up: failed"]
    assert found[2].at == RECEIVED  # the stream's second is no time before what came before it
    assert details(found, "attempt failed") == {"attempts": "1", "error": "dynamodb_unavailable"}
    assert details(found, "given up: failed")["error"] == "dynamodb_unavailable"
    assert "2 attempts, the last error is dynamodb_unavailable" in dict(summary(trace))["inbox"]


def test_where_the_log_has_the_attempts_the_audit_trail_does_not_repeat_them() -> None:
    fields = {
        "message": "webhook processing",
        "webhook_id": WEBHOOK_ID,
        "outcome": "retried",
        "error_type": "Unavailable",
        "reason": "dynamodb_unavailable",
        "receive_count": 1,
    }
    audit = (record("08:53:20"), record("08:53:21", "attempts", "last_error", **FAILURE))
    lines = (LogLine("2025-10-09T08:53:21.400000Z", fields),)
    found = moments(Trace(WEBHOOK_ID, (item(**FAILURE),), audit=audit, lines=lines))
    assert [each.what for each in found[2:]] == ["attempt: retried"]
    assert (details(found, "attempt: retried")["error"], found[2].wants_look) == ("Unavailable", True)


def test_what_time_to_live_took_has_expired_and_what_a_person_took_was_removed() -> None:
    gone = {"change": "REMOVE", "status_to": None}
    expired = record("12:00:00", "status", **gone, changed_by="dynamodb.amazonaws.com")
    assert titles(Trace(WEBHOOK_ID, audit=(expired,)))[-1] == "expired"
    (found,) = moments(Trace(WEBHOOK_ID, audit=(record("12:00:00", "status", **gone),)))[1:]
    assert (found.what, found.wants_look) == ("removed", True)


@pytest.mark.parametrize("has_record", [True, False])
def test_that_it_was_archived_is_told_once_with_its_object(has_record: bool) -> None:
    location = "s3://archive/webhooks/date=2025-10-09/provider=stripe/part-20251009T091203-00000017.jsonl.gz"
    marked = record("09:14:00", "archived_in", archived_in=location)
    trace = Trace(WEBHOOK_ID, (item(archived_in=location),), audit=(marked,) if has_record else ())
    assert details(moments(trace), "archived") == {"object": location}
    at = "2025-10-09T09:14:00.000000Z" if has_record else "2025-10-09T09:12:03.000000Z"
    assert moments(trace)[-1].at == at


def test_rows_tell_what_they_changed_and_as_what_it_was_told() -> None:
    (told,) = told_of(payment_event(words.SUCCEEDED, 109_900))
    row = told.row
    marker = {
        "transaction_id": row.transaction_id,
        "notification": f"payment_confirmation#{row.event_id}",
        "state": "published",
        "published_at": "2025-10-09T06:10:02.000000Z",
        "message_id": "m-1",
    }
    others = {**marker, "notification": "payment_confirmation#another"}
    trace = Trace(
        row.webhook_id,
        ledger=(row,),
        effects={row.event_id: told.effect},
        state=fold([row]),
        notifications=(marker, others),
        parts=(ArchivedPart(1, "s3://archive/part", "f" * 64, "2026-04-20T00:12:03.000000Z", 1),),
    )
    found = moments(trace)
    assert [each.what for each in found] == [
        "ledger row: succeeded 1,099.00 USD",
        "event told to the bus",
        "notification told: payment_confirmation",
        "rows archived",
    ]
    assert details(found, found[0].what)["changed"].startswith("1,099.00 USD was captured.")
    assert details(found, found[1].what)["notifications"] == "payment_confirmation"
    assert details(found, found[2].what)["message"] == "m-1"
    assert (
        "payment",
        "succeeded: captured 1,099.00 USD, refunded 0.00 USD, disputed 0.00 USD, net 1,099.00 USD",
    ) in summary(trace)
    of_payment = replace(trace, subject=row.transaction_id, of_payment=True)
    assert len(moments(of_payment)) == 5  # what others of its webhooks told, too
    within = row._replace(recorded_at="2025-10-09T06:10:02.500000Z")
    in_one_second = replace(trace, ledger=(within,), notifications=(marker,), parts=())
    assert titles(in_one_second)[-1].startswith("notification told")  # not before its row


def test_a_notification_that_failed_and_one_that_is_given_up_say_why_and_how_to_look_at_it() -> None:
    fields = {
        "message": "notification",
        "outcome": "retried",
        "reason": "sns_unavailable",
        "receive_count": 3,
    }
    line = LogLine("2025-10-09T08:53:30.000000Z", {**fields, "transaction_id": "stripe:pi_1"})
    told = LogLine(line.at, {**line.fields, "outcome": "notified"})
    letter = Letter("q-1", "stripe:pi_1", "received too often", datetime(2025, 10, 9, 8, 53, 25, tzinfo=UTC))
    trace = Trace(WEBHOOK_ID, lines=(line, told), letters=(letter,))
    found = moments(trace, "redrive move notification-dlq")
    given_up = "notification sent, and given up since"
    assert [(each.what, each.wants_look) for each in found] == [
        (given_up, True),
        ("notification failed", True),
    ]
    assert details(found, "notification failed") == {"attempt": "3", "reason": "sns_unavailable"}
    assert details(found, given_up) == {
        "message": "q-1",
        "reason": "received too often",
        "run": "redrive move notification-dlq",
    }


def test_what_the_queue_or_a_dead_letter_will_tell_is_never_told_by_hand_too() -> None:
    (told,) = told_of(payment_event(words.SUCCEEDED, 1099))
    claimed = {"state": "claimed", "claimed_at": "2025-10-09T06:10:02.000000Z"}
    key = {"transaction_id": "stripe:pi_1", "notification": f"payment_confirmation#{told.row.event_id}"}
    trace = Trace("stripe:pi_1", ledger=(told.row,), notifications=({**key, **claimed},), of_payment=True)
    begun = details(moments(trace), "notification begun: payment_confirmation")
    assert begun["tried again"] == "by itself, until 2025-10-09 16:26 at the latest"
    letter = Letter("q-1", "stripe:pi_1", "received too often", datetime(2025, 10, 9, 6, 10, tzinfo=UTC))
    given_up = moments(replace(trace, letters=(letter,)), "redrive move notification-dlq")
    assert "tried again" not in details(given_up, "notification begun: payment_confirmation")
    runs = [value for each in given_up for name, value in each.details if name == "run"]
    assert ("run" in begun, runs) == (False, ["redrive move notification-dlq"])


def test_what_should_be_told_and_is_not_is_said() -> None:
    (told,) = told_of(payment_event(words.SUCCEEDED, 1099))
    row = told.row
    trace = Trace(row.webhook_id, ledger=(row,), effects={row.event_id: told.effect})
    confirmation = f"payment_confirmation#{row.event_id}"
    assert untold_of(trace, "2025-10-09T00:00:00.000000Z") == [confirmation]
    assert untold_of(trace, "2025-10-10T00:00:00.000000Z") == []  # its marker may have expired
    found = moments(replace(trace, untold=(confirmation,)))
    assert details(found, "event told to the bus")["not told yet"] == "payment_confirmation"
    marker = {"notification": confirmation, "transaction_id": row.transaction_id}
    begun = replace(trace, notifications=({**marker, "state": "claimed", "claimed_at": "2025-10-09"},))
    assert untold_of(begun, "2025-10-09T00:00:00.000000Z") == [confirmation]


def test_a_trace_is_a_document_with_the_names_of_its_fields() -> None:
    row = row_of(payment_event("succeeded", 1099))
    part = ArchivedPart(1, "s3://archive/part", "f" * 64, "2026-04-20T00:12:03.000000Z", 1)
    trace = Trace(WEBHOOK_ID, (item(),), (row,), state=fold([row]), parts=(part,))
    document = json.loads(json.dumps(trace.as_document()))
    assert (document["ledger"][0]["amount_minor"], document["ledger"][0]["amount"]) == (1099, "10.99")
    assert document["state"]["amounts"]["captured"] == "10.99"
    assert document["parts"][0]["location"] == "s3://archive/part"
    assert Trace(WEBHOOK_ID).as_document()["state"] is None


def test_an_endpoint_that_there_is_not_is_told_with_those_that_there_are() -> None:
    assert "there is no endpoint adyen; there are: stripe, paypal" in not_arrived("adyen:x").next_step
    for known in ("stripe:evt_1", "canary:a"):
        assert "--archived-on DAY" in not_arrived(known).next_step
    step = not_arrived("stripe:evt_1", datetime(2026, 5, 1, tzinfo=UTC)).next_step
    assert "find.py --event stripe:evt_1 --from 2026-05-01" in step
    assert "--archived-on" not in step


@pytest.mark.parametrize("typed", ["pi_1", "stripe:pi_1"])
def test_a_transaction_that_there_is_not_is_looked_for_at_each_endpoint(typed: str) -> None:
    assert "find.py --transaction pi_1" in no_transaction(typed).next_step


def test_a_payments_id_is_said_to_be_one() -> None:
    assert "trace.py --transaction stripe:pi_1" in not_arrived("stripe:pi_1", None, True).next_step


def test_a_webhook_or_a_transaction_is_traced_not_both(capsys: pytest.CaptureFixture[str]) -> None:
    both = ["--suffix", "dev", "--local", "stripe:evt_1", "--transaction", "stripe:pi_1"]
    assert main("trace", both) == 2
    assert "not both" in capsys.readouterr().err


def test_items_of_one_webhook_are_told_apart_by_their_timestamps() -> None:
    items = [
        {"webhookId": "stripe:evt_1", "timestamp": each, "status": "conflict"} for each in ("t-1", "t-2")
    ]
    told = [value for name, value in summary(Trace("stripe:evt_1", inbox=tuple(items))) if name == "inbox"]
    assert told == ["conflict, --timestamp t-1", "conflict, --timestamp t-2"]


def test_an_entry_of_the_ledger_that_was_put_back_is_marked_with_its_proof() -> None:
    values = {"transaction_id": "stripe:pi_1", "entry": "payment", "changed_at": RECEIVED, "key": KEY}
    (told,) = moments(Trace("stripe:pi_1", of_payment=True, audit=({"change": "INSERT", **values},)))
    assert (told.what, told.wants_look, told.proof) == ("put back into the ledger", True, KEY)
