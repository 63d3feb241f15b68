"""Small hand-made stacks on a local engine, for tests of the engine itself."""

import io
import json
import uuid
import zipfile
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError

from tests.support.system.engine_clients import Clients
from tests.support.system.waiting import wait_for

BUCKET = "small-stacks"
Template = Mapping[str, Any]


def unique(purpose: str) -> str:
    """A name that no other test uses."""
    return f"{purpose}-{uuid.uuid4().hex[:8]}"


def upload(clients: Clients, key: str, content: bytes) -> str:
    """Put an object into the tests' bucket; its path-style URL."""
    try:
        clients("s3").create_bucket(Bucket=BUCKET)
    except ClientError as error:
        if error.response["Error"]["Code"] != "BucketAlreadyOwnedByYou":
            raise
    clients("s3").put_object(Bucket=BUCKET, Key=key, Body=content)
    return f"https://s3.us-east-1.amazonaws.com/{BUCKET}/{key}"


def nested(clients: Clients, template: Template, **parameters: Any) -> dict[str, Any]:
    """A nested stack resource, its template uploaded."""
    url = upload(clients, f"{uuid.uuid4().hex}.json", json.dumps(template).encode())
    return {
        "Type": "AWS::CloudFormation::Stack",
        "Properties": {"TemplateURL": url, "Parameters": parameters},
    }


def archive(clients: Clients, files: Mapping[str, str]) -> dict[str, str]:
    """Upload a zip of these files; where it is, as code and layers say it."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as zipped:
        for name, text in files.items():
            zipped.writestr(name, text)
    key = f"{uuid.uuid4().hex}.zip"
    upload(clients, key, buffer.getvalue())
    return {"S3Bucket": BUCKET, "S3Key": key}


def function(clients: Clients, name: str, source: str, **variables: str) -> dict[str, Any]:
    """A function that consists of `handler.py`, with the role that the template calls `Role`."""
    return {
        "Type": "AWS::Lambda::Function",
        "Properties": {
            "FunctionName": name,
            "Runtime": "python3.11",
            "Handler": "handler.handler",
            "Role": {"Fn::GetAtt": ["Role", "Arn"]},
            "Code": archive(clients, {"handler.py": source}),
            "Environment": {"Variables": variables},
        },
    }


def create(
    clients: Clients,
    name: str,
    resources: Template,
    outputs: Template | None = None,
    disable_rollback: bool = False,
) -> str:
    """Create a stack and wait for its end; the status."""
    clients("cloudformation").create_stack(
        StackName=name,
        TemplateBody=_body(resources, outputs),
        Capabilities=["CAPABILITY_NAMED_IAM"],
        DisableRollback=disable_rollback,
    )
    return end_of(clients, name)


def update(clients: Clients, name: str, resources: Template, outputs: Template | None = None) -> str:
    """Update a stack and wait for its end; the status."""
    clients("cloudformation").update_stack(
        StackName=name, TemplateBody=_body(resources, outputs), Capabilities=["CAPABILITY_NAMED_IAM"]
    )
    return end_of(clients, name)


def end_of(clients: Clients, name: str) -> str:
    """The stack's status once nothing is in progress."""

    def look() -> str | None:
        status = str(clients("cloudformation").describe_stacks(StackName=name)["Stacks"][0]["StackStatus"])
        return None if status.endswith("_IN_PROGRESS") else status

    return wait_for(f"the end of {name}", look)


def outputs_of(clients: Clients, name: str) -> dict[str, str]:
    stack = clients("cloudformation").describe_stacks(StackName=name)["Stacks"][0]
    return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}


def role(service: str, *statements: Mapping[str, Any], name: str | None = None) -> dict[str, Any]:
    """A role that `service` may assume, with an inline policy of these statements."""
    trust = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    policy = {"PolicyName": "policy", "PolicyDocument": {"Version": "2012-10-17", "Statement": statements}}
    return {
        "Type": "AWS::IAM::Role",
        "Properties": {
            "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [trust]},
            **({"Policies": [policy]} if statements else {}),
            **({"RoleName": name} if name else {}),
        },
    }


def user_with(clients: Clients, *statements: Mapping[str, Any]) -> Clients:
    """Clients of a new user with these permissions. The caller closes them."""
    name = unique("user")
    clients("iam").create_user(UserName=name)
    document = json.dumps({"Version": "2012-10-17", "Statement": statements})
    clients("iam").put_user_policy(UserName=name, PolicyName="policy", PolicyDocument=document)
    key = clients("iam").create_access_key(UserName=name)["AccessKey"]
    return Clients(clients.state, key["AccessKeyId"], key["SecretAccessKey"])


def _body(resources: Template, outputs: Template | None) -> str:
    return json.dumps({"Resources": resources, **({"Outputs": outputs} if outputs else {})})
