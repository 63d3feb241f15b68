"""Where a command works: an AWS account and region, or the local engine."""

import os
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

import boto3
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionError,
    HTTPClientError,
    ProfileNotFound,
    UnknownRegionError,
)
from botocore.session import get_session

from scripts.command_line.aws_errors import explain
from scripts.command_line.copyable_command import command_line
from scripts.command_line.errors import UsageError
from scripts.command_line.project_paths import ROOT
from scripts.local_engine.state import read_state

LOCAL_ACCOUNT_ID: Final = "000000000000"  # what the local engine gives to the credentials test/test
LOCAL_CREDENTIAL: Final = "test"
LOCAL_CALLER: Final = f"arn:aws:iam::{LOCAL_ACCOUNT_ID}:root"
_SETTINGS: Final = Config(
    retries={"mode": "standard", "total_max_attempts": 8},  # DescribeStackEvents is throttled early
    connect_timeout=10,
    read_timeout=60,
    max_pool_connections=16,
)
# A function runs for 900 seconds at most, and a call that is sent again starts it again:
# https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html (timeouts, keep-alive).
_OF_FUNCTIONS: Final = Config(
    retries={"mode": "standard", "total_max_attempts": 1},
    connect_timeout=10,
    read_timeout=930,
    tcp_keepalive=True,
)
_MOST_THROTTLED: Final = 7  # attempts, over half a minute
# Where a person waits to be told that AWS, or the engine, does not answer.
_IMPATIENT: Final = Config(
    retries={"mode": "standard", "total_max_attempts": 2},
    connect_timeout=3,
    read_timeout=5,
    max_pool_connections=16,
)


@dataclass(frozen=True)
class Target:
    """`endpoint_url` is None on AWS; `account_id` has twelve digits; `caller_arn`: whose credentials these are."""

    session: boto3.Session
    region: str
    endpoint_url: str | None
    account_id: str
    caller_arn: str = LOCAL_CALLER

    @property
    def is_local(self) -> bool:
        return self.endpoint_url is not None

    @property
    def partition(self) -> str:
        """The part of AWS that the region belongs to, e.g. `aws` or `aws-cn`."""
        return self.session.get_partition_for_region(self.region)

    @property
    def url_suffix(self) -> str:
        """The domain of the partition: what CloudFormation calls AWS::URLSuffix."""
        partitions = get_session().get_data("partitions")["partitions"]
        return next(str(each["outputs"]["dnsSuffix"]) for each in partitions if each["id"] == self.partition)

    def client(self, name: str) -> Any:
        """A boto3 client for the service `name`; the caller annotates its type."""
        return self.session.client(name, endpoint_url=self.endpoint_url, config=_SETTINGS)

    def impatient_client(self, name: str) -> Any:
        """The same, which says within seconds that nothing answers."""
        return self.session.client(name, endpoint_url=self.endpoint_url, config=_IMPATIENT)

    def function_client(self) -> Any:
        """A client of Lambda that starts a function once, and waits for its answer as long as it may run."""
        client = self.session.client("lambda", endpoint_url=self.endpoint_url, config=_OF_FUNCTIONS)
        client.meta.events.register("needs-retry.lambda.Invoke", _pause_if_throttled)
        return client

    def aws_flags(self, profile: str | None) -> list[str]:
        """The options by which the AWS command line finds this target."""
        there = ["--profile", profile] if profile else []
        return [
            "--region",
            self.region,
            *(there if self.endpoint_url is None else ["--endpoint-url", self.endpoint_url]),
        ]

    def describe(self) -> str:
        """Where it is and, on AWS, as whom, for the person who is asked."""
        if self.is_local:
            return f"the local engine at {self.endpoint_url}, region {self.region}"
        return f"account {self.account_id}, region {self.region}, as {self.caller_arn}"


def _pause_if_throttled(response: tuple[Any, Any] | None, attempts: int, **_: Any) -> float | None:
    """The seconds until a call is sent again that did not start its function (O9007); None: it is not."""
    is_throttled = response is not None and response[0].status_code == HTTPStatus.TOO_MANY_REQUESTS
    return 0.25 * 2**attempts if is_throttled and attempts < _MOST_THROTTLED else None


def target_from(region: str | None, profile: str | None, local: bool) -> Target:
    """The target that a command's `--region`, `--profile` and `--local` name.

    Without `region`: that of AWS_REGION, which boto3 does not read, else of the profile; none is guessed.
    Raises UsageError when there is no region, no working credentials, no such profile, or no local engine is running,
    RolledBack when AWS can't be reached.
    """
    return _local_target(region) if local else _aws_target(region, profile)


def local_target(endpoint_url: str, region: str) -> Target:
    """The local engine at `endpoint_url`, e.g. `http://127.0.0.1:4566`."""
    session = boto3.Session(
        aws_access_key_id=LOCAL_CREDENTIAL, aws_secret_access_key=LOCAL_CREDENTIAL, region_name=region
    )
    return Target(session, region, endpoint_url, LOCAL_ACCOUNT_ID)


def _local_target(region: str | None) -> Target:
    state = read_state(ROOT)
    if state is None:
        raise UsageError("no local engine is running", f"start it: {command_line('local', 'up')}")
    return local_target(state.endpoint_url, region or state.region)


def _aws_target(region: str | None, profile: str | None) -> Target:
    try:
        session = boto3.Session(profile_name=profile, region_name=region)
    except ProfileNotFound as error:
        raise UsageError(str(error), "aws configure list-profiles shows those that exist") from error
    region = region_of(session, region)
    account, caller = identity_of(session.client("sts", region_name=region, config=_IMPATIENT))
    return Target(boto3.Session(profile_name=profile, region_name=region), region, None, account, caller)


def region_of(session: boto3.Session, region: str | None) -> str:
    """`region` as given, else that of AWS_REGION or of the session's profile. Raises UsageError for none: a region that
    is guessed would deploy or destroy elsewhere; and for what is no region of any part of AWS.
    """
    found = region or os.environ.get("AWS_REGION") or session.region_name
    if not found:
        raise UsageError("no region is named", "give --region, or set AWS_REGION, or a region in the profile")
    try:
        session.get_partition_for_region(found)
    except UnknownRegionError as error:
        raise UsageError(
            f"there is no region {found}", "look at --region, AWS_REGION and the profile"
        ) from error
    return str(found)


def identity_of(sts: Any) -> tuple[str, str]:
    """The twelve-digit account id and the ARN of an STS client's credentials.

    Raises UsageError when they do not work, RolledBack when AWS can't be reached.
    """
    try:
        identity = sts.get_caller_identity()
    except (HTTPClientError, ConnectionError) as error:
        raise explain(error) from error
    except (BotoCoreError, ClientError) as error:
        raise UsageError(
            f"no working AWS credentials: {error}",
            "give --profile NAME, or log in (aws sso login), or work on the local engine with --local",
        ) from error
    return str(identity["Account"]), str(identity["Arn"])
