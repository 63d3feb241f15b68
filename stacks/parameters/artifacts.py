"""Parameters of the artifacts: where the code is, and what it is built for. The deploy script sets the keys."""

from typing import Final

from stacks import function_catalogue
from stacks.parameters.setting import Setting

_ARTIFACT_KEY = r"^[A-Za-z0-9][A-Za-z0-9._/-]{0,1023}$"
ARTIFACT_BUCKET: Final = Setting(
    "ArtifactBucket",
    "Bucket that holds the templates, the layer and the functions' code",
    pattern=r"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$",
)
LAYER_KEY: Final = Setting(
    function_catalogue.LAYER_KEY,
    "Key of the shared layer's zip, with its content's hash",
    pattern=_ARTIFACT_KEY,
)
CODE_KEYS: Final[dict[str, Setting]] = {
    folder: Setting(title, f"Key of the code of {folder}, with its content's hash", pattern=_ARTIFACT_KEY)
    for folder, title in function_catalogue.CODE_KEYS.items()
}
ARTIFACT_VERSIONS: Final[dict[str, Setting]] = {
    key: Setting(
        title, f"Version of the object {key}; empty in a bucket without versions", "", pattern=r"^\S{0,1024}$"
    )
    for key, title in function_catalogue.ARTIFACT_VERSIONS.items()
}
RUNTIME: Final = Setting(
    "Runtime",
    "Python of all functions; the layer is built for it",
    "python3.11",
    allowed=("python3.11", "python3.12", "python3.13", "python3.14"),
)
ARCHITECTURE: Final = Setting(
    "Architecture",
    "Processor of all functions; the layer is built for it",
    "arm64",
    allowed=("arm64", "x86_64"),
)
