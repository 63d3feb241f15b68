"""The shims of CloudFormation; see test_shims.py."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier
from typing import Any

import pytest
from botocore.exceptions import ClientError

from scripts.cloudformation.change_sets import ChangeSet, Request
from scripts.command_line.aws_target import local_target
from scripts.command_line.errors import RolledBack
from scripts.deployment.execute_change_set import execute, make, withdraw
from scripts.local_engine import control
from stacks.names import Names
from tests.support.scripts.deployment_context import context_for
from tests.support.system import small_stacks as stacks
from tests.support.system.engine_clients import Clients
from tests.support.system.small_stacks import unique
from tests.support.system.waiting import wait_for

# --- nested_update ------------------------------------------------------------------------------------------


def update_one_of_two_queues(clients: Clients) -> tuple[str, str]:
    """The status of a nested update that changes one of two queues, and the other's name before it."""

    def resources(seconds: int) -> dict[str, Any]:
        child = {
            "Resources": {
                "Kept": {"Type": "AWS::SQS::Queue"},
                "Changed": {"Type": "AWS::SQS::Queue", "Properties": {"VisibilityTimeout": seconds}},
            },
            "Outputs": {"KeptName": {"Value": {"Fn::GetAtt": ["Kept", "QueueName"]}}},
        }
        return {"Child": stacks.nested(clients, child)}

    name = unique("update")
    outputs = {"Kept": {"Value": {"Fn::GetAtt": ["Child", "Outputs.KeptName"]}}}
    assert stacks.create(clients, name, resources(10), outputs) == "CREATE_COMPLETE"
    before = stacks.outputs_of(clients, name)["Kept"]
    return stacks.update(clients, name, resources(20), outputs), before


def test_engine_can_not_update_nested_stacks(bare_aws: Clients) -> None:
    assert update_one_of_two_queues(bare_aws)[0] == "UPDATE_ROLLBACK_FAILED"


def test_nested_stacks_update_and_keep_what_did_not_change(aws: Clients) -> None:
    status, queue_name = update_one_of_two_queues(aws)
    assert status == "UPDATE_COMPLETE"
    assert aws("sqs").get_queue_url(QueueName=queue_name)


# --- failed_create ------------------------------------------------------------------------------------------


def role_of_a_failed_child(clients: Clients, disable_rollback: bool = False) -> tuple[str, str]:
    """The root's status after a child failed that had created a role, and that role's name."""
    role_name = unique("left-behind")
    child = {
        "Resources": {
            "Role": stacks.role("lambda.amazonaws.com", name=role_name),
            "Failing": {"Type": "AWS::Budgets::Budget", "DependsOn": "Role"},
        }
    }
    name = unique("create")
    resources = {"Child": stacks.nested(clients, child)}
    return stacks.create(clients, name, resources, disable_rollback=disable_rollback), role_name


def role_exists(clients: Clients, name: str) -> bool:
    return name in [role["RoleName"] for role in clients("iam").list_roles(MaxItems=1000)["Roles"]]


def test_engine_leaves_what_a_failed_nested_stack_had_created(bare_aws: Clients) -> None:
    status, role_name = role_of_a_failed_child(bare_aws)
    assert (status, role_exists(bare_aws, role_name)) == ("ROLLBACK_COMPLETE", True)


def test_failed_nested_stacks_leave_nothing(aws: Clients) -> None:
    status, role_name = role_of_a_failed_child(aws)
    assert (status, role_exists(aws, role_name)) == ("ROLLBACK_COMPLETE", False)


def test_failed_nested_stacks_stay_when_rollback_is_disabled(aws: Clients) -> None:
    status, role_name = role_of_a_failed_child(aws, disable_rollback=True)
    assert (status, role_exists(aws, role_name)) == ("CREATE_FAILED", True)


# --- single_execution ---------------------------------------------------------------------------------------


def first_change_sets(clients: Clients, name: str) -> list[str]:
    """Two of type CREATE for one new stack, as two first deployments at once make them; their ARNs."""
    cloudformation = clients("cloudformation")
    body = json.dumps({"Resources": {"Queue": {"Type": "AWS::SQS::Queue"}}})
    return [
        cloudformation.create_change_set(
            StackName=name, ChangeSetName=f"deploy-{number}", ChangeSetType="CREATE", TemplateBody=body
        )["Id"]
        for number in range(2)
    ]


def answer_to_execution(clients: Clients, arn: str) -> str:
    """The error's code; empty where the change set is executed."""
    try:
        clients("cloudformation").execute_change_set(ChangeSetName=arn)
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return ""


