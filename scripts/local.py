"""The local engine, up and down; `python scripts/local.py --help` says how."""

from start_command import start  # type: ignore[import-not-found]

if __name__ == "__main__":
    start("local")
