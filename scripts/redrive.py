"""Dead letters, shown and moved back; `python scripts/redrive.py --help` says how."""

from start_command import start  # type: ignore[import-not-found]

if __name__ == "__main__":
    start("redrive")
