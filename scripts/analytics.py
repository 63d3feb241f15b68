"""How many transitions, and of how much; `python scripts/analytics.py --help` says how to ask."""

import sys

from operations.analytics_command import main

if __name__ == "__main__":
    sys.exit(main())
