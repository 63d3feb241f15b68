"""Webhooks that wait for a person; `python scripts/inbox.py --help` says what to do with them."""

from start_command import start  # type: ignore[import-not-found]

if __name__ == "__main__":
    start("inbox")
