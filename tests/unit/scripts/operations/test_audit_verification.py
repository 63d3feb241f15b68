"""`audit verify` finds each damage that is done to a trail, and nothing in one that is whole."""

import gzip
from collections.abc import Callable
from datetime import timedelta

import pytest
from botocore.exceptions import ClientError
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA256

from payment_webhooks.audit.digest import SignedDigest, pack_list, read_digest
from scripts.operations.audit.sources import BucketTrail, signatures_of
from scripts.operations.audit.verification import Cold, Copies, Verdict, verify
from tests.support.library.audit_bucket import BEGIN, PUBLIC_KEY, AuditTrail, sign
from tests.support.scripts.stubs import stubbed

HOURS = 5
END = BEGIN + timedelta(hours=HOURS)
HOUR = "2026-11-21T10"
KEY = "digests/date=2026-11-21/hour=10.json"
NEXT = "digests/date=2026-11-21/hour=11.json"


def trail_of_a_morning() -> AuditTrail:
    trail = AuditTrail()
    trail.live(HOURS)
    return trail


def found(trail: AuditTrail, first: int = 0, hours: int = HOURS) -> Verdict:
    copies = Copies(trail.texts, "2026-11-21T12")
    start, end = BEGIN + timedelta(hours=first), BEGIN + timedelta(hours=hours)
    return verify(trail, copies, signatures_of(PUBLIC_KEY), start, end, END + timedelta(hours=1))


def objects_of(trail: AuditTrail, hour: str = HOUR) -> list[str]:
    digest = read_digest(trail.texts[hour]).digest
    return gzip.decompress(trail.objects[digest.list_key]).decode().splitlines()


def damaged(damage: Callable[[AuditTrail], object]) -> list[tuple[str, str]]:
    trail = trail_of_a_morning()
    damage(trail)
    verdict = found(trail)
    assert not verdict.is_whole
    return [(finding.kind, finding.what) for finding in verdict.findings]


def forged(trail: AuditTrail, with_key: bool = False) -> SignedDigest:
    """A digest of the hour without one of its objects, with its list, signed by another key or, in vain, by nobody."""
    digest = read_digest(trail.texts[HOUR]).digest
    content, sha256, count = pack_list(objects_of(trail)[1:])
    without = digest._replace(list_sha256=sha256, objects=count)
    trail.objects[without.list_key] = content
    key = generate_private_key(SECP256R1())
    return SignedDigest(without, key.sign(without.sha256, ECDSA(Prehashed(SHA256()))))


def test_a_trail_that_nobody_has_damaged_is_whole() -> None:
    verdict = found(trail_of_a_morning())
    assert verdict == Verdict((), HOURS, 15, 0, "2026-11-21T08", "2026-11-21T13")
    assert verdict.is_whole


def test_a_changed_byte_in_an_object_is_found() -> None:
    def change(trail: AuditTrail) -> None:
        key = objects_of(trail)[0]
        content = trail.objects[key]
        trail.objects[key] = content[:-1] + bytes([content[-1] ^ 1])

    ((kind, what),) = damaged(change)
    assert kind == "altered"
    assert what.startswith("changes/date=2026-11-21/minute=1020/")


def test_a_deleted_object_is_found() -> None:
    ((kind, what),) = damaged(lambda trail: trail.objects.pop(objects_of(trail)[1]))
    assert (kind, what[:36]) == ("deleted", "changes/date=2026-11-21/minute=1021/")


def test_one_that_was_deleted_before_its_digest_is_found() -> None:
    trail = AuditTrail()
    trail.live(1)
    key = trail.write(trail.now)
    del trail.objects[key]
    trail.live(HOURS - 1)
    assert [(each.kind, each.what) for each in found(trail).findings] == [("deleted", key)]


def test_a_deleted_digest_is_found_and_its_copy_still_proves_the_hour() -> None:
    assert damaged(lambda trail: trail.objects.pop(KEY)) == [("deleted", KEY)]


def test_a_deleted_copy_is_found() -> None:
    assert damaged(lambda trail: trail.texts.pop(HOUR)) == [("deleted", f"copy of {KEY}")]


def test_a_deleted_list_is_found() -> None:
    def remove(trail: AuditTrail) -> None:
        del trail.objects[read_digest(trail.texts[HOUR]).digest.list_key]

    assert damaged(remove)[0][0] == "deleted"


def test_a_list_without_an_object_is_found() -> None:
    def shorten(trail: AuditTrail) -> None:
        digest = read_digest(trail.texts[HOUR]).digest
        trail.objects[digest.list_key] = pack_list(objects_of(trail)[1:])[0]

    assert damaged(shorten)[0][0] == "altered"


def test_a_forged_digest_is_found_wherever_it_stands() -> None:
    def in_the_bucket(trail: AuditTrail) -> None:
        trail.objects[KEY] = forged(trail).text.encode()

    def as_the_copy(trail: AuditTrail) -> None:
        trail.texts[HOUR] = forged(trail).text

    def as_both(trail: AuditTrail) -> None:
        text = forged(trail).text
        trail.objects[KEY], trail.texts[HOUR] = text.encode(), text

    assert damaged(in_the_bucket) == [("forged", KEY)]
    assert damaged(as_the_copy) == [("forged", f"copy of {KEY}")]
    # Nothing is trusted of that hour, so its objects are in no digest.
    assert [each for each in damaged(as_both) if each[0] == "forged"] == [
        ("forged", f"copy of {KEY}"),
        ("forged", KEY),
    ]


