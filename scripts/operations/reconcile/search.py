"""Asks the deployed reconciler, answer by answer, until the whole time has been compared."""

import json
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

from payment_webhooks import contract
from payment_webhooks.providers.event_list import ACCOUNT_NOT_NAMED
from payment_webhooks.reconciling.reconciler import MOST_IDS
from scripts.command_line.copyable_command import copyable
from scripts.command_line.environment import Environment
from scripts.command_line.errors import RolledBack, UsageError
from stacks.function_catalogue import RECONCILER
from stacks.webhook_endpoints import endpoint_named


@dataclass(frozen=True)
class Found:
    """What was found of an endpoint so far. `webhook_ids`: some of those that never came; `missed_types`: how many of
    them by type. Unix seconds: all before `until` is compared, what is up to `forgotten_until` is not listed any more.
    """

    endpoint: str
    listed: int = 0
    missed: int = 0
    fed: int = 0
    conflicts: int = 0
    calls: int = 0
    webhook_ids: tuple[str, ...] = ()
    forgotten_until: int | None = None
    missed_types: Mapping[str, int] = field(default_factory=dict)
    until: int | None = None

    def plus(self, answer: dict[str, Any]) -> "Found":
        forgotten, following = answer["forgotten_until"], answer["next"]
        return Found(
            self.endpoint,
            self.listed + answer["listed"],
            self.missed + answer["missed"],
            self.fed + answer["fed"],
            self.conflicts + answer["conflicts"],
            self.calls + answer["calls"],
            (*self.webhook_ids, *answer["webhook_ids"])[:MOST_IDS],
            self.forgotten_until if forgotten is None else forgotten,
            dict(Counter(self.missed_types) + Counter(answer["missed_types"])),
            answer["until"] + 1 if following is None else following,
        )

    def document(self) -> dict[str, Any]:
        times = {"forgotten_until": self.forgotten_until, "until": self.until}
        texts = {name: None if at is None else f"{time_text(at)}Z" for name, at in times.items()}
        return {**asdict(self), **texts}


def search(
    environment: Environment,
    endpoint: str,
    since: datetime,
    until: datetime,
    dry_run: bool,
    show: Callable[[Found], None],
) -> Found:
    """Everything that the endpoint's provider made from `since` on and before `until`; `show`: after each answer.

    Raises UsageError for an endpoint without credentials, RolledBack when the provider, or one of our services, does
    not answer; what has been fed until then stays.
    """
    found, last = Found(endpoint), int(until.timestamp()) - 1
    following: int | None = int(since.timestamp())
    while following is not None:
        asked = {
            contract.RECONCILE_ENDPOINT: endpoint,
            contract.RECONCILE_SINCE: following,
            contract.RECONCILE_UNTIL: last,
            contract.RECONCILE_DRY_RUN: dry_run,
        }
        answer = ask(environment, asked)
        found = found.plus(answer)
        following = answer["next"]
        show(found)
        if answer["failure"] is not None:
            so_far = "nothing was fed" if dry_run else "what has been fed stays"
            raise RolledBack(
                f"{endpoint}: the list was not given ({answer['failure']}); {so_far}",
                mended_by(endpoint, answer["failure"])
                or "run the same command again, with --from the time that was shown last",
            )
    return found


def ask(environment: Environment, asked: Mapping[str, Any]) -> dict[str, Any]:
    """One answer of the reconciler. Raises UsageError for an endpoint without credentials, RolledBack when it fails."""
    name = environment.names.function(RECONCILER.folder)
    client = environment.target.function_client()
    answer = client.invoke(FunctionName=name, Payload=json.dumps(asked).encode())
    document = json.loads(answer["Payload"].read())
    if "FunctionError" in answer:
        raise RolledBack(
            f"the reconciler failed: {document.get('errorMessage', 'no reason is told')}",
            "run the same command again",
        )
    found: dict[str, Any] = document
    if not found["has_credentials"]:
        endpoint = asked[contract.RECONCILE_ENDPOINT]
        tied = ("--account", "ACCOUNT") if endpoint_named(endpoint).record.lists_by_account else ()
        given = (*tied, "--api-client-id", "reader")
        raise UsageError(
            f"{endpoint} has no API credentials, so its provider can't be asked",
            copyable("endpoint-secrets", "configure", "--endpoint", endpoint, *given),
        )
    return found


def mended_by(endpoint: str, failure: str) -> str | None:
    """The command that mends what a list or the books failed of, where there is one."""
    if failure != ACCOUNT_NOT_NAMED:
        return None
    return copyable("endpoint-secrets", "configure", "--endpoint", endpoint, "--account", "ACCOUNT")


def time_text(seconds: int) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}"
