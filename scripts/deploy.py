"""Deploy by change set; `python scripts/deploy.py --help` says how."""

from start_command import start  # type: ignore[import-not-found]

if __name__ == "__main__":
    start("deploy")
