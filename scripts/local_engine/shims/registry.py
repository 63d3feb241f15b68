"""Corrections of the engine, applied by the launcher in the order of this list. One module each, with that name.

Shims are for exactly one version of the engine (ENGINE_VERSION): the launcher refuses another.
tests/integration/local_engine/test_shims*.py has two tests for each: one that fails once the engine no longer needs
it, and one that shows that it works.
"""

from collections.abc import Collection
from importlib import import_module
from typing import Final, NamedTuple


class Shim(NamedTuple):
    """One correction of the engine. `reason` says what fails without it."""

    name: str
    reason: str

    def apply(self) -> None:
        """Changes the engine before it serves."""
        import_module(f"{__package__}.{self.name}").apply()


SHIMS: Final = (
    Shim("nested_update", "an update of a nested stack loses the attributes of its unchanged resources"),
    Shim("failed_create", "what a failing nested stack had created stays for ever"),
    Shim("single_execution", "two first change sets are of two stacks of one name, and both are executed"),
    Shim("numbers_from_parameters", "one number that comes from a parameter stops the poller of all queues"),
    Shim(
        "pipe_targets",
        "a pipe to a queue or a state machine never delivers, or all at once; filter and template are ignored",
    ),
    Shim("secure_transport", "policies that require TLS deny every request, as the engine speaks HTTP"),
    Shim("encryption_context", "conditions on kms:EncryptionContext never match"),
    Shim("role_principals", "conditions on aws:PrincipalArn never match the ARN of a role"),
    Shim("conditional_writes", "policies that require If-None-Match of who writes to S3 are not held"),
    Shim("queue_batches", "a batch of SQS is denied to who may do its single action"),
    Shim("isolated_workers", "functions can import the engine's own packages and see its settings"),
    Shim("shared_layers", "each worker unpacks its layer anew, and parallel cold starts wait for each other"),
    Shim(
        "busy_workers",
        "an update of a function, or one worker that fails to start, ends all its workers at work",
    ),
    Shim("dynamodb_requests", "requests that DynamoDB refuses are accepted"),
    Shim("table_policies", "the policy of a table can't be read by who may read that one alone"),
)


def selected(without: Collection[str]) -> tuple[Shim, ...]:
    """All shims but those named."""
    return tuple(shim for shim in SHIMS if shim.name not in without)
