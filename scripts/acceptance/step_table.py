"""All steps of the acceptance run, in their order."""

from functools import partial
from typing import Final

from scripts.acceptance import checks_of_changes as changes
from scripts.acceptance import checks_of_operations as operations
from scripts.acceptance import checks_of_webhooks as webhooks
from scripts.acceptance.step_selection import Step
from stacks.webhook_endpoints import ENDPOINTS

START: Final = "start"
WEBHOOKS: Final = "webhooks"
OPERATIONS: Final = "operations"
CHANGES: Final = "changes"
END: Final = "end"
NETWORK: Final = "network"  # a word of --with
WARM_THROUGHPUT: Final = "warm-throughput"  # another
_DEPLOYED: Final = ("deploy",)
_KEYS: Final = ("deploy", "keys")

STEPS: Final = (
    Step("preflight", START, "settings, templates and lint are right", changes.settings_are_right),
    Step(
        "refused-plan", START, "a dropped first plan leaves nothing", changes.refused_plan_leaves_nothing,
        aws_minutes=3, makes_stacks=True,
    ),
    Step(
        "unknown-values", START, "a plan marks what it can't know yet, inside of longer values too",
        changes.unknown_values_are_marked, aws_minutes=3, aws_only=True, makes_stacks=True,
    ),
    Step(
        "deploy", START, "everything is made from nothing by one change set", changes.deployed_from_nothing,
        aws_minutes=12, makes_stacks=True,
    ),
    Step("keys", START, "each endpoint has a key", webhooks.set_keys, _DEPLOYED),
    *(
        Step(
            f"webhook-{endpoint.name}", WEBHOOKS, f"a webhook of {endpoint.provider} is processed",
            partial(webhooks.webhook_is_processed, endpoint=endpoint.name), _KEYS, webhooks=1,
        )
        for endpoint in ENDPOINTS
    ),
    Step(
        "duplicate", WEBHOOKS, "a webhook that comes twice changes nothing",
        webhooks.duplicate_changes_nothing, _KEYS, webhooks=2,
    ),
    Step(
        "forgery", WEBHOOKS, "forged and unsigned webhooks are refused, at every endpoint",
        webhooks.forgeries_are_refused, _KEYS, webhooks=2 * len(ENDPOINTS),
    ),
    Step(
        "unreadable", WEBHOOKS, "what is authentic and can't be read is quarantined",
        webhooks.unreadable_is_quarantined, _KEYS, webhooks=1,
    ),
    Step(
        "large-body", WEBHOOKS, "a body of 600 kB is kept whole",
        webhooks.large_body_is_kept_whole, _KEYS, webhooks=1,
    ),
    Step(
        "notification", OPERATIONS, "a subscriber is told of a payment", operations.subscriber_is_told, _KEYS,
        webhooks=1,
    ),
    Step(
        "transaction-api", OPERATIONS, "the transaction API answers signed requests alone",
        operations.transaction_api_wants_a_signature, _KEYS, webhooks=1,
    ),
    Step(
        "analytics", OPERATIONS, "analytics count a payment once",
        partial(operations.analytics_count_each_payment_once, counted=operations.counted_payments), _KEYS,
        webhooks=2,
    ),
    Step("archive", OPERATIONS, "an old payment is archived", operations.old_payment_is_archived, _KEYS, webhooks=1),
    Step("health", OPERATIONS, "health is told, with and without the API", operations.health_is_told, _DEPLOYED),
    Step(
        "logs", OPERATIONS, "the access log is delivered", changes.logs_are_delivered, _KEYS,
        aws_minutes=1, aws_only=True, runs_locally=False,
    ),
    Step(
        "code-only", CHANGES, "new code replaces code alone, and no webhook is lost", changes.only_code_changes,
        _KEYS, aws_minutes=4, webhooks=1_000,
    ),
    Step(
        "other-tags", CHANGES, "other tags touch no secret", changes.other_tags_touch_no_secret, _KEYS, aws_minutes=5,
    ),
    Step(
        "workflow", CHANGES, "from queue to workflow, and no webhook is lost",
        partial(changes.mode_is, mode="workflow"), _KEYS, aws_minutes=4, webhooks=1_000,
    ),
    Step(
        "workflow-log", CHANGES, "a failed execution is logged", changes.failed_execution_is_logged, _DEPLOYED,
        aws_minutes=1, aws_only=True, runs_locally=False,
    ),
    Step(
        "stack-policies", CHANGES, "the policies of nested stacks hold in an update through the root",
        changes.stack_policies_hold, (*_KEYS, "workflow"), aws_minutes=5, aws_only=True,
    ),
    Step(
        "queue", CHANGES, "from workflow back to queue, and no webhook is lost", partial(changes.mode_is, mode="queue"),
        (*_KEYS, "workflow"), aws_minutes=4, webhooks=1_000,
    ),
    Step(
        "network-vpc", CHANGES, "the functions join a private network", partial(changes.network_is, mode="vpc"), _KEYS,
        aws_minutes=10, webhooks=1, aws_only=True, option=NETWORK,
    ),
    Step(
        "network-none", CHANGES, "the functions leave it", partial(changes.network_is, mode="none"),
        (*_KEYS, "network-vpc"), aws_minutes=30, webhooks=1, aws_only=True, option=NETWORK,
    ),
    Step(
        "warm-throughput", CHANGES, "warm throughput stays when a template no longer names it",
        changes.warm_throughput_stays, _DEPLOYED, aws_minutes=12, runs_locally=False, option=WARM_THROUGHPUT,
    ),
    Step(
        "configuration", CHANGES, "a broken configuration falls back to the version before",
        operations.configuration_falls_back, _KEYS, aws_minutes=4, webhooks=1, aws_only=True,
    ),
    Step(
        "failing-update", CHANGES, "an update that fails is rolled back, and the system works",
        changes.failing_update_is_rolled_back, _KEYS, aws_minutes=6, webhooks=1,
    ),
    Step("drift", CHANGES, "nothing has drifted", changes.nothing_has_drifted, _DEPLOYED, aws_minutes=3),
    Step("destroy", END, "everything is removed", changes.destroyed, _DEPLOYED, aws_minutes=10),
    Step(
        "nothing-left", END, "nothing is left, but the key that KMS keeps", changes.nothing_is_left, ("destroy",),
        aws_minutes=2,
    ),
    Step(
        "secret-names", END, "the secrets' names are free again", changes.secret_names_are_free, ("destroy",),
        aws_minutes=1, aws_only=True,
    ),
    Step(
        "deployers-rights", END, "the deployers' policies are enough", changes.deployers_rights_are_enough,
        ("destroy",), aws_only=True, runs_locally=False,
    ),
)  # fmt: skip
