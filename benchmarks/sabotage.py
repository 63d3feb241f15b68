"""Disturbs a deployed system at random, by a seed: kills workers, freezes and restarts the engine, spoils a secret.

While the engine is frozen (SIGSTOP), every call of every function times out. When it is restarted, all that is under
way ends between any two steps, and what AWS keeps is kept (tests/support/system/restartable_engine.py).
"""

import os
import random
import signal
import threading
import time
from collections import Counter
from types import TracebackType
from typing import Final

from scripts.local_engine.settings import START_TIMEOUT_SECONDS
from scripts.local_engine.state import EngineState, holder
from stacks.function_catalogue import (
    ANALYTICS_PROCESSOR,
    AUDIT_LOGGER,
    NOTIFICATION_HANDLER,
    PAYMENT_PROCESSOR,
    WEBHOOK_RECEIVER,
)
from tests.support.leftover_processes import processes_of
from tests.support.system.deployed_system import DeployedSystem
from tests.support.system.restartable_engine import KEPT_FILE

VICTIMS: Final = (
    WEBHOOK_RECEIVER,
    PAYMENT_PROCESSOR,
    AUDIT_LOGGER,
    ANALYTICS_PROCESSOR,
    NOTIFICATION_HANDLER,
)
LONGEST_PAUSE_SECONDS: Final = 0.5
LONGEST_FREEZE_SECONDS: Final = 4.0
SPOILT_SECONDS: Final = 2.0


class Saboteur:
    """At work in a thread until the `with` ends. `restarts`: the engine, too. `done`: what it did, by kind."""

    def __init__(self, system: DeployedSystem, seed: int, restarts: bool) -> None:
        self._system = system
        self._restarts = int(restarts)
        self._random = random.Random(seed)  # noqa: S311 - which worker dies is no secret
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._work)
        self.done: Counter[str] = Counter()

    def __enter__(self) -> "Saboteur":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()

    def _work(self) -> None:
        while not self._over.wait(self._random.uniform(0, LONGEST_PAUSE_SECONDS)):
            acts = [self._kill, self._freeze, self._spoil, self._restart]
            (act,) = self._random.choices(acts, [20, 1, 1, self._restarts])
            act()

    def _kill(self) -> None:
        name = self._system.names.function(self._random.choice(VICTIMS).folder)
        found = processes_of(self._system.engine.folder)
        workers = [process_id for process_id, command in found.items() if f"-{name}-" in command]
        if workers:
            os.kill(self._random.choice(workers), signal.SIGKILL)
            self.done[f"killed {name}"] += 1

    def _freeze(self) -> None:
        engine = holder(self._system.engine.folder)
        assert engine is not None
        os.kill(engine, signal.SIGSTOP)
        time.sleep(self._random.uniform(0, LONGEST_FREEZE_SECONDS))
        os.kill(engine, signal.SIGCONT)
        self.done["froze the engine"] += 1

    def _restart(self) -> None:
        restart(self._system.engine)
        self.done["restarted the engine"] += 1

    def _spoil(self) -> None:
        secrets, name = self._system.client("secretsmanager"), self._system.names.endpoint_secret("stripe")
        text = secrets.get_secret_value(SecretId=name)["SecretString"]
        secrets.put_secret_value(SecretId=name, SecretString="expired")
        time.sleep(SPOILT_SECONDS)
        secrets.put_secret_value(SecretId=name, SecretString=text)
        self.done["spoilt a secret"] += 1


def restart(engine: EngineState) -> None:
    """And wait until it answers again, as what it was."""
    os.kill(engine.pid, signal.SIGUSR1)
    deadline = time.monotonic() + START_TIMEOUT_SECONDS
    while not (engine.folder / KEPT_FILE).exists():
        assert time.monotonic() < deadline
        time.sleep(0.01)
    while (engine.folder / KEPT_FILE).exists() or holder(engine.folder) != engine.pid:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def dead_letters(system: DeployedSystem) -> int:
    name = "ApproximateNumberOfMessages"
    answer = system.client("sqs").get_queue_attributes(
        QueueUrl=system.outputs["ProcessingDlqUrl"], AttributeNames=[name]
    )
    return int(answer["Attributes"][name])
