"""Print the IAM policies of who deploys; `python scripts/permissions.py --help` says how."""

from start_command import start  # type: ignore[import-not-found]

if __name__ == "__main__":
    start("permissions")
