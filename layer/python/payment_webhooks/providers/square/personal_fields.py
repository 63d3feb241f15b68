"""Fields of Square's objects that tell of a person, or that anybody fills in freely.

By the names in its published schema (https://github.com/square/connect-api-specification, `api.json`): all that an
event has. `reason` is free in a refund, and one of a list in a dispute.
"""

from typing import Final

_FIELDS: Final = """
    account_number account_number_suffix address address_line_1 address_line_2 address_line_3
    adjust_points.reason administrative_district_level_1 administrative_district_level_2
    administrative_district_level_3 attachments bank_name barcode_contents billing_address bin birthday body
    buyer_cashtag buyer_country_code buyer_email_address buyer_full_name cancel_reason cardholder_name
    company_name curbside_details custom_attribute.value custom_fields customer_note
    debit_mandate_reference_id description device_id device_installation_id device_name display_name
    dropoff_notes email_address eu_vat evidence_text exp_month exp_year external_details.source
    external_details.source_id failure_reason family_name filename fingerprint first_name gan gift_card_gan
    given_name holder_name input_text ip_address ip_address_v4 job_title last_4 last_name locality message
    metadata name nickname note notes payment_conditions phone_number postal_code
    primary_bank_identification_number public_url receipt_url reference_id refund.reason routing_number
    secondary_bank_identification_number seller_note shipping_address shipping_note signature.data ssid
    statement_description statement_description_identifier sublocality sublocality_2 sublocality_3 tax_ids
    ticket_name title tracking_number tracking_url wifi_network_name
"""
_NAMES: Final = frozenset(_FIELDS.split())


def is_personal(within: str, name: str) -> bool:
    """As Provider.is_personal."""
    return name in _NAMES or f"{within}.{name}" in _NAMES
