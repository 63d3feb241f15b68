"""Service times: measured, given, assumed."""

import json
from pathlib import Path

import pytest

from scripts.command_line.errors import UsageError
from scripts.planning.service_times import ServiceTime, read_service_times, snake_case_name
from stacks.evaluation.resolved_stack import Resource

PROCESSOR = Resource(("Compute",), "PaymentProcessor", "F", {})
MEASURED = {
    "payment_processor": {"call_milliseconds": 4, "item_milliseconds": 20},
    "health": {"call_milliseconds": 2},
}


def measured(folder: Path, entries: object) -> Path:
    file = folder / "times.json"
    file.write_text(json.dumps({"service_times": entries}))
    return file


def test_a_resource_is_known_by_the_folder_of_its_function() -> None:
    assert snake_case_name(PROCESSOR) == "payment_processor"
    assert snake_case_name(Resource(("Compute",), "ProcessingPipe", "P", {})) == "processing_pipe"


def test_flags_go_before_the_file_and_the_file_before_assumptions(tmp_path: Path) -> None:
    file = measured(tmp_path, MEASURED)
    assert read_service_times(file, []).of(PROCESSOR) == ServiceTime(0.004, 0.020, "measured")
    given = read_service_times(file, ["payment_processor=5+30.5"])
    assert given.of(PROCESSOR) == ServiceTime(0.005, 0.0305, "given")
    assert given.of(PROCESSOR).seconds(10) == pytest.approx(0.31)
    assert read_service_times(None, []).of(PROCESSOR).origin == "measured locally"
    assert read_service_times(None, []).of(Resource(("X",), "Newcomer", "F", {})).origin == "assumed"


def test_it_is_told_with_its_origin() -> None:
    assert str(ServiceTime(0.005, 0.03, "given")) == "5 + 30 each ms, given"
    assert str(ServiceTime(0.015, 0, "assumed")) == "15 ms, assumed"


@pytest.mark.parametrize("flag", ["payment_processor", "payment_processor=", "a=-1", "a=1+", "A=1", "a=1ms"])
def test_a_flag_of_another_form_is_refused(flag: str) -> None:
    with pytest.raises(UsageError, match="not of the form"):
        read_service_times(None, [flag])


@pytest.mark.parametrize("flag", ["a=0", "a=0+0"])
def test_a_service_takes_time(flag: str) -> None:
    with pytest.raises(UsageError, match="above 0"):
        read_service_times(None, [flag])


@pytest.mark.parametrize("entries", [[1], {"a": 1}, {"a": {}}, {"a": {"call_milliseconds": "fast"}}, None])
def test_a_file_of_another_form_is_refused(tmp_path: Path, entries: object) -> None:
    with pytest.raises(UsageError, match="holds no service times"):
        read_service_times(measured(tmp_path, entries), [])


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        read_service_times(tmp_path / "none.json", [])


def test_a_name_that_nothing_has_is_refused() -> None:
    with pytest.raises(UsageError, match="'audit'") as error:
        read_service_times(None, ["audit=5"]).check(["audit_logger", "health"])
    assert error.value.next_step == "there are: audit_logger, health"
