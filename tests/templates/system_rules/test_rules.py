"""Each rule of the assembled system finds one wrong setting in our own templates, and nothing in them as they are."""

import copy
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from stacks.assembly import ROOT
from stacks.documents.aws_facts_page import all_facts
from stacks.evaluation.resolved_stack import StackSource, resolve_stack
from stacks.lint.cfn_lint import matches
from stacks.names import title
from stacks.system_rules.check import all_resources, resolved_templates, system_findings, systems
from stacks.system_rules.parameter_sets import ENVIRONMENTS
from stacks.system_rules.system import PSEUDO, System
from tests.support.templates.resources import templates

Templates = dict[str, dict[str, Any]]


def _source(given: Templates) -> StackSource:
    nested = {title(name): StackSource(template) for name, template in given.items() if name != ROOT}
    return StackSource(given[ROOT], nested)


def _properties(given: Templates, stack: str, logical_id: str) -> dict[str, Any]:
    found: dict[str, Any] = given[stack]["Resources"][logical_id]["Properties"]
    return found


def _set(stack: str, logical_id: str, **properties: Any) -> Callable[[Templates], None]:
    return lambda given: _properties(given, stack, logical_id).update(properties)


def _without_key_statement(sid: str, key: str = "MessagesKey") -> Callable[[Templates], None]:
    def edit(given: Templates) -> None:
        policy = _properties(given, "security", key)["KeyPolicy"]
        policy["Statement"] = [each for each in policy["Statement"] if each["Sid"] != sid]

    return edit


def _only_from(sid: str, source: str) -> Callable[[Templates], None]:
    """The statement asks for a source too, which the service may not name."""

    def edit(given: Templates) -> None:
        for each in _properties(given, "security", "MessagesKey")["KeyPolicy"]["Statement"]:
            if each["Sid"] == sid:
                each["Condition"]["ArnLike"] = {"aws:SourceArn": source}

    return edit


def _without_key_grants(policy: str) -> Callable[[Templates], None]:
    def edit(given: Templates) -> None:
        document = _properties(given, "compute", policy)["PolicyDocument"]
        document["Statement"] = [
            each for each in document["Statement"] if not each["Action"][0].startswith("kms:")
        ]

    return edit


def _third_reader(given: Templates) -> None:
    resources = given["compute"]["Resources"]
    resources["Third"] = copy.deepcopy(resources["AuditLoggerStreamSource"])


def _narrower_endpoint(given: Templates) -> None:
    """As it was once: the sweeper asks for the queue's depth, and the endpoint's policy forgot it."""
    policy = _properties(given, "network", "SqsEndpoint")["PolicyDocument"]
    policy["Statement"][0]["Action"].remove("sqs:GetQueueAttributes")


def _subscribed_queue(given: Templates) -> None:
    given["messaging"]["Resources"]["Subscription"] = {
        "Type": "AWS::SNS::Subscription",
        "Properties": {
            "Protocol": "sqs",
            "TopicArn": {"Ref": "NotificationsTopic"},
            "Endpoint": {"Fn::GetAtt": ["EventsDlq", "Arn"]},
        },
    }


def _wrong_key(given: Templates) -> None:
    """The receiver may use the key of tables for its secrets, and not theirs."""
    for each in _properties(given, "compute", "WebhookReceiverPolicy")["PolicyDocument"]["Statement"]:
        if each["Resource"] == [{"Ref": "SecretsKeyArn"}]:
            each["Resource"] = [{"Ref": "DataKeyArn"}]


def _without_pipe_grants(given: Templates) -> None:
    for policy in given["compute"]["Resources"]:
        if policy.startswith("Pipe") and policy.endswith("Policy"):
            _without_key_grants(policy)(given)


