"""All templates of the system, in order, as texts."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from stacks.api.stack import build_api
from stacks.canary.stack import build_canary
from stacks.compute.stack import build_compute
from stacks.data.stack import build_data
from stacks.generated_files import FileSet
from stacks.lint.waivers import note_waivers, read_waivers
from stacks.messaging.stack import build_messaging
from stacks.monitoring.stack import build_monitoring
from stacks.network.stack import build_network
from stacks.parameters import network as network_parameters
from stacks.parameters.features import CANARY_ON
from stacks.root import build_root
from stacks.security.stack import build_security
from stacks.wiring.nested_stack import NestedStack, render, template_key

ROOT: Final = "root"

# The order of the nested stacks: each may read the outputs of those above it.
_BUILDERS: Final = {
    "security": build_security,
    "network": build_network,
    "data": build_data,
    "messaging": build_messaging,
    "compute": build_compute,
    "api": build_api,
    "canary": build_canary,
    "monitoring": build_monitoring,
}
_ONLY_WITH: Final = {"network": network_parameters.PRIVATE_NETWORK, "canary": CANARY_ON}


@dataclass(frozen=True)
class Assembly:
    """The root template, and the nested templates by name, in order; all as JSON texts."""

    root: str
    nested: dict[str, str]

    @property
    def files(self) -> dict[str, str]:
        """File name in output/ -> text."""
        return {f"{name}.template.json": text for name, text in {ROOT: self.root, **self.nested}.items()}

    @property
    def parsed(self) -> dict[str, dict[str, Any]]:
        """Name -> template, the root among them."""
        return {name: json.loads(text) for name, text in {ROOT: self.root, **self.nested}.items()}

    @property
    def objects(self) -> dict[str, str]:
        """Object key in the artifact bucket -> text, for what the root's TemplateURLs point at."""
        return {template_key(name, text): text for name, text in self.nested.items()}

    def stale_files(self, folder: Path) -> list[str]:
        """Names of the templates in `folder` that differ, are missing, or should not be there."""
        return [path.name for path in self.in_folder(folder).stale()]

    def write(self, folder: Path) -> None:
        """Write the templates to `folder`, and delete any other template there."""
        self.in_folder(folder).write()

    def in_folder(self, folder: Path) -> FileSet:
        return FileSet(folder, "*.template.json", self.files)


def build() -> Assembly:
    """Build every template. Raises stacks.wiring.outputs.WiringError for nested stacks that do not fit together."""
    waivers = read_waivers().controls
    stacks = [NestedStack(name, builder(), _ONLY_WITH.get(name)) for name, builder in _BUILDERS.items()]
    for stack in stacks:
        note_waivers(stack.template, waivers)
    root = render(build_root(stacks))
    return Assembly(root=root, nested={stack.name: stack.text for stack in stacks})
