"""Reviews a change from its change set, and from the templates where the change set shows too little."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from scripts.cloudformation.change_sets import ChangeSet
from scripts.cloudformation.live_stack import (
    NESTED_STACK,
    LiveResource,
    LiveStack,
    read_stack,
    read_template,
)
from scripts.cloudformation.stack_states import NO_STACK
from scripts.command_line.commit import commit_of_checkout
from scripts.command_line.errors import Refused
from scripts.deployment.account_facts import FORBIDDEN
from scripts.deployment.context import Context
from scripts.deployment.stored_data import BUCKET, TABLE, read_buckets, read_tables
from scripts.review.change_set_review import merge_change_sets
from scripts.review.data_loss import HOLDS
from scripts.review.model import Action, Change, Replacement, Review
from scripts.review.replacement import facts_of, schema_folder
from scripts.review.template_diff import diff_templates
from scripts.review.update_warnings import update_warnings, updated_parameters
from stacks.evaluation.resolved_stack import Resources, StackSource, resolve_stack
from stacks.wiring.nested_stack import template_key

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

_LOST_WHOLE: Final = {kind: HOLDS[kind] for kind in (TABLE, BUCKET)}
_NOTHING_DEPLOYED: Final = frozenset({NO_STACK, "REVIEW_IN_PROGRESS", "DELETE_COMPLETE"})
_BUCKET_IN_URL: Final = "${ArtifactBucket}/"


def review_templates(context: Context, new: StackSource, values: Mapping[str, str]) -> Review:
    """What `new` with the root's parameters `values` would do to what is deployed; reads only."""
    before, after = _resolved(context, new, values)
    return _completed(context, _diffed(context, new, values, before, after), before, after)


def _resolved(
    context: Context, new: StackSource, values: Mapping[str, str]
) -> tuple[Resources | None, Resources]:
    """The resources that are deployed, None where there is no stack, and those of `new`."""
    stack = read_stack(context.cloudformation, context.names.stack)
    pseudo = context.pseudo_parameters
    before = None
    if stack.status not in _NOTHING_DEPLOYED:
        before = resolve_stack(deployed_source(context, stack), stack.parameters, pseudo)
    return before, resolve_stack(new, values, pseudo)


def _diffed(
    context: Context,
    new: StackSource,
    values: Mapping[str, str],
    before: Resources | None,
    after: Resources,
) -> Review:
    facts, account = facts_of(schema_folder(), context.target.region), context.target.account_id
    return diff_templates(context.names.stack, before, after, facts, _secrets(new, values), account)


def _completed(context: Context, review: Review, before: Resources | None, after: Resources) -> Review:
    """`review` with what no template tells: live values, how much is lost, and of what and when it is."""
    settings = context.commands.settings
    origin = {
        "account": context.target.account_id,
        "region": context.target.region,
        "environment_file": (settings.environment if settings else None) or "",
        "commit": commit_of_checkout(),
        "time": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
    }
    return replace(_with_warnings(context, _with_counts(context, review), before, after), origin=origin)


def _with_counts(context: Context, review: Review) -> Review:
    """`review` with the number of items or objects in each table and bucket that goes, where it may be read."""
    going = [
        LiveResource(context.names.stack, change.logical_id, change.physical_name, change.resource_type)
        for change in review.changes
        if change.losses
        and change.resource_type in _LOST_WHOLE
        and (change.action is Action.REMOVE or change.replacement is not Replacement.NEVER)
    ]
    try:
        tables = read_tables(context.target.client("dynamodb"), going) if going else []
        buckets = read_buckets(context.target.client("s3"), context.target.account_id, going) if going else []
    except ClientError as error:
        if error.response["Error"]["Code"] not in FORBIDDEN:
            raise
        return review
    counts = {table.name: f"about {table.items:,}" for table in tables}
    counts |= {bucket.name: bucket.shown_count for bucket in buckets}
    changes = (_counted(change, counts.get(change.physical_name)) for change in review.changes)
    return replace(review, changes=tuple(changes))


def _counted(change: Change, count: str | None) -> Change:
    what = _LOST_WHOLE.get(change.resource_type)
    if count is None or what is None:
        return change
    losses, reasons = (
        tuple(text.replace(what, f"{what} ({count})") for text in texts)
        for texts in (change.losses, change.reasons)
    )
    return replace(change, losses=losses, reasons=reasons)