BROKEN: list[tuple[Callable[[Templates], None], set[str]]] = [
    (
        _set("messaging", "NotificationQueue", VisibilityTimeout=1),
        {"S9001 compute/NotificationHandlerQueueSource"},
    ),
    (
        _set("compute", "NotificationHandler", ReservedConcurrentExecutions=2),
        {"S9002 compute/NotificationHandlerQueueSource"},
    ),
    (_third_reader, {"S9017 data/InboxTable"}),
    (_narrower_endpoint, {"S9003 network/SqsEndpoint"}),
    (
        _without_key_statement("EventsToQueues"),
        {"S9004 messaging/NotificationQueue", "S9004 messaging/EventsDlq"},
    ),
    (
        _only_from("EventsToQueues", "arn:*"),
        {"S9004 messaging/NotificationQueue", "S9004 messaging/EventsDlq"},
    ),
    (_without_key_statement("EventsToTopics"), {"S9005 messaging/CriticalAlertsTopic"}),
    (_without_key_statement("EventBus"), {"S9006 messaging/EventBus"}),
    (_without_key_statement("AlarmsOfThisAccount"), {"S9007 messaging/CriticalAlertsTopic"}),
    (_subscribed_queue, {"S9008 messaging/EventsDlq"}),
    (_set("security", "WebAclLogGroup", LogGroupName="another-name"), {"S9009 security/WebAclLogGroup"}),
    (
        _without_key_statement("LogDelivery", "Key"),
        {f"S9010 compute/{name}" for name in ("ProcessingPipe", "WorkflowPipe", "ProcessingWorkflow")},
    ),
    (
        _without_key_grants("AuditLoggerPolicy"),
        {"S9011 compute/AuditLogger", "S9015 compute/AuditLogger"},
    ),
    (
        _without_pipe_grants,
        {f"{rule} compute/{pipe}Pipe" for rule in ("S9011", "S9012") for pipe in ("Processing", "Workflow")},
    ),
    (
        _without_key_grants("InboxSweeperSchedulePolicy"),
        {"S9011 compute/InboxSweeperSchedule", "S9013 compute/InboxSweeperSchedule"},
    ),
    (_wrong_key, {"S9011 compute/WebhookReceiver"}),
    (_without_key_grants("ProcessingWorkflowPolicy"), {"S9014 compute/ProcessingWorkflow"}),
    (_without_key_grants("HealthPolicy"), {"S9015 compute/Health"}),
    (
        _set("data", "AccessLogBucket", BucketName={"Fn::Sub": "s3-${EnvironmentSuffix}-" + "x" * 41}),
        {"S9016 data/AccessLogBucket"},
    ),
]


def _found(given: Templates) -> set[str]:
    return {
        f"{finding.rule} {finding.resource}"
        for system in systems(_source(given)).values()
        for finding in system_findings(system)
    }


def test_our_templates_are_right() -> None:
    assert _found(templates()) == set()


@pytest.mark.parametrize("file", sorted(ENVIRONMENTS.glob("*.toml")), ids=lambda file: file.stem)
def test_every_environment_file_is_right(file: Path) -> None:
    given = {"EnvironmentSuffix": "dev", **tomllib.loads(file.read_text())["parameters"]}
    assert system_findings(System(resolve_stack(_source(templates()), given, PSEUDO))) == []


@pytest.mark.parametrize(("edit", "found"), BROKEN)
def test_a_rule_finds_what_is_wrong(edit: Callable[[Templates], None], found: set[str]) -> None:
    broken = copy.deepcopy(templates())
    edit(broken)
    assert _found(broken) == found


def test_every_rule_is_shown_to_find_something() -> None:
    numbers = {checked.fact.id for checked in all_facts() if checked.fact.id.startswith("S")}
    assert {each.split()[0] for _, found in BROKEN for each in found} == numbers
    assert len(numbers) == 17


def test_the_parameter_sets_make_all_resources_but_one_deployment() -> None:
    """Of the eight deployments of an API one is made in each set; every other resource is in one of them."""
    made = {key for system in systems(_source(templates())).values() for key in system.resources}
    declared = {
        (() if stack == ROOT else (title(stack),), logical_id)
        for stack, template in templates().items()
        for logical_id in template["Resources"]
    }
    assert [logical_id[:10] for _, logical_id in declared - made] == ["Deployment"]


@pytest.mark.no_cover  # of cfn-lint's lines none count
def test_cfn_lint_reads_the_templates_with_values_in_place_of_functions(tmp_path: Path) -> None:
    """It finds the name that is too long only with its suffix, and nothing else.

    Lengths, patterns and ranges stand behind Ref, Fn::Sub and Fn::If. Our own rules look through those, so they are not
    asked again.
    """
    long = copy.deepcopy(templates())
    _set("compute", "Health", FunctionName={"Fn::Sub": "${EnvironmentSuffix}-" + "x" * 50})(long)
    texts = {
        f"{stack} {name}": text
        for name, system in systems(_source(templates())).items()
        for stack, text in resolved_templates(system.resources).items()
    }
    assert len(texts) == 3 * 7 + 2 + 2  # network and canary are in two of the three
    texts["long"] = resolved_templates(systems(_source(long))["defaults"].resources)["compute"]
    for name, text in texts.items():
        (tmp_path / f"{name}.template.json").write_text(text)
    found = {
        (match.rule.id, Path(str(match.filename)).name)
        for match in matches(sorted(tmp_path.iterdir()), ["us-east-1"])
        # W3010: a zone's name, which stands in the place of the parameter here.
        if not match.rule.id.startswith(("I", "E9", "W3010"))
    }
    assert found == {("E3031", "long.template.json")}


def test_scanners_see_every_resource_but_the_deployment_of_the_api_that_another_takes_the_place_of() -> None:
    built = templates()
    seen = {("-".join(path).lower() or "root", title) for path, title in all_resources(_source(built))}
    unseen = [
        document["Type"]
        for name, template in built.items()
        for title, document in template["Resources"].items()
        if (name, title) not in seen
    ]
    assert unseen == ["AWS::ApiGateway::Deployment"]
