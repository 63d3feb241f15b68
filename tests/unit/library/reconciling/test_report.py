"""The lines of a reconciliation, and what CloudWatch counts of them."""

from typing import Any

from payment_webhooks import contract
from payment_webhooks.errors import Unavailable
from payment_webhooks.providers.event_list import Window
from payment_webhooks.reconciling.comparison import Compared
from payment_webhooks.reconciling.patient_list import ListUnavailable
from payment_webhooks.reconciling.reconciler import EndpointRun, failure_of_ours
from payment_webhooks.reconciling.report import report, report_endpoint

TYPES = {"payout.paid": 1, "charge.refunded": 1}
FOUND = Compared(12, ("stripe:a", "stripe:b"), {"accepted": 1, "quarantined": 1, "conflict": 3}, TYPES)


class Lines:
    def __init__(self) -> None:
        self.written: list[dict[str, Any]] = []

    def __call__(self, level: str, message: str, **fields: Any) -> None:
        self.written.append({"level": level, "message": message, **fields})

    def counted(self, metric: str) -> list[tuple[Any, Any, Any]]:
        """Endpoint, outcome and value of each line that counts the metric."""
        return [
            (line.get("endpoint"), line.get("outcome"), line[metric])
            for line in self.written
            if metric in [each["Name"] for each in _directives(line)]
        ]


def _directives(line: dict[str, Any]) -> list[dict[str, str]]:
    return [each for directive in line["_aws"]["CloudWatchMetrics"] for each in directive["Metrics"]]


def run(**changes: Any) -> EndpointRun:
    return EndpointRun("stripe", FOUND, 3, None, behind_seconds=40.0)._replace(**changes)


def test_missed_events_are_counted_by_endpoint() -> None:
    lines = Lines()
    report_endpoint(run(), lines)
    assert lines.counted("MissedEvents") == [("stripe", "complete", 2)]
    assert lines.counted("ListedEvents") == [("stripe", "complete", 12)]
    assert lines.counted("EventListFailures") == [("stripe", "complete", 0)]
    assert lines.written[0]["level"] == "WARNING"
    assert lines.written[0]["missed_types"] == "charge.refunded 1, payout.paid 1"


def test_what_waits_for_a_person_rings_as_a_delivery_does() -> None:
    lines = Lines()
    report_endpoint(run(), lines)
    waiting = lines.counted(contract.METRIC_RECEIVED)
    assert waiting == [("stripe", "conflict", 3), ("stripe", "quarantined", 1)]


def test_the_run_says_how_far_the_worst_endpoint_is_behind() -> None:
    lines = Lines()
    report([run(), run(behind_seconds=25_000.0)], lines)
    assert lines.counted("ReconciliationBehindSeconds") == [(None, None, 25_000.0)]
    lines = Lines()
    report([], lines)  # nobody has credentials, or it is switched off: no data would be an alarm
    assert lines.counted("ReconciliationBehindSeconds") == [(None, None, 0.0)]


def test_how_far_a_run_is_behind_is_left_out_where_nobody_knows() -> None:
    lines = Lines()
    report([run(), run(behind_seconds=None, failure=Unavailable("dynamodb_timeout"))], lines)
    (line,) = lines.written
    assert line["failed"] == 1
    assert "ReconciliationBehindSeconds" not in str(line)


def test_a_list_that_was_not_given_is_an_error_that_says_why() -> None:
    lines = Lines()
    failed = run(failure=ListUnavailable("stripe_http_503"), next_since=1)
    report_endpoint(failed, lines)
    assert lines.counted("EventListFailures") == [("stripe", "interrupted", 1)]
    assert (lines.written[0]["level"], lines.written[0]["reason"]) == ("ERROR", "stripe_http_503")
    ours = run(failure=Unavailable("dynamodb_timeout"))
    assert failure_of_ours([run(), failed, ours]) is ours.failure


def test_what_is_forgotten_is_an_error() -> None:
    lines = Lines()
    report_endpoint(run(forgotten=Window(1_790_000_000 - 9, 1_790_000_000)), lines)
    assert (lines.written[0]["level"], lines.written[0]["forgotten_until"]) == (
        "ERROR",
        "2026-09-21T14:13:20.000000Z",
    )


def test_a_dry_run_counts_nothing() -> None:
    lines = Lines()
    report_endpoint(run(compared=FOUND._replace(outcomes={})), lines, dry_run=True)
    assert [line.get("_aws") for line in lines.written] == [None]
    assert lines.written[0]["missed"] == 2
