"""Prepares a change set: checks parameter values, packages and uploads templates and code."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from scripts.artifacts import bytecode, package, wheels
from scripts.artifacts.bucket import ensure_bucket, renew_expiry, require_bucket
from scripts.artifacts.uploads import ArtifactObjects
from scripts.cloudformation.live_stack import read_stack
from scripts.command_line.counted import counted
from scripts.command_line.environment_file import resolve
from scripts.command_line.errors import Refused
from scripts.command_line.project_paths import OUTPUT
from scripts.deployment.context import Context
from stacks.assembly import Assembly
from stacks.function_catalogue import ARTIFACT_VERSIONS

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
        **dict.fromkeys((*ARTIFACT_VERSIONS, *ARTIFACT_VERSIONS.values()), _LATER),
    }
    if target.is_local:  # the engine runs the functions with this interpreter, on this processor
        this_machine = {"Runtime": bytecode.running_runtime(), "Architecture": wheels.running_architecture()}
        given = {name: value for name, value in given.items() if name not in this_machine}
        filled |= this_machine
    return resolve(declared, given, filled)


def check_assembly(context: Context, assembly: Assembly, warn: Callable[[str], None] | None = None) -> None:
    """Raise Refused when the templates are not those that were reviewed (on AWS), or cfn-lint refuses them.

    warn: told of warnings of cfn-lint, instead of Refused.
    """
    if not context.target.is_local:
        package.require_fresh_output(assembly, OUTPUT)
    package.require_lint(assembly, context.target.region, warn=warn, print_message=context.print_message)


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
        context.print_message(
            f"objects in {bucket} now expire when no deploy has used them for a calendar year"
        )
    objects = _objects(context, bucket)
    deployed = read_stack(context.cloudformation, context.names.stack).parameters
    running = _versions(deployed) if deployed.get("ArtifactBucket") == bucket else {}
    done = objects.upload_all(package_built.uploads, running, context.console)
    context.print_message(
        f"uploaded {counted(done.sent, 'object')}, {counted(done.sent_bytes, 'byte')}; already there: {done.skipped}"
    )
    _keep_deployed(context, deployed)
    url = f"https://s3.{target.region}.{target.url_suffix}/{bucket}/{package_built.root_key}"
    versions = {ARTIFACT_VERSIONS[name]: done.versions[key] for name, key in package_built.keys.items()}
    return Prepared(url, {**values, **package_built.keys, **versions})


def expected_values(context: Context, package_built: package.Package) -> dict[str, str]:
    """Keys of the artifacts, and the versions of those that are deployed already: of the others they are known once
    they are uploaded.
    """
    deployed = read_stack(context.cloudformation, context.names.stack).parameters
    versions = {
        ARTIFACT_VERSIONS[name]: deployed[ARTIFACT_VERSIONS[name]]
        for name, key in package_built.keys.items()
        if deployed.get(name) == key and ARTIFACT_VERSIONS[name] in deployed
    }
    return {**package_built.keys, **versions}


def require_objects(context: Context, parameters: Mapping[str, str]) -> None:
    """Raise Refused unless the layer and the code that `parameters` name are in the bucket, as their names say."""
    bucket = parameters["ArtifactBucket"]
    missing = _objects(context, bucket).missing(_versions(parameters))
    if missing:
        raise Refused(
            f"these objects are missing from {bucket}, or have another content: {', '.join(missing)}",
            f"make the change set again: {context.commands.plan}",
        )


def _keep_deployed(context: Context, deployed: Mapping[str, str]) -> None:
    """Keep the deployed objects, which a roll-back needs, from expiring; warn about those that are gone.

    `deployed`: the stack's parameters.
    """
    bucket = deployed.get("ArtifactBucket")
    if not bucket:
        return
    for key in _objects(context, bucket).keep(_versions(deployed)):
        context.print_message(
            f"warning: {key}, which is deployed, is gone from {bucket}, or is something else: "
            "a roll-back could not use it"
        )


def _objects(context: Context, bucket: str) -> ArtifactObjects:
    return ArtifactObjects(context.target.client("s3"), bucket, context.target.account_id, datetime.now(UTC))


def _versions(parameters: Mapping[str, str]) -> dict[str, str]:
    """The version of each artifact that these parameters name, by its key; empty where they name none."""
    return {
        parameters[key]: parameters.get(version, "")
        for key, version in ARTIFACT_VERSIONS.items()
        if parameters.get(key)
    }
