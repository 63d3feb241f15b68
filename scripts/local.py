"""The local engine, up and down; `python scripts/local.py --help` says how."""

import sys

from starting import start

if __name__ == "__main__":
    sys.exit(start("local_engine.local_command"))
