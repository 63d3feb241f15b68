"""Dead letters are moved back: none lost, none dropped that can't be read, whatever happens between send and delete."""

import json
from typing import Any

import pytest

from scripts.operations.redrive.command import say_groups, say_stays
from scripts.operations.redrive.dead_letter_queue import DeadLetterQueue
from scripts.operations.redrive.letters import QUEUES, groups_of
from scripts.operations.redrive.ways import source_of
from stacks.names import Names
from tests.support.scripts.fake_sqs import FakeSqs, Killed

NAMES = Names("dev", "123456789012", "eu-west-1")
DEAD, ALIVE = "queue-processing-dlq-dev", "queue-processing-dev"


def letter(number: int) -> str:
    return json.dumps({"webhookId": f"stripe:evt_{number}", "timestamp": "2026-11-21T09:00:00.000000Z"})


def source(sqs: FakeSqs) -> DeadLetterQueue[str]:
    found = source_of("processing-dlq", NAMES, lambda _: sqs)
    assert isinstance(found, DeadLetterQueue)
    return found


def move_all(sqs: FakeSqs, reason: str | None = None) -> tuple[int, int]:
    queue = source(sqs)
    wanted = [each.ident for each in queue.letters() if not each.stays and reason in (None, each.reason)]
    results = [*queue.move(wanted, lambda _: None)]
    return sum(moved for moved, _ in results), sum(stays for _, stays in results)


def test_letters_are_grouped_by_reason_and_are_all_there_after_it() -> None:
    sqs = FakeSqs()
    sqs.put(DEAD, *map(letter, range(12)), reason="ledger_refused")
    sqs.put(DEAD, letter(99))
    sqs.put(DEAD, "no letter", reason="message_malformed")
    groups = groups_of("processing-dlq", [*source(sqs).letters()])
    assert [(each.reason, each.letters, each.stays) for each in groups] == [
        ("ledger_refused", 12, ""),
        ("received too often", 1, ""),
        ("message_malformed", 1, "can't be read"),
    ]
    assert groups[0].sample == "stripe:evt_0"
    assert groups[0].oldest.isoformat() == "2025-11-21T09:10:00.001000+00:00"
    assert sqs.visible(DEAD) == len(sqs.bodies(DEAD)) == 14


def test_what_can_be_read_moves_and_the_rest_stays_and_is_seen() -> None:
    sqs = FakeSqs()
    sqs.put(DEAD, "no letter", *map(letter, range(25)), "{}", "")
    assert move_all(sqs) == (25, 0)
    assert sorted(sqs.bodies(ALIVE)) == sorted(map(letter, range(25)))
    assert sqs.bodies(DEAD) == ["no letter", "{}", ""]
    assert sqs.visible(DEAD) == 3


def test_one_reason_moves_and_the_others_stay() -> None:
    sqs = FakeSqs()
    sqs.put(DEAD, letter(1), reason="mended")
    sqs.put(DEAD, letter(2), reason="not yet")
    assert move_all(sqs, "mended") == (1, 0)
    assert sqs.bodies(ALIVE) == [letter(1)]
    assert sqs.bodies(DEAD) == [letter(2)]
    assert sqs.visible(DEAD) == 1


def test_what_the_queue_does_not_take_stays() -> None:
    sqs = FakeSqs(refuses=lambda body: "evt_3" in body)
    sqs.put(DEAD, *map(letter, range(5)))
    assert move_all(sqs) == (4, 1)
    assert sqs.bodies(DEAD) == [letter(3)]
    assert sqs.visible(DEAD) == 1


def test_what_came_after_the_look_is_not_moved() -> None:
    sqs = FakeSqs()
    sqs.put(DEAD, letter(1))
    queue = source(sqs)
    wanted = [each.ident for each in queue.letters()]
    sqs.put(DEAD, letter(2))
    assert [*queue.move(wanted, lambda _: None)] == [(1, 0)]
    assert sqs.bodies(DEAD) == [letter(2)]


