"""Checks that an update can work from what is deployed: what AWS refuses to change, or to change in this order.

The numbers are those of docs/aws-facts.md.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Final

from scripts.deployment.problem import Problem
from stacks.assembly import Assembly
from stacks.parameters.functions import RECEIVER_CONCURRENCY, RECEIVER_PROVISIONED_CONCURRENCY
from stacks.parameters.network import NETWORK_MODE, PRIVATE_NETWORK
from stacks.parameters.retention import LOCKED_AUDIT
from stacks.parameters.tables import WARM_THROUGHPUT

# Properties that make another network or subnet.
_PLACE: Final[Mapping[str, tuple[str, ...]]] = {
    "AWS::EC2::VPC": ("CidrBlock",),
    "AWS::EC2::Subnet": ("CidrBlock", "AvailabilityZone"),
}
_REF: Final = re.compile(r'\{"Ref": "(\w+)"\}')


def network_problems(
    assembly: Assembly, deployed: Mapping[str, str], values: Mapping[str, str]
) -> Iterator[Problem]:
    """Parameters that would replace a network that stands (P9001). `deployed`: the stack's present parameters."""
    mode, private = NETWORK_MODE.title, PRIVATE_NETWORK.value
    if not deployed.get(mode) == values[mode] == private:
        return
    for name in sorted(_place_parameters(assembly)):
        if name in deployed and deployed[name] != values[name]:
            yield Problem(
                f"{name} is {deployed[name]} and can't become {values[name]} while the network stands: AWS refuses to "
                "move its gateways and addresses to a second one",
                f"make two updates: first with {mode}=none, then with {mode}={private} and the new {name}",
            )


def _place_parameters(assembly: Assembly) -> set[str]:
    """Parameters that addresses and zones of networks and subnets follow."""
    resources = (json.loads(text)["Resources"].values() for text in assembly.nested.values())
    return {
        parameter
        for resource in (one for of_stack in resources for one in of_stack)
        for name in _PLACE.get(resource["Type"], ())
        for parameter in _REF.findall(json.dumps(resource["Properties"].get(name)))
    }


def provisioned_problems(deployed: Mapping[str, str], values: Mapping[str, str]) -> Iterator[Problem]:
    """A receiver that would reserve less than it has started (P9009). `deployed`: the stack's present parameters;
    reserved 0 is no reservation. That the new values contradict each other is told elsewhere."""
    reserved, started = RECEIVER_CONCURRENCY.title, RECEIVER_PROVISIONED_CONCURRENCY.title
    units, live = int(values[reserved]), int(deployed.get(started, 0))
    if 0 < units < live and int(values[started]) <= units:
        yield Problem(
            f"{reserved} would be {units} while {live} containers are still started: AWS lowers the former first",
            f"make two updates: first with {started}={values[started]}, then with {reserved}={units}",
        )


def lock_problems(deployed: Mapping[str, str], values: Mapping[str, str]) -> Iterator[Problem]:
    """A lock of the audit bucket that would be taken away (P9011). `deployed`: the stack's present parameters."""
    name, locked = LOCKED_AUDIT.setting.title, LOCKED_AUDIT.value
    if deployed.get(name) == locked != values[name]:
        yield Problem(
            f"{name} is {locked} and can't become {values[name]}: S3 never takes Object Lock away from a bucket",
            f"{name}={locked}",
        )


def warm_problems(values: Mapping[str, str], warm_units: Mapping[str, int]) -> Iterator[Problem]:
    """A WarmThroughput below what a table or index has (P9002). `warm_units`: by their names; 0 asks for nothing."""
    name = WARM_THROUGHPUT.title
    wanted = int(values[name])
    above = {table: units for table, units in warm_units.items() if units > wanted}
    if wanted and above:
        listed = ", ".join(f"{table} {units}" for table, units in sorted(above.items()))
        fitting = [int(value) for value in WARM_THROUGHPUT.allowed if int(value) >= max(above.values())]
        others = f"{name}={min(fitting)}, or " if fitting else ""
        yield Problem(
            f"{name} is {wanted}, but DynamoDB only raises it, and these have more units a second: {listed}",
            f"{others}{name}=0, which leaves them as they are",
        )
