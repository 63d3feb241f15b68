"""The way of one webhook or payment; `python scripts/trace.py --help` says how to ask."""

from start_command import start  # type: ignore[import-not-found]

if __name__ == "__main__":
    start("trace")
