"""Fields of Square's objects that tell of a person, or that anybody fills in freely.

By the names in its published schema (https://github.com/square/connect-api-specification, `api.json`): Payment,
PaymentRefund, Dispute, Payout, Card, Customer, Order, Invoice. `reason` is free in a refund, and one of a list in a
dispute.
"""

from typing import Final

_FIELDS: Final = """
    account_number_suffix address attachments billing_address bin birthday buyer_cashtag buyer_country_code
    buyer_email_address buyer_full_name cancel_reason cardholder_name company_name custom_fields
    customer_note debit_mandate_reference_id description device_name display_name dropoff_notes
    email_address eu_vat exp_month exp_year family_name fingerprint first_name gan given_name holder_name
    ip_address last_4 last_name metadata name nickname note phone_number postal_code
    primary_bank_identification_number public_url receipt_url reference_id refund.reason routing_number
    secondary_bank_identification_number seller_note shipping_address shipping_note statement_description
    statement_description_identifier tax_ids ticket_name tracking_number tracking_url
"""
_NAMES: Final = frozenset(_FIELDS.split())


def is_personal(within: str, name: str) -> bool:
    """As Provider.is_personal."""
    return name in _NAMES or f"{within}.{name}" in _NAMES
