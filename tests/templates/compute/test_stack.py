"""Each function: its code, its limits, its environment, its log, and what feeds it."""

import json
from typing import Any

import pytest
from troposphere.awslambda import ScalingConfig

from payment_webhooks import contract
from payment_webhooks.receiving.receiver import DEADLINE_SECONDS
from stacks.assembly import ROOT
from stacks.function_catalogue import FUNCTIONS
from stacks.names import title
from stacks.webhook_endpoints import ENDPOINTS
from tests.support.templates.resources import resource, resource_named, resources, templates

FOLDERS = tuple(FUNCTIONS)
FUNCTION = "AWS::Lambda::Function"


def _variables(function: str) -> dict[str, Any]:
    variables: dict[str, Any] = resource("compute", function)["Environment"]["Variables"]
    return variables


def _version(parameter: str) -> dict[str, Any]:
    """What is put under the same name later is another version, which Lambda does not fetch."""
    return {"Fn::If": [f"{parameter}IsGiven", {"Ref": parameter}, {"Ref": "AWS::NoValue"}]}


def test_there_is_one_function_for_each_folder_of_code() -> None:
    assert {each.title for each in resources("AWS::Lambda::Function")} == {
        title(folder) for folder in FOLDERS
    }


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_function_runs_its_own_code_on_the_shared_layer(folder: str) -> None:
    function = resource_named(title(folder), FUNCTION)
    assert function["Code"] == {
        "S3Bucket": {"Ref": "ArtifactBucket"},
        "S3Key": {"Ref": f"{title(folder)}CodeKey"},
        "S3ObjectVersion": _version(f"{title(folder)}CodeVersion"),
    }
    assert function["Handler"] == "handler.handler"
    assert function["Layers"] == [{"Ref": "SharedLayer" if function.stack == "compute" else "SharedLayerArn"}]
    assert (function["Runtime"], function["Architectures"]) == ({"Ref": "Runtime"}, [{"Ref": "Architecture"}])
    assert function["FunctionName"]["Fn::Sub"] == f"lambda-{folder.replace('_', '-')}-${{EnvironmentSuffix}}"


def test_the_layer_is_that_of_the_runtime_and_the_processor() -> None:
    layer = resource("compute", "SharedLayer")
    assert layer["Content"] == {
        "S3Bucket": {"Ref": "ArtifactBucket"},
        "S3Key": {"Ref": "LayerKey"},
        "S3ObjectVersion": _version("LayerVersion"),
    }
    assert layer["CompatibleRuntimes"] == [{"Ref": "Runtime"}]
    assert layer["CompatibleArchitectures"] == [{"Ref": "Architecture"}]


@pytest.mark.parametrize(
    ("function", "limits"),
    [
        ("WebhookReceiver", ("ReceiverMemory", "ReceiverConcurrency")),
        ("PaymentProcessor", ("ProcessorMemory", "ProcessorConcurrency")),
        ("AuditLogger", ("AuditMemory", "AuditConcurrency")),
        ("Health", ("OtherMemory", "OtherConcurrency")),
        ("InboxSweeper", ("OtherMemory", "OtherConcurrency")),
        ("NotificationHandler", ("OtherMemory", "NotificationConcurrency")),
        ("AnalyticsProcessor", ("OtherMemory", "AnalyticsConcurrency")),
        ("TransactionApi", ("OtherMemory", "OtherConcurrency")),
    ],
)
def test_memory_and_concurrency_are_parameters(function: str, limits: tuple[str, str]) -> None:
    found = resource("compute", function)
    memory, concurrency = limits
    assert found["MemorySize"] == {"Ref": memory}
    # 0 is no reservation, and not one of nothing, which would switch the function off.
    reserved = [f"{concurrency}IsGiven", {"Ref": concurrency}, {"Ref": "AWS::NoValue"}]
    assert found["ReservedConcurrentExecutions"] == {"Fn::If": reserved}
    given = templates()["compute"]["Conditions"][f"{concurrency}IsGiven"]
    assert given == {"Fn::Not": [{"Fn::Equals": [{"Ref": concurrency}, "0"]}]}


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_function_names_its_log_group_which_is_therefore_there_first(folder: str) -> None:
    name = title(folder)
    function = resource_named(name, FUNCTION)
    assert function["LoggingConfig"] == {"LogGroup": {"Ref": f"{name}LogGroup"}}
    group = resource(function.stack, f"{name}LogGroup")
    assert group["LogGroupName"]["Fn::Sub"] == f"/aws/lambda/{function['FunctionName']['Fn::Sub']}"


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_function_has_a_role_of_its_own_that_has_its_rights_before_it(folder: str) -> None:
    name = title(folder)
    function = resource_named(name, FUNCTION)
    assert function["Role"] == {"Fn::GetAtt": [f"{name}Role", "Arn"]}
    role = resource(function.stack, f"{name}Role")
    ending = "" if function.stack == "compute" else "Arn"
    assert role["ManagedPolicyArns"] == [
        {"Ref": f"{name}Policy"},
        {"Ref": f"NetworkLeavingPolicy{ending}"},
        {"Ref": f"NetworkJoiningPolicy{ending}"},
    ]
    assert role["AssumeRolePolicyDocument"]["Statement"][0]["Principal"] == {
        "Service": "lambda.amazonaws.com"
    }


