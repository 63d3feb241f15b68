"""Each shim has two tests: that an engine without shims still has the fault, and that the shim mends it.

When a `test_engine_...` fails after a new version of the engine, its shim is no longer needed: remove it.
"""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from scripts.local_engine import control
from scripts.local_engine.shims.engine_modules import ENGINE_VERSION
from scripts.local_engine.shims.registry import SHIMS
from scripts.local_engine.state import EngineState
from tests.support.system import small_stacks as stacks
from tests.support.system.engine_clients import Clients, invoke
from tests.support.system.small_stacks import unique
from tests.support.system.waiting import wait_for


def test_launcher_says_which_shims_it_applies(engine: EngineState) -> None:
    log = (engine.folder / control.LOG_FILE).read_text()
    assert engine.shims == tuple(shim.name for shim in SHIMS)
    assert all(f"shim {shim.name} (ministack {ENGINE_VERSION}): {shim.reason}" in log for shim in SHIMS)


# --- secure_transport ---------------------------------------------------------------------------------------


def bucket_that_wants_tls(clients: Clients) -> str:
    name = unique("wants-tls")
    deny = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [f"arn:aws:s3:::{name}", f"arn:aws:s3:::{name}/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    resources = {
        "Bucket": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": name}},
        "Policy": {
            "Type": "AWS::S3::BucketPolicy",
            "Properties": {
                "Bucket": {"Ref": "Bucket"},
                "PolicyDocument": {"Version": "2012-10-17", "Statement": [deny]},
            },
        },
    }
    assert stacks.create(clients, unique("tls"), resources) == "CREATE_COMPLETE"
    return name


def put_as_a_user(clients: Clients) -> None:
    bucket = bucket_that_wants_tls(clients)
    user = stacks.user_with(clients, {"Effect": "Allow", "Action": "s3:PutObject", "Resource": "*"})
    try:
        user("s3").put_object(Bucket=bucket, Key="key", Body=b"body")
    finally:
        user.close()


def test_engine_denies_what_requires_tls(bare_aws: Clients) -> None:
    with pytest.raises(ClientError, match="AccessDenied"):
        put_as_a_user(bare_aws)


def test_requests_count_as_tls(aws: Clients) -> None:
    put_as_a_user(aws)


# --- encryption_context -------------------------------------------------------------------------------------


def data_key_for(clients: Clients, tenant: str) -> None:
    """Ask for a data key as a user who may do so for tenant `a` only."""
    key_arn = clients("kms").create_key()["KeyMetadata"]["Arn"]
    allowed = {
        "Effect": "Allow",
        "Action": "kms:GenerateDataKey",
        "Resource": key_arn,
        "Condition": {"StringEquals": {"kms:EncryptionContext:tenant": "a"}},
    }
    user = stacks.user_with(clients, allowed)
    try:
        user("kms").generate_data_key(KeyId=key_arn, KeySpec="AES_256", EncryptionContext={"tenant": tenant})
    finally:
        user.close()


def test_engine_ignores_the_encryption_context_in_conditions(bare_aws: Clients) -> None:
    with pytest.raises(ClientError, match="AccessDenied"):
        data_key_for(bare_aws, "a")


def test_conditions_on_the_encryption_context_hold(aws: Clients) -> None:
    data_key_for(aws, "a")
    with pytest.raises(ClientError, match="AccessDenied"):
        data_key_for(aws, "b")


# --- role_principals ----------------------------------------------------------------------------------------


def signs_as_the_role(clients: Clients, by: str) -> None:
    """Ask for a data key as a role, of a key that denies everybody but the role of that name."""
    name, account = unique("signer"), "000000000000"
    anybody = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
    trust = json.dumps({"Version": "2012-10-17", "Statement": [anybody]})
    arn = clients("iam").create_role(RoleName=name, AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    may = {"Effect": "Allow", "Action": "kms:GenerateDataKey", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [may]})
    clients("iam").put_role_policy(RoleName=name, PolicyName="may", PolicyDocument=policy)
    root = {"AWS": f"arn:aws:iam::{account}:root"}
    everything = {"Effect": "Allow", "Principal": root, "Action": "kms:*", "Resource": "*"}
    others = {
        "Effect": "Deny",
        "Principal": {"AWS": "*"},
        "Action": "kms:GenerateDataKey",
        "Resource": "*",
        "Condition": {"ArnNotEquals": {"aws:PrincipalArn": arn.replace(name, by or name)}},
    }
    key_policy = json.dumps({"Version": "2012-10-17", "Statement": [everything, others]})
    key = clients("kms").create_key(Policy=key_policy)["KeyMetadata"]["Arn"]
    given = clients("sts").assume_role(RoleArn=arn, RoleSessionName="session")["Credentials"]
    session = boto3.Session(
        given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"], region_name="us-east-1"
    )
    kms = session.client("kms", endpoint_url=clients.state.endpoint_url)
    try:
        kms.generate_data_key(KeyId=key, KeySpec="AES_256")
    finally:
        kms.close()


