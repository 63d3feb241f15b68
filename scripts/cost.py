"""What a million webhooks cost, by the templates; `python scripts/cost.py --help` says how."""

import sys

from planning.cost_cli import main

if __name__ == "__main__":
    sys.exit(main())
