"""Webhooks that wait for a person; `python scripts/inbox.py --help` says what to do with them."""

import sys

from starting import start

if __name__ == "__main__":
    sys.exit(start("operations.inbox_command"))
