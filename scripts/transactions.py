"""Payments, as the transaction API tells them; `python scripts/transactions.py --help` says how to ask."""

import sys

from starting import start

if __name__ == "__main__":
    sys.exit(start("operations.transactions_command"))
