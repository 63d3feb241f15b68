"""What the system sustains, by its templates; `python scripts/capacity.py --help` says how."""

from start_command import start  # type: ignore[import-not-found]

if __name__ == "__main__":
    start("capacity")
