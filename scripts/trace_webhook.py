"""Where one webhook is; `python scripts/trace_webhook.py --help` says how to ask."""

import sys

from starting import start

if __name__ == "__main__":
    sys.exit(start("operations.trace_command"))
