"""Payments, as the transaction API tells them; `python scripts/transactions.py --help` says how to ask."""

from start_command import start  # type: ignore[import-not-found]

if __name__ == "__main__":
    start("transactions")
