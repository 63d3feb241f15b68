"""Checks, before anything is created, that a deploy can work with these settings in this account.

What would fail is found by pure functions of templates, values and account facts. The numbers are those of
docs/aws-facts.md.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any, Final

from scripts.command_line.copyable_command import copyable
from scripts.command_line.errors import Refused
from scripts.deployment import named_resources, update_checks
from scripts.deployment.account_facts import AccountFacts, read_facts
from scripts.deployment.context import Context
from scripts.deployment.problem import Problem
from scripts.deployment.quota_requests import QuotaFindings, read_quotas
from scripts.deployment.runtime_support import runtime_advice
from scripts.deployment.stored_data import TABLE
from stacks.assembly import Assembly
from stacks.controls.settings import unmet_needs
from stacks.evaluation.resolved_stack import StackSource, resolve_stack
from stacks.names import Names
from stacks.parameters.functions import FEWEST_BATCHES, NOTIFICATION_CONCURRENCY, PROCESSOR_CONCURRENCY
from stacks.system_rules.check import system_findings
from stacks.system_rules.system import System

_REF: Final = re.compile(r'"Ref": "([\w:]+)"')
# Quotas of AWS that are the same in every account.
UNRESERVED_CONCURRENCY: Final = 100  # Lambda keeps so much for functions that reserve nothing
LOG_RESOURCE_POLICIES: Final = 10  # a region (P9004)
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


def preflight(
    context: Context,
    assembly: Assembly,
    values: Mapping[str, str],
    deployed: Mapping[str, str] | None,
    today: date,
    *,
    is_pci: bool = False,
) -> None:
    """Print the caller, and report everything that is known to fail at once.

    `deployed`: the stack's present parameters, None where there is no stack yet. `is_pci`: the control matrix of PCI
    DSS must hold with these values. Raises Refused, and botocore's errors.
    """
    if not context.target.is_local and (advice := runtime_advice(values, today)):
        context.print_message(f"preflight: {advice.message}\n  {advice.fix}")
    facts = _facts(context, assembly, creating=deployed is None)
    quotas = _quotas(context, deployed or {}, values)
    source = StackSource.parse(assembly.root, assembly.nested)
    made = {"/".join(each.path).lower() for each in resolve_stack(source, values).values()}
    templates = {name: text for name, text in assembly.nested.items() if name in made}
    reserving = reserving_functions(templates.values(), context.names)
    problems = [
        *settings_problems(values),
        *(compliance_problems(values) if is_pci else ()),
        *size_problems(assembly),
        *system_problems(assembly, values, context.pseudo_parameters),
        *name_problems(context.names, facts),
        *update_checks.network_problems(assembly, deployed or {}, values),
        *update_checks.provisioned_problems(deployed or {}, values),
        *update_checks.lock_problems(deployed or {}, values),
        *update_checks.warm_problems(values, facts.warm_units),
        *quota_problems(values, reserving, context.names.log_delivery_policy, facts),
        *quotas.problems,
    ]
    if problems:
        _refuse(context, problems)
    checked = "settings and sizes" if context.target.is_local else "settings, names, sizes and quotas"
    context.print_message(f"preflight: {checked} are in order")


def _facts(context: Context, assembly: Assembly, *, creating: bool) -> AccountFacts:
    if context.target.is_local:
        context.print_message(
            "preflight: not checked here: quotas and taken names, as the local engine has neither"
        )
        return AccountFacts("local")
    templates = [assembly.root, *assembly.nested.values()]
    names = named_resources.names_in_templates(templates, context.names)
    reserving = reserving_functions(assembly.nested.values(), context.names)
    if creating:
        facts = read_facts(context.target.client, reserving, names)
    else:
        facts = read_facts(context.target.client, reserving, {}, sorted(names[TABLE]))
    context.print_message(f"preflight: as {facts.caller}")
    for item in facts.unread:
        context.print_message(f"preflight: not checked, as these credentials may not read it: {item}")
    return facts


def _quotas(context: Context, deployed: Mapping[str, str], values: Mapping[str, str]) -> QuotaFindings:
    """What Service Quotas tells; what only slows a spike down is said and not refused."""
    if context.target.is_local:
        return QuotaFindings()
    found = read_quotas(context.target.client, deployed, values)
    for item in found.unread:
        context.print_message(f"preflight: not checked: {item}")
    for advice in found.advice:
        context.print_message(f"preflight: a spike will wait: {advice.message}\n  {advice.fix}")
    return found


def _refuse(context: Context, problems: list[Problem]) -> None:
    for problem in problems:
        context.print_message(f"preflight: {problem.message}")
        context.print_message(f"  {problem.fix}")
    count = "one thing" if len(problems) == 1 else f"{len(problems)} things"
    raise Refused(
        f"{count} would fail; nothing was made",
        f"fix it as described above, then: {context.commands.ask_again()}",
    )


def reserving_functions(templates: Iterable[str], names: Names) -> dict[str, str]:
    """Functions of the templates that reserve concurrency: function name -> parameter that holds the number."""
    parameters = {}
    for text in templates:
        for resource in json.loads(text)["Resources"].values():
            reserved = resource.get("Properties", {}).get("ReservedConcurrentExecutions")
            if reserved is not None:
                name = resource["Properties"]["FunctionName"]["Fn::Sub"]
                (parameter,) = {*_REF.findall(json.dumps(reserved))} - {"AWS::NoValue"}
                parameters[name.replace("${EnvironmentSuffix}", names.suffix)] = parameter
    return parameters


def settings_problems(values: Mapping[str, str]) -> Iterator[Problem]:
    """Values that are valid alone and contradict each other."""
    if bool(values["DomainName"]) != bool(values["CertificateArn"]):
        yield Problem("DomainName and CertificateArn go together", "give both, or neither")
    if int(values["AuditHotDays"]) > int(values["AuditRetentionDays"]):
        yield Problem(
            "AuditHotDays is more than AuditRetentionDays", "an audit record is at hand no longer than kept"
        )
    for name in (PROCESSOR_CONCURRENCY.title, NOTIFICATION_CONCURRENCY.title):
        if 0 < int(values[name]) < FEWEST_BATCHES:
            yield Problem(
                f"{name} is {values[name]}, and a queue drives no fewer than {FEWEST_BATCHES} at once",
                f"{name}={FEWEST_BATCHES}, or {name}=0, which reserves none",
            )
    if 0 < int(values["ReceiverConcurrency"]) < int(values["ReceiverProvisionedConcurrency"]):
        yield Problem(
            "ReceiverProvisionedConcurrency is more than ReceiverConcurrency",
            "what is kept warm is a part of what may run at once",
        )
    for name, value in values.items():
        if len(value.encode()) > PARAMETER_BYTES:
            yield Problem(f"{name} has more than {PARAMETER_BYTES} bytes", "CloudFormation takes no more")


def compliance_problems(values: Mapping[str, str]) -> Iterator[Problem]:
    """Values that break the control matrix (docs/pci-dss.md)."""
    for need in unmet_needs(values):
        yield Problem(
            f"{need.parameter} is {values[need.parameter] or 'not given'}: PCI DSS {need.requirements} wants that "
            f"{need.why}",
            f"{need.wanted}; [compliance] pci = true of the environment file asks for it",
        )


def size_problems(assembly: Assembly) -> Iterator[Problem]:
    """Templates over CloudFormation's limits (P9005)."""
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


