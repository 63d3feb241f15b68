"""From templates and settings to what a change set can name: checked values, and everything uploaded."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from deployment import bytecode, package, wheels
from deployment.artifact_bucket import bucket_name, ensure_bucket
from deployment.artifacts import upload_all
from deployment.context import Context
from deployment.project import OUTPUT
from deployment.settings import resolve
from deployment.showing import UploadBar
from stacks.assembly import Assembly
from stacks.functions import FUNCTIONS, LAYER_KEY

_LATER: Final = "made-while-packaging"  # stands for an artifact's key until it is known


@dataclass(frozen=True)
class Prepared:
    """All that a change set of the root stack needs; `values` are its parameters."""

    template_url: str
    values: dict[str, str]


def check_values(context: Context, assembly: Assembly, given: Mapping[str, str]) -> dict[str, str]:
    """A value for every parameter of the root. Raises UsageError for a name or a value that cannot be.

    Done before anything is created, so that a misspelt parameter costs nothing.
    """
    declared: dict[str, Any] = json.loads(assembly.root)["Parameters"]
    target = context.target
    filled = {
        "EnvironmentSuffix": context.names.suffix,
        "ArtifactBucket": bucket_name(target.account_id, target.region),
        **dict.fromkeys((LAYER_KEY, *FUNCTIONS.values()), _LATER),
    }
    if target.is_local:  # the engine runs the functions with this interpreter, on this processor
        here = {"Runtime": bytecode.running_runtime(), "Architecture": wheels.running_architecture()}
        given = {name: value for name, value in given.items() if name not in here}
        filled |= here
    return resolve(declared, given, filled)


def check_assembly(context: Context, assembly: Assembly) -> None:
    """Raise Refused when the templates are not those that were reviewed (on AWS), or cfn-lint refuses them."""
    if not context.target.is_local:
        package.require_fresh_output(assembly, OUTPUT)
    package.require_lint(assembly, context.target.region)


def prepare(context: Context, assembly: Assembly, values: Mapping[str, str]) -> Prepared:
    """Package and upload everything that `assembly` and `values` need. Raises RolledBack or Refused."""
    target = context.target
    made = package.make_package(
        *(assembly, values["Runtime"], values["Architecture"]),
        for_this_machine=target.is_local,
        tell=context.tell,
    )
    s3, bucket = target.client("s3"), values["ArtifactBucket"]
    if ensure_bucket(s3, bucket, target.account_id, target.region, target.partition):
        context.tell(f"made the bucket {bucket} for templates and code")
    with UploadBar(context.console, made.uploads) as bar:
        sent = upload_all(s3, bucket, target.account_id, made.uploads, bar.done)
    context.tell(
        f"uploaded {sent.sent} objects, {sent.sent_bytes:,} bytes; {sent.skipped} were there already"
    )
    url = f"https://s3.{target.region}.{target.url_suffix}/{bucket}/{made.root_key}"
    return Prepared(url, {**values, **made.keys})
