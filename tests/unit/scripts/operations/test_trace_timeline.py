"""A timeline as text has 80 columns and whole ids; as a page it is whole, and its data can't become code."""

import base64
import hashlib
import re
import shlex
from datetime import UTC, datetime

from scripts.operations.trace.facts import Unread
from scripts.operations.trace.moment import Moment, details_of
from scripts.operations.trace.timeline_page import timeline_page
from scripts.operations.trace.timeline_text import timeline_lines
from tests.support.scripts.traces import KEY, WEBHOOK_ID

NOW = datetime(2025, 10, 9, 8, 56, 21, tzinfo=UTC)
LONG_ID = "evt_" + "x" * 100
QUEUE = "https://sqs.eu-west-1.amazonaws.com/123456789012/queue-notification-dlq-of-a-long-suffix"
COMMAND = f"aws sqs receive-message --queue-url {QUEUE} --region eu-west-1 --max-number-of-messages 10"
HOSTILE = "<script>alert(1)</script>\x1b[31m"
MOMENTS = [
    Moment("2025-10-09T08:53:20.500000Z", "received", "audit trail", WEBHOOK_ID, proof=KEY),
    Moment(
        "2025-10-10T08:53:20.500000Z",
        "notification given up",
        "notifications",
        "stripe:pi_1",
        details_of(event=LONG_ID, changed="words " * 40, run=COMMAND),
        wants_look=True,
    ),
]
COLD = f"aws s3api restore-object --bucket s3-audit --key {KEY} --restore-request Days=7"
SUMMARY = [("webhook", WEBHOOK_ID), ("payment", "succeeded: " + "captured 1,099.00 USD, " * 6)]
UNREAD = [Unread("audit object is in Glacier", COLD)]


def lines() -> list[str]:
    return list(timeline_lines(SUMMARY, MOMENTS, [KEY], UNREAD, NOW))


def test_a_line_is_longer_than_80_columns_only_for_one_id_that_is() -> None:
    long = [line for line in lines() if len(line) > 80]
    words = [line.rstrip("\\").split() for line in long]  # a command goes on in the next line
    assert {tuple(each) for each in words} == {(LONG_ID,), (KEY,), (QUEUE,)}


def test_times_are_absolute_and_relative_under_their_days() -> None:
    shown = lines()
    assert "  08:53:20.500  3 min ago  received  [audit trail]" in shown
    assert "2025-10-09 UTC" in shown
    assert "2025-10-10 UTC" in shown
    assert any(line.startswith("! 08:53:20.500        now  notification given up") for line in shown)


def test_commands_are_what_a_shell_reads_over_several_lines() -> None:
    text = "\n".join(lines()).replace("\\\n", "")  # as a shell joins lines
    read = [" ".join(shlex.split(each)) for each in re.findall(r"^ *\$ (.*)$", text, flags=re.MULTILINE)]
    assert read == [COMMAND, COLD]


def test_of_what_a_moment_is_is_said_where_it_was_not_asked_for() -> None:
    assert "    of: stripe:pi_1" in lines()
    assert not any("of: stripe:evt_1" in line for line in lines())


def test_text_of_others_moves_no_cursor() -> None:
    shown = "\n".join(timeline_lines([("webhook", HOSTILE)], [], [], [], NOW))
    assert "\x1b" not in shown


def test_the_page_has_no_script_and_every_text_is_escaped() -> None:
    moment = MOMENTS[0]._replace(what=HOSTILE, subject=HOSTILE, source=HOSTILE, details=((HOSTILE, HOSTILE),))
    page = timeline_page([("webhook", HOSTILE)], [moment], [HOSTILE], [Unread(HOSTILE, HOSTILE)], NOW)
    assert "<script" not in page
    assert "\x1b" not in page
    assert page.count("&lt;script&gt;alert(1)&lt;/script&gt;") == 9
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)
    style = re.search(r"<style>(.*)</style>", page, re.DOTALL)
    assert policy is not None
    assert style is not None
    hashed = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert (
        policy[1]
        == f"default-src &#x27;none&#x27;; style-src &#x27;sha256-{hashed}&#x27;; base-uri &#x27;none&#x27;"
    )


def test_the_page_names_its_time_the_audit_objects_and_what_was_not_read() -> None:
    page = timeline_page(SUMMARY, MOMENTS, [KEY], UNREAD, NOW)
    assert "As of 2025-10-09 08:56:21 UTC" in page
    assert page.count(KEY) == 3  # of the moment, in the list, in the command that restores it
    assert '<li class="look"><time datetime="2025-10-10T08:53:20.500000Z">' in page
