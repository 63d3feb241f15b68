"""The command `trace-webhook`."""

import click

from scripts.command_line.command import Command
from scripts.command_line.environment import Environment, missing_is_not_deployed
from scripts.command_line.errors import NotFound
from scripts.command_line.exit_codes import EXIT_FOUND
from scripts.command_line.options import environment_options, json_option, webhook_id_argument
from scripts.command_line.streams import print_json


@click.command(
    cls=Command,
    examples=["{} --suffix dev stripe:evt_1SGvecAbC", "{} --suffix dev --local --json internal:order-17"],
    exit_codes=[EXIT_FOUND],
)
@environment_options
@json_option
@webhook_id_argument
def trace_webhook(environment: Environment, webhook_id: str, as_json: bool) -> None:
    """Show where one webhook is.

    That is: its inbox items and attempts, its ledger rows, the payment's state, what its subscribers were told, and
    its audit records. The stored body is never shown.
    """
    from scripts.command_line.console import OutputConsole
    from scripts.operations.trace import webhook_trace
    from scripts.operations.trace.trace_tree import draw

    target, names = environment.target, environment.names
    with missing_is_not_deployed(names.inbox_table):
        trace = webhook_trace.trace(names, target.client("dynamodb"), target.client("s3"), webhook_id)
    if as_json:
        print_json(trace.as_document())
    elif trace.found:
        OutputConsole().print_whole(draw(trace))
    if not trace.found:
        raise not_arrived(webhook_id)


def not_arrived(webhook_id: str) -> NotFound:
    """With the endpoints that there are, where the id names none of them."""
    from stacks.webhook_endpoints import ENDPOINTS

    endpoint, known = webhook_id.partition(":")[0], [each.name for each in ENDPOINTS]
    step = "" if endpoint in known else f"there is no endpoint {endpoint}; there are: {', '.join(known)}"
    return NotFound(f"no webhook {webhook_id} has arrived (or its row has expired)", step)