def _with_warnings(context: Context, review: Review, before: Resources | None, after: Resources) -> Review:
    """`review` with notes on what the update does beside its changes; reads live values of SSM parameters."""
    if before is None:
        return review
    names = list(updated_parameters(review, before, after))
    live, notes = {}, review.notes
    try:
        answer = context.target.client("ssm").get_parameters(Names=names) if names else {"Parameters": []}
        live = {parameter["Name"]: parameter["Value"] for parameter in answer["Parameters"]}
    except ClientError as error:
        if error.response["Error"]["Code"] not in FORBIDDEN:
            raise
        notes += (
            f"not checked, as these credentials may not read it: whether {', '.join(names)} was changed by hand",
        )
    return replace(review, notes=(*notes, *update_warnings(review, before, after, live)))


def review_change_set(
    context: Context, change_set: ChangeSet, new: StackSource, values: Mapping[str, str]
) -> Review:
    """What executing `change_set` will do; where it says nothing, what the templates `new` predict."""
    before, after = _resolved(context, new, values)
    predicted = _diffed(context, new, values, before, after)
    stack = read_stack(context.cloudformation, change_set.stack_id)
    review = merge_change_sets(
        context.names.stack,
        change_set.arn,
        change_set.plain,
        change_set.valued,
        first_creation=stack.status in _NOTHING_DEPLOYED,
        predicted=predicted,
        secrets=_secrets(new, values),
        account=context.target.account_id,
    )
    return _completed(context, review, before, after)


def deployed_source(context: Context, stack: LiveStack) -> StackSource:
    """The templates of a deployed stack and of those nested in it."""
    template = read_template(context.cloudformation, StackName=stack.stack_id)
    nested = _nested_ids(context, stack.stack_id, template)
    sources = {
        logical_id: deployed_source(context, LiveStack(nested_id, "", {}))
        for logical_id, nested_id in nested.items()
    }
    return StackSource(template, sources)


def proposed_source(context: Context, change_set: ChangeSet) -> StackSource:
    """The templates that a waiting change set was made of: the root's from it, the others from the bucket.

    Raises Refused when one is gone, or is another one by now.
    """
    s3 = context.target.client("s3")
    template = read_template(
        context.cloudformation, StackName=change_set.stack_id, ChangeSetName=change_set.arn
    )
    nested = {
        logical_id: StackSource(_uploaded(context, s3, change_set, declared))
        for logical_id, declared in template["Resources"].items()
        if declared["Type"] == NESTED_STACK
    }
    return StackSource(template, nested)


def _uploaded(
    context: Context, s3: "S3Client", change_set: ChangeSet, declared: Mapping[str, Any]
) -> dict[str, Any]:
    key = declared["Properties"]["TemplateURL"]["Fn::Sub"].partition(_BUCKET_IN_URL)[2]
    bucket = change_set.parameters["ArtifactBucket"]
    try:
        answer = s3.get_object(Bucket=bucket, Key=key, ExpectedBucketOwner=context.target.account_id)
    except s3.exceptions.NoSuchKey as error:
        again = f"its templates are lost; plan again: {context.commands.plan}"
        raise Refused(f"{key} of the change set is gone from {bucket}", again) from error
    text = answer["Body"].read().decode()
    name = key.removeprefix("templates/").rpartition("-")[0]
    if template_key(name, text) != key:
        raise Refused(
            f"{key} in {bucket} is not what was uploaded: it has another hash",
            f"plan again: {context.commands.plan}",
        )
    template: dict[str, Any] = json.loads(text)
    return template


def _nested_ids(context: Context, stack_id: str, template: Mapping[str, Any]) -> dict[str, str]:
    if not any(resource["Type"] == NESTED_STACK for resource in template["Resources"].values()):
        return {}
    pages = context.cloudformation.get_paginator("list_stack_resources").paginate(StackName=stack_id)
    return {
        entry["LogicalResourceId"]: entry["PhysicalResourceId"]
        for entry in pages.search("StackResourceSummaries[]")
        if entry["ResourceType"] == NESTED_STACK and entry["ResourceStatus"] != "DELETE_COMPLETE"
    }


def _secrets(source: StackSource, values: Mapping[str, str]) -> tuple[str, ...]:
    declared = source.template.get("Parameters", {})
    hidden = (name for name, facts in declared.items() if str(facts.get("NoEcho", "")).lower() == "true")
    return tuple(values[name] for name in hidden if values.get(name))
