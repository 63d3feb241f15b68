"""Packages what one deployment uploads: templates, layer and code, and the parameters that name them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from scripts.artifacts.deterministic_zip import unzipped_size
from scripts.artifacts.uploads import Upload
from scripts.artifacts.zip_files import build_function, build_layer
from scripts.command_line.errors import Refused
from scripts.command_line.project_paths import LINTED
from stacks.assembly import ROOT, Assembly
from stacks.function_catalogue import CODE_KEYS, LAYER_KEY
from stacks.lint.cfn_lint import REGIONS, lint
from stacks.lint.finding import Finding
from stacks.wiring.nested_stack import template_key

_MEBIBYTE: Final = 1024 * 1024


@dataclass(frozen=True)
class Package:
    """Uploads of one deployment.

    `keys` fills the root's parameters that name artifacts; `root_key` is the root template's object key.
    """

    uploads: tuple[Upload, ...]
    keys: dict[str, str]
    root_key: str


def make_package(
    assembly: Assembly,
    runtime: str,
    architecture: str,
    *,
    for_this_machine: bool,
    print_message: Callable[[str], None],
) -> Package:
    """Package the layer and every function. Raises RolledBack when something cannot be built."""
    layer = build_layer(runtime, architecture, for_this_machine=for_this_machine)
    functions = {
        parameter: build_function(name, runtime, architecture) for name, parameter in CODE_KEYS.items()
    }
    zipped, unzipped = layer.size_bytes / _MEBIBYTE, unzipped_size(layer.path) / _MEBIBYTE
    print_message(f"layer: {zipped:.1f} MiB, {unzipped:.1f} MiB unpacked, for {runtime} on {architecture}")
    if not layer.has_bytecode:
        print_message(
            f"no {runtime} was found here: the layer ships without bytecode, so cold starts are slower"
        )
    artifacts = {LAYER_KEY: layer, **functions}
    keys = {parameter: artifact.key for parameter, artifact in artifacts.items()}
    root_key = template_key(ROOT, assembly.root)
    templates = {root_key: assembly.root, **assembly.objects}
    uploads = [Upload(key, text.encode(), "application/json") for key, text in templates.items()]
    uploads += [
        Upload(artifact.key, artifact.path.read_bytes(), "application/zip") for artifact in artifacts.values()
    ]
    return Package(tuple(uploads), keys, root_key)


def require_lint(
    assembly: Assembly,
    region: str,
    memory: Path = LINTED,
    warn: Callable[[str], None] | None = None,
    print_message: Callable[[str], None] | None = None,
) -> None:
    """Raise Refused unless cfn-lint accepts the templates, in `region` too.

    warn: told of what are only warnings, instead of Refused.
    """
    said = "checking the templates with cfn-lint; this takes some seconds"
    with TemporaryDirectory() as folder:
        assembly.write(Path(folder))
        findings = lint(
            Path(folder),
            sorted({*REGIONS, region}),
            memory=memory,
            tell=lambda: print_message(said) if print_message else None,
        )
    if findings:
        refuse(findings, warn)


def refuse(findings: Sequence[Finding], warn: Callable[[str], None] | None) -> None:
    """Raise Refused with what cfn-lint found; `warn` is told instead, if all are warnings."""
    words = "cfn-lint refuses the templates:\n" + "\n".join(f"  {finding}" for finding in findings)
    if warn is None or not all(finding.rule.startswith("W") for finding in findings):
        raise Refused(words, "correct stacks/, then: python build_template.py --check")
    warn(words)


def require_fresh_output(assembly: Assembly, folder: Path) -> None:
    """Raise Refused unless `folder` holds exactly what the code builds: what was reviewed is what is deployed."""
    stale = assembly.stale_files(folder)
    if stale:
        raise Refused(
            f"output/ is not what the code builds: {', '.join(stale)}",
            "python build_template.py, then review and commit output/",
        )
