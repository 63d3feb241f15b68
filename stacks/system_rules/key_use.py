"""What services and roles need of the customer's keys that encrypt the resources which they use."""

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from stacks.common.keys import DECRYPT, ENCRYPT, NEEDED_BY_GRANT
from stacks.evaluation.iam_decisions import Request, allows, statements_of, values
from stacks.evaluation.resolved_stack import Resource
from stacks.lint.finding import Finding
from stacks.system_rules.system import System

LOGS: Final = (
    "kms:Decrypt",
    "kms:DescribeKey",
    "kms:Encrypt",
    "kms:GenerateDataKey",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
)
CONTEXT: Final = "kms:EncryptionContext:"

# Type -> path of the property that names the key.
KEY_OF: Final[Mapping[str, tuple[str, ...]]] = {
    "AWS::DynamoDB::Table": ("SSESpecification", "KMSMasterKeyId"),
    "AWS::Events::EventBus": ("KmsKeyIdentifier",),
    "AWS::Lambda::Function": ("KmsKeyArn",),
    "AWS::Logs::LogGroup": ("KmsKeyId",),
    "AWS::Pipes::Pipe": ("KmsKeyIdentifier",),
    "AWS::SNS::Topic": ("KmsMasterKeyId",),
    "AWS::SQS::Queue": ("KmsMasterKeyId",),
    "AWS::Scheduler::Schedule": ("KmsKeyArn",),
    "AWS::SecretsManager::Secret": ("KmsKeyId",),
    "AWS::StepFunctions::StateMachine": ("EncryptionConfiguration", "KmsKeyId"),
}
# Type whose log is encrypted with its own key on the way -> property of its log.
LOGGING: Final = {
    "AWS::Pipes::Pipe": "LogConfiguration",
    "AWS::StepFunctions::StateMachine": "LoggingConfiguration",
}


class Need(NamedTuple):
    """`principal`, a service or a role's ARN, must be allowed `actions` on `key` (ARN) with these condition keys alone.

    fact: its number in docs/aws-facts.md. Where a document leaves open whether a service sends another one, the policy
    may not depend on it.
    """

    fact: str
    about: Resource
    key: str
    principal: str
    actions: tuple[str, ...]
    context: Mapping[str, str]


def findings(system: System) -> Iterator[Finding]:
    for need in sorted({_identity(each): each for each in _needs(system)}.values(), key=_identity):
        missing = [action for action in need.actions if not _may(system, need, action)]
        if missing:
            with_context = "".join(f", with {key} {value}" for key, value in sorted(need.context.items()))
            message = f"{need.principal} may not {', '.join(missing)} with its key{with_context}"
            yield Finding(need.fact, str(need.about), message)


def _identity(need: Need) -> tuple[str, ...]:
    return need.fact, str(need.about), need.principal, str(need.context)


def _may(system: System, need: Need, action: str) -> bool:
    key = system.find(need.key)
    if key is None:
        return True  # another owner's
    policy = statements_of(key.get("KeyPolicy"))
    request = Request(need.principal, action, need.key, need.context)
    if allows(policy, request):
        return True
    root = request._replace(principal=f"arn:{system.partition}:iam::{system.account}:root")
    return (
        ":role/" in need.principal
        and allows(policy, root)
        and allows(system.statements(need.principal), request)
    )


def _needs(system: System) -> Iterator[Need]:
    yield from _deliveries(system)
    yield from _bus_needs(system)
    yield from _log_needs(system)
    for type_, own in _OWN.items():
        for resource in system.of_type(type_):
            key, role = (
                _key(resource),
                resource.get("Role") or resource.get("RoleArn") or resource.get("Target", "RoleArn"),
            )
            yield from _data_needs(system, resource, str(role))
            if key:
                yield Need(own.fact, resource, key, str(role), own.actions, own.keys(system, resource))


def _key(resource: Resource | None) -> str:
    """The ARN of the customer's key that encrypts the resource; empty when there is none."""
    if resource is None:
        return ""
    if resource.type == "AWS::S3::Bucket":
        rules = resource.get("BucketEncryption", "ServerSideEncryptionConfiguration") or [{}]
        return str(rules[0].get("ServerSideEncryptionByDefault", {}).get("KMSMasterKeyID", ""))
    return str(resource.get(*KEY_OF[resource.type]) or "") if resource.type in KEY_OF else ""


def _deliveries(system: System) -> Iterator[Need]:
    """Of services that bring something to an encrypted queue or topic."""
    for rule in system.of_type("AWS::Events::Rule"):
        for target in rule.get("Targets") or []:
            yield from _from_events(system, target["Arn"])
            yield from _from_events(system, target.get("DeadLetterConfig", {}).get("Arn"))
    for alarm in system.of_type("AWS::CloudWatch::Alarm"):
        source = {
            "aws:SourceArn": system.arn("cloudwatch", f"alarm:{alarm.get('AlarmName')}"),
            "aws:SourceAccount": system.account,
        }
        for action in {*(alarm.get("AlarmActions") or []), *(alarm.get("OKActions") or [])}:
            yield from _delivery(system, "S9007", "cloudwatch", action, source)
    for subscription in system.of_type("AWS::SNS::Subscription"):
        yield from _delivery(system, "S9008", "sns", subscription.get("Endpoint"), {})


