"""Rows of the control matrix that no property of a resource shows: what tests show, and what the account does."""

from typing import Final

from stacks.controls.control import AccountDuty, ShownByTests

_MASKING: Final = "tests/unit/library/masking"
_RECEIVING: Final = "tests/unit/library/receiving"
_TEMPLATES: Final = "tests/templates"
_SCANNERS: Final = "tests/unit/scripts/scanners"
_ARTIFACTS: Final = "tests/unit/scripts/artifacts"
_CLOUDFORMATION: Final = "tests/unit/scripts/cloudformation"
_AUDIT: Final = "tests/unit/scripts/operations/test_audit_verification.py"

SHOWN_BY_TESTS: Final = (
    ShownByTests(
        "no security codes",
        "3.3.1",
        "Security codes and track data are stored nowhere, as far as they are found: docs/masking.md lists what is not",
        "`payment_webhooks.masking`",
        (f"{_MASKING}/test_card_data_variants.py::test_nothing_of_a_code_is_left",),
    ),
    ShownByTests(
        "no card numbers",
        "3.4.1, 3.5.1",
        "Of a card number that is found the first six and last four digits are stored; one in an id is quarantined",
        "`payment_webhooks.masking`",
        (
            f"{_MASKING}/test_card_data_variants.py::test_the_middle_of_a_number_is_gone",
            f"{_MASKING}/test_mask_work.py::test_no_hostile_body_keeps_a_card_number",
            f"{_RECEIVING}/test_webhook_receiver.py::test_card_data_is_masked_in_what_is_stored_and_nowhere_kept",
            f"{_RECEIVING}/test_card_data_set_aside.py"
            "::test_a_card_number_as_an_id_is_quarantined_and_names_nothing",
        ),
    ),
    ShownByTests(
        "tuned web ACL",
        "6.4.1",
        "Rules that look into a body only count for webhooks and block on every other path",
        "`security/WebAcl`",
        (f"{_TEMPLATES}/security/test_web_acl.py::test_what_counts_for_webhooks_blocks_on_every_other_path",),
    ),
    ShownByTests(
        "audit is not changed",
        "10.3.2, 10.3.4",
        "The bucket's policy refuses to write over an audit object, and of the system's own roles none that writes one "
        "can read or delete it; who else in the account may is a duty below",
        "`data/AuditBucketPolicy`",
        (
            f"{_TEMPLATES}/data/test_audit_bucket.py::test_an_audit_object_is_written_once_and_never_replaced",
            f"{_TEMPLATES}/data/test_audit_bucket.py"
            "::test_who_writes_the_audit_neither_reads_nor_deletes_it_nor_changes_its_lock",
            f"{_TEMPLATES}/compute/test_grants.py::test_no_function_may_delete_audit_records_or_webhooks",
        ),
    ),
    ShownByTests(
        "audit is signed",
        "10.3.4, 11.5.2",
        "Hourly digests, signed and kept outside the bucket too, tell what of the audit trail was changed, deleted, "
        "forged or cut off, and an alarm rings for what was deleted or replaced",
        "`payment-webhooks audit verify`",
        (
            f"{_AUDIT}::test_a_changed_byte_in_an_object_is_found",
            f"{_AUDIT}::test_a_deleted_object_is_found",
            f"{_AUDIT}::test_a_forged_digest_is_found_wherever_it_stands",
            f"{_AUDIT}::test_a_gap_is_found",
            f"{_AUDIT}::test_a_cut_off_end_is_found",
            "tests/unit/library/audit/test_digester.py::test_what_is_deleted_is_listed_all_the_same_and_told",
            f"{_TEMPLATES}/compute/test_grants.py"
            "::test_only_the_audit_digest_may_sign_whatever_else_somebody_may",
        ),
    ),
    ShownByTests(
        "automated review of logs",
        "10.4.1.1",
        "Rejected signatures, refused keys and blocked requests are counted from the logs and ring",
        "the alarms of `docs/alarms.md`",
        (f"{_TEMPLATES}/monitoring/test_alarms.py::test_answers_are_counted_by_what_the_access_log_writes",),
    ),
    ShownByTests(
        "failed controls ring",
        "10.7.2",
        "What can fail, the audit logger among it, has an alarm or a reason for none",
        "the alarms of `docs/alarms.md`",
        (
            f"{_TEMPLATES}/monitoring/test_watched.py::test_it_has_an_alarm_or_a_reason",
            f"{_TEMPLATES}/monitoring/test_alarms.py::test_what_can_fail_has_its_alarm",
        ),
    ),
    ShownByTests(
        "keys by duty",
        "3.6.1, 7.2.1",
        "Receiver, processor and reconciler alone decrypt secrets, each those of the endpoints that it serves: three "
        "keys, and each role of the system may use those of its duty alone. Each key's policy "
        "leaves the account `kms:*`, so administrators may use all three",
        "`KMS::Key`: Key, MessagesKey, SecretsKey",
        (
            f"{_TEMPLATES}/compute/test_attacks_with_a_role.py"
            "::test_receiver_processor_and_reconciler_alone_decrypt_a_secret",
            f"{_TEMPLATES}/compute/test_grants.py"
            "::test_a_function_uses_the_keys_of_its_duty_through_the_services_it_calls",
        ),
    ),
    ShownByTests(
        "changes by hand are looked for",
        "11.5.2",
        "Every week what is deployed is compared with its templates, as far as CloudFormation can, and looked through "
        "for what was added by hand; what is found fails the run, and `docs/deploying.md` says what is not looked at",
        "`.github/workflows/drift.yml`",
        (
            "tests/unit/repository/test_workflows.py"
            "::test_drift_is_looked_for_every_week_by_who_may_only_plan",
            f"{_CLOUDFORMATION}/test_additions.py::test_what_was_added_by_hand_is_named",
        ),
    ),
    ShownByTests(
        "what is lost comes back",
        "10.3.3",
        "Tables and objects are restored under their own names, without anybody being told twice",
        "`docs/restore.md`",
        (
            "tests/unit/scripts/operations/test_restore_merge.py"
            "::test_more_items_than_a_page_are_compared_and_put_back",
            "tests/unit/scripts/operations/test_restore_tables.py"
            "::test_a_table_that_is_gone_comes_back_under_its_own_name",
        ),
    ),
    ShownByTests(
        "incidents",
        "12.10.1, 12.10.7",
        "What to do when a key leaks, a card number is found, the ledger is tampered with; an alarm tells of card data",
        "`docs/incidents.md`",
        (
            "tests/unit/repository/test_documented_commands.py::test_the_program_understands_it",
            f"{_TEMPLATES}/monitoring/test_alarms.py::test_the_first_card_number_that_comes_to_an_endpoint_rings",
        ),
    ),
    ShownByTests(
        "scanned",
        "6.2.4, 8.6.2",
        "Templates, code and every file are scanned for weaknesses and secrets; what is kept has its reason",
        "`tox run -e scan`, `stacks/lint/waivers.toml`",
        (
            f"{_SCANNERS}/test_scanners.py::test_a_scanner_that_misses_what_is_planted_fails",
            f"{_SCANNERS}/test_scanners.py::test_a_waiver_that_matches_nothing_is_left_beside_the_finding",
        ),
    ),
    ShownByTests(
        "inventory of software",
        "6.3.2",
        "A bill of materials names every function, and every package that runs with it by its hashes",
        "`output/sbom.cdx.json`",
        (
            f"{_ARTIFACTS}/test_sbom.py::test_the_bill_names_each_function_and_each_package_that_ships",
            f"{_ARTIFACTS}/test_sbom.py::test_every_package_is_locked_by_its_hashes",
        ),
    ),
    ShownByTests(
        "advisories",
        "6.3.1, 6.3.3",
        "Advisories about locked packages are asked for every week, and where nobody answers that is told",
        "`.github/workflows/advisories.yml`",
        (
            "tests/unit/repository/test_workflows.py"
            "::test_advisories_are_asked_for_once_a_week_and_for_every_other_lock",
            f"{_SCANNERS}/test_advisories.py::test_the_exit_code_tells_found_from_not_known_and_from_none",
        ),
    ),
    ShownByTests(
        "code is what was deployed",
        "11.5.2",
        "The code that Lambda has is compared by its SHA-256 with the artifacts that the stack's parameters name: who "
        "may deploy may change both. Which commit they were built from is not shown",
        "`payment-webhooks deploy --status`, `payment-webhooks evidence`",
        (f"{_CLOUDFORMATION}/test_deployed_code.py::test_other_code_is_named_with_both_digests",),
    ),
    ShownByTests(
        "least privilege",
        "7.2.1, 7.2.2, 7.2.5",
        "A role may do what it does and nothing else: no action on no resource is granted in vain, and without a "
        "statement a call that is made is denied",
        "`IAM::ManagedPolicy`: all, against the calls that the local engine records",
        (
            f"{_TEMPLATES}/compute/test_least_privilege.py::test_no_action_on_no_resource_is_granted_in_vain",
            f"{_TEMPLATES}/compute/test_least_privilege.py"
            "::test_without_a_statement_a_call_that_is_made_is_denied",
        ),
    ),
    ShownByTests(
        "runbook",
        "12.10.1, 12.10.5",
        "Every alarm has its place in the runbook",
        "`docs/runbook.md`",
        (f"{_TEMPLATES}/monitoring/test_runbook.py::test_every_alarm_has_one_place_that_says_what_to_do",),
    ),
)