@pytest.mark.parametrize("text", ["", "{}", "not JSON", '{"digest":{"hour":5},"signature":"AA=="}'])
def test_what_is_no_digest_is_found_as_forged(text: str) -> None:
    def put(trail: AuditTrail) -> None:
        trail.objects[KEY] = text.encode()

    assert damaged(put) == [("forged", KEY)]


def test_a_true_digest_of_another_hour_is_found() -> None:
    def swap(trail: AuditTrail) -> None:
        trail.objects[KEY] = trail.objects[NEXT]

    assert damaged(swap) == [("forged", KEY)]


def test_a_true_digest_of_another_hour_is_found_where_its_copy_is_that_one_too() -> None:
    def swap(trail: AuditTrail) -> None:
        trail.objects[KEY] = trail.objects[NEXT]
        trail.texts[HOUR] = trail.texts["2026-11-21T11"]

    assert damaged(swap)[:2] == [("forged", f"copy of {KEY}"), ("forged", KEY)]


def test_two_digests_of_one_hour_are_found_though_both_are_signed() -> None:
    def sign_another(trail: AuditTrail) -> None:
        another = forged(trail).digest
        trail.objects[KEY] = SignedDigest(another, sign(another.sha256)).text.encode()

    assert damaged(sign_another) == [("forged", KEY)]


def test_a_cut_off_beginning_is_found_as_the_first_that_is_left_has_one_before_it() -> None:
    def cut(trail: AuditTrail) -> None:
        for hour in ("07", "08"):
            trail.objects.pop(f"digests/date=2026-11-21/hour={hour}.json")
            trail.texts.pop(f"2026-11-21T{hour}")

    assert ("gap", "2026-11-21T08") in damaged(cut)


def test_a_chain_that_begins_anew_in_the_middle_is_found() -> None:
    """By the function itself, as one does who empties bucket and copies and waits."""
    trail = trail_of_a_morning()
    anew = AuditTrail()
    anew.now = BEGIN + timedelta(hours=3, minutes=10)
    anew.digest()
    trail.texts[HOUR] = anew.texts[HOUR]
    trail.objects |= {key: content for key, content in anew.objects.items() if key.startswith("digests/")}
    kinds = [(each.kind, each.what) for each in found(trail).findings]
    assert ("forged", KEY) in kinds
    assert ("forged", NEXT) in kinds


def test_a_gap_is_found() -> None:
    def cut(trail: AuditTrail) -> None:
        del trail.objects[KEY], trail.texts[HOUR]

    assert ("gap", HOUR) in damaged(cut)


def test_a_cut_off_end_is_found() -> None:
    def cut(trail: AuditTrail) -> None:
        for hour in sorted(trail.texts)[-2:]:
            for key in objects_of(trail, hour):
                del trail.objects[key]
            del trail.objects[f"digests/date=2026-11-21/hour={hour[11:]}.json"], trail.texts[hour]

    assert damaged(cut) == [("cut off", "2026-11-21T11"), ("cut off", "2026-11-21T12")]


def test_an_object_that_no_digest_has_is_found_unless_the_next_may_have_it() -> None:
    trail = trail_of_a_morning()
    forged_key = trail.write(trail.now - timedelta(hours=3), "slipped in")
    trail.versions[-1] = (*trail.versions[-1][:2], BEGIN + timedelta(hours=2))
    assert [(each.kind, each.what) for each in found(trail).findings] == [("unlisted", forged_key)]
    trail.versions[-1] = (*trail.versions[-1][:2], END - timedelta(minutes=1))
    assert (found(trail).findings, found(trail).pending) == ((), 1)


def of_the_morning(trail: AuditTrail, until: str) -> list[tuple[str, str]]:
    """What is found of these hours two days later."""
    now = END + timedelta(days=2)
    verdict = verify(trail, Copies(trail.texts, until), signatures_of(PUBLIC_KEY), BEGIN, END, now)
    return [("pending", str(verdict.pending)), *((each.kind, each.what) for each in verdict.findings)]


def test_one_that_comes_days_later_under_an_old_minute_is_found_and_the_audit_loggers_own_is_not() -> None:
    trail = trail_of_a_morning()
    trail.now += timedelta(days=2)
    trail.digest()
    trail.write(BEGIN + timedelta(minutes=55), "replayed", late=True)
    forged_key = trail.write(BEGIN + timedelta(minutes=50), "slipped in")
    trail.now += timedelta(hours=1)
    trail.digest()
    # Before the hour in which it came has its digest, nobody can tell.
    assert of_the_morning(trail, "2026-11-23T12") == [("pending", "2")]
    assert of_the_morning(trail, "2026-11-23T14") == [("pending", "0"), ("unlisted", forged_key)]


