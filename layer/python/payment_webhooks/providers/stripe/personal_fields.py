"""Fields of Stripe's objects that tell of a person, or that anybody fills in freely.

By the names in the types of its Python library 16.1.0: https://docs.stripe.com/api.
`shipping` is not here: in `amount_details` it is money, and what it holds of a person has names of its own.
"""

from typing import Final

# Links and secrets are here that show to anybody a page with such data, and what is printed on a card.
_FIELDS: Final = """
    accept_header access_activity_log account_holder_address account_holder_name account_number
    account_number_last4 address address_city address_country address_kana address_kanji address_line1
    address_line2 address_state address_zip alphanumeric_id arrival_airport_code auth_code bank_address_city
    bank_address_line_1 bank_address_line_2 bank_address_postal_code bank_code bank_name
    bank_transfer.reference bic billing_address billing_details billing_zip branch_code branch_name browser
    bsb_number business_name buyer_address calculated_statement_descriptor cancel_url cardholder_name cashtag
    challenge_url city clabe client_ip client_reference_id client_secret client_token collected_information
    comment confirmation_number custom_fields customer_address customer_data customer_details
    customer_device_fingerprint customer_device_id customer_email customer_email_address customer_name
    customer_phone customer_purchase_ip customer_reference customer_shipping customer_tax_ids cvc
    departure_airport_code description device device_fingerprint display_name display_name_kana
    display_name_kanji dob document.number driver_id dynamic_last4 email email_sent_to emv_auth_data
    eori_number ethnicity_details evidence evidence_customer_signature exp_month exp_year filename fingerprint
    fingerprinting_url first_name first_name_kana first_name_kanji flight_number footer full_name_aliases
    gender hashed_account_email_address header hosted_instructions_url hosted_invoice_url
    hosted_regulatory_receipt_url hosted_verification_url hosted_voucher_url iban iban_last4 id_number iin
    image_data_url image_url_png image_url_svg individual_name institution_name institution_number
    instructions_email invoice_pdf ip ip_address ip_address_location language last4 last_name last_name_kana
    last_name_kanji line1 line2 maiden_name mandate_url memo merchant_reference metadata mobile_auth_url name
    name_kana name_kanji nationality native_data native_url nickname numeric.value object.value
    order_reference passenger_name pay_id pay_later_redirect_url pay_now_redirect_url
    pay_over_time_redirect_url payer_details payer_email payer_name payment_reference pdf persistent_token
    phone phone_number physical_address platform political_exposure postal_code preferred_language
    preferred_locale preferred_locales previous_attributes.value product_description product_name product_url
    public_name qr_code_url race_details raw_address receipt_email receipt_url redirect_url
    refund_account_holder_address_city refund_account_holder_address_country
    refund_account_holder_address_line1 refund_account_holder_address_line2
    refund_account_holder_address_postal_code refund_account_holder_address_state refund_account_holder_name
    refund_iban refund_routing_number registered_address registered_name registration_number return_url
    routing_number second_line selection.value self_identified_gender sender_account_number
    sender_address_country sender_address_line1 sender_bank sender_branch sender_iban sender_name
    sender_sort_code service_class service_user_number sex shipping_address shipping_address_zip
    shipping_details shipping_first_name shipping_last_name shipping_tracking_number sort_code ssn_last_4
    statement_descriptor statement_descriptor_kana statement_descriptor_kanji statement_descriptor_suffix
    statement_descriptor_suffix_kana statement_descriptor_suffix_kanji success_url suffix support_address
    support_email support_phone swift_code tax_id tax_ids text.value title to_postal_code town tracking_number
    tracking_url transaction_hash transfer_group transit_number travel_agency uncategorized_text
    unparsed_place_of_birth unparsed_sex unspecified_id url user_agent user_id vat vehicle_number
    verified_address verified_email verified_name verified_phone verified_phone_last4 vpa
"""
_NAMES: Final = frozenset(_FIELDS.split())


def is_personal(within: str, name: str) -> bool:
    """As Provider.is_personal."""
    return name in _NAMES or f"{within}.{name}" in _NAMES
