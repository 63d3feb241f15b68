"""What scripts do where there is nobody to ask, and with what was typed by mistake."""

import pytest

from tests.support.system.system import System


def test_a_key_that_cannot_be_asked_for_is_an_error_and_no_traceback(system: System) -> None:
    done = system.secrets("stripe", "set")  # no --value-file, and the standard input is empty
    assert done.exit_code == 2
    assert "--value-file" in done.stderr
    assert "Traceback" not in done.text


@pytest.mark.parametrize(
    "arguments", [("set", "whsec_by_mistake"), ("set", "--value-file", "whsec_by_mistake")]
)
def test_a_key_typed_in_the_wrong_place_is_not_repeated(system: System, arguments: tuple[str, ...]) -> None:
    done = system.secrets("stripe", *arguments)
    assert done.exit_code == 2
    assert "whsec_by_mistake" not in done.text


def test_what_is_no_webhook_id_is_wrong_usage(system: System) -> None:
    for text in ("", "nonsense", ":evt_1", "stripe:"):
        assert system.run("trace.py", "--suffix", system.suffix, "--local", text).exit_code == 2


def test_a_decision_that_cannot_be_asked_for_is_refused(system: System) -> None:
    webhook_id = system.send("stripe", b'{"id": "evt_cut').body["webhook_id"]
    done = system.run("inbox.py", "accept", "--suffix", system.suffix, "--local", webhook_id, "--note", "why")
    assert done.exit_code == 3
    assert "Traceback" not in done.text


def test_a_list_that_is_piped_shows_ids_whole(system: System) -> None:
    webhook_id = str(system.send("stripe", b'{"id": "evt_cut off').body["webhook_id"])
    done = system.run("inbox.py", "list", "--suffix", system.suffix, "--local")
    assert done.exit_code == 0
    cells = [line.split("│")[4].strip() for line in done.stdout.splitlines() if line.count("│") > 4]
    assert webhook_id in "".join(cells)


@pytest.mark.parametrize(
    "command",
    [
        ("trace.py", "stripe:evt_1"),
        ("health.py",),
        ("inbox.py", "list"),
        ("inbox.py", "show", "stripe:evt_1"),
        ("analytics.py",),
        ("endpoint_secrets.py", "--endpoint", "stripe", "list"),
        ("endpoint_secrets.py", "--endpoint", "stripe", "guide"),
        ("send.py", "--provider", "stripe", "--event", "tests/events/stripe/pi_succeeded.json"),
        ("deploy.py", "--outputs"),
        ("deploy.py", "--events"),
        ("deploy.py", "--drift"),
        ("deploy.py", "--rollback"),
        ("deploy.py", "--drop", "deploy-1"),
        ("restore.py", "finish", "--table", "inbox"),
    ],
)
def test_what_is_not_deployed_has_one_code_and_says_what_to_check(
    system: System, command: tuple[str, ...]
) -> None:
    script, *arguments = command
    done = system.run(script, *arguments, "--suffix", "no-such-one", "--local")
    assert done.exit_code == 2, done.text
    assert "there is no " in done.stderr
    assert "no-such-one" in done.stderr


@pytest.mark.parametrize(
    "command",
    [
        ("deploy.py", "--apply", "deploy-1"),
        ("deploy.py", "--drop", "deploy-1"),
        ("inbox.py", "accept", "stripe:evt_never_came", "--note", "why"),
        ("restore.py", "finish", "--table", "inbox"),
        ("endpoint_secrets.py", "retire", "--endpoint", "stripe", "key-never-set"),
    ],
)
def test_what_was_asked_for_and_is_not_there_has_one_code(system: System, command: tuple[str, ...]) -> None:
    script, *arguments = command
    done = system.run(script, *arguments, "--suffix", system.suffix, "--local")
    assert done.exit_code == 1, done.text
    assert "  next: " in done.stderr
