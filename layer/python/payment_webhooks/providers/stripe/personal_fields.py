"""Fields of Stripe's objects that tell of a person, or that anybody fills in freely.

By the names in the types of its Python library 16.1.0 (`stripe/_charge.py`, `_payment_intent.py`, `_dispute.py`,
`_invoice.py`, `_customer.py`, `_payment_method.py`, `_person.py`, `checkout/_session.py`): https://docs.stripe.com/api.
`shipping` is not here: in `amount_details` it is money, and what it holds of a person has names of its own.
"""

from typing import Final

# Links and secrets are here that show to anybody a page with such data, and what is printed on a card.
_FIELDS: Final = """
    access_activity_log account_holder_address account_holder_name account_number address address_city
    address_country address_kana address_kanji address_line1 address_line2 address_state address_zip
    bank_address_city bank_address_line_1 bank_address_line_2 bank_address_postal_code bic billing_address
    billing_details billing_zip browser bsb_number business_name buyer_address
    calculated_statement_descriptor cardholder_name cashtag city clabe client_reference_id client_secret
    collected_information comment custom_fields customer_address customer_details
    customer_device_fingerprint customer_device_id customer_email customer_email_address customer_name
    customer_phone customer_purchase_ip customer_reference customer_shipping customer_tax_ids description
    device dob dynamic_last4 email email_sent_to emv_auth_data ethnicity_details evidence
    evidence_customer_signature exp_month exp_year fingerprint first_name first_name_kana first_name_kanji
    footer full_name_aliases gender hosted_instructions_url hosted_invoice_url hosted_verification_url
    hosted_voucher_url iban iban_last4 id_number iin image_data_url image_url_png image_url_svg
    individual_name institution_number instructions_email invoice_pdf ip ip_address ip_address_location
    last4 last_name last_name_kana last_name_kanji line1 line2 maiden_name mandate_url memo
    merchant_reference metadata mobile_auth_url name name_kana name_kanji nationality native_data native_url
    order_reference pay_id payer_details payer_email payer_name pdf persistent_token phone physical_address
    platform postal_code qr_code_url race_details receipt_email receipt_url
    refund_account_holder_address_city refund_account_holder_address_country
    refund_account_holder_address_line1 refund_account_holder_address_line2
    refund_account_holder_address_postal_code refund_account_holder_address_state refund_account_holder_name
    refund_iban refund_routing_number registered_address registered_name registration_number routing_number
    self_identified_gender service_user_number shipping_address shipping_address_zip shipping_details
    shipping_first_name shipping_last_name shipping_tracking_number sort_code ssn_last_4
    statement_descriptor statement_descriptor_kana statement_descriptor_kanji statement_descriptor_suffix
    statement_descriptor_suffix_kana statement_descriptor_suffix_kanji suffix support_address support_email
    support_phone tax_id tax_ids to_postal_code town tracking_number transit_number uncategorized_text
    user_agent vat verified_address verified_email verified_name verified_phone verified_phone_last4 vpa
"""
_NAMES: Final = frozenset(_FIELDS.split())


def is_personal(within: str, name: str) -> bool:
    """As Provider.is_personal."""
    return name in _NAMES or f"{within}.{name}" in _NAMES
