"""Environment variables of the engine's process. Nothing of the caller's environment is passed on."""

from pathlib import PurePath
from typing import Final

HOST: Final = "127.0.0.1"
DEFAULT_REGION: Final = "us-east-1"
START_TIMEOUT_SECONDS: Final = 30.0
# What templates, functions and scripts call. Any other answers 400: a new need is added here on purpose.
SERVICES: Final = (
    "apigateway",
    "cloudformation",
    "dynamodb",
    "dynamodbstreams",
    "ec2",
    "events",
    "iam",
    "kms",
    "lambda",
    "logs",
    "monitoring",
    "pipes",
    "s3",
    "scheduler",
    "secretsmanager",
    "sns",
    "sqs",
    "ssm",
    "states",
    "sts",
    "tagging",
    "wafv2",
)


def engine_settings(port: int, folder: PurePath, region: str) -> dict[str, str]:
    """The engine's own settings: environment variables that its functions must not see."""
    return {
        "AUTH": "true",  # IAM is enforced
        "BIND_HOST": HOST,
        "DOCKER_HOST": f"unix://{folder}/no-docker",  # it would look for its containers, and there are none
        "GATEWAY_PORT": str(port),
        "IOT_MTLS_ENABLED": "0",  # else it listens on all addresses
        "LOG_LEVEL": "WARNING",
        "MINISTACK_HOST": HOST,
        "MINISTACK_REGION": region,
        "S3_DATA_DIR": str(folder / "s3"),
        "SERVICES": ",".join(SERVICES),
        "SFTP_ENABLED": "0",
        "STATE_DIR": str(folder / "state"),
    }


def engine_environment(port: int, folder: PurePath, region: str) -> dict[str, str]:
    """All environment variables of the engine's process, which its functions inherit in part.

    `folder` is removed when the engine stops: temporary files and the home folder (so that no file of the
    user's, such as ~/.aws/config, is read) lie in it.
    """
    return {
        "AWS_EC2_METADATA_DISABLED": "true",  # no credentials: fail at once, offline
        "HOME": str(folder),
        "LANG": "C.UTF-8",
        "PATH": "/usr/bin:/bin",
        "TMPDIR": str(folder),
        "TZ": "UTC",
        **engine_settings(port, folder, region),
    }
