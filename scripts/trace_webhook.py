"""Where one webhook is; `python scripts/trace_webhook.py --help` says how to ask."""

import sys
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parents[1])  # the project, not this folder

from scripts.start_command import start  # noqa: E402

if __name__ == "__main__":
    sys.exit(start("trace-webhook"))
