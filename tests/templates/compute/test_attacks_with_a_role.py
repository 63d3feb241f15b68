"""What an attacker who holds a role of the system tries beyond its duty, decided on the templates of production."""

import pytest

from stacks import function_catalogue
from tests.support.templates.role_decisions import assembled, resource, role_may

KEY_ACTIONS = ("kms:Decrypt", "kms:GenerateDataKey")
SERVICES = ("ArchiverSchedule", "InboxSweeperSchedule", "PipeProcessing", "PipeWorkflow")
FUNCTIONS = tuple(each.title for each in function_catalogue.FUNCTIONS.values())


def _key(type_: str = "AWS::Lambda::Function", property_: str = "KmsKeyArn") -> str:
    (key,) = {str(each.get(property_)) for each in assembled().of_type(type_)}
    return key


def _messages_key() -> str:
    return _key("AWS::SQS::Queue", "KmsMasterKeyId")


def _secrets_key() -> str:
    return _key("AWS::SecretsManager::Secret", "KmsKeyId")


def _via(service: str) -> dict[str, str]:
    return {"kms:ViaService": f"{service}.{assembled().region}.amazonaws.com"}


@pytest.mark.parametrize("role", [*SERVICES, *FUNCTIONS])
@pytest.mark.parametrize("action", KEY_ACTIONS)
def test_no_role_uses_a_key_by_itself(role: str, action: str) -> None:
    for key in (_key(), _messages_key(), _secrets_key()):
        assert not role_may(role, action, key)


def test_who_verifies_signs_or_lists_alone_decrypts_a_secret() -> None:
    """With the key of tables, too: no secret is encrypted with it, and none may use it by way of Secrets Manager."""
    via = _via("secretsmanager")
    assert len({_key(), _messages_key(), _secrets_key()}) == 3
    decrypting = [
        role for role in (*SERVICES, *FUNCTIONS) if role_may(role, "kms:Decrypt", _secrets_key(), via)
    ]
    assert decrypting == ["WebhookReceiver", "PaymentProcessor", "Reconciler", "Canary"]
    for role in (*SERVICES, *FUNCTIONS):
        assert not role_may(role, "kms:Decrypt", _key(), via)
        assert not role_may(role, "kms:Decrypt", _messages_key(), via)
        for service in ("dynamodb", "s3", "sqs", "sns", "lambda"):
            assert not role_may(role, "kms:Decrypt", _secrets_key(), _via(service))


@pytest.mark.parametrize("role", SERVICES)
def test_the_roles_of_schedules_and_pipes_read_no_secret_and_no_object_with_the_key(role: str) -> None:
    for service in ("secretsmanager", "s3"):
        assert not role_may(role, "kms:Decrypt", _key(), _via(service))
        assert not role_may(role, "kms:Decrypt", _messages_key(), _via(service))
    assert role_may(role, "kms:GenerateDataKey", _messages_key(), _via("sqs"))


def test_a_schedule_decrypts_its_own_input_and_no_others() -> None:
    schedule = resource("ArchiverSchedule")
    own = assembled().arn("scheduler", f"schedule/{schedule.get('GroupName')}/{schedule.get('Name')}")
    key = "kms:EncryptionContext:aws:scheduler:schedule:arn"
    assert role_may("ArchiverSchedule", "kms:Decrypt", _key(), {key: own})
    assert not role_may("InboxSweeperSchedule", "kms:Decrypt", _key(), {key: own})


@pytest.mark.parametrize("context", ["aws:pipes:arn", "aws:pipe:arn"])
def test_a_pipe_uses_the_key_for_its_own_settings_whichever_of_its_documents_is_right(context: str) -> None:
    own = assembled().arn("pipes", f"pipe/{resource('ProcessingPipe').get('Name')}")
    for action in KEY_ACTIONS:
        given = {f"kms:EncryptionContext:{context}": own}
        assert role_may("PipeProcessing", action, _key(), given)
        assert not role_may("PipeWorkflow", action, _key(), given)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_encrypts_nothing_through_lambda(function: str) -> None:
    assert role_may(function, "kms:Decrypt", _key(), _via("lambda"))
    assert not role_may(function, "kms:GenerateDataKey", _key(), _via("lambda"))


@pytest.mark.parametrize(
    ("function", "bucket", "action", "inside", "outside"),
    [
        ("WebhookReceiver", "PayloadBucket", "s3:PutObject", "payloads/a", "other"),
        ("PaymentProcessor", "PayloadBucket", "s3:GetObject", "payloads/a", "other"),
        ("TransactionArchiver", "PayloadBucket", "s3:GetObject", "payloads/a", "other"),
        ("TransactionArchiver", "ArchiveBucket", "s3:PutObject", "transactions/a", "other"),
        ("TransactionArchiver", "ArchiveBucket", "s3:PutObject", "manifests/webhooks/a", "manifests/other"),
    ],
)
def test_objects_are_written_and_read_where_they_belong(
    function: str, bucket: str, action: str, inside: str, outside: str
) -> None:
    arn = f"arn:aws:s3:::{resource(bucket).get('BucketName')}"
    assert role_may(function, action, f"{arn}/{inside}")
    assert not role_may(function, action, f"{arn}/{outside}")


def test_the_endpoint_of_sns_reaches_the_topics_of_this_environment_alone() -> None:
    (statement,) = resource("SnsEndpoint").get("PolicyDocument", "Statement") or []
    topic = resource("NotificationsTopic").get("TopicName")
    (arn,) = statement["Resource"]
    assert arn == assembled().arn("sns", str(topic).replace("notifications", "*"))
