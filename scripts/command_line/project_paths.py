"""Where the parts of the project lie on the disk of the machine that deploys it."""

from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
FUNCTIONS: Final = ROOT / "functions"
LAYER: Final = ROOT / "layer"
OUTPUT: Final = ROOT / "output"
ENVIRONMENTS: Final = ROOT / "environments"
BUILD: Final = ROOT / "build"  # caches only: may be deleted at any time
LINTED: Final = BUILD / "linted"  # what cfn-lint found in each template
