"""A worker that fails to start fails its own request only.

The engine answers such a failure by ending all workers of the function and removing their files: those that are
being unpacked then fail, too (`No module named 'handler'`, `Failed to resolve layer`), and each ends all others again.
So one killed worker under load fails requests for as long as new ones come in.
"""

import time
from typing import Any

from scripts.local_engine.shims.engine_modules import module


def apply() -> None:
    runtime = module("core.lambda_runtime")

    invoke = runtime.Worker.invoke

    def invoke_or_end(worker: Any, *arguments: Any, **options: Any) -> Any:
        try:
            return invoke(worker, *arguments, **options)
        except Exception as error:
            # As after a handler's error: this process ends, and the worker starts another at its next request.
            process, worker._proc = worker._proc, None
            runtime._signal(process)
            runtime._collect(process, time.monotonic() + runtime._REAP_GRACE)
            return {"status": "error", "error": f"the function did not start: {error}"}

    runtime.Worker.invoke = invoke_or_end
