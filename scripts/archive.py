"""What the archive holds, and whether that is right; `python scripts/archive.py --help` says how to ask."""

from start_command import start  # type: ignore[import-not-found]

if __name__ == "__main__":
    start("archive")
