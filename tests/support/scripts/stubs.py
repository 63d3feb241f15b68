"""botocore clients that answer from a list: every request and every reply is checked against the service's model."""

import inspect
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import boto3
import click
from botocore.stub import Stubber

ACCOUNT_ID = "123456789012"
REGION = "eu-west-1"
STARTED = datetime(2025, 10, 9, 6, 0, 0, tzinfo=UTC)


@cache
def shared_session() -> boto3.Session:
    """One for all tests, as a session reads a service's model once. Its clients share nothing that a test changes."""
    return boto3.Session("test", "test", region_name=REGION)


def stubbed(service: str) -> tuple[Any, Stubber]:
    """A client that never reaches a network, and the list of its answers, already active."""
    session: Any = shared_session()
    client = session.client(service)
    stubber = Stubber(client)
    stubber.activate()
    return client, stubber


def function_of(command: click.Command) -> Callable[..., Any]:
    """What the command calls when its options are read; it takes an environment, which may be a stub."""
    assert command.callback
    function: Callable[..., Any] = inspect.unwrap(command.callback)
    return function


def stack_arn(name: str) -> str:
    return f"arn:aws:cloudformation:{REGION}:{ACCOUNT_ID}:stack/{name}/0c1b6f30-0000-11ef-8000-0a0b0c0d0e0f"


def change_set_arn(name: str) -> str:
    return (
        f"arn:aws:cloudformation:{REGION}:{ACCOUNT_ID}:changeSet/{name}/1d2e3f40-0000-11ef-8000-0a0b0c0d0e0f"
    )


def stack_event(
    stack: str,
    logical_id: str,
    status: str,
    second: float,
    *,
    resource_type: str = "AWS::SQS::Queue",
    physical_id: str = "some-physical-id",
    reason: str = "",
) -> dict[str, Any]:
    """One entry of DescribeStackEvents, as CloudFormation gives it; `second` counts from STARTED."""
    event = {
        "StackId": stack_arn(stack),
        "EventId": f"{stack}-{logical_id}-{status}-{second}",
        "StackName": stack,
        "LogicalResourceId": logical_id,
        "PhysicalResourceId": physical_id,
        "ResourceType": resource_type,
        "Timestamp": STARTED + timedelta(seconds=second),
        "ResourceStatus": status,
    }
    return {**event, "ResourceStatusReason": reason} if reason else event


def event_of_stack(stack: str, status: str, second: float, reason: str = "") -> dict[str, Any]:
    """An event that a stack has about itself."""
    return stack_event(
        stack,
        stack,
        status,
        second,
        resource_type="AWS::CloudFormation::Stack",
        physical_id=stack_arn(stack),
        reason=reason,
    )


def event_of_nested(
    parent: str, logical_id: str, child: str, status: str, second: float, reason: str = ""
) -> Any:
    """An event that a stack has about a stack nested in it."""
    return stack_event(
        parent,
        logical_id,
        status,
        second,
        resource_type="AWS::CloudFormation::Stack",
        physical_id=stack_arn(child),
        reason=reason,
    )


def stack_resource(
    logical_id: str, resource_type: str, physical_id: str, status: str = "CREATE_COMPLETE"
) -> dict[str, Any]:
    """One entry of ListStackResources."""
    return {
        "LogicalResourceId": logical_id,
        "PhysicalResourceId": physical_id,
        "ResourceType": resource_type,
        "ResourceStatus": status,
        "LastUpdatedTimestamp": STARTED,
    }


def change_set_answer(arn: str, status: str, changes: Any = (), **more: Any) -> dict[str, Any]:
    """What DescribeChangeSet says of a change set of payment-webhooks-dev."""
    return {
        "ChangeSetName": arn.split("/")[1],
        "ChangeSetId": arn,
        "StackId": stack_arn("payment-webhooks-dev"),
        "StackName": "payment-webhooks-dev",
        "Status": status,
        "ExecutionStatus": "AVAILABLE" if status == "CREATE_COMPLETE" else "UNAVAILABLE",
        "CreationTime": STARTED,
        "Changes": list(changes),
        **more,
    }
