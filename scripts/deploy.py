"""Deploy by change set; `python scripts/deploy.py --help` says how."""

import sys

from starting import start

if __name__ == "__main__":
    sys.exit(start("deployment.deploy_cli"))
