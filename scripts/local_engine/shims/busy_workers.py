"""An update of a function lets the requests that are under way end on the old code, as on AWS; and a worker that fails
to start fails its own request only.

For either the engine ends all workers of the function, so each request under way fails (`Worker process died`), and so
do workers that are being unpacked: each then ends all others again. A worker at work leaves the pool and ends after
its request.
"""

from collections.abc import Iterable
from typing import Any

from scripts.local_engine.shims.engine_modules import module


def apply() -> None:
    runtime, functions = module("core.lambda_runtime"), module("services.lambda_svc")

    kill_workers, release_worker = runtime.kill_workers, runtime.release_worker

    def kill_idle(workers: Iterable[Any]) -> None:
        kill_workers([worker for worker in workers if not worker.in_use])

    def release_or_end(worker: Any) -> None:
        release_worker(worker)
        if worker is not None and not any(worker in pool for pool in [*runtime._workers.values()]):
            kill_workers([worker])

    runtime.kill_workers = kill_idle
    functions.release_worker = release_or_end
