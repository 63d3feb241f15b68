"""Payments, as the transaction API tells them; `python scripts/transactions.py --help` says how to ask."""

import sys

from operations.transactions_command import main

if __name__ == "__main__":
    sys.exit(main())
