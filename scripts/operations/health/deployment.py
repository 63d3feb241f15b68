"""Health of what is deployed: the stack, what is switched off by hand, alarms, who is told, and drift if asked."""

import time
from typing import Any, Final

from botocore.exceptions import ClientError

from scripts.cloudformation.drift import find_drift
from scripts.cloudformation.live_stack import LiveResource, LiveStack
from scripts.cloudformation.live_states import live_states
from scripts.cloudformation.stack_states import STATES, Outcome
from scripts.command_line.counted import counted
from scripts.operations.health.finding import Finding, Level
from scripts.operations.health.sources import Sources

ALARM: Final = "AWS::CloudWatch::Alarm"  # read hundred at a time, below
FUNCTION: Final = "AWS::Lambda::Function"
_LOOK: Final = {
    "AWS::DynamoDB::Table": ("dynamodb", "describe_table", "TableName"),
    FUNCTION: ("lambda", "get_function_configuration", "FunctionName"),
    "AWS::S3::Bucket": ("s3", "head_bucket", "Bucket"),
}
_GONE: Final = ("ResourceNotFoundException", "404", "NoSuchBucket")
ALARMS_A_CALL = 100  # DescribeAlarms takes no more names


def stack_finding(stack: LiveStack, sources: Sources) -> Finding:
    """The root stack's state."""
    outcome = STATES[stack.status].outcome
    level = {Outcome.DONE: Level.OK, Outcome.STUCK: Level.PROBLEM}.get(outcome, Level.NOTICE)
    step = "" if level is Level.OK else sources.here.copyable("deploy", "--status")
    return Finding("stack", level, f"{stack.status}: {STATES[stack.status].meaning}", step)


def existence_findings(sources: Sources) -> list[Finding]:
    """Tables, functions and buckets that the stack has, and that are not there."""
    found = [
        Finding("gone", Level.PROBLEM, f"{resource.shown_path} ({resource.physical_id})", "docs/restore.md")
        for resource in sources.resources
        if resource.resource_type in _LOOK and not _is_there(sources, resource)
    ]
    return found or [Finding("tables, functions, buckets", Level.OK, "all there")]


def _is_there(sources: Sources, resource: LiveResource) -> bool:
    service, operation, parameter = _LOOK[resource.resource_type]
    try:
        getattr(sources.client(service), operation)(**{parameter: resource.physical_id})
    except ClientError as error:
        if error.response["Error"]["Code"] not in _GONE:
            raise
        return False
    return True


def switch_findings(sources: Sources) -> list[Finding]:
    """What moves webhooks on and is off, although the templates say on."""
    watched = [each for each in sources.resources if each.resource_type != ALARM]
    found = [
        Finding(
            "switched off",
            Level.PROBLEM,
            f"{state.resource.shown_path}: {state.property_name} is {state.actual or 'gone'}, not {state.expected}",
            sources.aws(*state.on) if state.on else sources.here.copyable("deploy", "--drift"),
        )
        for state in live_states(sources.client("cloudformation"), sources.client, watched)
        if state.actual != state.expected
        # Of a function none at once stops it, as somebody does in an incident; more or fewer than reserved do not.
        and (state.resource.resource_type != FUNCTION or state.actual == "0")
    ]
    return found or [Finding("switched off", Level.OK, "nothing")]


def alarm_findings(sources: Sources) -> list[Finding]:
    """Alarms that ring, and those that would tell nobody."""
    names = [each.physical_id for each in sources.of_type(ALARM)]
    client = sources.client("cloudwatch")
    alarms: list[Any] = [
        alarm
        for start in range(0, len(names), ALARMS_A_CALL)
        for alarm in client.describe_alarms(
            AlarmNames=names[start : start + ALARMS_A_CALL],
            AlarmTypes=["MetricAlarm"],
            MaxRecords=ALARMS_A_CALL,
        )["MetricAlarms"]
    ]
    suffix = sources.environment.suffix
    found = [
        Finding(
            "alarm",
            Level.PROBLEM,
            f"{_purpose(alarm['AlarmName'], suffix)}: {alarm.get('AlarmDescription', '')}",
            f"docs/runbook.md, {_purpose(alarm['AlarmName'], suffix)}",  # a heading may have several names
        )
        for alarm in alarms
        if alarm["StateValue"] == "ALARM"
    ]
    mute = [str(alarm["AlarmName"]) for alarm in alarms if not alarm["ActionsEnabled"]]
    if mute:
        purposes = ", ".join(_purpose(name, suffix) for name in mute)
        found.append(
            Finding(
                "switched off",
                Level.PROBLEM,
                f"nobody is told of {counted(len(mute), 'alarm')}: {purposes}",
                sources.aws("cloudwatch", "enable-alarm-actions", "--alarm-names", *mute),
            )
        )
    unknown = sum(alarm["StateValue"] == "INSUFFICIENT_DATA" for alarm in alarms)
    why = "not evaluated here" if sources.environment.is_local else "without data"
    text = f"none of {len(alarms)} rings" + (f"; {why}: {unknown}" if unknown else "")
    return found or [Finding("alarms", Level.OK, text)]


def address_findings(sources: Sources) -> list[Finding]:
    """Who is told of alarms."""
    topic = sources.environment.names.topic_arn(sources.environment.names.critical_alerts_topic)
    pages = sources.client("sns").get_paginator("list_subscriptions_by_topic").paginate(TopicArn=topic)
    try:
        arns = [each["SubscriptionArn"] for page in pages for each in page["Subscriptions"]]
    except ClientError as error:
        if error.response["Error"]["Code"] not in ("NotFound", "NotFoundException"):
            raise
        step = "deploy a change to it, or look at it in the console"
        return [Finding("alarms", Level.PROBLEM, "their topic is gone: they reach nobody", step)]
    confirmed = [each for each in arns if each.startswith("arn:")]
    if confirmed:
        return []
    text = "nobody has confirmed to be told of them" if arns else "no address is told of them"
    step = (
        "confirm the mail from AWS"
        if arns
        else "set AlertEmail in the environment file, deploy, confirm the mail"
    )
    return [Finding("alarms", Level.NOTICE, text, step)]


def drift_findings(sources: Sources, stack: LiveStack) -> list[Finding]:
    """What differs from the templates; takes minutes on AWS."""
    drift = find_drift(sources.client("cloudformation"), sources.client, stack.stack_id, time.sleep)
    found = [
        Finding(
            "drift",
            Level.PROBLEM,
            f"{resource.shown_path} is {resource.status}",
            sources.here.copyable("deploy", "--drift"),
        )
        for resource in drift.drifted
    ]
    return found or [
        Finding("drift", Level.OK, f"{counted(drift.checked, 'resource')} compared, as the templates say")
    ]


def _purpose(name: str, suffix: str) -> str:
    return name.removeprefix("alarm-").removesuffix(f"-{suffix}")
