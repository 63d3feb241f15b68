"""Proof that the audit trail is whole; `python scripts/audit.py --help` says how to ask."""

from start_command import start  # type: ignore[import-not-found]

if __name__ == "__main__":
    start("audit")