def _bus_needs(system: System) -> Iterator[Need]:
    for bus in system.of_type("AWS::Events::EventBus"):
        yield from _from_events(system, bus.get("DeadLetterConfig", "Arn"))
        if key := _key(bus):
            own = system.arn("events", f"event-bus/{bus.get('Name')}")
            source = {
                "aws:SourceArn": own,
                "aws:SourceAccount": system.account,
                f"{CONTEXT}aws:events:event-bus:arn": own,
            }
            yield Need("S9006", bus, key, "events.amazonaws.com", ENCRYPT, source)
            yield Need("S9006", bus, key, "events.amazonaws.com", ("kms:DescribeKey",), {})


def _from_events(system: System, arn: Any) -> Iterator[Need]:
    is_topic = getattr(system.find(arn), "type", "") == "AWS::SNS::Topic"
    yield from _delivery(system, "S9005" if is_topic else "S9004", "events", arn, {})


def _delivery(system: System, fact: str, service: str, arn: Any, source: Mapping[str, str]) -> Iterator[Need]:
    target = system.find(arn)
    context = {"AWS::SQS::Queue": "aws:sqs:arn", "AWS::SNS::Topic": "aws:sns:topicArn"}
    if target is not None and target.type in context and (key := _key(target)):
        keys = {**source, CONTEXT + context[target.type]: str(arn)}
        yield Need(fact, target, key, f"{service}.amazonaws.com", ENCRYPT, keys)


def _log_needs(system: System) -> Iterator[Need]:
    for group in system.of_type("AWS::Logs::LogGroup"):
        if key := _key(group):
            context = {f"{CONTEXT}aws:logs:arn": system.arn("logs", f"log-group:{group.get('LogGroupName')}")}
            yield Need("S9009", group, key, f"logs.{system.region}.amazonaws.com", LOGS, context)
    for type_, logging in LOGGING.items():
        for source in system.of_type(type_):
            key = _key(source)
            if key and source.get(logging, "Level") not in (None, "OFF"):
                context = {f"{CONTEXT}SourceArn": system.arn("logs", "*")}
                yield Need("S9010", source, key, "delivery.logs.amazonaws.com", DECRYPT, context)


def _data_needs(system: System, user: Resource, role: str) -> Iterator[Need]:
    """What the role's grants need of the keys of the resources that they name."""
    for statement in system.statements(role):
        for action in values(statement.get("Action", [])) if statement["Effect"] == "Allow" else ():
            service = action.split(":")[0]
            for arn in values(statement.get("Resource", [])) if action in NEEDED_BY_GRANT else ():
                for key in filter(None, map(_key, system.matching(arn))):
                    via = {"kms:ViaService": f"{service}.{system.region}.amazonaws.com"}
                    yield Need("S9011", user, key, role, NEEDED_BY_GRANT[action], via)


class _Own(NamedTuple):
    """What a resource's role needs of the resource's own key, which encrypts its settings."""

    fact: str
    actions: tuple[str, ...]
    context: str
    service: str
    form: str  # of the ARN's last part
    via: bool = (
        False  # whether the service is documented to call in the name of the role, with kms:ViaService
    )

    def keys(self, system: System, resource: Resource) -> Mapping[str, str]:
        last = self.form.format_map(resource.properties)
        arn = system.arn(self.service, last)
        via = {"kms:ViaService": f"{self.service}.{system.region}.amazonaws.com"} if self.via else {}
        return {self.context: arn, **via}


_OWN: Final[Mapping[str, _Own]] = {
    "AWS::Lambda::Function": _Own(
        "S9015",
        DECRYPT,
        f"{CONTEXT}aws:lambda:FunctionArn",
        "lambda",
        "function:{FunctionName}",
        via=True,
    ),
    "AWS::Pipes::Pipe": _Own(
        "S9012", ("kms:DescribeKey", *ENCRYPT), f"{CONTEXT}aws:pipes:arn", "pipes", "pipe/{Name}"
    ),
    "AWS::Scheduler::Schedule": _Own(
        "S9013",
        DECRYPT,
        f"{CONTEXT}aws:scheduler:schedule:arn",
        "scheduler",
        "schedule/{GroupName}/{Name}",
    ),
    "AWS::StepFunctions::StateMachine": _Own(
        "S9014",
        ENCRYPT,
        f"{CONTEXT}aws:states:stateMachineArn",
        "states",
        "stateMachine:{StateMachineName}",
    ),
}
