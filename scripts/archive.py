"""What the archive holds, and whether that is right; `python scripts/archive.py --help` says how to ask."""

import sys

from starting import start

if __name__ == "__main__":
    sys.exit(start("operations.archive_command"))
