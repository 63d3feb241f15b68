"""Errors of AWS services, and which of them are worth another attempt.

A refusal that nobody handles counts as Unavailable: the sender or the queue tries again, and nothing is lost.
"""

from collections.abc import Mapping
from typing import Any

from payment_webhooks.errors import Unavailable

CONDITION_FAILED = "ConditionalCheckFailedException"
TRANSACTION_CANCELED = "TransactionCanceledException"
TRANSACTION_IN_PROGRESS = "TransactionInProgressException"
REASON_CONDITION_FAILED = "ConditionalCheckFailed"
REASON_CONFLICT = "TransactionConflict"
# The request itself is refused, of a transaction one of its actions: the same would be refused again.
INVALID = frozenset({"ValidationException", "ValidationError", "SerializationException"})
REASON_NONE = "None"

# Worth a second try at once. The first block is DynamoDB's (its guide "Error handling with DynamoDB"), then
# those that Secrets Manager and SQS share.
TRANSIENT_CODES = frozenset(
    {
        "ItemCollectionSizeLimitExceededException",
        "LimitExceededException",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "ThrottlingException",
        "TransactionConflictException",
        TRANSACTION_IN_PROGRESS,
        "ReplicatedWriteConflictException",
        "InternalServerError",
        "InternalServiceError",
        "InternalFailure",
        "KmsThrottled",
        "RequestThrottled",
        "ServiceUnavailable",
        "SlowDown",
    }
)


class ServiceError(Unavailable):
    """A service answered, and the answer was no. `code` is its error code; `details` the whole answer (it may
    hold the item that was in the way, so it never goes to a log).
    """

    def __init__(self, service: str, code: str, http_status: int, details: Mapping[str, Any]) -> None:
        super().__init__(f"{service}_{code}")
        self.code = code
        self.http_status = http_status
        self.details = details
        self.passes = INVALID.isdisjoint({code, *self._reason_codes})

    @property
    def transient(self) -> bool:
        if self.http_status >= 500 or self.http_status == 429 or self.code in TRANSIENT_CODES:
            return True
        return self.code == TRANSACTION_CANCELED and not self.only_conditions_failed

    @property
    def cancellation_reasons(self) -> list[Mapping[str, Any]]:
        """One for each action of the transaction, in its order: {"Code": ..., "Item": {...} if it was asked for}."""
        return list(self.details.get("CancellationReasons") or ())

    @property
    def only_conditions_failed(self) -> bool:
        """Whether our own conditions alone cancelled the transaction, not contention or throttling."""
        codes = self._reason_codes
        return REASON_CONDITION_FAILED in codes and codes <= {REASON_CONDITION_FAILED, REASON_NONE}

    @property
    def is_contention(self) -> bool:
        """Whether others who write to the same items cancelled the transaction, perhaps before our conditions could
        fail, and nothing else did."""
        return REASON_CONFLICT in self._reason_codes and self._reason_codes <= {
            REASON_CONFLICT,
            REASON_CONDITION_FAILED,
            REASON_NONE,
        }

    @property
    def _reason_codes(self) -> set[str]:
        return {reason.get("Code") or REASON_NONE for reason in self.cancellation_reasons}
