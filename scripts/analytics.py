"""How many payments, and of how much; `python scripts/analytics.py --help` says how to ask."""

from start_command import start  # type: ignore[import-not-found]

if __name__ == "__main__":
    start("analytics")