def test_engine_takes_the_session_for_the_role(bare_aws: Clients) -> None:
    with pytest.raises(ClientError, match="AccessDenied"):
        signs_as_the_role(bare_aws, "")


def test_conditions_on_the_arn_of_a_role_hold(aws: Clients) -> None:
    signs_as_the_role(aws, "")
    with pytest.raises(ClientError, match="AccessDenied"):
        signs_as_the_role(aws, "another")


# --- conditional_writes -------------------------------------------------------------------------------------


def put_where_it_must_be_new(clients: Clients, **header: str) -> None:
    """Put an object as a user, into a bucket that denies what is written without If-None-Match."""
    name, condition = unique("new-only"), {"s3:if-none-match": "true"}
    clients("s3").create_bucket(Bucket=name)
    deny = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:PutObject",
        "Resource": f"arn:aws:s3:::{name}/*",
        "Condition": {"Null": condition, "Bool": {"s3:ObjectCreationOperation": "true"}},
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [deny]})
    clients("s3").put_bucket_policy(Bucket=name, Policy=policy)
    user = stacks.user_with(clients, {"Effect": "Allow", "Action": "s3:PutObject", "Resource": "*"})
    try:
        user("s3").put_object(Bucket=name, Key="key", Body=b"body", **header)
    finally:
        user.close()


def test_engine_does_not_know_whether_an_object_must_be_new(bare_aws: Clients) -> None:
    put_where_it_must_be_new(bare_aws)  # denied on AWS


def test_conditions_on_conditional_writes_hold(aws: Clients) -> None:
    put_where_it_must_be_new(aws, IfNoneMatch="*")
    with pytest.raises(ClientError, match="AccessDenied"):
        put_where_it_must_be_new(aws)


# --- queue_batches ------------------------------------------------------------------------------------------


