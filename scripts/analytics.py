"""How many transitions, and of how much; `python scripts/analytics.py --help` says how to ask."""

import sys

from starting import start

if __name__ == "__main__":
    sys.exit(start("operations.analytics_command"))
