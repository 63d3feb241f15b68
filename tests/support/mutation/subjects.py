"""What is mutated, and which tests must find it: those that say what the module promises, quick ones first."""

from typing import Final, NamedTuple

LAYER: Final = "layer/python/payment_webhooks"
UNIT: Final = "tests/unit/library"
REVIEW: Final = "tests/unit/scripts/review"


class Subject(NamedTuple):
    """Modules, by names in a folder (none: all), and their tests."""

    name: str
    folder: str
    modules: tuple[str, ...]
    tests: tuple[str, ...]


SUBJECTS: Final = (
    Subject(
        "signatures",
        f"{LAYER}/providers",
        ("timestamped_hmac", "square/signature", "paypal/signature", "paypal/certificate_chain"),
        (
            f"{UNIT}/providers/test_signature_vectors.py",
            f"{UNIT}/providers/test_signature_schemes.py",
            f"{UNIT}/providers/paypal/test_signature.py",
            f"{UNIT}/providers/paypal/test_certificate_chain.py",
            f"{UNIT}/providers/test_signature_properties.py",
        ),
    ),
    Subject(
        "certificates",
        f"{LAYER}/providers",
        ("certificate_download",),
        (f"{UNIT}/providers/paypal/test_certificate_download.py", f"{UNIT}/test_cache_age.py"),
    ),
    Subject(
        "confirmation",
        f"{LAYER}/providers",
        ("confirmation", "paypal/event_lookup", "paypal/rest_api"),
        (
            f"{UNIT}/providers/paypal/test_confirmation.py",
            f"{UNIT}/providers/paypal/test_dispute_confirmation.py",
            f"{UNIT}/providers/paypal/test_rest_api.py",
            f"{UNIT}/test_cache_age.py",
        ),
    ),
    Subject(
        "masking",
        f"{LAYER}/masking",
        (),
        (
            *(f"{UNIT}/masking/test_{name}.py" for name in ("track_data", "search", "coarse_text", "written_codes")),
            *(f"{UNIT}/masking/test_{name}.py" for name in ("packed_text", "json_bodies", "plain_text", "field_names")),
            *(f"{UNIT}/masking/test_{name}.py" for name in ("quick_look", "numbers_in_ids", "card_numbers", "mask")),
            *(f"{UNIT}/masking/test_{name}.py" for name in ("card_data_variants", "mask_properties")),
        ),
    ),
    Subject(
        "digests",
        f"{LAYER}/audit",
        ("digest", "digest_store", "digester"),
        (f"{UNIT}/audit/test_digester.py", f"{UNIT}/audit/test_digest_store.py"),
    ),
    Subject(
        "audit records",
        f"{LAYER}/audit",
        ("batch", "records", "ledger_records"),
        tuple(f"{UNIT}/audit/test_{name}.py" for name in ("audit_logger", "records", "inbox_tampering")),
    ),
    Subject(
        "tampering",
        f"{LAYER}/audit",
        ("tampering",),
        (f"{UNIT}/audit/test_inbox_tampering.py", f"{UNIT}/audit/test_tampering.py"),
    ),
    Subject(
        "erasure",
        f"{LAYER}/audit",
        ("erasure", "erasure_marks"),
        (f"{UNIT}/audit/test_erasure.py", "tests/unit/scripts/operations/test_restore_judgement.py"),
    ),
    Subject(
        "erased bodies",
        f"{LAYER}/providers",
        ("erased_body",),
        (f"{UNIT}/providers/test_erased_body.py", f"{UNIT}/providers/test_personal_fields.py"),
    ),
    Subject(
        "review access",
        "scripts/review/access",
        (),
        (
            *(f"{REVIEW}/access/test_{name}.py" for name in ("settings", "resource", "policies")),
            *(f"{REVIEW}/access/test_{name}.py" for name in ("conditions", "statements", "every_type")),
        ),
    ),
    Subject(
        "ledger",
        f"{LAYER}/ledger",
        ("changes", "writer", "reader"),
        (
            *(f"{UNIT}/ledger/test_{name}.py" for name in ("changes", "refunds_told", "payouts")),
            *(f"{UNIT}/ledger/test_{name}.py" for name in ("writer", "parts", "aliases")),
        ),
    ),
    Subject(
        "items of the ledger",
        f"{LAYER}/ledger",
        ("items", "payment_items", "archived_rows"),
        (
            *(f"{UNIT}/ledger/test_{name}.py" for name in ("archived_rows", "items", "payment_items", "payouts")),
            f"{UNIT}/archive/test_eligibility.py",
        ),
    ),
    Subject(
        "lists of the ledger",
        f"{LAYER}/ledger",
        ("indexes",),
        (f"{UNIT}/ledger/test_indexes.py",),
    ),
    Subject(
        "amounts",
        f"{LAYER}/domain",
        ("payment_amounts", "claims", "legs", "payment_state", "payout"),
        (
            *(f"{UNIT}/domain/test_{name}.py" for name in ("payment_amounts", "claims", "legs", "payout")),
            *(f"{UNIT}/domain/test_payment_state{name}.py" for name in ("_forms", "", "_flags")),
            *(f"{UNIT}/money/test_{name}_cases.py" for name in ("stripe", "square")),
            *(f"{UNIT}/money/test_{name}.py" for name in ("paypal_claims", "paypal_orders")),
        ),
    ),
    Subject(
        "folds",
        f"{LAYER}/domain",
        ("effect", "facts", "corrections"),
        (
            *(f"{UNIT}/domain/test_{name}.py" for name in ("effect", "corrections", "sentences", "movements")),
            f"{UNIT}/analytics/test_counted_effects.py",
        ),
    ),
)  # fmt: skip
