"""What the system sustains, by its templates; `python scripts/capacity.py --help` says how."""

import sys

from starting import start

if __name__ == "__main__":
    sys.exit(start("planning.capacity_cli"))
