"""Compares the code that Lambda has with the artifacts that the stack's parameters name by their SHA-256.

CloudFormation's drift does not look at code. https://docs.aws.amazon.com/lambda/latest/api/API_GetFunctionConfiguration.html
"""

import base64
import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Final, NamedTuple

from scripts.cloudformation.live_stack import LiveResource
from stacks.function_catalogue import LAYER_KEY

if TYPE_CHECKING:
    from mypy_boto3_lambda.client import LambdaClient

_DIGEST: Final = re.compile(r"/([0-9a-f]{64})\.zip$")
_TYPES: Final = ("AWS::Lambda::Function", "AWS::Lambda::Alias")


class DeployedCode(NamedTuple):
    """name: of a function, an alias or a layer's version; digests are SHA-256 in hex, `planned` the artifact's."""

    name: str
    planned: str
    found: str

    @property
    def is_planned(self) -> bool:
        return self.planned == self.found


def deployed_code(
    client: "LambdaClient", resources: Iterable[LiveResource], parameters: Mapping[str, str]
) -> list[DeployedCode]:
    """The code of every function and alias, and of the layers that they load. parameters: of the root stack."""
    codes, layers = [], set()
    for resource in resources:
        if resource.resource_type in _TYPES:
            planned = _planned(parameters, f"{resource.logical_id.removesuffix('Alias')}CodeKey")
            facts = client.get_function_configuration(FunctionName=resource.physical_id)
            codes.append(DeployedCode(resource.shown_path, planned, _hex(facts["CodeSha256"])))
            layers |= {layer["Arn"] for layer in facts.get("Layers", ())}
    for arn in sorted(layers):
        content = client.get_layer_version_by_arn(Arn=arn)["Content"]
        codes.append(DeployedCode(arn, _planned(parameters, LAYER_KEY), _hex(content["CodeSha256"])))
    return codes


def _planned(parameters: Mapping[str, str], key: str) -> str:
    named = _DIGEST.search(parameters.get(key, ""))
    return named[1] if named else ""


def _hex(digest: str) -> str:
    return base64.b64decode(digest).hex()
