"""The command `evidence`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from scripts.command_line.command import Command
from scripts.command_line.environment import Environment
from scripts.command_line.environment_file import EnvironmentFile
from scripts.command_line.exit_codes import EXIT_DONE, EXIT_FOUND
from scripts.command_line.options import (
    environment_file_option,
    environment_or_none_options,
    json_option,
    parameter_option,
)

if TYPE_CHECKING:
    from scripts.operations.evidence.gather import Gathered


@click.command(
    cls=Command,
    exit_codes=[EXIT_FOUND],
    examples=[
        "{} --environment environments/prod.toml     the templates, with these settings",
        "{} --suffix prod                            what is deployed, too",
        "{} --suffix dev --local --html evidence.html",
    ],
)
@environment_or_none_options
@environment_file_option
@parameter_option
@click.option(
    "--folder",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="A new folder for the pack; else evidence-NAME-TIME here.",
)
@click.option(
    "--html", type=click.Path(path_type=Path), metavar="FILE", help="The page once more, to this file."
)
@json_option
def evidence(
    environment: Environment | None,
    environment_file: EnvironmentFile,
    parameters: dict[str, str],
    folder: Path | None,
    html: Path | None,
    as_json: bool,
) -> int:
    """Show by what each requirement of PCI DSS is met.

    Applies the control matrix (docs/pci-dss.md) to the templates and runs the tests that it names; with --suffix, to
    the deployed templates and parameters, compares every resource with its template, and reads what the account itself
    must have. All of it only reads. It needs the rights of the policies `plan` (permissions) and, for the account,
    those that docs/deploying.md lists. The pack is a folder with a page, JSON, the templates and the SHA-256 of each;
    the last line has the SHA-256 of these sums, which proves the folder only if it is kept elsewhere.

    Exit code 1: a row is open. What could not be read stays the account's to show.
    """
    import hashlib
    import sys
    from datetime import UTC, datetime

    from scripts.command_line import streams
    from scripts.command_line.commit import commit_of_checkout
    from scripts.operations.evidence import pack
    from scripts.operations.evidence.findings import verdict
    from stacks.controls.assessment import OPEN

    begun = datetime.now(UTC)
    about: dict[str, object] = {"time": f"{begun:%Y-%m-%dT%H:%M:%SZ}", "commit": commit_of_checkout()}
    name = environment.suffix if environment else "templates"
    folder = folder or Path(f"evidence-{name}-{begun:%Y%m%dT%H%M%SZ}")
    folder.mkdir(parents=True)  # before minutes of work; one that is there is never written over
    try:
        if environment is None:
            gathered = _of_templates(environment_file, parameters, about)
        else:
            gathered = _of_environment(environment, about)
    except BaseException:
        folder.rmdir()
        raise
    told = verdict(gathered.findings)
    document = pack.document_of(about, told, gathered.findings)
    sums = pack.write_pack(folder, document, gathered.templates)
    if html:
        html.write_text(pack.page(document), encoding="utf-8")
    rows = [each[:5] for each in gathered.findings if each.state != "met"]
    headings = ("kind", "requirement", "id", "what", "state")
    digest = hashlib.sha256(sums.read_bytes()).hexdigest()
    answer = {**document, "sha256_of_sums": digest}
    streams.answer(answer, as_json, lambda: streams.print_table(headings, rows, title=told))
    print(f"{told}; written to {sums.parent}", file=sys.stderr)
    print(f"SHA-256 of {sums.name}: {digest}; keep it where nobody can change it", file=sys.stderr)
    return EXIT_FOUND if any(each.state == OPEN for each in gathered.findings) else EXIT_DONE


def _of_templates(
    environment_file: EnvironmentFile, parameters: Mapping[str, str], about: dict[str, object]
) -> Gathered:
    """Of the templates that the code builds, with these settings; adds to `about` what it is of."""
    from scripts.operations.evidence import gather
    from stacks.assembly import build

    about |= {"of": "templates", "settings": str(environment_file.path or "none given")}
    given = environment_file.protection.with_tables({**environment_file.parameters, **parameters})
    return gather.of_templates(build(), given, gather.run_tests)


def _of_environment(environment: Environment, about: dict[str, object]) -> Gathered:
    """Of what is deployed; adds to `about` where that is, and which templates are of another commit."""
    import time

    from scripts.operations.evidence import gather
    from stacks.assembly import build

    target, names = environment.target, environment.names
    about |= {"of": names.stack, "account": names.account, "region": names.region, "local": target.is_local}
    click.echo("comparing every resource with its template; this may take minutes", err=True)
    gathered = gather.of_environment(
        target.client, names.stack, build(), gather.run_tests, time.sleep, is_local=target.is_local
    )
    about["deployed_templates_of_another_commit"] = list(gathered.differing)
    return gathered
