"""Creates the IAM role by which API Gateway writes logs. It is one setting of an account and region: no stack owns it.

Two stacks that each set it would overwrite each other, and deleting one would end the other's logs.
https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html
"""

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from botocore.exceptions import ClientError

from scripts.command_line.errors import RolledBack
from stacks.names import API_GATEWAY_LOGGING_POLICY, API_GATEWAY_LOGGING_ROLE

if TYPE_CHECKING:
    from mypy_boto3_apigateway.client import APIGatewayClient
    from mypy_boto3_iam.client import IAMClient

_ATTEMPTS: Final = 10
_PAUSE_SECONDS: Final = 3.0  # a new role takes some seconds until other services see it


def ensure_logging_role(
    api_gateway: "APIGatewayClient",
    iam: "IAMClient",
    partition: str,
    sleep: Callable[[float], None],
) -> bool:
    """Give the account and region a logging role if it has none; True when it had none. One that is set is kept.

    Raises RolledBack when API Gateway does not take the role.
    """
    if api_gateway.get_account().get("cloudwatchRoleArn"):
        return False
    role_arn = _role(iam, partition)
    for _ in range(_ATTEMPTS):
        try:
            api_gateway.update_account(
                patchOperations=[{"op": "replace", "path": "/cloudwatchRoleArn", "value": role_arn}]
            )
            return True
        except ClientError as error:
            if error.response["Error"]["Code"] not in ("BadRequestException", "TooManyRequestsException"):
                raise
            sleep(_PAUSE_SECONDS)
    raise RolledBack(f"API Gateway does not accept {role_arn} as its logging role", "try again in a minute")


def _role(iam: "IAMClient", partition: str) -> str:
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "apigateway.amazonaws.com"},
                "Action": "sts:AssumeRole",
            }
        ],
    }
    try:
        role = iam.create_role(
            RoleName=API_GATEWAY_LOGGING_ROLE,
            AssumeRolePolicyDocument=json.dumps(trust),
            Description="API Gateway writes its logs by this role, for all APIs of the account",
            Tags=[{"Key": "Project", "Value": "payment-webhooks"}],
        )["Role"]
    except ClientError as error:
        if error.response["Error"]["Code"] != "EntityAlreadyExists":
            raise
        role = iam.get_role(RoleName=API_GATEWAY_LOGGING_ROLE)["Role"]
    iam.attach_role_policy(
        RoleName=API_GATEWAY_LOGGING_ROLE,
        PolicyArn=f"arn:{partition}:iam::aws:policy/{API_GATEWAY_LOGGING_POLICY}",
    )
    return role["Arn"]
