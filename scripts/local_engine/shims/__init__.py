"""Corrections of the engine, applied by the launcher in the order of this list. One file each.

Shims are for exactly one version of the engine (shim.ENGINE_VERSION): the launcher refuses another.
tests/integration/local_engine/test_shims*.py has two tests for each: one that fails once the engine no longer needs
it, and one that shows that it works.
"""

from collections.abc import Collection
from typing import Final

from scripts.local_engine.shims import (
    dynamodb_requests,
    encryption_context,
    failed_create,
    isolated_workers,
    nested_update,
    numbers_from_parameters,
    pipe_targets,
    queue_batches,
    secure_transport,
    shared_layers,
)
from scripts.local_engine.shims.shim import Shim

__all__ = ["SHIMS", "Shim", "selected"]

SHIMS: Final = (
    nested_update.SHIM,
    failed_create.SHIM,
    numbers_from_parameters.SHIM,
    pipe_targets.SHIM,
    secure_transport.SHIM,
    encryption_context.SHIM,
    queue_batches.SHIM,
    isolated_workers.SHIM,
    shared_layers.SHIM,
    dynamodb_requests.SHIM,
)


def selected(without: Collection[str]) -> tuple[Shim, ...]:
    """All shims but those named."""
    return tuple(shim for shim in SHIMS if shim.name not in without)
