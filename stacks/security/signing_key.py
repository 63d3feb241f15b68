"""The asymmetric key that signs the digests of the audit trail, and its policy."""

from awacs import kms as actions
from awacs.aws import Allow, ArnNotEquals, Condition, Deny, Principal, Statement
from troposphere import Sub
from troposphere.kms import Key

from stacks.common.statements import policy_document
from stacks.function_catalogue import AUDIT_DIGEST
from stacks.names import IN_TEMPLATE
from stacks.retention import DELETED_KEY
from stacks.security.encryption_keys import THIS_KEY


def signing_key() -> Key:
    """The key, with which the audit digest alone may sign, whatever the rights of an administrator are.

    Asymmetric, so that whoever has the public key, which is no secret, can verify without KMS and without us. An
    elliptic curve: a signature of 71 bytes. KMS does not rotate such keys.
    https://docs.aws.amazon.com/kms/latest/developerguide/rotate-keys.html
    """
    root = Sub("arn:${AWS::Partition}:iam::${AWS::AccountId}:root")
    # By name, as the role is made after the key.
    signer = Sub(IN_TEMPLATE.role_arn(AUDIT_DIGEST.role_purpose))
    return Key(
        "SigningKey",
        Description="Signs the hourly digests of the audit trail",
        KeySpec="ECC_NIST_P256",
        KeyUsage="SIGN_VERIFY",
        PendingWindowInDays=DELETED_KEY.days,
        KeyPolicy=policy_document(
            [
                Statement(
                    Sid="AccountPoliciesDecide",
                    Effect=Allow,
                    Principal=Principal("AWS", root),
                    Action=[actions.Action("*")],
                    Resource=THIS_KEY,
                ),
                Statement(
                    Sid="AuditDigestAloneSigns",
                    Effect=Deny,
                    Principal=Principal("AWS", "*"),
                    Action=[actions.Sign],
                    Resource=THIS_KEY,
                    Condition=Condition(ArnNotEquals("aws:PrincipalArn", signer)),
                ),
            ]
        ),
    )
