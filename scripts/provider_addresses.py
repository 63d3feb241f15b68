"""The addresses that providers publish; `python scripts/provider_addresses.py --help` says how."""

import sys

from operations.provider_addresses_command import main

if __name__ == "__main__":
    sys.exit(main())
