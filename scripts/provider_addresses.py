"""The addresses that providers publish; `python scripts/provider_addresses.py --help` says how."""

import sys

from starting import start

if __name__ == "__main__":
    sys.exit(start("operations.provider_addresses_command"))
