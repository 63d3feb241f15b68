"""The addresses that providers publish; `python scripts/provider_addresses.py --help` says how."""

from start_command import start  # type: ignore[import-not-found]

if __name__ == "__main__":
    start("provider-addresses")
