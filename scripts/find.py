"""Webhooks and payments by what is known of them; `python scripts/find.py --help` says how to ask."""

from start_command import start  # type: ignore[import-not-found]

if __name__ == "__main__":
    start("find")
