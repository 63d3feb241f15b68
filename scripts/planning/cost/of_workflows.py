"""Step Functions: what a million webhooks cost in workflow mode, besides the calls of the processor."""

from collections.abc import Iterator

from scripts.planning.cost.bill import Line, Unpriced
from scripts.planning.cost.usage import MILLION, Usage
from scripts.planning.state_machines import started_machines, transitions
from stacks.evaluation.resolved_stack import Resource


def machine_lines(usage: Usage, machine: Resource) -> Iterator[Line | Unpriced]:
    """Transitions of executions in which nothing fails: a retry is a transition more. An execution is of one trace
    with the call that it makes, which stands with the function.
    """
    name, price = str(machine), usage.price("step_functions.transition")
    if machine not in started_machines(usage.model.system.deployment):
        yield Unpriced(name, machine.type, "no pipe starts it in this mode, so there is nothing to pay")
        return
    consumer = next((each for each in usage.model.consumers if each.resource == machine), None)
    if consumer is None:
        yield Unpriced(name, machine.type, "what it calls is not known")
        return
    executions, each = MILLION * usage.model.items_for(consumer), transitions(machine)
    yield Line(name, "state transitions", executions * each, price, how=f"{each} an execution")
    yield Unpriced(
        name,
        machine.type,
        "whether the start of an execution is a transition by itself, AWS's page does not say; "
        f"at most {price.of(executions):,.2f} USD for a million webhooks",
    )
    yield Unpriced(name, machine.type, "calls of KMS: one data key serves five minutes of executions")
