"""All templates of the system, in order, as texts."""

from pathlib import Path
from typing import Final, NamedTuple

from stacks.api.stack import build_api
from stacks.compute.stack import build_compute
from stacks.data.stack import build_data
from stacks.generated_files import FileSet
from stacks.lint.waivers import note_waivers, read_waivers
from stacks.messaging.stack import build_messaging
from stacks.monitoring.stack import build_monitoring
from stacks.network.stack import build_network
from stacks.parameters import network as network_parameters
from stacks.root import build_root
from stacks.security.stack import build_security
from stacks.wiring.nested_stack import Layer, render, template_key

__all__ = ["Assembly", "build", "template_key"]

ROOT: Final = "root"

# The order of the layers: each may use what those above it give.
_BUILDERS: Final = {
    "security": build_security,
    "network": build_network,
    "data": build_data,
    "messaging": build_messaging,
    "compute": build_compute,
    "api": build_api,
    "monitoring": build_monitoring,
}
_ONLY_WITH: Final = {"network": network_parameters.PRIVATE_NETWORK}


class Assembly(NamedTuple):
    """The root template and its layers, as JSON texts by layer name, in order."""

    root: str
    layers: dict[str, str]

    @property
    def files(self) -> dict[str, str]:
        """File name in output/ -> text."""
        return {f"{name}.template.json": text for name, text in {ROOT: self.root, **self.layers}.items()}

    @property
    def objects(self) -> dict[str, str]:
        """Object key in the artifact bucket -> text, for what the root's TemplateURLs point at."""
        return {template_key(name, text): text for name, text in self.layers.items()}

    def stale_files(self, folder: Path) -> list[str]:
        """Names of the templates in `folder` that differ, are missing, or should not be there."""
        return [path.name for path in self.in_folder(folder).stale()]

    def write(self, folder: Path) -> None:
        """Make `folder` hold these templates and no other."""
        self.in_folder(folder).write()

    def in_folder(self, folder: Path) -> FileSet:
        return FileSet(folder, "*.template.json", self.files)


def build() -> Assembly:
    """Build every template. Raises stacks.wiring.WiringError where layers do not fit together."""
    waivers = read_waivers().controls
    layers = [Layer(name, builder(), _ONLY_WITH.get(name)) for name, builder in _BUILDERS.items()]
    for layer in layers:
        note_waivers(layer.template, waivers)
    root = render(build_root(layers))
    return Assembly(root=root, layers={layer.name: layer.text for layer in layers})
