"""What a million webhooks cost, by the templates; `python scripts/cost.py --help` says how."""

from start_command import start  # type: ignore[import-not-found]

if __name__ == "__main__":
    start("cost")
