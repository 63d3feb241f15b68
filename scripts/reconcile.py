"""Search for webhooks that never came; `python scripts/reconcile.py --help` says how to ask."""

from start_command import start  # type: ignore[import-not-found]

if __name__ == "__main__":
    start("reconcile")
