"""Makes the project importable without installing it. A benchmark that uses its packages imports this first."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[1:1] = [str(ROOT), str(ROOT / "layer" / "python")]  # behind this folder
