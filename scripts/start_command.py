"""Starts a command: what is missing is said in one line, and neither Ctrl-C nor a closed pipe is a traceback.

Imports nothing but the standard library, as it runs in whatever Python somebody has.
"""

import contextlib
import errno
import importlib
import os
import signal
import sys
from pathlib import Path
from typing import NoReturn

FOLDER = Path(__file__).resolve().parent
LIBRARY = FOLDER.parent / "layer" / "python"
EXIT_USAGE = 2  # as in command_line.exit_codes, which may not be importable here
EXIT_FAILED = 4
EXIT_INTERRUPTED = 130
EXIT_PIPE_CLOSED = 141  # as the shell shows it of other programs
CANNOT_WRITE = (errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EFBIG)


def start(command: str = "", module: str = "scripts.command_line.main") -> NoReturn:
    """Run a command by its name, or `payment-webhooks` without one, and end with its exit code.

    module: one whose `main` takes the name.
    """
    # Python looks first where a script is; it must look where the project is.
    if Path(sys.path[0]).resolve() == FOLDER:
        sys.path[0] = str(FOLDER.parent)
    if str(LIBRARY) not in sys.path:  # so that no command needs the project to be installed
        sys.path.insert(1, str(LIBRARY))
    sys.exit(exit_code_of(command, module))


def exit_code_of(command: str, module: str) -> int:
    """EXIT_USAGE where a package is missing that the command needs."""
    _open_closed_streams()
    # A cancelled CI job, or a closed terminal, ends a command as Ctrl-C does: what was lifted is put back.
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    try:
        main = importlib.import_module(module).main
        code: int = main(command)
        sys.stdout.flush()
    except ModuleNotFoundError as error:
        if error.name is None or "." in error.name:  # a module of ours: a defect, so show where
            raise
        print(
            f"error: {error.name} is not installed in {sys.executable}: activate the project's environment "
            "(. .tox/shared/bin/activate, which tox run -e local makes), or: "
            "pip install -r requirements/dev.txt",
            file=sys.stderr,
        )
        return EXIT_USAGE
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return EXIT_INTERRUPTED
    except BrokenPipeError:  # who read our output, such as head, has seen enough
        _write_nowhere()
        return EXIT_PIPE_CLOSED
    except OSError as error:
        if error.errno not in CANNOT_WRITE:
            raise
        with contextlib.suppress(OSError):  # standard error may lie on the same disk
            print(f"error: can't write: {error.strerror}", file=sys.stderr, flush=True)
        _write_nowhere()
        return EXIT_FAILED
    return code


def _open_closed_streams() -> None:
    """Where who started us has closed a stream: what was done must not end as a defect for want of it."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115 - open until the end


def _write_nowhere() -> None:
    """Let what is still in the buffers go, else Python fails once more at its end."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        os.dup2(nowhere, stream.fileno())
