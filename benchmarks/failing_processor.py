"""Makes the deployed processor fail at random: its own code, called by a handler that sometimes raises."""

import tempfile
from pathlib import Path, PurePosixPath
from typing import Final

from scripts.artifacts.deterministic_zip import write_zip
from scripts.command_line.project_paths import FUNCTIONS
from stacks import function_catalogue
from tests.support.system.deployed_system import DeployedSystem

_WORDS: Final = "made to fail"
# Half of the failures come before the work and half after it, when the effects are there but the caller is not told.
_HANDLER: Final = """
import random
import shipped_handler

def handler(event, context):
    fate = random.random()
    if fate < {share} / 2:
        raise RuntimeError("{words} before the work")
    answer = shipped_handler.handler(event, context)
    if fate < {share}:
        raise RuntimeError("{words} after the work")
    return answer
"""


def make_processor_fail(system: DeployedSystem, share: float) -> None:
    """From now on the share `share` (0 to 1) of the calls of the processor fails."""
    shipped = (FUNCTIONS / function_catalogue.PAYMENT_PROCESSOR.folder / "handler.py").read_bytes()
    files = {
        PurePosixPath("shipped_handler.py"): shipped,
        PurePosixPath("handler.py"): _HANDLER.format(share=share, words=_WORDS).encode(),
    }
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "processor.zip"
        write_zip(path, files)
        system.client("lambda").update_function_code(
            FunctionName=system.names.function(function_catalogue.PAYMENT_PROCESSOR.folder),
            ZipFile=path.read_bytes(),
        )


def failures_made(system: DeployedSystem) -> int:
    """How many calls have been made to fail, by the function's log."""
    pages = (
        system.client("logs")
        .get_paginator("filter_log_events")
        .paginate(
            logGroupName=system.names.function_log_group(function_catalogue.PAYMENT_PROCESSOR.folder),
            filterPattern=f'"{_WORDS}"',
        )
    )
    return sum(
        1 for page in pages for event in page["events"] if f"RuntimeError: {_WORDS}" in event["message"]
    )
