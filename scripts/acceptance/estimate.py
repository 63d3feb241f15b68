"""What a run takes and costs on AWS, before it begins: from the cost tables, at list prices."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from scripts.acceptance.step_selection import Step
from scripts.command_line.environment_file import EnvironmentFile
from scripts.planning.cost.bill import Span, read_prices
from scripts.planning.cost.resource_types import price_deployment
from scripts.planning.cost.usage import MONTH_SECONDS, Usage
from scripts.planning.options import Scenario

BODY_BYTES: Final = 3_000
THREE_ITEMS_SHARE: Final = 0.25  # of the webhooks: written as three items in a transaction
MILLION: Final = 1_000_000


def estimate(
    steps: Sequence[Step],
    environment_file: EnvironmentFile,
    parameters: Mapping[str, str],
    max_minutes: float,
) -> dict[str, Any]:
    """`{"minutes", "max_minutes", "webhooks", "deployments", "usd", "not_priced"}`.

    usd: as if the environment stood for all of `max_minutes`, in the dearest of its settings (with the private network,
    if a step makes one). not_priced: what costs, or may, and has no figure: types of resources, and
    a rise of warm throughput.
    """
    network = {"NetworkMode": "vpc"} if any(step.id == "network-vpc" for step in steps) else {}
    scenario = Scenario(environment_file, {**parameters, **network}, None, (), BODY_BYTES, THREE_ITEMS_SHARE)
    webhooks = sum(step.webhooks for step in steps)
    bill = price_deployment(Usage(scenario.load(webhooks / (max_minutes * 60) or 1e-6), read_prices()))
    # Paid once, for a hundred reads and writes a second more of each table and index.
    raised = ["raised WarmThroughput"] if any(step.id == "warm-throughput" for step in steps) else []
    share_of_month = max_minutes * 60 / MONTH_SECONDS
    usd = bill.total(Span.MONTH) * share_of_month + bill.total(Span.WEBHOOKS) * webhooks / MILLION
    return {
        "minutes": round(sum(step.aws_minutes for step in steps)),
        "max_minutes": max_minutes,
        "webhooks": webhooks,
        "deployments": sum(step.aws_minutes >= 3 for step in steps),
        "usd": round(usd, 2),
        "not_priced": sorted({entry.type for entry in bill.unpriced}) + raised,
    }