def send_a_batch(clients: Clients) -> None:
    """As a user who may send to the queue, which on AWS is the right to send batches, too."""
    sqs = clients("sqs")
    queue_url = sqs.create_queue(QueueName=stacks.unique("batches"))["QueueUrl"]
    attributes = sqs.get_queue_attributes(QueueUrl=queue_url, AttributeNames=["QueueArn"])["Attributes"]
    user = stacks.user_with(
        clients, {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": attributes["QueueArn"]}
    )
    try:
        answer = user("sqs").send_message_batch(
            QueueUrl=queue_url, Entries=[{"Id": "0", "MessageBody": "a"}, {"Id": "1", "MessageBody": "b"}]
        )
        with pytest.raises(ClientError, match="AccessDenied"):
            user("sqs").delete_message_batch(
                QueueUrl=queue_url, Entries=[{"Id": "0", "ReceiptHandle": "none"}]
            )
    finally:
        user.close()
    assert len(answer["Successful"]) == 2


def test_engine_denies_a_batch_to_who_may_send(bare_aws: Clients) -> None:
    with pytest.raises(ClientError, match="AccessDenied"):
        send_a_batch(bare_aws)


def test_who_may_send_may_send_a_batch(aws: Clients) -> None:
    send_a_batch(aws)


# --- isolated_workers ---------------------------------------------------------------------------------------

WHAT_A_FUNCTION_SEES = """
import importlib.util, os
def handler(event, context):
    print("looked")
    return {"engine": importlib.util.find_spec("ministack") is not None, "variables": sorted(os.environ)}
"""
# Those that Lambda sets, and what a function needs to reach the engine.
EXPECTED_VARIABLES = {
    "AWS_ACCESS_KEY_ID",
    "AWS_DEFAULT_REGION",
    "AWS_DISABLE_HOST_PREFIX_INJECTION",
    "AWS_EC2_METADATA_DISABLED",
    "AWS_ENDPOINT_URL",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
    "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LAMBDA_FUNCTION_VERSION",
    "AWS_LAMBDA_LOG_STREAM_NAME",
    "AWS_REGION",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "HOME",
    "LAMBDA_TASK_ROOT",
    "LANG",
    "PATH",
    "TMPDIR",
    "TZ",
}


def what_a_function_sees(clients: Clients) -> Any:
    name = unique("sees")
    resources = {
        "Role": stacks.role("lambda.amazonaws.com"),
        "Function": stacks.function(clients, name, WHAT_A_FUNCTION_SEES, OWN_SETTING="1"),
    }
    assert stacks.create(clients, name, resources) == "CREATE_COMPLETE"
    return invoke(clients, name)


def test_engine_shows_functions_its_packages_and_settings(bare_aws: Clients) -> None:
    seen = what_a_function_sees(bare_aws)
    assert seen["engine"]
    assert "GATEWAY_PORT" in seen["variables"]


def test_functions_see_nothing_of_the_engine_or_of_the_caller(aws: Clients) -> None:
    seen = what_a_function_sees(aws)
    assert not seen["engine"]
    assert "OWN_SETTING" in seen["variables"]
    ours = {name for name in seen["variables"] if not name.startswith("_")} - {"OWN_SETTING"}
    assert ours <= EXPECTED_VARIABLES


# --- shared_layers ------------------------------------------------------------------------------------------

WHERE_THE_LAYER_IS = """
import os, shared_module
def handler(event, context):
    print("looked")
    return [shared_module.VALUE, os.stat(shared_module.__file__).st_ino]
"""


def layer_of_two_functions(clients: Clients) -> list[Any]:
    """What two functions with one layer see of it: a value, and which file it comes from."""
    name = unique("layer")
    code = stacks.archive(clients, {"python/shared_module.py": "VALUE = 'from the layer'"})
    resources: dict[str, Any] = {
        "Role": stacks.role("lambda.amazonaws.com"),
        "Layer": {"Type": "AWS::Lambda::LayerVersion", "Properties": {"Content": code}},
    }
    for title in ("A", "B"):
        function = stacks.function(clients, f"{name}-{title}", WHERE_THE_LAYER_IS)
        function["Properties"]["Layers"] = [{"Ref": "Layer"}]
        resources[title] = function
    assert stacks.create(clients, name, resources) == "CREATE_COMPLETE"
    return [invoke(clients, f"{name}-{title}") for title in ("A", "B")]


def test_engine_unpacks_a_layer_for_each_worker(bare_aws: Clients) -> None:
    a, b = layer_of_two_functions(bare_aws)
    assert a[0] == b[0] == "from the layer"
    assert a[1] != b[1]


def test_workers_share_one_unpacked_layer(aws: Clients) -> None:
    a, b = layer_of_two_functions(aws)
    assert a == b
    assert a[0] == "from the layer"


# --- busy_workers -------------------------------------------------------------------------------------------

WAITS_FOR_A_FILE = """
import os, tempfile, time
def handler(event, context):
    print("waits")
    begun = os.path.join(tempfile.gettempdir(), os.environ["MARKER"])
    open(begun, "w").close()
    while not os.path.exists(begun + ".go"):
        time.sleep(0.05)
    return "VERSION"
"""


def answer_across_an_update(clients: Clients) -> Any:
    """What a request is answered during which the function gets other code; then that of the next request."""
    name = unique("busy")
    begun = clients.state.folder / control.FILES_FOLDER / name

    def resources(version: str) -> dict[str, Any]:
        source = WAITS_FOR_A_FILE.replace("VERSION", version)
        return {
            "Role": stacks.role("lambda.amazonaws.com"),
            "Function": stacks.function(clients, name, source, MARKER=name),
        }

    assert stacks.create(clients, name, resources("old")) == "CREATE_COMPLETE"
    clients("lambda")  # boto3 makes clients in one thread
    with ThreadPoolExecutor(1) as pool:
        under_way = pool.submit(clients("lambda").invoke, FunctionName=name, Payload=b"{}")
        try:
            wait_for("the request", begun.exists)
            assert stacks.update(clients, name, resources("new")) == "UPDATE_COMPLETE"
        finally:
            (begun.parent / f"{name}.go").touch()
        answer = under_way.result()
    with answer["Payload"] as stream:
        return json.loads(stream.read()), invoke(clients, name)


def test_engine_ends_requests_under_way_when_the_code_changes(bare_aws: Clients) -> None:
    failed, after = answer_across_an_update(bare_aws)
    assert failed["errorMessage"] == "Worker process died"
    assert after == "new"


def test_requests_under_way_end_on_the_old_code(aws: Clients) -> None:
    assert answer_across_an_update(aws) == ("old", "new")


THE_FIRST_WORKER_DIES = """
import os, tempfile, time
try:
    os.close(os.open(os.path.join(tempfile.gettempdir(), os.environ["MARKER"]), os.O_CREAT | os.O_EXCL))
except FileExistsError:
    time.sleep(2)
else:
    time.sleep(1)
    os._exit(1)
def handler(event, context):
    print("started")
    return "started"
"""


def answers_to_two_at_once(clients: Clients) -> list[str]:
    """A function whose first worker dies while it starts, asked twice at once; the answers, sorted."""
    name = unique("starts")
    resources = {
        "Role": stacks.role("lambda.amazonaws.com"),
        "Function": stacks.function(clients, name, THE_FIRST_WORKER_DIES, MARKER=name),
    }
    assert stacks.create(clients, name, resources) == "CREATE_COMPLETE"

    def answer(_: int) -> str:
        answered = clients("lambda").invoke(FunctionName=name, Payload=b"{}")
        with answered["Payload"] as stream:
            stream.read()
        return "failed" if "FunctionError" in answered else "started"

    clients("lambda")  # boto3 makes clients in one thread
    with ThreadPoolExecutor(2) as pool:
        return sorted(pool.map(answer, range(2)))


def test_engine_ends_all_workers_when_one_fails_to_start(bare_aws: Clients) -> None:
    assert answers_to_two_at_once(bare_aws) == ["failed", "failed"]


def test_a_worker_that_fails_to_start_ends_no_other(aws: Clients) -> None:
    assert answers_to_two_at_once(aws) == ["failed", "started"]
