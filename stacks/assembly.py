"""All templates of the system, in order, as texts."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from stacks.api import build_api
from stacks.compute import build_compute
from stacks.data import build_data
from stacks.layers import Layer, render, template_key
from stacks.messaging import build_messaging
from stacks.root import build_root
from stacks.security import build_security

__all__ = ["Assembly", "build", "template_key"]

ROOT: Final = "root"

# The order of the layers: each may use what those above it give.
_BUILDERS: Final = {
    "security": build_security,
    "data": build_data,
    "messaging": build_messaging,
    "compute": build_compute,
    "api": build_api,
}


@dataclass(frozen=True)
class Assembly:
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
        """Names of files in `folder` that differ from this assembly, are missing, or should not be there."""
        present = {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.template.json")}
        return sorted(
            name for name in self.files.keys() | present.keys() if self.files.get(name) != present.get(name)
        )

    def write(self, folder: Path) -> list[str]:
        """Write what differs, remove templates that are no longer built; returns the names of both."""
        folder.mkdir(parents=True, exist_ok=True)
        changed = self.stale_files(folder)
        for name in changed:
            if name in self.files:
                (folder / name).write_text(self.files[name], encoding="utf-8")
            else:
                (folder / name).unlink()
        return changed


def build() -> Assembly:
    """Build every template. Raises stacks.wiring.WiringError where layers do not fit together."""
    layers = [Layer(name, builder()) for name, builder in _BUILDERS.items()]
    root = render(build_root(layers))
    return Assembly(root=root, layers={layer.name: layer.text for layer in layers})
