"""Prove a scratch environment, from nothing to nothing; `python scripts/acceptance.py --help` says how."""

from start_command import start  # type: ignore[import-not-found]

if __name__ == "__main__":
    start("acceptance")
