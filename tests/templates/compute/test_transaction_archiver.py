"""The archiver's schedule and limits, and that nothing is archived while it may still be sent again."""

import re

from payment_webhooks.archive.archiver import RESERVED_SECONDS
from payment_webhooks.archive.eligibility import LOOK_AGAIN_AFTER_DAYS
from payment_webhooks.archive.progress import LEASE_SECONDS
from payment_webhooks.ledger.writer import REPLAY_SECONDS
from stacks.parameters.retention import ARCHIVE_AFTER_DAYS, INBOX_RETENTION_DAYS
from tests.support.templates.resources import resource

LONGEST_REPLAY_DAYS = 30  # of Stripe's and PayPal's own resending
DAY_SECONDS = 86_400


def test_runs_do_not_meet_and_none_outlives_its_lease() -> None:
    timeout = resource("compute", "TransactionArchiver")["Timeout"]
    (minutes,) = re.findall(
        r"rate\((\d+) minutes\)", resource("compute", "ArchiverSchedule")["ScheduleExpression"]
    )
    assert 2 * RESERVED_SECONDS < timeout < int(minutes) * 60 <= LEASE_SECONDS
    assert LEASE_SECONDS > 900  # Lambda's longest


def test_a_run_that_fails_is_kept() -> None:
    queue = {"Ref": "SchedulesDlqArn"}
    target = resource("compute", "ArchiverSchedule")["Target"]
    assert target["DeadLetterConfig"]["Arn"] == queue
    failed = resource("compute", "TransactionArchiverFailedRuns")
    assert failed["DestinationConfig"]["OnFailure"]["Destination"] == queue


def test_what_can_be_sent_again_still_finds_its_webhook_and_its_row() -> None:
    for setting in (INBOX_RETENTION_DAYS, ARCHIVE_AFTER_DAYS):
        assert setting.minimum is not None
        assert setting.minimum > LONGEST_REPLAY_DAYS
        # A replay comes after the inbox has forgotten the webhook: no retry is ever as late.
        assert setting.minimum * DAY_SECONDS > REPLAY_SECONDS


def test_a_long_body_is_there_until_its_webhook_is_archived() -> None:
    """Even one that is looked at once more, a month later."""
    assert INBOX_RETENTION_DAYS.maximum is not None
    archived_after = INBOX_RETENTION_DAYS.maximum + LOOK_AGAIN_AFTER_DAYS
    (rule,) = resource("data", "PayloadBucket")["LifecycleConfiguration"]["Rules"]
    assert archived_after < rule["ExpirationInDays"]


def test_rows_of_the_ledger_have_no_time_to_live() -> None:
    assert "TimeToLiveSpecification" not in resource("data", "TransactionsTable").properties
