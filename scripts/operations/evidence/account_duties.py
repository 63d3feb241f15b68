"""Reads what the account's own duties can be read of. Every call only describes.

What may not be read stays the account's to show. The fields are those of
https://boto3.amazonaws.com/v1/documentation/api/latest/reference/services/index.html
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from scripts.cloudformation.live_states import Clients
from scripts.operations.evidence.findings import Answer
from scripts.operations.evidence.trail_selectors import KEY_USE, of_bucket, of_table, records

RIGHTS: Final = (
    "acm:DescribeCertificate",
    "cloudtrail:DescribeTrails",
    "cloudtrail:GetEventSelectors",
    "cloudtrail:GetTrailStatus",
    "ec2:DescribeSecurityGroups",
    "guardduty:GetDetector",
    "guardduty:ListDetectors",
    "inspector2:BatchGetAccountStatus",
    "sns:ListSubscriptionsByTopic",
)
_BUCKETS: Final = ("AuditBucket", "PayloadBucket", "ArchiveBucket")
_TABLES: Final = ("InboxTable", "TransactionsTable")
# Of SNS's protocols, those behind which a person or their pager is.
_READ_BY_PEOPLE: Final = ("email", "email-json", "sms", "https")
# Of the deployed system, by logical id: physical ids, and parameters by their names.
Ids = Mapping[str, str]


def read_duties(client: Clients, ids: Ids, parameters: Mapping[str, str]) -> dict[str, Answer]:
    """An answer for each duty that can be asked about, by its id."""
    known = {**parameters, **ids}
    return {duty: _asked(read, client, known) for duty, read in READERS.items()}


def _asked(read: Callable[[Clients, Ids], Answer], client: Clients, known: Ids) -> Answer:
    try:
        return read(client, known)
    except ClientError as error:
        return Answer(None, f"not read: {error.response['Error']['Code']}")
    except BotoCoreError as error:  # no such service in this region
        return Answer(None, f"not read: {type(error).__name__}")


def _trails(client: Clients) -> list[Any]:
    cloudtrail = client("cloudtrail")
    trails = cloudtrail.describe_trails()["trailList"]
    return [trail for trail in trails if cloudtrail.get_trail_status(Name=trail["TrailARN"])["IsLogging"]]


def _trail(client: Clients, _: Ids) -> Answer:
    wanted = ("IsMultiRegionTrail", "LogFileValidationEnabled", "KmsKeyId")
    good = [trail["Name"] for trail in _trails(client) if all(trail.get(name) for name in wanted)]
    return Answer(
        bool(good), f"trails of all regions, on, validated and under a key: {', '.join(good) or 'none'}"
    )


def _data_events(client: Clients, known: Ids) -> Answer:
    """All of it may be recorded by several trails together."""
    cloudtrail = client("cloudtrail")
    selectors = [cloudtrail.get_event_selectors(TrailName=each["TrailARN"]) for each in _trails(client)]
    _, partition, _, region, account, _ = known["CriticalAlertsTopic"].split(":")
    wanted = {"use of keys": KEY_USE}
    wanted |= {known[bucket]: of_bucket(partition, known[bucket]) for bucket in _BUCKETS}
    tables = f"arn:{partition}:dynamodb:{region}:{account}"
    wanted |= {known[table]: of_table(tables, known[table]) for table in _TABLES}
    missing = [name for name, what in wanted.items() if not any(records(each, what) for each in selectors)]
    return Answer(
        not missing, f"not read and written on record: {', '.join(missing) or 'none'} of {list(wanted)}"
    )


def _guard_duty(client: Clients, _: Ids) -> Answer:
    guard = client("guardduty")
    on = set()
    for detector_id in guard.list_detectors()["DetectorIds"]:
        detector = guard.get_detector(DetectorId=detector_id)
        if detector["Status"] == "ENABLED":
            features = detector.get("Features", ())
            on |= {feature["Name"] for feature in features if feature["Status"] == "ENABLED"}
    return Answer({"LAMBDA_NETWORK_LOGS", "S3_DATA_EVENTS"} <= on, f"features that are on: {sorted(on)}")


def _inspector(client: Clients, _: Ids) -> Answer:
    (account,) = client("inspector2").batch_get_account_status()["accounts"]
    states = {name: account["resourceState"].get(name, {}).get("status") for name in ("lambda", "lambdaCode")}
    return Answer(set(states.values()) == {"ENABLED"}, f"scans: {states}")


def _default_group(client: Clients, known: Ids) -> Answer:
    if "Vpc" not in known:
        return Answer(None, "no network of its own: NetworkMode is none")
    filters = [{"Name": "vpc-id", "Values": [known["Vpc"]]}, {"Name": "group-name", "Values": ["default"]}]
    (group,) = client("ec2").describe_security_groups(Filters=filters)["SecurityGroups"]
    rules = len(group["IpPermissions"]) + len(group["IpPermissionsEgress"])
    return Answer(rules == 0, f"rules of {group['GroupId']}: {rules}")


def _certificate(client: Clients, known: Ids) -> Answer:
    if not known.get("CertificateArn"):
        return Answer(None, "no domain of its own: AWS keeps the certificate of the API's address")
    certificate = client("acm").describe_certificate(CertificateArn=known["CertificateArn"])["Certificate"]
    key, renewal = certificate["KeyAlgorithm"], certificate.get("RenewalEligibility")
    return Answer(key != "RSA_1024" and renewal == "ELIGIBLE", f"key {key}, renewal {renewal}")


def _alerts(client: Clients, known: Ids) -> Answer:
    """A queue or a function that is told tells no person. Where AlertEmail is given, it is the address that counts."""
    listed = client("sns").list_subscriptions_by_topic(TopicArn=known["CriticalAlertsTopic"])["Subscriptions"]
    confirmed = [each for each in listed if each["SubscriptionArn"].startswith("arn:")]
    address = known.get("AlertEmail")
    read = [
        each
        for each in confirmed
        if each["Protocol"] in _READ_BY_PEOPLE and each["Endpoint"] == (address or each["Endpoint"])
    ]
    told = ", ".join(f"{each['Protocol']} {each['Endpoint']}" for each in confirmed)
    return Answer(bool(read), f"confirmed: {told or 'none'}; wanted: {address or ', '.join(_READ_BY_PEOPLE)}")


READERS: Final[Mapping[str, Callable[[Clients, Ids], Answer]]] = {
    "SH CloudTrail.2": _trail,
    "SH S3.22": _data_events,
    "SH GuardDuty.6": _guard_duty,
    "SH Inspector.3": _inspector,
    "SH EC2.2": _default_group,
    "SH ACM.1": _certificate,
    "alerts are read": _alerts,
}