def test_engine_executes_a_second_first_change_set(bare_aws: Clients) -> None:
    earlier, later = first_change_sets(bare_aws, unique("first"))
    assert [answer_to_execution(bare_aws, each) for each in (later, earlier)] == ["", ""]


def test_no_second_first_change_set_is_executed(aws: Clients) -> None:
    name = unique("first")
    earlier, later = first_change_sets(aws, name)
    answers = [answer_to_execution(aws, each) for each in (later, earlier)]
    assert answers == ["", "ChangeSetNotFound"]
    assert stacks.end_of(aws, name) == "CREATE_COMPLETE"


def test_of_two_first_change_sets_at_the_same_time_one_is_executed(aws: Clients) -> None:
    for _ in range(5):
        arns = first_change_sets(aws, unique("first"))
        at_once = Barrier(len(arns))

        def execute(arn: str, at_once: Barrier = at_once) -> str:
            at_once.wait()
            return answer_to_execution(aws, arn)

        with ThreadPoolExecutor(len(arns)) as pool:
            executed, refused = sorted(pool.map(execute, arns))
        assert executed == ""
        assert refused == "ChangeSetNotFound"


def test_the_first_of_two_first_deployments_is_followed_to_its_end_and_the_other_is_refused(
    aws: Clients,
) -> None:
    target = local_target(aws.state.endpoint_url, aws.state.region)
    context = replace(context_for(target, sleep=time.sleep)[0], names=Names(unique("both"), "0" * 12, "r"))
    template = json.dumps({"Resources": {"Queue": {"Type": "AWS::SQS::Queue"}}})
    url = stacks.upload(aws, "queue.json", template.encode())

    def proposed(name: str) -> ChangeSet:
        change_set = make(context, Request(context.names.stack, name, "CREATE", url, {}, {}))
        assert change_set is not None
        return change_set

    winner, loser, refused = (proposed(name) for name in ("deploy-1", "deploy-2", "deploy-3"))
    withdraw(context, refused.arn, refused.stack_id)  # its stack is not empty while the others wait in it
    assert execute(context, winner).result == "created"
    with pytest.raises(RolledBack, match="by another deployment"):
        execute(context, loser)
    with pytest.raises(RolledBack, match="by another deployment"):
        proposed("deploy-4")
    withdraw(context, loser.arn, loser.stack_id)
    assert stacks.end_of(aws, context.names.stack) == "CREATE_COMPLETE"


# --- numbers_from_parameters --------------------------------------------------------------------------------

SOURCE_OF_A_FUNCTION = """
def handler(event, context):
    print("handled")
"""


def queue_with_a_limited_consumer(clients: Clients) -> str:
    """The URL of a queue whose consumer's MaximumConcurrency comes from a parameter."""
    name = unique("numbers")
    queue_arn = {"Fn::GetAtt": ["Queue", "Arn"]}
    receive = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"]
    child = {
        "Parameters": {"Concurrency": {"Type": "Number", "Default": 2}},
        "Resources": {
            "Queue": {"Type": "AWS::SQS::Queue"},
            "Role": stacks.role(
                "lambda.amazonaws.com", {"Effect": "Allow", "Action": receive, "Resource": queue_arn}
            ),
            "Function": stacks.function(clients, name, SOURCE_OF_A_FUNCTION),
            "Source": {
                "Type": "AWS::Lambda::EventSourceMapping",
                "Properties": {
                    "EventSourceArn": queue_arn,
                    "FunctionName": {"Ref": "Function"},
                    "ScalingConfig": {"MaximumConcurrency": {"Ref": "Concurrency"}},
                },
            },
        },
        "Outputs": {"Queue": {"Value": {"Ref": "Queue"}}},
    }
    outputs = {"Queue": {"Value": {"Fn::GetAtt": ["Child", "Outputs.Queue"]}}}
    assert (
        stacks.create(clients, name, {"Child": stacks.nested(clients, child)}, outputs) == "CREATE_COMPLETE"
    )
    return stacks.outputs_of(clients, name)["Queue"]


def test_engine_stops_polling_for_a_number_from_a_parameter(bare_aws: Clients) -> None:
    queue_with_a_limited_consumer(bare_aws)
    log = bare_aws.state.folder / control.LOG_FILE
    error = "ESM SQS poller error: '>=' not supported between instances of 'int' and 'str'"
    wait_for("the poller's error", lambda: error in log.read_text())


def test_numbers_from_parameters_are_numbers(aws: Clients) -> None:
    url = queue_with_a_limited_consumer(aws)
    aws("sqs").send_message(QueueUrl=url, MessageBody="{}")

    def is_consumed() -> bool:
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        numbers = aws("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
        return set(numbers.values()) == {"0"}

    wait_for("the message to be consumed", is_consumed)
