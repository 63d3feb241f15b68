"""Fields of PayPal's objects that tell of a person, or that anybody fills in freely.

By the names in its published schemas (https://github.com/paypal/paypal-rest-api-specifications, `openapi/`): payments
v1 and v2, orders v2, disputes v1, subscriptions v1, products v1, payouts v1, invoicing v2, vault v3. `shipping` is not
here: in an amount's breakdown it is money, and what it holds of a person has names of its own.
"""

from typing import Final

_FIELDS: Final = """
    additional_info additional_notes additional_recipients address address_details address_line_1
    address_line_2 address_line_3 addresses admin_area_1 admin_area_2 admin_area_3 admin_area_4 alias_key
    alias_label alternate_full_name attachments auth_code bic billing_address bin birth_date brand_name
    building_name business_name cancel_url cancellation_number card_last_digits carrier_name_other city
    consumer_ip consumer_reference consumer_user_agent content cryptogram custom custom_id delivery_service
    description device_manufacturer_id display_phone documents email email_address email_message email_subject
    emails emv_data evidences expire_month expire_year expiry extension_number external_customer_id first_name
    full_name given_name iban_last_chars invoicer_view_url ip_address issuing_bank item_description item_name
    label language last4 last_digits last_name line1 line2 memo merchant_customer_id metadata
    method_description middle_name name national_number note note_to_payee note_to_payer notes
    notification_language number order_url payer_email payer_name payment_descriptor payment_instrument_suffix
    phone phone_number phones pin postal_code prefix purchase_url receiver recipient_business_name
    recipient_email recipient_first_name recipient_last_name recipient_name recipient_view_url reference
    reference_id reference_url return_confirmation_number return_shipping_address return_url salutation
    security_code sender_item_id shipping_address shipping_phone_number ships_from_postal_code sku
    soft_descriptor status_change_note street_name street_number street_type sub_building subject suffix
    summary surname tax_id tax_info terms_and_conditions tracking_info tracking_number tracking_url url
    user_name vpas
"""
_MONEY: Final = "breakdown.custom"  # of an invoice: an amount with a label
_NAMES: Final = frozenset(_FIELDS.split())


def is_personal(within: str, name: str) -> bool:
    """As Provider.is_personal."""
    return (name in _NAMES or f"{within}.{name}" in _NAMES) and f"{within}.{name}" != _MONEY
