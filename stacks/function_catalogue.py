"""The functions by folder (functions/FOLDER/handler.py), and the parameter that names each one's code."""

from typing import Final

from stacks.names import title

WEBHOOK_RECEIVER: Final = "webhook_receiver"
PAYMENT_PROCESSOR: Final = "payment_processor"
AUDIT_LOGGER: Final = "audit_logger"
HEALTH: Final = "health"
INBOX_SWEEPER: Final = "inbox_sweeper"
NOTIFICATION_HANDLER: Final = "notification_handler"
ANALYTICS_PROCESSOR: Final = "analytics_processor"
TRANSACTION_API: Final = "transaction_api"
TRANSACTION_ARCHIVER: Final = "transaction_archiver"

FUNCTIONS: Final[dict[str, str]] = {
    folder: f"{title(folder)}CodeKey"
    for folder in (
        WEBHOOK_RECEIVER,
        PAYMENT_PROCESSOR,
        AUDIT_LOGGER,
        HEALTH,
        INBOX_SWEEPER,
        NOTIFICATION_HANDLER,
        ANALYTICS_PROCESSOR,
        TRANSACTION_API,
        TRANSACTION_ARCHIVER,
    )
}
LAYER_KEY: Final = "LayerKey"
