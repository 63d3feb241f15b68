"""A batch of SQS is allowed by the right to its single action.

IAM knows no `sqs:SendMessageBatch`, `sqs:DeleteMessageBatch` or `sqs:ChangeMessageVisibilityBatch`: each is
authorised as the action that it repeats (SQS developer guide, "Amazon SQS API permissions"). The engine asks
for the name of the operation, which no policy grants.
"""

from typing import Any, Final

from scripts.local_engine.shims.engine_modules import module

_BATCH: Final = "Batch"


def single_action(action: str | None) -> str | None:
    """`sqs:SendMessage` for `sqs:SendMessageBatch`; any other action as it is."""
    return action.removesuffix(_BATCH) if action and action.startswith("sqs:") else action


def apply() -> None:
    iam_actions = module("core.iam_actions")

    extract_iam_action = iam_actions.extract_iam_action

    def of_the_single_action(*arguments: Any) -> str | None:
        return single_action(extract_iam_action(*arguments))

    iam_actions.extract_iam_action = of_the_single_action
