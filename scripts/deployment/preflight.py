"""Checks, before anything is created, that a deploy can work with these settings in this account.

What would fail is found by pure functions of templates, values and account facts.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from scripts.command_line.errors import Refused
from scripts.deployment import named_resources
from scripts.deployment.account_facts import AccountFacts, read_facts
from scripts.deployment.context import Context
from stacks.assembly import Assembly
from stacks.names import Names

# Quotas of AWS that are the same in every account.
UNRESERVED_CONCURRENCY: Final = 100  # Lambda keeps so much for functions that reserve nothing
LOG_RESOURCE_POLICIES: Final = 10  # a region
TEMPLATE_BYTES: Final = 1_048_576  # from S3
TEMPLATE_RESOURCES: Final = 500
TEMPLATE_PARAMETERS: Final = 200
TEMPLATE_OUTPUTS: Final = 200
PARAMETER_BYTES: Final = 4096
BUCKET_NAME_CHARACTERS: Final = 63
# Quotas that can be raised: service and code, as `aws service-quotas` wants them.
_CONCURRENCY_QUOTA: Final = ("lambda", "L-B99A9384")
_API_RATE_QUOTA: Final = ("apigateway", "L-8A5B8E43")
_TABLE_WRITES_QUOTA: Final = ("dynamodb", "L-AB614373")
_TABLE_READS_QUOTA: Final = ("dynamodb", "L-CF0CBE56")


class Problem(NamedTuple):
    """One thing that would fail, and its fix."""

    message: str
    fix: str


def preflight(context: Context, assembly: Assembly, values: Mapping[str, str], *, creating: bool) -> None:
    """Print the caller, and report everything that is known to fail at once.

    `creating`: there is no stack yet. Raises Refused, and botocore's errors.
    """
    facts = _facts(context, assembly, creating)
    reserving = reserving_functions(assembly, context.names)
    problems = [
        *settings_problems(values),
        *size_problems(assembly),
        *name_problems(context.names, facts),
        *quota_problems(values, reserving, context.names.log_delivery_policy, facts),
    ]
    if problems:
        _refuse(context, problems)
    checked = "settings and sizes" if context.target.is_local else "settings, names, sizes and quotas"
    context.print_message(f"preflight: {checked} are in order")


def _facts(context: Context, assembly: Assembly, creating: bool) -> AccountFacts:
    if context.target.is_local:
        context.print_message(
            "preflight: not checked here: quotas and taken names, as the local engine has neither"
        )
        return AccountFacts("local")
    templates = [assembly.root, *assembly.nested.values()]
    new = named_resources.names_in_templates(templates, context.names) if creating else {}
    facts = read_facts(context.target.client, reserving_functions(assembly, context.names), new)
    context.print_message(f"preflight: as {facts.caller}")
    for item in facts.unread:
        context.print_message(f"preflight: not checked, as these credentials may not read it: {item}")
    return facts


def _refuse(context: Context, problems: list[Problem]) -> None:
    for problem in problems:
        context.print_message(f"preflight: {problem.message}")
        context.print_message(f"  {problem.fix}")
    count = "one thing" if len(problems) == 1 else f"{len(problems)} things"
    raise Refused(
        f"{count} would fail; nothing was made",
        f"fix it as described above, then: {context.commands.repeat()}",
    )


def reserving_functions(assembly: Assembly, names: Names) -> dict[str, str]:
    """Functions that reserve concurrency: function name -> parameter that holds the number."""
    parameters = {}
    for text in assembly.nested.values():
        for resource in json.loads(text)["Resources"].values():
            reserved = resource.get("Properties", {}).get("ReservedConcurrentExecutions")
            if reserved is not None:
                name = resource["Properties"]["FunctionName"]["Fn::Sub"]
                parameters[name.replace("${EnvironmentSuffix}", names.suffix)] = reserved["Ref"]
    return parameters


def settings_problems(values: Mapping[str, str]) -> Iterator[Problem]:
    """Values that are valid alone and contradict each other."""
    if bool(values["DomainName"]) != bool(values["CertificateArn"]):
        yield Problem("DomainName and CertificateArn go together", "give both, or neither")
    if int(values["AuditHotDays"]) > int(values["AuditRetentionDays"]):
        yield Problem(
            "AuditHotDays is more than AuditRetentionDays", "an audit record is at hand no longer than kept"
        )
    if int(values["ReceiverProvisionedConcurrency"]) > int(values["ReceiverConcurrency"]):
        yield Problem(
            "ReceiverProvisionedConcurrency is more than ReceiverConcurrency",
            "what is kept warm is a part of what may run at once",
        )
    for name, value in values.items():
        if len(value.encode()) > PARAMETER_BYTES:
            yield Problem(f"{name} has more than {PARAMETER_BYTES} bytes", "CloudFormation takes no more")


def size_problems(assembly: Assembly) -> Iterator[Problem]:
    """Templates over CloudFormation's limits."""
    for name, text in {"root": assembly.root, **assembly.nested}.items():
        document = json.loads(text)
        measures = (
            ("bytes", len(text.encode()), TEMPLATE_BYTES),
            ("resources", len(document["Resources"]), TEMPLATE_RESOURCES),
            ("parameters", len(document.get("Parameters", {})), TEMPLATE_PARAMETERS),
            ("outputs", len(document.get("Outputs", {})), TEMPLATE_OUTPUTS),
        )
        for unit, count, limit in measures:
            if count > limit:
                yield Problem(f"the template {name} has {count:,} {unit}, over {limit:,}", "split the layer")


