"""Records a deploy's settings in its change set's description, for the command that applies it and for later hints.

CloudFormation keeps the parameters of a stack, but not from which environment file they came, nor how the file wants
the stack protected. https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateChangeSet.html
"""

import json
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Final

from botocore.exceptions import ClientError

from scripts.cloudformation.live_stack import LiveStack, read_stack
from scripts.cloudformation.next_commands import NO_DEPLOY_SETTINGS, DeploySettings
from scripts.command_line.environment_file import NO_PROTECTION, Protection
from scripts.deployment.context import Context

_LONGEST: Final = 1024
_PROTECTIONS: Final = tuple(field.name for field in fields(Protection))


@dataclass(frozen=True)
class DeployRecord:
    """Settings and protection of one deploy. `settings` is None where they were too long, or are not recorded."""

    settings: DeploySettings | None = None
    protection: Protection = NO_PROTECTION


NO_RECORD: Final = DeployRecord()


def record_text(settings: DeploySettings, protection: Protection) -> str:
    """The record as one line of JSON, of at most 1,024 characters (CloudFormation's limit)."""
    asked = [name for name in _PROTECTIONS if getattr(protection, name)]
    document = {**{name: value for name, value in asdict(settings).items() if value}, "protection": asked}
    text = json.dumps(document)
    return text if len(text) <= _LONGEST else json.dumps({"too_long": True, "protection": asked})


def read_record(text: str) -> DeployRecord:
    """Parse a record; NO_RECORD for a description of another form."""
    try:
        document: Any = json.loads(text)
    except ValueError:
        return NO_RECORD
    if not isinstance(document, dict) or not isinstance(document.get("protection"), list):
        return NO_RECORD
    protection = Protection(**{name: name in document["protection"] for name in _PROTECTIONS})
    if document.get("too_long"):
        return DeployRecord(None, protection)
    return DeployRecord(
        DeploySettings(
            document.get("environment"),
            tuple(map(str, document.get("parameters", ()))),
            document.get("artifact_bucket"),
        ),
        protection,
    )


def last_record(context: Context, stack: LiveStack) -> DeployRecord:
    """Read the record of the last executed change set; NO_RECORD if it cannot be read, as a hint must stop nothing."""
    try:
        if stack.change_set_id:
            answer: Any = context.cloudformation.describe_change_set(ChangeSetName=stack.change_set_id)
            return read_record(answer.get("Description", ""))
        # The local engine does not name it, but still lists it, under the name alone.
        listed: Any = context.cloudformation.list_change_sets(StackName=context.names.stack)["Summaries"]
    except ClientError:
        return NO_RECORD
    executed = [one for one in listed if str(one.get("ExecutionStatus")).startswith("EXECUTE")]
    newest = sorted(executed, key=lambda one: one["CreationTime"])[-1:]
    return read_record(newest[0].get("Description", "")) if newest else NO_RECORD


def with_last_settings(context: Context) -> Context:
    """The context whose hints repeat the last deploy's settings, where this command was given none."""
    if context.commands.settings is not None:
        return context
    stack = read_stack(context.cloudformation, context.names.stack)
    found = last_record(context, stack) if stack.stack_id else NO_RECORD
    return with_settings(context, found.settings)


def with_settings(context: Context, settings: DeploySettings | None) -> Context:
    """The context whose commands repeat `settings`, unless this run was given its own."""
    if context.commands.settings is not None:
        return context
    return replace(context, commands=replace(context.commands, settings=settings or NO_DEPLOY_SETTINGS))
