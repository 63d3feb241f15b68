"""The command `audit`."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from payment_webhooks.audit.digest import hour_of
from scripts.command_line.command import Group
from scripts.command_line.counted import counted
from scripts.command_line.environment import Environment, missing_is_not_deployed
from scripts.command_line.errors import NotFound, UsageError
from scripts.command_line.exit_codes import EXIT_DONE, EXIT_FOUND
from scripts.command_line.options import (
    DAY,
    HOUR,
    environment_options,
    environment_or_none_options,
    json_option,
    time_option,
)
from scripts.command_line.streams import answer

if TYPE_CHECKING:  # cryptography is loaded when there is something to verify
    from scripts.operations.audit.verification import Copies, Trail, Verdict

FOLDER = click.Path(file_okay=False, path_type=Path)


@click.group(
    cls=Group,
    examples=[
        "{} verify --suffix dev",
        "{} verify --suffix dev --from 2026-11-01 --to 2026-11-30 --json",
        "{} export --suffix dev kept/",
        "{} verify --kept kept/ --copy bucket/ --from 2026-11-01 --to 2026-11-30",
    ],
    exit_codes=[EXIT_FOUND],
)
def audit() -> None:
    """Prove that the audit trail is whole."""


@audit.command()
@environment_options
@json_option
@click.argument("folder", type=FOLDER, help="Made if it is not there.")
def export(environment: Environment, folder: Path, as_json: bool) -> None:
    """Write the public key and all digests to a folder, to be kept where nobody of this account can write.

    A folder that is there already is added to: what it holds is never replaced, and must be the same.
    """
    from scripts.operations.audit.sources import deployed_copies, deployed_key, keep

    target, names = environment.target, environment.names
    with missing_is_not_deployed(f"audit digest of {environment.suffix}"):
        copies = deployed_copies(target.client("dynamodb"), names.transactions_table)
    keep(folder, deployed_key(target.client("kms"), names.signing_key_alias), copies)
    document = {"folder": str(folder), "digests": len(copies)}
    answer(
        document,
        as_json,
        lambda: click.echo(f"{folder}: the public key and {counted(len(copies), 'digest')}"),
    )


@audit.command()
@environment_or_none_options
@json_option
@time_option("--from", "first", DAY, HOUR, help="First hour; else a day before --to.")
@time_option("--to", "end", DAY, HOUR, help="End; else that of the last hour that must have its digest.")
@click.option("--kept", type=FOLDER, help="Public key and digests of this folder, as export writes it.")
@click.option("--copy", "copy", type=FOLDER, help="A copy of the audit bucket in place of the bucket.")
def verify(
    environment: Environment | None,
    first: datetime | None,
    end: datetime | None,
    kept: Path | None,
    copy: Path | None,
    as_json: bool,
) -> int:
    """Compare each hour with its signed digest, and each object with the hash in its key.

    Finds an object that was changed (altered) or deleted, a digest that was deleted or forged, an hour without one
    (gap), an end that was cut off, and an object that no digest has (unlisted). Every object is read whole. With
    --kept and --copy nothing is asked of AWS, and nothing of this account is trusted: not its key, not its table, not
    its bucket. What is older than AuditRetentionDays is gone by rule, and found as deleted. What is in Glacier is
    said to be cold; a list that is there proves nothing (unread).
    """
    from scripts.operations.audit.sources import signatures_of
    from scripts.operations.audit.verification import DUE_AFTER
    from scripts.operations.audit.verification import verify as hold

    now = datetime.now(UTC)
    end = end or (now - DUE_AFTER).replace(minute=0, second=0, microsecond=0)
    first = first or end - timedelta(days=1)
    if first >= end:
        raise UsageError("--from is not before --to")
    with missing_is_not_deployed(f"audit digest of {environment.suffix if environment else ''}"):
        key, copies, trail = _evidence(environment, kept, copy, now)
        verdict = hold(trail, copies, signatures_of(key), first, end, now)
    if not verdict.digests and not (copies.texts and verdict.findings):
        begins = min(copies.texts, default="")
        raise NotFound(
            "there is no digest of these hours: nothing is proven",
            f"the first that there is: --from {begins}"
            if begins
            else "a new environment makes its first some 70 minutes after it was made; in an older one all are gone",
        )
    document = {
        "whole": verdict.is_whole,
        **verdict._asdict(),
        "findings": [finding._asdict() for finding in verdict.findings],
    }
    answer(document, as_json, lambda: click.echo("\n".join(_lines(verdict, first))))
    return EXIT_DONE if verdict.is_whole else EXIT_FOUND


def _evidence(
    environment: Environment | None, kept: Path | None, copy: Path | None, now: datetime
) -> tuple[str, "Copies", "Trail"]:
    """The public key, the copies of the digests and the objects: from the folders that are given, else from AWS."""
    from scripts.operations.audit.sources import (
        BucketTrail,
        FolderTrail,
        deployed_copies,
        deployed_key,
        kept_in,
    )
    from scripts.operations.audit.verification import Copies, due_until

    def deployed() -> Environment:
        if environment is None:
            raise UsageError("without --suffix it needs both --kept and --copy")
        return environment

    if kept:
        key, texts = kept_in(kept)
        copies = Copies(texts, min(due_until(now), max(texts, default="")))
    else:
        target, names = deployed().target, deployed().names
        key = deployed_key(target.client("kms"), names.signing_key_alias)
        copies = Copies(deployed_copies(target.client("dynamodb"), names.transactions_table), due_until(now))
    if copy is None:
        return key, copies, BucketTrail(deployed().target.client("s3"), deployed().names.audit_bucket)
    trail = FolderTrail(copy)
    return key, copies._replace(until=min(copies.until, trail.last_hour())), trail


def _lines(verdict: "Verdict", first: datetime) -> Iterator[str]:
    for finding in verdict.findings:
        yield f"{finding.kind}: {finding.what}" + (f" ({finding.detail})" if finding.detail else "")
    if verdict.first > hour_of(first):
        yield f"the trail begins at {verdict.first}: nothing before it is proven"
    yield (
        f"{f'whole up to {verdict.until}' if verdict.is_whole else 'NOT WHOLE'}: "
        f"{counted(verdict.digests, 'digest')}, {counted(verdict.objects, 'object')}, "
        f"{counted(len(verdict.findings), 'finding')}; "
        f"not proven yet, as the next digest is not there: {counted(verdict.pending, 'object')}"
    )
