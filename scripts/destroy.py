"""Delete an environment; `python scripts/destroy.py --help` says how."""

import sys

from starting import start

if __name__ == "__main__":
    sys.exit(start("deployment.destroy_cli"))