ACCOUNT_DUTIES: Final = (
    AccountDuty(
        "SH CloudTrail.2",
        "10.2.1, 10.3.2, 10.3.4",
        "A trail of all regions that is on, validates its files and is under a key",
        "aws cloudtrail describe-trails; aws cloudtrail get-trail-status --name TRAIL",
    ),
    AccountDuty(
        "SH CloudTrail.6",
        "10.2.1, 10.3.2",
        "The trail's bucket is private, and access to it is logged",
        "aws s3api get-public-access-block --bucket BUCKET; aws s3api get-bucket-logging --bucket BUCKET",
    ),
    AccountDuty(
        "SH S3.22",
        "10.2.1",
        "Trails record each read and each write of objects of the audit, payload and archive buckets and of items of "
        "inbox and ledger, and each use of a key",
        "aws cloudtrail get-event-selectors --trail-name TRAIL",
    ),
    AccountDuty(
        "SH GuardDuty.6",
        "11.5.1",
        "GuardDuty is on, with the protection of Lambda and S3",
        "aws guardduty list-detectors; aws guardduty get-detector --detector-id ID",
    ),
    AccountDuty(
        "SH Inspector.3",
        "6.3.1, 11.3.1",
        "Inspector scans functions, their code too",
        "aws inspector2 batch-get-account-status",
    ),
    AccountDuty(
        "SH EC2.2",
        "1.3.1",
        "The network's default security group has no rule (CloudFormation can't take them out; nothing is in it)",
        "aws ec2 describe-security-groups --filters Name=group-name,Values=default",
    ),
    AccountDuty(
        "SH EC2.21",
        "1.3.1",
        "Network ACLs are the network's default one; who wants them narrower adds them (security groups decide here)",
        "aws ec2 describe-network-acls",
    ),
    AccountDuty(
        "SH ACM.1",
        "4.2.1.1",
        "The certificate of DomainName is of RSA 2048 or more and renews itself",
        "aws acm describe-certificate --certificate-arn CertificateArn",
    ),
    AccountDuty(
        "backups",
        "10.3.3",
        "A copy of tables and of the audit and archive buckets in another account (AWS Backup finds them by tag)",
        "aws backup list-protected-resources",
    ),
    AccountDuty(
        "alerts are read",
        "12.10.3",
        "The owner of AlertEmail (without it, somebody by mail, SMS or https) has confirmed the subscription. That "
        "somebody is on call around the clock nothing can read",
        "aws sns list-subscriptions-by-topic --topic-arn CriticalAlertsTopicArn",
    ),
    # A key's policy of the templates leaves these to the account's own policies, and so does the bucket's.
    AccountDuty(
        "nobody else writes",
        "7.2.1, 7.2.2, 10.3.2",
        "Beside the system's roles and who destroys, nobody has `s3:PutObject`, `s3:DeleteObject` or "
        "`s3:BypassGovernanceRetention` on the audit bucket, `dynamodb:PutItem` on the tables, `kms:CreateGrant` on "
        "the keys or `kms:UpdateAlias` on their aliases",
        "aws iam get-account-authorization-details; aws kms list-grants --key-id KEY",
    ),
    AccountDuty(
        "who plans",
        "7.2.1, 7.2.2",
        "Whoever may push a branch may take the role of the GitHub environment `plan`, which reads what is deployed "
        "and writes artifacts: few may push, or the environment has reviewers",
        "gh api repos/OWNER/NAME/environments/plan; gh api repos/OWNER/NAME/collaborators",
    ),
    AccountDuty(
        "audit is verified",
        "10.3.4, 10.4.1.1",
        "A job of your own runs `audit verify` at least once a week and somebody is told when it fails; another "
        "account runs `audit export`",
        "payment-webhooks audit verify --suffix NAME --from DAY --to DAY",
    ),
    AccountDuty(
        "change detection",
        "11.5.2",
        "Who does not deploy from GitHub looks for drift once a week by a job of their own; somebody watches that job, "
        "and who deploys has the policies of `payment-webhooks permissions` alone",
        "payment-webhooks deploy --suffix NAME --drift",
    ),
    # Calls come as events by CloudTrail alone; KMS's own event tells a deletion that is done.
    # https://docs.aws.amazon.com/eventbridge/latest/ref/events-ref-kms.html
    AccountDuty(
        "keys are not deleted",
        "3.7.5, 10.7.2",
        "A rule beside the trail, without which there is no event of the call, tells who disables a key or schedules "
        "its deletion. What such a key does to the system rings by itself: `secret-age`, `audit-logger-interruptions`, "
        "`api-server-errors`",
        "aws events list-rule-names-by-target; aws kms describe-key --key-id KEY",
    ),
)