def test_each_ten_are_paced() -> None:
    sqs = FakeSqs()
    sqs.put(DEAD, *map(letter, range(25)))
    queue, tried = source(sqs), list[int]()
    assert [*queue.move([each.ident for each in queue.letters()], tried.append)] == [(10, 0), (10, 0), (5, 0)]
    assert tried == [10, 10]  # nothing waits after the last


def test_a_queue_that_takes_longer_than_letters_are_hidden_comes_to_an_end() -> None:
    sqs = FakeSqs(receive_seconds=5)
    sqs.put(DEAD, *map(letter, range(300)))
    found = [each.ident for each in source(sqs).letters()]
    assert len(found) == len({*found}) >= 200
    assert sqs.visible(DEAD) == 300


def test_what_can_t_be_read_and_comes_back_does_not_end_a_long_move() -> None:
    sqs = FakeSqs()
    sqs.put(DEAD, *["no letter"] * 30)
    sqs.put(DEAD, *map(letter, range(100)))
    queue = source(sqs)
    wanted = [each.ident for each in queue.letters() if not each.stays]
    sqs.receive_seconds = 30
    assert sum(moved for moved, _ in queue.move(wanted, lambda _: None)) == 100
    assert sqs.bodies(DEAD) == ["no letter"] * 30


def test_who_reads_some_lets_go_of_them() -> None:
    sqs = FakeSqs()
    sqs.put(DEAD, *map(letter, range(30)))
    letters = source(sqs).letters()
    next(letters)
    letters.close()
    assert sqs.visible(DEAD) == 30
    assert sqs.calls.count("receive_message") == 1


def test_how_many_can_be_moved_and_why_the_others_stay_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    sqs = FakeSqs()
    sqs.put(DEAD, letter(1), "no letter")
    say_groups("processing-dlq", [*source(sqs).letters()], "x")
    assert "processing-dlq: 2 letters, 1 can be moved\n" in capsys.readouterr().err
    say_groups("processing-dlq", [each for each in source(sqs).letters() if not each.stays], "x")
    assert "processing-dlq: 1 letter\n" in capsys.readouterr().err
    say_groups("processing-dlq", [], "x")
    say_stays(1, "can't be read")
    assert capsys.readouterr().err == "processing-dlq: no letters\n1 stays: can't be read\n"
    say_groups("processing-dlq", [*source(sqs).letters()], "x", is_answer=True)
    shown = capsys.readouterr()
    assert (shown.out.count("\n"), shown.err) == (5, "")


@pytest.mark.parametrize("operation", ["receive_message", "send_message_batch", "delete_message_batch"])
def test_a_run_that_is_killed_loses_nothing_and_is_begun_again(operation: str) -> None:
    sqs = FakeSqs()
    sqs.put(DEAD, *map(letter, range(25)), "no letter")
    queue = source(sqs)
    wanted = [each.ident for each in queue.letters()]
    moving = queue.move(wanted, lambda _: None)
    next(moving)
    sqs.dies_at = operation
    with pytest.raises(Killed):
        next(moving)
    sqs.dies_at = None
    assert {*map(letter, range(25))} <= {*sqs.bodies(DEAD), *sqs.bodies(ALIVE)}
    sqs.now += 120  # what the killed run held is there again
    assert move_all(sqs)[1] == 0
    arrived = sqs.bodies(ALIVE)
    assert {*arrived} == {*map(letter, range(25))}
    assert len(arrived) == (35 if operation == "delete_message_batch" else 25)  # those between the two, twice
    assert sqs.bodies(DEAD) == ["no letter"]


def test_who_looks_while_another_holds_letters_sees_the_rest() -> None:
    sqs = FakeSqs()
    sqs.put(DEAD, *map(letter, range(12)))
    sqs.receive_message(DEAD, 120)
    assert len([*source(sqs).letters()]) == 2


def test_every_dead_letter_queue_has_a_way() -> None:
    names: Any = vars(Names)
    purposes = {name.replace("_", "-") for name in names if name.endswith("_dlq")}
    assert {*QUEUES} == {*purposes, "failed-batches"}
    for queue in QUEUES:
        assert source_of(queue, NAMES, lambda _: FakeSqs()).to
