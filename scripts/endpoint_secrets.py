"""The keys of an endpoint; `python scripts/endpoint_secrets.py --help` says how to set and roll them."""

import sys

from starting import start

if __name__ == "__main__":
    sys.exit(start("operations.endpoint_secrets_command"))
