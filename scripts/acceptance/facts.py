"""What only AWS can prove: by step, the facts that it proves there. On the local engine none of them is proven.

A fact that another check holds stands beside that check; here are those that none can hold. Under "": tried by hand.
"""

from collections.abc import Mapping
from typing import Final

from scripts.acceptance.step_selection import Result, Status
from scripts.deployment.preflight import SECRET_NAMES_LINGER
from scripts.deployment.protection import NESTED_POLICIES_HOLD
from stacks.lint.aws_fact import AwsFact
from stacks.system_rules.key_facts import BUS, EVENTS_TO_QUEUE, LOG_DELIVERY, LOG_GROUP, PIPE, STATE_MACHINE

UNPROVEN: Final[Mapping[str, tuple[AwsFact, ...]]] = {
    "refused-plan": (
        AwsFact(
            "A9003", "A change set with nested stacks is deleted some time after the call",
            "It is listed as DELETE_PENDING meanwhile, and the empty stacks can be removed only when it is gone.",
            "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-updating-stacks-changesets-delete.html",
            ("cloudformation",),
        ),
    ),
    "unknown-values": (
        AwsFact(
            "A9015", "KNOWN_AFTER_APPLY may stand inside a longer value of a change set",
            "The review takes it for unknown there, too.",
            "https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ResourceTargetDefinition.html",
            ("cloudformation", "to-check"),
        ),
    ),
    "deploy": (
        AwsFact(
            "A9001", "A model's schema may describe an array in its items",
            "API Gateway has refused one beside type: array (Invalid model schema specified), and taken it there.",
            "https://github.com/amazon-archives/aws-apigateway-importer/issues/69", ("apigateway", "to-check"),
        ),
        AwsFact(
            "A9002", "A first change set may hand outputs of nested stacks on that are not known yet",
            "Functions over them, such as Select, make a nested change set fail; ours only refers to them.",
            "https://github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/759",
            ("cloudformation", "to-check"),
        ),
    ),
    "forgery": (
        AwsFact(
            "A9009", "Managed rules that count do not block",
            "On webhooks they only count, so that the receiver's own answers reach the sender.",
            "https://docs.aws.amazon.com/waf/latest/developerguide/aws-managed-rule-groups-baseline.html",
            ("waf",),
        ),
    ),
    "large-body": (
        AwsFact(
            "A9010", "A body that is longer than the web ACL inspects is let through",
            "The web ACL sees the first 16 kB of a request to API Gateway by default.",
            "https://docs.aws.amazon.com/waf/latest/developerguide/web-acl-setting-body-inspection-limit.html",
            ("waf", "apigateway"),
        ),
    ),
    "notification": (BUS, EVENTS_TO_QUEUE),
    "logs": (LOG_GROUP,),
    "code-only": (
        AwsFact(
            "A9011", "A function's code and its layer change one after the other",
            "They are two calls; for seconds new code may run on the old layer. Who gets 5xx sends again.",
            "https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionCode.html", ("lambda",),
        ),
    ),
    "warm-throughput": (
        AwsFact(
            "A9014", "WarmThroughput that a template no longer names stays as it is",
            "Lower values are refused; to leave it out should change nothing. Raising it is paid once, so "
            "the step raises it by little.",
            "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/warm-throughput.html",
            ("dynamodb", "to-check"),
        ),
    ),
    "workflow": (STATE_MACHINE, PIPE),
    "workflow-log": (LOG_DELIVERY,),
    "stack-policies": (NESTED_POLICIES_HOLD,),
    "queue": (
        AwsFact(
            "A9004", "One pipe is made and another deleted in one update, both on one stream",
            "UpdatePipe leaves unchanged what a request leaves out, so each mode has a pipe of its own. For minutes a "
            "shard then has one reader more than the two that DynamoDB serves without throttling.",
            "https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_GetRecords.html",
            ("pipes", "dynamodb", "to-check"),
        ),
    ),
    "network-vpc": (
        AwsFact(
            "A9005", "A role that may make network interfaces may do so when its functions join a network",
            "It is refused for a while after a policy was attached, so the roles have it in every mode.",
            "https://github.com/serverless/serverless/issues/2780", ("iam", "lambda", "to-check"),
        ),
        AwsFact(
            "A9006", "A denial under lambda:SourceFunctionArn is for a function's code, not for Lambda itself",
            "Lambda makes the interfaces with the function's role, and without that key in the request.",
            "https://docs.aws.amazon.com/lambda/latest/dg/permissions-source-function-arn.html",
            ("iam", "lambda", "to-check"),
        ),
    ),
    "network-none": (
        AwsFact(
            "A9007", "A network that its functions leave is removed at the end of the update",
            "Lambda removes its interfaces up to 20 minutes later; subnets and group can't go before. So it is after "
            "an update to the network that rolls back, and when an environment in a network is destroyed.",
            "https://github.com/aws/aws-cdk/issues/12827",
            ("lambda", "cloudformation", "to-check"),
        ),
    ),
    "configuration": (
        AwsFact(
            "A9008", "The right to read a parameter covers its versions by number",
            "No document says on which ARN GetParameter of Name:version is decided, so the role may read both.",
            "https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-versions.html",
            ("ssm", "iam", "to-check"),
        ),
    ),
    "drift": (
        AwsFact(
            "A9012", "There is no drift right after a deployment",
            "CloudFormation compares only what the template says; some services give it back in another form.",
            "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-stack-drift.html",
            ("cloudformation", "to-check"),
        ),
    ),
    "destroy": (
        AwsFact(
            "A9013", "Two REST APIs of one stack can be deleted with it",
            "DeleteRestApi is allowed once in 30 s for an account; CloudFormation tries again, or destroy does.",
            "https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html",
            ("apigateway", "to-check"),
        ),
    ),
    "secret-names": (SECRET_NAMES_LINGER,),
    "deployers-rights": (
        AwsFact(
            "A9016", "The deployers' policies are enough for the calls that CloudFormation makes for them",
            "They come from the resource schemas, and hold where aws:CalledVia names CloudFormation. So the step "
            "wants commands that ran with the roles of docs/first-deployment.md, not as an administrator.",
            "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/fas-requests-and-permission-evaluation.html",
            ("iam", "cloudformation", "to-check"),
        ),
    ),
    "": (
        AwsFact(
            "A9017", "A request to a custom domain passes the endpoint access mode STRICT of domain and API",
            "STRICT wants the endpoint's own type and a host name that matches that of TLS. Both ask for it, and the "
            "API is reached by the name of the domain. With DomainName set, one webhook to it shows it.",
            "https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-security-policies.html",
            ("apigateway", "to-check"),
        ),
    ),
}  # fmt: skip


def status_of(step_id: str, results: Mapping[str, Result], is_local: bool) -> tuple[Status, str]:
    """What the run says of the facts of that step, and why. On the local engine they are never proven."""
    if is_local:
        return Status.NOT_PROVEN, "only AWS can show it"
    if not step_id:
        return Status.NOT_PROVEN, "no step shows it: by hand"
    result = results.get(step_id)
    if result is None:
        return Status.NOT_PROVEN, f"{step_id} was not run"
    if result.status is Status.SKIPPED:
        return Status.NOT_PROVEN, f"{step_id} was skipped"
    return result.status, result.reason
