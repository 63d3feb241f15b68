"""Runs each command line of the README and of docs/, page by page in its order, on a deployed system.

Too long for every run: `tox run -e documents`. That the program understands each line is shown in every run
(tests/unit/repository/test_documented_commands.py). What a page leaves to the reader, such as WEBHOOK_ID, is filled in
with something that is there; the suffix is the deployed system's, and --local is added. What redrive, replay and
reconcile bring back is put there first, and they must say that they did; erase only looks (test_erase.py has the rest).
"""

import json
import os
import re
import secrets
import shlex
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from itertools import groupby
from pathlib import Path
from typing import Final, NamedTuple

import click
import pytest

from payment_webhooks import contract
from payment_webhooks.inbox.sparse_indexes import attention
from scripts.command_line.command import Group
from scripts.command_line.exit_codes import EXIT_DONE, EXIT_DRIFT, EXIT_FOUND, EXIT_USAGE
from scripts.command_line.main import load
from scripts.command_line.project_paths import ENVIRONMENTS, ROOT
from scripts.local_engine.state import FOLDER_VARIABLE
from tests.integration.system.test_reconciliation import listed_by_square, made
from tests.integration.system.test_webhooks import in_house_event
from tests.support.provider_apis.balance_lists import Books
from tests.support.provider_apis.event_lists import EventLists
from tests.support.system.dead_letters import put_letter
from tests.support.system.system import System, body_of, processed
from tests.unit.repository.test_documented_commands import COMMAND, FENCED, LINES

# What takes a deployment or an account of its own, and where that is run.
ELSEWHERE: Final[Mapping[str, str]] = {
    r"acceptance .*": "tests/integration/system/test_acceptance.py",
    r"local .*": "test_the_readme_is_played_through",
    r"destroy .*": "tests/integration/deploy/test_cycle.py",
    r"deploy (?!.*--(diff|drift|status)).*": "tests/integration/deploy/test_environments.py",
    r"endpoint-secrets configure .*(key.txt|stripe .*--api-.*)": "tests/integration/system/test_reconciliation.py",
    r"restore (start|settings)(?!.* --at ).*": "tests/integration/commands/test_restore.py",  # of a table that is gone
}
# Commands that look: that they find something is an answer.
LOOKS: Final = re.compile(
    r"(health|evidence|erase|find|audit verify|restore compare|analytics .*--reconcile"
    r"|deploy .*--(diff|drift|status)|.* --(dry-run|money))\b"
)
# Commands that bring something back, and what they say once they have.
ACTS: Final[Mapping[str, str]] = {
    r"redrive move (?!.*--dry-run).*": r"^[1-9]\d* moved$",
    r"replay (?!.*--dry-run).*": r"^([1-9]\d* )?replayed\b",
    r"reconcile (?!.*--(dry-run|money)).*": r" never came, [1-9]\d* fed$",
}
# What nothing here can answer: the command must say so. Only AWS and the provider can prove the rest.
REFUSED_HERE: Final[Mapping[str, str]] = {
    r"inbox ignored.*": "the local engine can't count lines of its logs",
}
GIVEN_UP_FOR: Final = "unexpected_KeyError"  # as docs/replay.md has it
LONG_AGO: Final = "2026-11-01T00:00:00.000000Z"
# Whose webhooks and lists are there, by command and by the provider of the page.
STANDS_FOR: Final = {("reconcile", "stripe"): "square", ("replay", "square"): "internal"}


class Line(NamedTuple):
    """One command line of a page: the command's name and the words after it."""

    page: str
    text: str
    name: str
    words: list[str]

    @property
    def spelled(self) -> str:
        return " ".join([self.name, *self.words])


def line_of(page: str, text: str) -> Line:
    found = COMMAND.match(text)
    assert found
    name = found[1] or found[2].replace("_", "-")
    return Line(page, text, name, shlex.split(found[3], comments=True))


def in_order_of_page(lines: list[tuple[str, str]]) -> Iterator[tuple[str, list[Line]]]:
    for page, of_page in groupby(lines, lambda line: line[0]):
        text = (ROOT / page).read_text("utf-8").replace("\\\n", " ")
        yield page, [line_of(page, line) for _, line in sorted(of_page, key=lambda line: text.find(line[1]))]


def what_it_says(line: Line) -> str | None:
    """The pattern of what it says once it has acted; None for a command that only looks."""
    return next((said for pattern, said in ACTS.items() if re.fullmatch(pattern, line.spelled)), None)


def runs_elsewhere(line: Line) -> bool:
    return any(re.fullmatch(pattern, line.spelled) for pattern in ELSEWHERE)


PAGES: Final = [
    (page, lines)
    for page, every in in_order_of_page(LINES)
    if (lines := [x for x in every if not runs_elsewhere(x)])
]