def name_problems(names: Names, facts: AccountFacts) -> Iterator[Problem]:
    """Names that are too long here, or taken."""
    buckets = (names.audit_bucket, names.payload_bucket, names.failures_bucket, names.access_log_bucket)
    longest = max(buckets, key=len)
    over = len(longest) - BUCKET_NAME_CHARACTERS
    if over > 0:
        yield Problem(
            f"{longest} is longer than {BUCKET_NAME_CHARACTERS} characters",
            f"in {names.region} a suffix has {len(names.suffix) - over} characters at most",
        )
    for kind, existing in facts.taken.items():
        yield Problem(
            f"there is no stack {names.stack}, but its {kind} {', '.join(existing)}",
            "remove what an earlier stack left (python scripts/destroy.py), or use another suffix",
        )


def quota_problems(
    values: Mapping[str, str], reserving: Mapping[str, str], policy: str, facts: AccountFacts
) -> Iterator[Problem]:
    """Quotas of the account that are too low. `policy`: name of our CloudWatch Logs resource policy."""
    yield from _concurrency(values, reserving, facts)
    for setting, limit in (("ApiThrottleRate", facts.api_rate), ("ApiThrottleBurst", facts.api_burst)):
        if limit is not None and int(values[setting]) > limit:
            yield Problem(
                f"{setting} is {values[setting]}, the account's limit {limit:.0f}",
                _more(f"lower {setting}", _API_RATE_QUOTA, int(values["ApiThrottleRate"])),
            )
    warm = int(values["WarmThroughput"])
    for operation, limit, quota in (
        ("reads", facts.table_reads, _TABLE_READS_QUOTA),
        ("writes", facts.table_writes, _TABLE_WRITES_QUOTA),
    ):
        if limit is not None and warm > limit:
            yield Problem(
                f"WarmThroughput is {warm}, a table of this account has at most {limit} {operation} a second",
                _more("lower WarmThroughput", quota, warm),
            )
    policies = facts.log_policies
    if policies is not None and policy not in policies and len(policies) >= LOG_RESOURCE_POLICIES:
        yield Problem(
            f"the region has {len(policies)} resource policies of logs, and {LOG_RESOURCE_POLICIES} is the most",
            "delete one that nothing uses: aws logs describe-resource-policies, delete-resource-policy",
        )


def _concurrency(
    values: Mapping[str, str], reserving: Mapping[str, str], facts: AccountFacts
) -> Iterator[Problem]:
    if facts.concurrency_unreserved is None:
        return
    wanted = sum(int(values[parameter]) for parameter in reserving.values())
    available = facts.concurrency_unreserved + facts.concurrency_held
    if wanted + UNRESERVED_CONCURRENCY > available:
        names = ", ".join(sorted(set(reserving.values())))
        yield Problem(
            f"the functions reserve {wanted} concurrent executions; of the {available} that are free here, "
            f"{UNRESERVED_CONCURRENCY} stay unreserved",
            _more(f"lower {names}", _CONCURRENCY_QUOTA, wanted + UNRESERVED_CONCURRENCY),
        )


def _more(lower: str, quota: tuple[str, str], wanted: Any) -> str:
    service, code = quota
    return (
        f"{lower}, or ask for more: aws service-quotas request-service-quota-increase "
        f"--service-code {service} --quota-code {code} --desired-value {wanted}"
    )
