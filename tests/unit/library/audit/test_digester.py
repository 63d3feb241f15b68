"""The digests of the hours: what is in which, that nothing is left out, and what happens when a run fails."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA256

from payment_webhooks.audit.digest import Digest, SignedDigest, pack_list, read_digest, read_list
from payment_webhooks.audit.digest_store import Copy
from payment_webhooks.audit.digester import Run, due_hours, report
from payment_webhooks.errors import Unavailable
from tests.support.library.audit_bucket import BEGIN, AuditTrail, is_signed, sign

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
FIRST = Digest("audit", "2026-11-21T08", 0, "ab" * 32, None, "key")


def listed(trail: AuditTrail, hour: str) -> list[str]:
    digest = read_digest(trail.texts[hour]).digest
    return read_list(trail.objects[digest.list_key], digest.list_sha256)


def hours(trail: AuditTrail) -> list[str]:
    return sorted(hour[11:] for hour in trail.texts)


def test_each_object_is_in_the_digest_of_the_hour_in_which_it_came_and_in_no_other() -> None:
    trail = AuditTrail()
    trail.live(4)
    found = [key for hour in trail.texts for key in listed(trail, hour)]
    assert sorted(found) == sorted(key for key in trail.objects if key.startswith("changes/"))
    assert len(found) == 12
    assert hours(trail) == ["07", "08", "09", "10", "11"]


def test_a_digest_carries_the_hash_of_the_one_before_and_is_the_same_in_bucket_and_copy() -> None:
    trail = AuditTrail()
    trail.live(3)
    before: Digest | None = None
    for hour in sorted(trail.texts):
        digest = read_digest(trail.texts[hour]).digest
        assert trail.objects[f"digests/date=2026-11-21/hour={hour[11:]}.json"] == trail.texts[hour].encode()
        assert digest.previous == (before.sha256.hex() if before else None)
        before = digest


def test_an_hour_has_its_digest_ten_minutes_after_its_end() -> None:
    trail = AuditTrail()
    trail.live(1)
    latest = trail.latest()
    assert latest.digest.hour == "2026-11-21T08"
    end = BEGIN + 2 * HOUR
    assert due_hours(latest, end + 9 * MINUTE) == []
    assert due_hours(latest, end + 10 * MINUTE) == ["2026-11-21T09"]


def test_a_run_that_comes_again_changes_nothing() -> None:
    trail = AuditTrail()
    trail.live(2)
    before = dict(trail.objects)
    assert trail.digest() == Run((), 0, 0)
    assert trail.objects == before


def test_missed_runs_are_caught_up_each_hour_with_its_own() -> None:
    missed, regular = AuditTrail(), AuditTrail()
    regular.live(5)
    missed.live(1)
    for _ in range(4):
        missed.now = missed.now.replace(minute=20)
        for number in range(3):
            missed.now = missed.now.replace(minute=20 + number)
            missed.write(missed.now)
        missed.now = missed.now.replace(minute=10) + HOUR
    assert [digest.hour[11:] for digest in missed.digest().made] == ["09", "10", "11", "12"]
    # The same as if no run had been missed, but for the signatures.
    assert {hour: read_digest(text).digest for hour, text in missed.texts.items()} == {
        hour: read_digest(text).digest for hour, text in regular.texts.items()
    }


@pytest.mark.parametrize(("seconds", "made"), [(299, ["09"]), (300, ["09", "10", "11"])])
def test_a_run_without_time_leaves_hours_to_the_next_one_and_says_so(seconds: float, made: list[str]) -> None:
    trail = AuditTrail()
    trail.live(1)
    trail.now += 3 * HOUR
    run = trail.digest(seconds)
    assert [digest.hour[11:] for digest in run.made] == made
    assert run.behind == 3 - len(made)


@pytest.mark.parametrize("writes", range(4))
def test_a_run_that_dies_anywhere_is_finished_by_the_next(writes: int) -> None:
    trail = AuditTrail()
    trail.live(1)
    key = trail.write(trail.now)
    trail.now += HOUR
    trail.dies_after = writes  # the copy of the last one again, list, copy, digest
    died = trail.digest()
    assert died.failure is not None
    assert died.behind == 1
    trail.dies_after = None
    trail.digest()
    assert hours(trail) == ["07", "08", "09"]
    assert listed(trail, "2026-11-21T09") == [key]
    assert trail.objects["digests/date=2026-11-21/hour=09.json"].decode() == trail.texts["2026-11-21T09"]


@pytest.mark.parametrize("late", [2 * HOUR, 26 * HOUR, timedelta(days=90)])
def test_an_object_that_comes_late_is_in_the_digest_of_the_hour_in_which_it_came(late: timedelta) -> None:
    trail = AuditTrail()
    trail.live(1)
    key = trail.write(trail.now - late, late=True)
    trail.now += HOUR
    trail.digest()
    assert listed(trail, "2026-11-21T09") == [key]


@pytest.mark.parametrize(("late", "is_listed"), [(65, True), (120, True), (150, False)])
def test_one_that_comes_two_hours_late_at_most_is_found_without_a_marker(late: int, is_listed: bool) -> None:
    trail = AuditTrail()
    trail.live(1)
    key = trail.write(trail.now - late * MINUTE)
    trail.now += HOUR
    trail.digest()
    assert listed(trail, "2026-11-21T09") == [key] * is_listed


def test_what_comes_as_an_hour_begins_is_of_that_hour() -> None:
    trail = AuditTrail()
    trail.live(1)
    trail.now = BEGIN + 2 * HOUR
    key = trail.write(trail.now)
    trail.now += HOUR + 10 * MINUTE
    trail.digest()
    assert (listed(trail, "2026-11-21T09"), listed(trail, "2026-11-21T10")) == ([], [key])


def test_the_first_digest_is_that_of_the_last_hour_and_has_none_before_it() -> None:
    trail = AuditTrail()
    trail.now = BEGIN + 5 * HOUR + 10 * MINUTE
    (made,) = trail.digest().made
    assert (made.hour, made.previous) == ("2026-11-21T12", None)


def test_who_removes_all_digests_of_the_bucket_does_not_make_it_begin_anew() -> None:
    trail = AuditTrail()
    trail.live(2)
    before = trail.latest()
    for key in [key for key in trail.objects if key.startswith("digests/")]:
        del trail.objects[key]
    trail.now += HOUR
    (made,) = trail.digest().made
    assert (made.hour[11:], made.previous) == ("10", before.digest.sha256.hex())


@pytest.mark.parametrize("prefix", ["changes/", "digests/"])
def test_what_is_deleted_is_listed_all_the_same_and_told(prefix: str) -> None:
    trail = AuditTrail()
    trail.live(1)
    key = trail.write(trail.now)
    deleted = key if prefix == "changes/" else "digests/date=2026-11-21/hour=07.json"
    del trail.objects[deleted]
    trail.now += HOUR
    run = trail.digest()
    assert run.replaced == 1
    assert key in listed(trail, "2026-11-21T09")


@pytest.mark.parametrize(("hour", "replaced"), [("11", 1), ("10", 0)])
def test_a_digest_is_looked_for_for_nineteen_hours_as_it_may_expire_after_a_day(
    hour: str, replaced: int
) -> None:
    trail = AuditTrail()
    trail.live(22, objects=0)
    del trail.objects[f"digests/date=2026-11-21/hour={hour}.json"]
    trail.now += HOUR
    run = trail.digest()
    assert ([digest.hour for digest in run.made], run.replaced) == (["2026-11-22T06"], replaced)


def test_what_is_put_in_the_place_of_another_is_told() -> None:
    trail = AuditTrail()
    trail.live(1)
    key = trail.write(trail.now)
    trail.objects[key] = b"forged"
    trail.versions.append((key, b"forged", trail.now))
    trail.now += HOUR
    assert trail.digest().replaced == 1


def forged_for(trail: AuditTrail, hour: str, **changes: Any) -> str:
    """A well-formed digest that follows the latest, which a stranger signed."""
    before = trail.latest().digest
    digest = before._replace(hour=hour, previous=before.sha256.hex(), **changes)
    stranger = generate_private_key(SECP256R1())
    return SignedDigest(digest, stranger.sign(digest.sha256, ECDSA(Prehashed(SHA256())))).text


def signed_for(trail: AuditTrail, hour: str, **changes: Any) -> str:
    digest = read_digest(forged_for(trail, hour, **changes)).digest
    return SignedDigest(digest, sign(digest.sha256)).text


def test_a_copy_of_a_time_to_come_does_not_end_the_digests_and_is_told() -> None:
    trail = AuditTrail()
    trail.live(2)
    before = trail.latest().digest
    trail.texts["9998-01-01T00"] = forged_for(trail, "9998-01-01T00")
    trail.now += HOUR
    for _ in range(2):
        run = trail.digest()
        assert (run.behind, run.forged, run.failure) == (0, ("9998-01-01T00",), None)
    assert read_digest(trail.texts["2026-11-21T10"]).digest.previous == before.sha256.hex()


def test_a_copy_that_waits_for_the_next_hour_is_told_and_gives_its_place_to_the_digest() -> None:
    trail = AuditTrail()
    trail.live(2)
    before, hour = trail.latest().digest, "2026-11-21T10"
    trail.texts[hour] = forged = forged_for(trail, hour)
    trail.now += HOUR
    run = trail.digest()
    assert ([digest.hour for digest in run.made], run.behind, run.forged) == ([hour], 0, (hour,))
    kept = read_digest(trail.texts[hour])
    assert kept.digest.previous == before.sha256.hex()
    assert is_signed(kept.digest.sha256, kept.signature)
    assert trail.objects["digests/date=2026-11-21/hour=10.json"].decode() == kept.text != forged
    assert trail.digest() == Run((), 0, 0)


@pytest.mark.parametrize(
    "make",
    [
        lambda trail: forged_for(trail, "2026-11-21T10"),
        lambda trail: signed_for(trail, "2026-11-21T10", bucket="another"),
        lambda trail: trail.texts["2026-11-21T09"],
        lambda _: "",
        lambda _: "[" * 100_000,
    ],
    ids=["signed by another", "of another bucket", "of another hour", "nothing", "deep"],
)
def test_what_is_no_digest_of_its_hour_and_bucket_is_never_followed(
    make: Callable[[AuditTrail], str],
) -> None:
    trail = AuditTrail()
    trail.live(2)
    trail.texts["2026-11-21T10"] = make(trail)
    trail.now += HOUR
    run = trail.digest()
    assert (run.forged, run.behind) == (("2026-11-21T10",), 0)
    assert trail.latest().digest.bucket == "audit"


def test_a_signed_copy_of_an_hour_that_has_not_begun_is_not_followed() -> None:
    trail = AuditTrail()
    trail.live(2)
    trail.texts["2026-11-21T23"] = signed_for(trail, "2026-11-21T23")
    trail.now += HOUR
    run = trail.digest()
    assert ([digest.hour[11:] for digest in run.made], run.forged) == (["10"], ("2026-11-21T23",))


def test_a_signed_copy_of_an_hour_that_has_begun_is_followed() -> None:
    trail = AuditTrail()
    trail.live(2)
    trail.now += HOUR
    trail.texts["2026-11-21T11"] = signed_for(trail, "2026-11-21T11")
    assert trail.digest() == Run((), 0, 0)


def test_a_copy_that_is_planted_while_a_run_is_at_work_is_never_written_to_the_bucket() -> None:
    class Raced(AuditTrail):
        def keep(self, copy: Copy, forged: str) -> Copy:
            self.texts.setdefault(copy.hour, forged_for(self, copy.hour))
            return super().keep(copy, forged)

    trail, raced = AuditTrail(), Raced()
    trail.live(2)
    raced.now, raced.texts, raced.objects = trail.now + HOUR, trail.texts, trail.objects
    run = raced.digest()
    assert (str(run.failure), run.behind) == ("audit_digest_copy_forged", 1)
    assert "digests/date=2026-11-21/hour=10.json" not in trail.objects
    trail.now += HOUR
    assert trail.digest().forged == ("2026-11-21T10",)
    assert "digests/date=2026-11-21/hour=10.json" in trail.objects


def test_a_stored_digest_is_read_as_it_was_and_nothing_else_is() -> None:
    signed = SignedDigest(FIRST, sign(FIRST.sha256))
    assert read_digest(signed.text) == signed
    for text in (
        "",
        "[" * 100_000,
        "{}",
        "[]",
        '{"digest":{},"signature":""}',
        f"{signed.text} x",
        signed.text.replace("T08", "T8"),
        signed.text.replace('"signature":"', '"signature":"!'),
        signed.text.replace('"signature"', '"more":1,"signature"'),
    ):
        with pytest.raises(ValueError, match="not a digest"):
            read_digest(text)


def test_what_is_signed_and_what_is_stored_stays_the_same_for_ever() -> None:
    """Digests of years are read: docs/audit.md."""
    assert FIRST.sha256.hex() == "906aaa87b0b20be26e4dcc672c03e17f7450dc42236703ea0d446bdc2509ab8e"
    assert FIRST.key == "digests/date=2026-11-21/hour=08.json"
    assert FIRST.list_key == f"digests/date=2026-11-21/hour=08-{'ab' * 32}.txt.gz"
    assert SignedDigest(FIRST, b"sig").text == (
        '{"digest":{"bucket":"audit","hour":"2026-11-21T08","list_sha256":"' + "ab" * 32 + '",'
        '"objects":0,"previous":null,"signing_key":"key"},"signature":"c2ln"}'
    )
    assert pack_list(["b", "a", "b"]) == (
        bytes.fromhex("1f8b08000000000002034be44ae20200972a571804000000"),
        "911169ddaaf146aff539f58c26c489af3b892dff0fe283c1c264c65ae5aa59a2",
        2,
    )


def test_a_list_is_read_by_its_hash_alone() -> None:
    content, sha256, count = pack_list(["b", "a", "b"])
    assert (read_list(content, sha256), count) == (["a", "b"], 2)
    with pytest.raises(ValueError, match="not the list"):
        read_list(content, "ab" * 32)
    for at in range(len(content)):
        for damaged in (content[:at], content[:at] + bytes([content[at] ^ 0x40]) + content[at + 1 :]):
            try:
                assert read_list(damaged, sha256) == [
                    "a",
                    "b",
                ]  # the time and the name in its head mean nothing
            except ValueError as error:
                assert str(error).startswith("not ")  # noqa: PT017


def told_of(run: Run) -> list[dict[str, Any]]:
    lines: list[dict[str, Any]] = []
    report(
        run,
        lambda level, message, **fields: lines.append({"level": level, "message": message, **fields}),
        request="r",
    )
    return lines


def test_each_digest_has_a_line_and_the_run_one_with_the_metrics() -> None:
    digest = FIRST._replace(objects=3)
    *lines, last = told_of(Run((digest, digest), 2, 1))
    assert (
        lines
        == [
            {
                "level": "INFO",
                "message": "audit digest",
                "hour": "2026-11-21T08",
                "objects": 3,
                "sha256": digest.sha256.hex(),
            }
        ]
        * 2
    )
    units = {each["Name"]: each["Unit"] for each in last.pop("_aws")["CloudWatchMetrics"][0]["Metrics"]}
    assert units == dict.fromkeys(
        ("AuditObjectsDigested", "AuditTampering", "AuditDigestBehindHours"), "Count"
    )
    assert last == {
        "level": "ERROR",
        "message": "audit digests",
        "outcome": "complete",
        "digests": 2,
        "request": "r",
        "environment": "none",
        "AuditObjectsDigested": 6,
        "AuditTampering": 1,
        "AuditDigestBehindHours": 2,
    }


def test_a_run_is_an_error_when_it_failed_or_found_something() -> None:
    (well,) = told_of(Run((), 0, 0))
    assert (well["level"], "forged_copies" in well) == ("INFO", False)
    (failed,) = told_of(Run((), None, 0, Unavailable("out")))
    assert [failed[name] for name in ("level", "outcome", "reason")] == ["ERROR", "interrupted", "out"]
    assert "AuditDigestBehindHours" not in failed
    (forged,) = told_of(Run((), 0, 1, forged=("9998", "x" * 1000)))
    assert [forged[name] for name in ("level", "AuditTampering")] == ["ERROR", 3]
    assert forged["forged_copies"] == f"('9998', '{'x' * 190}"