def webhook_with(system: System, status: str) -> str:
    """The id of a new webhook that has come to this status."""
    if status == contract.STATUS_QUARANTINED:
        return str(
            system.send("internal", f'{{"id": "cut off {secrets.token_hex(8)}'.encode()).body["webhook_id"]
        )
    event = in_house_event()
    webhook_id = f"internal:{event['id']}"
    system.send("internal", body_of(event))
    system.wait_for_trace(webhook_id, processed)
    if status == contract.STATUS_CONFLICT:
        system.send("internal", body_of({**event, "amount_minor": 777}))
    elif status == contract.STATUS_FAILED:
        give_up(system, webhook_id)
    return webhook_id


def give_up(system: System, webhook_id: str) -> None:
    """The webhook looks as one that the processor has given up."""
    since = {
        name: str(value) for name, value in attention(contract.STATUS_FAILED, webhook_id, LONG_AGO).items()
    }
    values = {contract.STATUS: contract.STATUS_FAILED, contract.STATUS_REASON: GIVEN_UP_FOR, **since}
    table = system.names.inbox_table
    (item,) = system.client("dynamodb").query(
        TableName=table,
        KeyConditionExpression="#id = :id",
        ExpressionAttributeNames={"#id": contract.WEBHOOK_ID},
        ExpressionAttributeValues={":id": {"S": webhook_id}},
    )["Items"]
    system.client("dynamodb").put_item(
        TableName=table, Item={**item, **{name: {"S": value} for name, value in values.items()}}
    )


class Reader:
    """The person who reads a page, fills in what it leaves open, and answers what is asked."""

    def __init__(self, system: System, square: EventLists, folder: Path) -> None:
        self.system, self.square, self.folder = system, square, folder
        self.event = in_house_event()
        self.webhook_id = f"internal:{self.event['id']}"
        system.send("internal", body_of(self.event))
        system.wait_for_trace(self.webhook_id, processed)
        self.secret, self.kept = folder / "secret", folder / "kept"

    def run(self, line: Line) -> tuple[int, str]:
        """The exit code, and what was said."""
        self.secret.write_text(f"whsec_{secrets.token_hex(16)}")
        self.put_what_comes_back(line)
        words = [self.filled(word, line) for word in line.words]
        if line.name == "restore" and "--at" in words:  # the engine restores what is there now
            at = words.index("--at")
            words[at : at + 2] = ["--latest"]
            there = ("--suffix", self.system.suffix, "--local", "--table", "transactions", "--yes")
            self.system.run("restore.py", "finish", *there)  # what an earlier page has begun
        script, words = f"{line.name.replace('-', '_')}.py", [*words, *self.added(line)]
        if what_it_says(line) and {"--count", "--yes"} <= options_of(line):
            words += ["--yes", *self.counted(script, words)]
        done = self.system.run(script, *words)
        return done.exit_code, done.text

    def counted(self, script: str, words: list[str]) -> list[str]:
        """How many there are, for who types it: as a dry run says it. Of one webhook nobody asks."""
        looked = self.system.run(script, *words, "--dry-run", "--json")
        assert looked.exit_code == EXIT_DONE, looked.text
        one = script == "replay.py" and "--status" not in words
        return [] if one else ["--count", str(json.loads(looked.stdout)["found"])]

    def put_what_comes_back(self, line: Line) -> None:
        """One that the command is about: a letter, a webhook that waits, or one that never came."""
        if line.spelled.startswith("redrive move "):
            put_letter(self.system, line.words[1], webhook_with(self.system, contract.STATUS_PROCESSED))
        elif line.name == "replay" and "--status" in line.words:
            webhook_with(self.system, line.words[line.words.index("--status") + 1])
        elif line.name == "reconcile":
            made(self.square)

    def filled(self, word: str, line: Line) -> str:
        """What stands in the place of a word that the page leaves open, or the word."""
        at = line.words.index(word)
        before = line.words[at - 1] if at else ""
        if before in ("--suffix", "--value-file"):
            return self.system.suffix if before == "--suffix" else str(self.secret)
        if before == "--provider":
            return STANDS_FOR.get((line.name, word), word)
        if before in ("--from", "--to") and line.name in ("reconcile", "replay"):
            hour_ago = line.name == "reconcile" and before == "--from" and "--money" not in line.words
            is_day = line.name == "replay" or "--money" in line.words
            moment = time.gmtime(time.time() - 3600 * hour_ago)
            return time.strftime("%Y-%m-%d" if is_day else "%Y-%m-%dT%H:%M", moment)
        for pattern, maker in self.makers(line).items():
            if re.fullmatch(pattern, word):
                return maker()
        return word

    def makers(self, line: Line) -> dict[str, Callable[[], str]]:
        return {
            r"WEBHOOK_ID|stripe:evt_.*": lambda: self.webhook(line),
            r"TRANSACTION_ID|stripe:pi_.*|internal:order-7": lambda: (
                f"internal:{self.event['transaction_id']}"
            ),
            r"stripe:cus_1": lambda: f"internal:{self.event['customer_id']}",
            r"EVENT_ID|evt_1": lambda: str(self.event["id"]),
            r"KEY_ID": self.key_id,
            r"FILE": lambda: str(
                self.secret if line.name == "endpoint-secrets" else ENVIRONMENTS / "dev.toml"
            ),
            r"URL=FILE": lambda: f"https://api.paypal.com/v1/notifications/certs/CERT-1={self.certificate()}",
            r"URL": lambda: "https://hooks.example.com/v1/webhook/square",
            r"NAME": lambda: "square" if "set" in line.words else "stripe",  # set refuses a key in use
            r"DAY|…": lambda: "2026-11-21",
            r"ID": lambda: "acct_1",
            r"payment\.html": lambda: str(self.folder / "payment.html"),
            r"kept/|bucket/|policies|reports": lambda: str(self.kept),
            r"environments/prod.toml": lambda: (
                "environments/dev.toml"
            ),  # that one is for the suffix prod alone
            r"eu-west-1": lambda: self.system.region,
        }

    def webhook(self, line: Line) -> str:
        """One that is in the status which the command is about."""
        decides = {"accept", "discard"} & set(line.words)
        if "--status" in line.words:
            return webhook_with(self.system, line.words[line.words.index("--status") + 1])
        if line.name == "replay":  # the reader's own may have come twice by now
            return webhook_with(self.system, contract.STATUS_PROCESSED)
        return webhook_with(self.system, contract.STATUS_CONFLICT) if decides else self.webhook_id

    def key_id(self) -> str:
        listed = self.system.secrets("stripe", "list", "--json")
        return str(json.loads(listed.stdout)["keys"][0]["id"])

    def certificate(self) -> Path:
        path = self.folder / "chain.pem"
        path.write_text(self.system.authority.chain_pem, encoding="ascii")
        return path

    def added(self, line: Line) -> list[str]:
        """The options by which the command works here, and asks nothing."""
        known, given = options_of(line), set(line.words)
        added = ["--suffix", self.system.suffix] if "--suffix" in known - given else []
        added += ["--local"] if "--local" in known - given else []
        if what_it_says(line):
            return added
        if line.name == "erase":
            return [*added, "--dry-run"] if "--dry-run" not in given else added
        added += ["--yes"] if "--yes" in known - given and not LOOKS.match(line.spelled) else []
        return added + (["--value-file", str(self.secret)] if "--value-file" in known - given else [])


