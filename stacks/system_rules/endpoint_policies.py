"""VPC endpoint policies against what the functions behind them are granted."""

from collections.abc import Iterator
from typing import Final

from stacks.evaluation.iam_decisions import Request, allows, statements_of, values
from stacks.evaluation.resolved_stack import Resource
from stacks.lint.finding import Finding
from stacks.system_rules.system import System

ENDPOINT_POLICY: Final = "S9003"

# Of the API of DynamoDB Streams, which has an endpoint of its own.
_STREAMS: Final = {
    f"dynamodb:{name}" for name in ("DescribeStream", "GetRecords", "GetShardIterator", "ListStreams")
}
_POLLER: Final = {f"sqs:{name}" for name in ("DeleteMessage", "GetQueueAttributes", "ReceiveMessage")}


def findings(system: System) -> Iterator[Finding]:
    for function in system.of_type("AWS::Lambda::Function"):
        endpoints = _endpoints(system, function)
        polled = {
            mapping.get("EventSourceArn")
            for mapping in system.of_type("AWS::Lambda::EventSourceMapping")
            if system.find(mapping.get("FunctionName")) is function
        }
        for action, resource in sorted(_grants(system, function)):
            endpoint = endpoints.get(action.split(":")[0])
            if endpoint is None or action in _STREAMS or (action in _POLLER and resource in polled):
                continue
            context = {"aws:PrincipalAccount": system.account, "aws:ResourceAccount": system.account}
            request = Request(function.get("Role"), action, resource, context)
            if not allows(statements_of(endpoint.get("PolicyDocument")), request):
                message = f"{function} may {action} {resource}; this policy forbids it"
                yield Finding(ENDPOINT_POLICY, str(endpoint), message)


def _endpoints(system: System, function: Resource) -> dict[str, Resource]:
    """The endpoints with a policy in the function's network, by the service's prefix in IAM."""
    subnets = map(system.find, function.get("VpcConfig", "SubnetIds") or [])
    networks = {subnet.get("VpcId") for subnet in subnets if subnet}
    return {
        str(endpoint.get("ServiceName")).rsplit(".", 1)[-1]: endpoint
        for endpoint in system.of_type("AWS::EC2::VPCEndpoint")
        if endpoint.get("VpcId") in networks and endpoint.get("PolicyDocument")
    }


def _grants(system: System, function: Resource) -> set[tuple[str, str]]:
    return {
        (action, resource)
        for statement in system.statements(function.get("Role"))
        if statement["Effect"] == "Allow"
        for action in values(statement.get("Action", []))
        for resource in values(statement.get("Resource", []))
    }
