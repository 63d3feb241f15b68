"""What webhooks tell of a person, erased; `python scripts/erase.py --help` says how."""

from start_command import start  # type: ignore[import-not-found]

if __name__ == "__main__":
    start("erase")
