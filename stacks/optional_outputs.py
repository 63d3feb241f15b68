"""Outputs of the root stack that are there only when a parameter asks for what they tell of."""

from collections.abc import Sequence

from troposphere import Output, Template

from stacks.compute.stack import ComputeOutputs
from stacks.parameters import features
from stacks.wiring.nested_stack import Layer
from stacks.wiring.outputs import outputs_of


def optional_outputs(root: Template, layers: Sequence[Layer]) -> list[Output]:
    compute = outputs_of(layers, ComputeOutputs)
    return [
        Output(
            "HealthFunctionUrl",
            Condition=features.HEALTH_FUNCTION_URL.is_true(root),
            Description="Answers 200 while a function answers, also when the API does not",
            Value=compute.health_function_url,
        ),
    ]