def test_the_receiver_knows_every_endpoint_by_provider_and_secret_and_the_canarys_only_while_it_sends() -> (
    None
):
    sends, with_canary, without = _variables("WebhookReceiver")[contract.ENV_ENDPOINTS]["Fn::If"]
    known = {
        endpoint.name: {
            "provider": endpoint.provider,
            "secret": f"secret-endpoint-{endpoint.name}-${{EnvironmentSuffix}}",
        }
        for endpoint in ENDPOINTS
    }
    assert sends == "SendCanaryIsTrue"
    assert json.loads(without["Fn::Sub"]) == known
    canary = {"provider": "canary", "secret": "secret-endpoint-canary-${EnvironmentSuffix}"}
    assert json.loads(with_canary["Fn::Sub"]) == {**known, "canary": canary}


@pytest.mark.parametrize(
    ("function", "names"),
    [
        (
            "WebhookReceiver",
            {
                contract.ENV_ENDPOINTS,
                contract.ENV_FINGERPRINT_SECRET,
                contract.ENV_KEYED_ENDPOINT,
                contract.ENV_INBOX_TABLE,
                contract.ENV_PAYLOAD_BUCKET,
            },
        ),
        (
            "PaymentProcessor",
            {
                contract.ENV_INBOX_TABLE,
                contract.ENV_TRANSACTIONS_TABLE,
                contract.ENV_PAYLOAD_BUCKET,
                contract.ENV_PROCESSING_QUEUE_URL,
                contract.ENV_PROCESSING_DLQ_URL,
                contract.ENV_MAX_RECEIVE_COUNT,
                contract.ENV_EVENT_BUS,
                contract.ENV_CONFIG_PARAMETER,
                contract.ENV_ENDPOINTS,
            },
        ),
        ("AuditLogger", {contract.ENV_AUDIT_BUCKET, contract.ENV_TRANSACTIONS_TABLE}),
        ("Health", set()),
        ("InboxSweeper", {contract.ENV_INBOX_TABLE, contract.ENV_PROCESSING_QUEUE_URL}),
        (
            "NotificationHandler",
            {
                contract.ENV_TRANSACTIONS_TABLE,
                contract.ENV_NOTIFICATIONS_TABLE,
                contract.ENV_NOTIFICATIONS_TOPIC,
            },
        ),
        ("AnalyticsProcessor", {contract.ENV_ANALYTICS_TABLE, contract.ENV_FAILURES_BUCKET}),
    ],
)
def test_a_function_is_told_what_it_needs(function: str, names: set[str]) -> None:
    assert _variables(function).keys() == names | {contract.ENV_SUFFIX, contract.ENV_URL_SUFFIX}


def test_the_queue_source_never_outruns_the_reserved_concurrency() -> None:
    source = resource("compute", "PaymentProcessorQueueSource")
    # Two, the fewest that Lambda takes, where nothing is reserved.
    most = {"Fn::If": ["ProcessorConcurrencyIsGiven", {"Ref": "ProcessorConcurrency"}, 2]}
    assert source["ScalingConfig"] == {"MaximumConcurrency": most}
    assert source["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert source["BatchSize"] == 10


def test_troposphere_still_lacks_what_our_subclass_adds() -> None:
    # When this fails, stacks.resources.event_sources.QueueScalingConfig can go.
    assert "MaximumConcurrency" not in ScalingConfig.props


@pytest.mark.parametrize(
    ("source_of", "stream"),
    [
        ("AuditLogger", "InboxStreamArn"),
        ("AuditLoggerLedger", "TransactionsStreamArn"),
        ("AnalyticsProcessor", "TransactionsStreamArn"),
    ],
)
def test_who_reads_a_stream_reads_from_the_beginning_and_loses_nothing(source_of: str, stream: str) -> None:
    function = source_of.removesuffix("Ledger")
    source = resource("compute", f"{function}StreamSource{source_of.removeprefix(function)}")
    assert source["EventSourceArn"] == {"Ref": stream}
    assert source["FunctionName"] == {"Ref": function}
    assert source["StartingPosition"] == "TRIM_HORIZON"
    assert source["BisectBatchOnFunctionError"] is True
    assert source["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert source["MaximumRetryAttempts"] > 0
    assert source["BatchSize"] == 100
    assert source["DestinationConfig"] == {"OnFailure": {"Destination": {"Ref": "FailuresBucketArn"}}}


def test_the_receiver_answers_before_lambda_ends_it_and_the_api_gives_up() -> None:
    milliseconds = resource("api", "WebhookEndpointPostMethod")["Integration"]["TimeoutInMillis"]
    least = templates()[ROOT]["Parameters"]["ReceiverTimeout"]["MinValue"]
    assert DEADLINE_SECONDS == 8 < least < milliseconds / 1000 == 29
    assert resource("compute", "WebhookReceiver")["Timeout"] == {"Ref": "ReceiverTimeout"}
