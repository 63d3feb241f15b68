"""Whether the system is well; `python scripts/health.py --help` says how to ask."""

from start_command import start  # type: ignore[import-not-found]

if __name__ == "__main__":
    start("health")
