"""The command `permissions`."""

import re
from pathlib import Path

import click

from scripts.command_line.command import Command
from scripts.command_line.options import json_option, region_option, suffix_option


@click.command(
    cls=Command,
    examples=[
        "{} --suffix prod --account 111111111111 --region eu-west-1",
        "{} --suffix prod --account 111111111111 --region eu-west-1 --folder policies --repository OWNER/NAME",
    ],
)
@suffix_option
@click.option(
    "--account",
    required=True,
    metavar="ID",
    callback=lambda _ctx, _param, value: _check_account(value),
    help="The AWS account's twelve digits.",
)
@region_option
@click.option(
    "--repository",
    metavar="OWNER/NAME",
    callback=lambda _ctx, _param, value: value and _check_repository(value),
    help="Also the trust of roles for this GitHub repository's workflow.",
)
@click.option("--artifact-bucket", metavar="NAME", help="The bucket of deploy's --artifact-bucket.")
@click.option(
    "--folder", type=click.Path(file_okay=False, path_type=Path), help="Write each document to a file here."
)
@json_option
def permissions(
    suffix: str,
    account: str,
    region: str | None,
    repository: str | None,
    artifact_bucket: str | None,
    folder: Path | None,
    as_json: bool,
) -> None:
    """Print the IAM policies for the roles that deploy.

    For three roles, to plan, to apply and to destroy, and for the account's first deployment; each of a size that IAM
    takes. docs/first-deployment.md says what to do with them. AWS is not asked.
    """
    import json

    import boto3

    from scripts.command_line import streams
    from scripts.command_line.aws_target import region_of
    from scripts.command_line.errors import UsageError
    from scripts.deployment.permissions.deployer_policies import deployer_policies, fill, github_trust
    from scripts.deployment.permissions.statement import characters
    from stacks.assembly import build
    from stacks.names import Names

    session = boto3.Session(region_name=region)
    region = region_of(session, region)
    if region not in session.get_available_regions("lambda", session.get_partition_for_region(region)):
        raise UsageError(
            f"there is no region {region}", "look at --region; a newer region needs a newer boto3"
        )
    names = Names(suffix, account, region, session.get_partition_for_region(region))
    documents = {
        name: fill(text, names, artifact_bucket) for name, text in deployer_policies(build()).items()
    }
    if repository:
        environments = {"plan": "plan", "apply": "production"}
        documents |= {
            f"deployer-{command}.trust.json": github_trust(names, repository, environment)
            for command, environment in environments.items()
        }
    if folder:
        folder.mkdir(parents=True, exist_ok=True)
        for name, document in documents.items():
            (folder / name).write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    rows = [(name, len(document["Statement"]), characters(document)) for name, document in documents.items()]
    headings = ("file", "statements", "characters")
    streams.answer(
        documents, as_json, lambda: streams.print_table(headings, rows, numbers=("statements", "characters"))
    )


def _check_account(value: str) -> str:
    if re.fullmatch("[0-9]{12}", value):
        return value
    raise click.BadParameter(f"{value!r}: an AWS account has twelve digits")


def _check_repository(value: str) -> str:
    if re.fullmatch(r"[\w.-]+/[\w.-]+", value):
        return value
    raise click.BadParameter(f"{value!r}: a repository is OWNER/NAME")
