"""Shows by what each requirement of PCI DSS is met; `python scripts/evidence.py --help` says how."""

from start_command import start  # type: ignore[import-not-found]

if __name__ == "__main__":
    start("evidence")
