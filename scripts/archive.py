"""What the archive holds, and whether that is right; `python scripts/archive.py --help` says how to ask."""

import sys

from operations.archive_command import main

if __name__ == "__main__":
    sys.exit(main())
