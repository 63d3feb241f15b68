"""The exit codes of all commands: one table, which every --help and docs/command-line.md show."""

from typing import Final

EXIT_DONE: Final = 0
EXIT_FOUND: Final = 1
EXIT_USAGE: Final = 2
EXIT_REFUSED: Final = 3
EXIT_FAILED: Final = 4
EXIT_STUCK: Final = 5
EXIT_DRIFT: Final = 6
EXIT_INTERRUPTED: Final = 130
EXIT_PIPE_CLOSED: Final = 141

MEANINGS: Final = {
    EXIT_DONE: "done, or there was nothing to do",
    EXIT_FOUND: "what was named is not there (a webhook, payment, key, plan), or what was checked is not as it must be",
    EXIT_USAGE: "wrong usage, file, setting or credentials, or nothing is deployed there; nothing was changed",
    EXIT_REFUSED: "refused by a person, by a rule that protects data, or by AWS for want of a permission",
    EXIT_FAILED: "failed, or somebody else was faster: nothing was changed, or all of it was rolled back",
    EXIT_STUCK: "stuck: a person must act",
    EXIT_DRIFT: "what is deployed differs from its templates",
    EXIT_INTERRUPTED: "interrupted (Ctrl-C, SIGTERM); what CloudFormation has begun goes on",
    EXIT_PIPE_CLOSED: "the reader of the output, such as head, has closed it",
}
# Any command may end so; FOUND, STUCK and DRIFT are named by those commands that know them.
COMMON: Final = frozenset(
    {EXIT_DONE, EXIT_USAGE, EXIT_REFUSED, EXIT_FAILED, EXIT_INTERRUPTED, EXIT_PIPE_CLOSED}
)
