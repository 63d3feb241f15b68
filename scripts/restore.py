"""Data as they were, brought back under their own names; `python scripts/restore.py --help` says how."""

from start_command import start  # type: ignore[import-not-found]

if __name__ == "__main__":
    start("restore")