def system_problems(
    assembly: Assembly, values: Mapping[str, str], pseudo: Mapping[str, str]
) -> Iterator[Problem]:
    """What the rules of the assembled system find with these values, in this account and region."""
    source = StackSource.parse(assembly.root, assembly.nested)
    for finding in system_findings(System(resolve_stack(source, values, pseudo), pseudo)):
        yield Problem(f"{finding.resource}: {finding.message}", f"docs/aws-facts.md, {finding.rule}")


def name_problems(names: Names, facts: AccountFacts) -> Iterator[Problem]:
    """Names that are too long here, or taken (P9006)."""
    buckets = (names.audit_bucket, names.payload_bucket, names.failures_bucket, names.access_log_bucket)
    longest = max(buckets, key=len)
    over = len(longest) - BUCKET_NAME_CHARACTERS
    if over > 0:
        yield Problem(
            f"{longest} is longer than {BUCKET_NAME_CHARACTERS} characters",
            f"in {names.region} a suffix has {len(names.suffix) - over} characters at most",
        )
    for kind, existing in facts.taken.items():
        fix = f"remove what an earlier stack left ({copyable('destroy')}), or use another suffix"
        if kind == "AWS::SecretsManager::Secret":
            fix += (
                "; one that was just deleted keeps its name for some minutes, one that is scheduled for deletion until "
                "aws secretsmanager delete-secret --force-delete-without-recovery --secret-id NAME"
            )
        yield Problem(f"there is no stack {names.stack}, but its {kind} {', '.join(existing)}", fix)


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
    """Reservations that do not fit (P9003), when the update is done or while it is under way."""
    if facts.concurrency_unreserved is None:
        return
    after = {function: int(values[parameter]) for function, parameter in reserving.items()}
    before = facts.concurrency_held
    wanted = sum(after.values())
    highest = sum(max(units, before.get(function, 0)) for function, units in after.items())
    available = facts.concurrency_unreserved + sum(before.values())
    free = f"of the {available} that are free here, {UNRESERVED_CONCURRENCY} stay unreserved"
    if wanted and wanted + UNRESERVED_CONCURRENCY > available:
        names = ", ".join(sorted(set(reserving.values())))
        yield Problem(
            f"the functions reserve {wanted} concurrent executions; {free}",
            _more(f"lower {names}", _CONCURRENCY_QUOTA, wanted + UNRESERVED_CONCURRENCY),
        )
    elif highest > wanted and highest + UNRESERVED_CONCURRENCY > available:
        falling = {
            reserving[function] for function, units in after.items() if units < before.get(function, 0)
        }
        yield Problem(
            f"on the way from the present reservations to the new ones, functions reserve up to {highest} concurrent "
            f"executions, as one may be raised before another is lowered; {free}",
            _more(
                f"make two updates: first only lower {', '.join(sorted(falling))}, then the rest",
                _CONCURRENCY_QUOTA,
                highest + UNRESERVED_CONCURRENCY,
            ),
        )


def _more(lower: str, quota: tuple[str, str], wanted: Any) -> str:
    service, code = quota
    return (
        f"{lower}, or ask for more: aws service-quotas request-service-quota-increase "
        f"--service-code {service} --quota-code {code} --desired-value {wanted}"
    )
