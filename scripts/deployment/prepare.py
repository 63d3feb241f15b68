"""Prepares a change set: checks parameter values, packages and uploads templates and code."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from scripts.artifacts import bytecode, package, wheels
from scripts.artifacts.bucket import EXPIRY_DAYS, ensure_bucket, renew_expiry, require_bucket
from scripts.artifacts.uploads import keep_alive, missing_objects, upload_all
from scripts.cloudformation.live_stack import read_stack
from scripts.command_line.environment_file import resolve
from scripts.command_line.errors import Refused
from scripts.command_line.project_paths import OUTPUT
from scripts.deployment.context import Context
from stacks.assembly import Assembly
from stacks.function_catalogue import CODE_KEYS, LAYER_KEY

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

_LATER: Final = "made-while-packaging"  # stands for an artifact's key until it is known


@dataclass(frozen=True)
class Prepared:
    """Template URL and parameter values of a change set of the root stack."""

    template_url: str
    values: dict[str, str]


def check_values(
    context: Context, assembly: Assembly, given: Mapping[str, str], own_bucket: str | None = None
) -> dict[str, str]:
    """A value for every parameter of the root. Raises UsageError for a name or a value that cannot be.

    `own_bucket`: an existing bucket for templates and code, instead of the one that is made on first use.
    Call it before anything is created, so that a misspelt parameter costs nothing.
    """
    declared: dict[str, Any] = json.loads(assembly.root)["Parameters"]
    target = context.target
    filled = {
        "EnvironmentSuffix": context.names.suffix,
        "ArtifactBucket": own_bucket or context.names.artifact_bucket,
        **dict.fromkeys((LAYER_KEY, *CODE_KEYS.values()), _LATER),
    }
    if target.is_local:  # the engine runs the functions with this interpreter, on this processor
        this_machine = {"Runtime": bytecode.running_runtime(), "Architecture": wheels.running_architecture()}
        given = {name: value for name, value in given.items() if name not in this_machine}
        filled |= this_machine
    return resolve(declared, given, filled)


def check_assembly(context: Context, assembly: Assembly) -> None:
    """Raise Refused when the templates are not those that were reviewed (on AWS), or cfn-lint refuses them."""
    if not context.target.is_local:
        package.require_fresh_output(assembly, OUTPUT)
    package.require_lint(assembly, context.target.region)


def package_for(context: Context, assembly: Assembly, values: Mapping[str, str]) -> package.Package:
    """Everything that `assembly` and `values` need, built on this machine; nothing is uploaded."""
    return package.make_package(
        assembly,
        values["Runtime"],
        values["Architecture"],
        for_this_machine=context.target.is_local,
        print_message=context.print_message,
    )


def prepare(context: Context, assembly: Assembly, values: Mapping[str, str]) -> Prepared:
    """Package and upload everything that `assembly` and `values` need. Raises RolledBack or Refused."""
    target = context.target
    package_built = package_for(context, assembly, values)
    s3, bucket = target.client("s3"), values["ArtifactBucket"]
    if bucket != context.names.artifact_bucket:
        require_bucket(s3, bucket, target.account_id, target.region)
    elif ensure_bucket(s3, bucket, target.account_id, target.region, target.partition):
        context.print_message(f"created the bucket {bucket} for templates and code")
    elif renew_expiry(s3, bucket, target.account_id):
        context.print_message(f"objects in {bucket} that no deploy uses now expire after {EXPIRY_DAYS} days")
    now = datetime.now(UTC)
    counts = upload_all(s3, bucket, target.account_id, package_built.uploads, now, context.console)
    context.print_message(
        f"uploaded {counts.sent} objects, {counts.sent_bytes:,} bytes; already there: {counts.skipped}"
    )
    _keep_deployed(context, s3)
    url = f"https://s3.{target.region}.{target.url_suffix}/{bucket}/{package_built.root_key}"
    return Prepared(url, {**values, **package_built.keys})


def require_objects(context: Context, parameters: Mapping[str, str]) -> None:
    """Raise Refused unless the layer and the code that `parameters` name are in the bucket, as their names say."""
    s3, bucket = context.target.client("s3"), parameters["ArtifactBucket"]
    missing = missing_objects(s3, bucket, context.target.account_id, _artifact_keys(parameters))
    if missing:
        raise Refused(
            f"these objects are missing from {bucket}, or have another content: {', '.join(missing)}",
            f"make the change set again: {context.commands.plan}",
        )


def _keep_deployed(context: Context, s3: "S3Client") -> None:
    """Renew the deployed objects, which a roll-back needs, before they expire; warn about those that are gone."""
    stack = read_stack(context.cloudformation, context.names.stack)
    bucket = stack.parameters.get("ArtifactBucket")
    if not bucket:
        return
    keys = [key for key in _artifact_keys(stack.parameters) if key]
    for key in keep_alive(s3, bucket, context.target.account_id, keys, datetime.now(UTC)):
        context.print_message(
            f"warning: {key}, which is deployed, is gone from {bucket}: a roll-back could not use it"
        )


def _artifact_keys(parameters: Mapping[str, str]) -> list[str]:
    return [parameters[name] for name in (LAYER_KEY, *CODE_KEYS.values()) if name in parameters]
