"""What a million webhooks cost, by the templates; `python scripts/cost.py --help` says how."""

import sys

from starting import start

if __name__ == "__main__":
    sys.exit(start("planning.cost_cli"))
