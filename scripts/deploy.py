"""Deploy by change set; `python scripts/deploy.py --help` says how."""

import sys

from deployment.deploy_cli import main

if __name__ == "__main__":
    sys.exit(main())
