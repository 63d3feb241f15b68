"""Webhooks, given to the processor again; `python scripts/replay.py --help` says how."""

from start_command import start  # type: ignore[import-not-found]

if __name__ == "__main__":
    start("replay")
