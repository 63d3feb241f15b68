"""Parameters: from files and flags, checked against the template before anything is made."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts.command_line.environment_file import (
    Protection,
    check_binding,
    check_suffix,
    read_assignment,
    read_environment,
    resolve,
)
from scripts.command_line.errors import UsageError
from scripts.command_line.project_paths import ENVIRONMENTS

DECLARED: dict[str, dict[str, Any]] = {
    "EnvironmentSuffix": {"Type": "String", "AllowedPattern": "^[a-z]+$"},
    "LogRetentionDays": {"Type": "Number", "Default": 30, "AllowedValues": [7, 30, 365]},
    "ReceiverMemory": {"Type": "Number", "Default": 512, "MinValue": 128, "MaxValue": 10240},
    "Project": {"Type": "String", "Default": "payments", "MinLength": 1, "MaxLength": 10},
}
LIST = {"Networks": {"Type": "CommaDelimitedList", "Default": "", "AllowedPattern": r"^$|^[\d.]+/\d+$"}}
FILLED = {"EnvironmentSuffix": "dev"}


def refusal(given_values: dict[str, str]) -> str:
    with pytest.raises(UsageError) as caught:
        resolve(DECLARED, given_values, FILLED)
    return caught.value.message


def test_what_nobody_names_gets_its_default() -> None:
    assert resolve(DECLARED, {"LogRetentionDays": "365"}, FILLED) == {
        "EnvironmentSuffix": "dev",
        "LogRetentionDays": "365",
        "ReceiverMemory": "512",
        "Project": "payments",
    }


def test_a_misspelt_name_is_refused_with_a_guess() -> None:
    assert refusal({"LogRetentionDay": "7"}).endswith("did you mean LogRetentionDays?")
    assert "did you mean" not in refusal({"Zzz": "7"})
    assert "did you mean" not in refusal({"Nonsense": "7"})


def test_a_name_or_value_that_cannot_be_leads_to_the_page_of_parameters() -> None:
    for given_values in ({"Zzz": "7"}, {"LogRetentionDays": "8"}):
        with pytest.raises(UsageError) as caught:
            resolve(DECLARED, given_values, FILLED)
        assert "docs/parameters.md" in caught.value.next_step


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("LogRetentionDays", "8", "not one of 7, 30, 365"),
        ("ReceiverMemory", "127", "less than 128"),
        ("ReceiverMemory", "10241", "more than 10240"),
        ("ReceiverMemory", "much", "not a number"),
        ("ReceiverMemory", "nan", "not a number"),
        ("Project", "", "less than 1"),
        ("Project", "much too long", "more than 10"),
    ],
)
def test_a_value_that_cannot_be_is_refused(name: str, value: str, problem: str) -> None:
    assert refusal({name: value}) == f"{name}={value}: {problem}"


def test_what_the_command_sets_itself_cannot_be_given() -> None:
    assert "set by this command" in refusal({"EnvironmentSuffix": "prod"})


def test_a_parameter_without_value_is_refused() -> None:
    with pytest.raises(UsageError, match="EnvironmentSuffix has no default"):
        resolve(DECLARED, {}, {})


@given(st.integers(128, 10240))
def test_every_number_within_limits_is_accepted(memory: int) -> None:
    assert resolve(DECLARED, {"ReceiverMemory": str(memory)}, FILLED)["ReceiverMemory"] == str(memory)


def test_a_file_gives_region_and_text_values(tmp_path: Path) -> None:
    path = tmp_path / "x.toml"
    path.write_text(
        'region = "us-east-2"\n[parameters]\nA = 30\nB = true\nC = "x"\nD = ["1.2.3.4/32", "::/0"]\n'
    )
    file = read_environment(path)
    assert file.region == "us-east-2"
    assert file.parameters == {"A": "30", "B": "true", "C": "x", "D": "1.2.3.4/32,::/0"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("region = 3\n", "region and suffix are strings"),
        ("LogRetentionDays = 3\n", "unknown key 'LogRetentionDays'"),
        ("parameter = 3\n", "did you mean parameters?"),
        ("[parameters\n", "cannot be read"),
        ("[parameters]\nA = 1979-05-27\n", "A is a date"),
    ],
)
def test_a_file_of_another_form_is_refused(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "x.toml"
    path.write_text(text)
    with pytest.raises(UsageError) as caught:
        read_environment(path)
    assert message in caught.value.message


def test_a_missing_file_is_refused_with_those_that_are_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        read_environment(tmp_path / "prod.toml")
    assert "dev.toml" in caught.value.next_step


def test_an_assignment_may_hold_equals_signs() -> None:
    assert read_assignment("Name=a=b") == ("Name", "a=b")
    for text in ("Name", "=value"):
        with pytest.raises(UsageError):
            read_assignment(text)


@pytest.mark.parametrize("suffix", ["dev", "a", "black-friday", "a" * 20])
def test_good_suffixes(suffix: str) -> None:
    assert check_suffix(suffix) == suffix


@pytest.mark.parametrize("suffix", ["", "Dev", "-dev", "dev-", "a" * 21, "dev_1", "dev\n"])
def test_bad_suffixes(suffix: str) -> None:
    with pytest.raises(UsageError):
        check_suffix(suffix)


@pytest.mark.parametrize("path", sorted(ENVIRONMENTS.glob("*.toml")), ids=lambda path: path.stem)
def test_every_environment_file_fits_the_templates(path: Path) -> None:
    import json

    from stacks.function_catalogue import CODE_KEYS, LAYER_KEY
    from tests.support.templates.resources import built

    declared = json.loads(built().root)["Parameters"]
    filled = dict.fromkeys((LAYER_KEY, *CODE_KEYS.values(), "EnvironmentSuffix"), "x")
    values = resolve(declared, read_environment(path).parameters, {**filled, "ArtifactBucket": "bucket"})
    assert set(values) == set(declared)


@pytest.mark.parametrize("networks", ["", "1.2.3.4/32", "1.2.3.4/32,5.6.0.0/16"])
def test_a_list_is_taken_as_it_is(networks: str) -> None:
    assert resolve(LIST, {"Networks": networks}, {}) == {"Networks": networks}


@pytest.mark.parametrize("networks", ["everyone", "1.2.3.4/32,everyone", "1.2.3.4/32 5.6.0.0/16"])
def test_each_item_of_a_list_is_checked(networks: str) -> None:
    with pytest.raises(UsageError, match="does not match"):
        resolve(LIST, {"Networks": networks}, {})


def test_protection_is_read_and_off_unless_asked_for(tmp_path: Path) -> None:
    file = tmp_path / "prod.toml"
    file.write_text("[protection]\ntermination = true\nstack_policy = true\n")
    assert read_environment(file).protection == Protection(True, True, False)
    file.write_text("[parameters]\n")
    assert read_environment(file).protection == Protection(False, False, False)


@pytest.mark.parametrize("line", ['termination = "yes"', "terminations = true", "tables = 1"])
def test_protection_that_is_misspelt_is_refused(tmp_path: Path, line: str) -> None:
    file = tmp_path / "prod.toml"
    file.write_text(f"[protection]\n{line}\n")
    with pytest.raises(UsageError, match="protection"):
        read_environment(file)


def test_compliance_is_read_and_off_unless_asked_for(tmp_path: Path) -> None:
    file = tmp_path / "prod.toml"
    file.write_text("[compliance]\npci = true\n")
    assert read_environment(file).is_pci
    file.write_text("[compliance]\npci = false\n")
    assert not read_environment(file).is_pci
    file.write_text("[parameters]\n")
    assert not read_environment(file).is_pci


@pytest.mark.parametrize("line", ['pci = "yes"', "pcl = true", "pci = 1"])
def test_compliance_that_is_misspelt_is_refused(tmp_path: Path, line: str) -> None:
    file = tmp_path / "prod.toml"
    file.write_text(f"[compliance]\n{line}\n")
    with pytest.raises(UsageError, match="compliance"):
        read_environment(file)


def test_a_file_may_belong_to_one_environment(tmp_path: Path) -> None:
    path = tmp_path / "prod.toml"
    path.write_text('suffix = "prod"\n')
    check_binding(read_environment(path), "prod")
    with pytest.raises(UsageError, match="is for --suffix prod, not for dev"):
        check_binding(read_environment(path), "dev")
    path.write_text("")
    check_binding(read_environment(path), "dev")
