"""Send a webhook, signed as its provider signs; `python scripts/send.py --help` says how."""

import sys

from starting import start

if __name__ == "__main__":
    sys.exit(start("operations.send_command"))