def test_one_that_came_before_its_minute_is_found() -> None:
    trail = AuditTrail()
    trail.live(1)
    forged_key = trail.write(trail.now + timedelta(hours=3), "slipped in")
    trail.live(HOURS - 1)
    assert [(each.kind, each.what) for each in found(trail, first=3).findings] == [("unlisted", forged_key)]


def test_the_digest_of_another_hour_is_believed_by_its_signature_alone() -> None:
    trail = trail_of_a_morning()
    forged_key = trail.write(END - timedelta(minutes=50), "slipped in")
    content, sha256, count = pack_list([forged_key])
    digest = trail.latest().digest._replace(hour="2026-11-21T13", list_sha256=sha256, objects=count)
    stranger = generate_private_key(SECP256R1()).sign(digest.sha256, ECDSA(Prehashed(SHA256())))
    trail.objects |= {digest.list_key: content, digest.key: SignedDigest(digest, stranger).text.encode()}
    assert ("unlisted", forged_key) in of_the_morning(trail, "2026-11-21T14")


def test_hours_before_the_trail_begins_are_no_gap_and_told() -> None:
    verdict = found(trail_of_a_morning(), first=-5)
    assert (verdict.is_whole, verdict.first) == (True, "2026-11-21T07")


def test_what_comes_after_the_last_digest_is_counted_as_not_proven() -> None:
    trail = trail_of_a_morning()
    for minutes in (1, 61):
        trail.now = END + timedelta(minutes=minutes)
        trail.write(trail.now)
    verdict = found(trail, hours=HOURS + 20)
    assert (verdict.is_whole, verdict.until, verdict.pending) == (True, "2026-11-21T13", 2)


def test_a_cut_off_hour_tells_itself_and_not_each_of_its_objects() -> None:
    trail = trail_of_a_morning()
    for hour in (11, 12):
        del trail.objects[f"digests/date=2026-11-21/hour={hour}.json"], trail.texts[f"2026-11-21T{hour}"]
    kinds = [each.kind for each in found(trail).findings]
    assert kinds == ["cut off", "cut off"]


def test_a_day_before_the_trail_begins_is_not_called_cut_off_and_one_in_a_gap_is() -> None:
    trail = trail_of_a_morning()
    before = found(trail, first=-25, hours=-1)
    assert (before.findings, before.digests) == ((), 0)
    for hour in ("10", "11"):
        del trail.objects[f"digests/date=2026-11-21/hour={hour}.json"], trail.texts[f"2026-11-21T{hour}"]
    assert {each.kind for each in found(trail, first=2, hours=4).findings} == {"gap"}
    del trail.texts["2026-11-21T07"]  # the first that is left has one before it
    assert {each.kind for each in found(trail, first=-25, hours=-1).findings} == {"gap"}


def test_an_hour_that_is_not_due_is_not_missed() -> None:
    trail = trail_of_a_morning()
    copies = Copies(trail.texts, "9999")
    for now, kinds in ((END + timedelta(minutes=95), []), (END + timedelta(minutes=105), ["cut off"])):
        verdict = verify(trail, copies, signatures_of(PUBLIC_KEY), BEGIN, END + timedelta(hours=1), now)
        assert [each.kind for each in verdict.findings] == kinds


class Freezing(AuditTrail):
    """A trail of which the objects below `cold` are in Glacier."""

    cold = ""

    def read(self, key: str) -> bytes | None:
        if key.startswith(self.cold):
            raise Cold(key)
        return super().read(key)


def frozen(trail: AuditTrail, cold: str) -> Freezing:
    freezing = Freezing()
    freezing.versions, freezing.objects, freezing.texts = trail.versions, trail.objects, trail.texts
    freezing.cold = cold
    return freezing


def test_what_is_in_glacier_is_said_to_be_cold_and_is_nothing_wrong() -> None:
    trail = trail_of_a_morning()
    cold = objects_of(trail)[0]
    verdict = found(frozen(trail, cold))
    assert [(each.kind, each.what) for each in verdict.findings] == [("cold", cold)]
    assert verdict.is_whole


@pytest.mark.parametrize(
    ("code", "becomes"), [("InvalidObjectState", Cold), ("NoSuchKey", None), ("AccessDenied", ClientError)]
)
def test_the_bucket_tells_an_object_in_glacier_from_none_and_from_one_that_may_not_be_read(
    code: str, becomes: type[Exception] | None
) -> None:
    client, stub = stubbed("s3")
    stub.add_client_error("get_object", code)
    trail = BucketTrail(client, "audit")
    if becomes is None:
        assert trail.read("changes/1") is None
        return
    with pytest.raises(becomes):
        trail.read("changes/1")


def test_nothing_is_proven_by_a_list_that_is_in_glacier() -> None:
    """Else every object of the hour could be deleted and the answer would be whole."""
    trail = trail_of_a_morning()
    [_, of_an_hour, *_] = sorted(key for key in trail.objects if key.endswith(".txt.gz"))
    verdict = found(frozen(trail, of_an_hour))
    assert ("unread", of_an_hour) in [(str(each.kind), each.what) for each in verdict.findings]
    assert not verdict.is_whole