def options_of(line: Line) -> set[str]:
    command = load(line.name)
    if isinstance(command, Group):
        name, *_ = command.name_first(click.Context(command, info_name=line.name), list(line.words))
        command = command.commands[name]
    return {option for each in command.params for option in each.opts}


@pytest.fixture(scope="module")
def reader(system: System, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    with listed_by_square(system, Books(page_size=50)) as square:
        yield Reader(system, square, tmp_path_factory.mktemp("reader"))


def is_right(line: Line, exit_code: int, said: str) -> bool:
    for pattern, refusal in REFUSED_HERE.items():
        if re.fullmatch(pattern, line.spelled):
            return exit_code == EXIT_USAGE and refusal in said
    acted = what_it_says(line)
    if acted is not None:
        return exit_code == EXIT_DONE and re.search(acted, said, re.MULTILINE) is not None
    looked = LOOKS.match(line.spelled) is not None
    return exit_code == EXIT_DONE or (
        looked and exit_code in (EXIT_FOUND, EXIT_DRIFT) and "Traceback" not in said
    )


@pytest.mark.parametrize(("page", "lines"), PAGES, ids=[page for page, _ in PAGES])
def test_each_command_of_a_page_works(page: str, lines: list[Line], reader: Reader) -> None:
    failed = []
    for line in lines:
        exit_code, said = reader.run(line)
        if not is_right(line, exit_code, said):
            failed.append(f"{line.text}\n  exit code {exit_code}: {said[-600:]}")
    assert not failed, "\n".join(failed)


def test_the_readme_is_played_through(tmp_path: Path) -> None:
    """By a shell, as it stands there; the environment that it activates is the one which runs the test."""
    (block,) = [
        block for block in FENCED.findall((ROOT / "README.md").read_text("utf-8")) if "local.py up" in block
    ]
    script = "".join(line for line in block.splitlines(keepends=True) if not line.startswith(". "))
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=ROOT,
        env={**os.environ, FOLDER_VARIABLE: str(tmp_path), "PYTHONPATH": f"{ROOT / 'layer/python'}:{ROOT}"},
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == EXIT_DONE, done.stdout + done.stderr
