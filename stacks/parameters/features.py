"""Parameters that choose which parts the system has, and how they are reached."""

import json
from typing import Final

from payment_webhooks.publishing.configuration import CURRENCY_THRESHOLDS_MAJOR, DEFAULT_THRESHOLD_MAJOR
from stacks.parameters.setting import Choice, Setting, switch

REQUIRE_API_KEY: Final = switch(
    "RequireApiKey",
    "Whether POST /webhook wants an API key besides the signature",
    default=True,
)
DOMAIN_NAME: Final = Setting(
    "DomainName",
    "Host name of the API, such as hooks.example.com; it stays when the API is replaced, so that URLs that are "
    "registered with providers do, too",
    "",
    pattern=r"^$|^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$",
)
CERTIFICATE_ARN: Final = Setting(
    "CertificateArn",
    "Certificate of DomainName, in ACM in the same region",
    "",
    pattern=r"^$|^arn:aws[a-z-]*:acm:[a-z0-9-]+:\d{12}:certificate/[A-Za-z0-9-]+$",
)
CORS_ORIGIN: Final = Setting(
    "CorsOrigin",
    "Origin whose pages' scripts may read what the transaction API answers, such as https://desk.example.com; "
    "empty for none",
    "",
    pattern=r"^$|^https://[a-z0-9.-]{1,253}(:\d{1,5})?$|^http://localhost(:\d{1,5})?$",
)

QUEUE_MODE: Final = "queue"
WORKFLOW_MODE: Final = "workflow"
PROCESSING_MODE: Final = Setting(
    "ProcessingMode",
    "How webhooks come to the processor: queue, in batches of ten; or workflow, one execution of a state machine "
    "each, for which an account may start 300 a second in us-east-1, us-west-2 and eu-west-1 and 150 elsewhere "
    "(docs/workflow.md)",
    QUEUE_MODE,
    allowed=(QUEUE_MODE, WORKFLOW_MODE),
)

HIGH_VALUE_THRESHOLDS: Final = Setting(
    "HighValueThresholds",
    "Whole major units over which a payment is told as one of high value: for every currency that is not named "
    "(default), then by currency, as in the default value, with a comma and a space between",
    json.dumps({"default": DEFAULT_THRESHOLD_MAJOR, **CURRENCY_THRESHOLDS_MAJOR}),
    pattern=r'^\{"default": [0-9]{1,12}(, "[A-Z]{3}": [0-9]{1,12})*\}$',
)

RECONCILE_EVENTS: Final = switch(
    "ReconcileEvents",
    "Whether events that providers made and that never came are looked for each hour, at endpoints whose secret has "
    "API credentials (docs/reconciliation.md)",
    default=True,
)
SEND_CANARY: Final = switch(
    "SendCanary",
    "Whether a synthetic webhook is sent through the public path every five minutes, and an alarm tells when it is "
    "not accepted and judged in time (docs/canary.md)",
)
CANARY_ON: Final = Choice(SEND_CANARY, "true")
HEALTH_FUNCTION_URL: Final = switch(
    "HealthFunctionUrl",
    "Whether the health function has a URL of its own, open to anybody, which answers while the API does not; "
    "OtherConcurrency bounds it, unless that is 0",
)

TRACING_SAMPLING_PERCENT: Final = Setting(
    "TracingSamplingPercent",
    "Share of the webhooks, in percent, that X-Ray keeps a trace of, from the API to the receiver's answer; in "
    "workflow mode also of the executions",
    5,
    allowed=(1, 2, 5, 10, 25, 50, 100),
)
TRACE_QUEUES_AND_STREAMS: Final = switch(
    "TraceQueuesAndStreams",
    "Whether functions that a queue or a stream calls are traced, too: the first call each second and 5 percent of the "
    "others, which is Lambda's own rate and can only be turned off",
    default=True,
)
