"""Starts a command's module: what is missing is said in one line, and Ctrl-C while it loads is no traceback.

Imports nothing but the standard library, as it runs in whatever Python somebody has.
"""

import importlib
import sys

EXIT_USAGE = 2  # as in deployment.errors, which may not be importable here
EXIT_INTERRUPTED = 130


def start(module: str) -> int:
    """Run `main` of a module and return its exit code; EXIT_USAGE where a package that it needs is missing."""
    try:
        main = importlib.import_module(module).main
        code: int = main()
    except ModuleNotFoundError as error:
        if (
            error.name is None or "." in error.name
        ):  # a module of ours that is not there is a defect: show where
            raise
        print(
            f"error: {error.name} is not installed in {sys.executable}: activate the project's environment "
            "(. .tox/shared/bin/activate, which tox run -e local makes), or: "
            "pip install -r requirements/dev.txt && pip install --no-deps -e .",
            file=sys.stderr,
        )
        return EXIT_USAGE
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return EXIT_INTERRUPTED
    return code
