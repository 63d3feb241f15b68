"""Delete an environment; `python scripts/destroy.py --help` says how."""

import sys

from deployment.destroy_cli import main

if __name__ == "__main__":
    sys.exit(main())
