"""What the system sustains, by its templates; `python scripts/capacity.py --help` says how."""

import sys

from planning.capacity_cli import main

if __name__ == "__main__":
    sys.exit(main())
