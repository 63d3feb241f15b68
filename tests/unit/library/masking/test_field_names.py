"""What each name says of its value: every word that makes it a card number, a code, or an id that stays."""

import pytest

from payment_webhooks.masking.field_names import Meaning, meaning_of, words_of
from payment_webhooks.masking.mask import mask


def words(text: str) -> list[str]:
    return text.split()


IDENTITIES = words("""
    id ids uuid guid ref refs reference references key token tokens nonce hash fingerprint signature checksum
    etag version sequence seq serial batch sku ean upc gtin isbn imei barcode arn rrn stan trace mandate iban
    bic routing href url urls uri link links tracking order invoice receipt ticket transaction shipment
    parcel
""")
TIMES = words("""
    time timestamp date at created updated expires until epoch ts ms ns us nanos micros millis nanoseconds
""")
AMOUNTS = words("""
    amount amounts total subtotal fee fees price balance cents minor tax money gross net discount quantity
""")
PHONES = words("""
    phone telephone tel mobile fax msisdn national
""")
NETWORKS = words("""
    visa mastercard amex maestro discover jcb diners unionpay
""")
OTHER_CARD_WORDS = words("""
    card cc credit debit account acct instrument pan dpan fpan
""")
CARDS = words("""
    number card cc creditcard debitcard cardnumber ccnumber ccno creditCardNumber debit_card_num cardNr ccNum
    account_number acct_no accountnum primaryAccountNumber pan dpan fpan mpan my_pan instrument
""")
CODES = words("""
    cvv cvv2 cvv3 cvc cvc2 cvc3 ccv ccv2 cv2 cvx2 cav2 cvn cvn2 cvd cvd2 csc card_cvn cc_csc creditCardCvd
    payment_csc new_csc user_cvn billing_csc user_cvv billingCvc paymentCardCvv2 security_code validationCode
    verification_value cardVerification cardVerificationCode card_verification_number card_verification_value
    cardCode prüfziffer pruefziffer prüfnummer pruefnummer sicherheitscode codigoDeSeguridad
    codice_di_sicurezza codeDeSecurite codeDeSécurité beveiligingscode cryptogramme cryptogramme_visuel
    cvvCode cvv_number cvv_no cvcNum cvv_value cvvConfirm cvv_confirmation
""")
PINS = words("""
    pin pinNumber pin_no pincode personal_identification_number card_pin pin2 pin_2 card_pin_2
""")
PIN_BLOCKS = words("""
    pinBlock pin_data encryptedPinBlock encrypted_pin_data encryptedPin
""")
TRACKS = words("""
    track1data track2Data track_3_data track1 track2 track3 track2EquivalentData encryptedTrack2Data
    rawTrack1 cardTrack2 magStripe magneticStripe magstripe_data magnetic_stripe_data swipeData msrData
    emvData encrypted_emv_data emvTlv emv_tags iccData tlv_data chipData
""")


@pytest.mark.parametrize("word", IDENTITIES + TIMES + AMOUNTS + PHONES)
def test_a_number_of_an_id_a_time_an_amount_or_a_telephone_is_no_card(word: str) -> None:
    for name in (f"x_{word}", f"{word}_number", f"my_{word}_number"):
        assert meaning_of(name) is Meaning.IDENTIFIER, name
    assert meaning_of("number", word) is meaning_of("value", word) is Meaning.IDENTIFIER
    assert meaning_of(f"{word}_note") is Meaning.UNKNOWN


@pytest.mark.parametrize("name", CARDS + NETWORKS)
def test_a_cards_own_names(name: str) -> None:
    assert meaning_of(name) is Meaning.CARD


@pytest.mark.parametrize("word", NETWORKS + OTHER_CARD_WORDS)
def test_a_number_of_a_card(word: str) -> None:
    for number in ("number", "num", "no", "nr"):
        assert meaning_of(f"my_{word}_{number}") is Meaning.CARD
    named = meaning_of(f"my_{word}")
    is_vague = word in {"account", "acct", "credit", "debit"}
    assert named is (Meaning.UNKNOWN if is_vague else Meaning.CARD)


@pytest.mark.parametrize("card", ["card", "pan", "cc", "dpan", "fpan"])
@pytest.mark.parametrize("pointer", ["id", "token", "ref", "reference"])
def test_what_points_at_a_card_may_be_its_number(card: str, pointer: str) -> None:
    assert meaning_of(f"{card}_{pointer}") is meaning_of(f"my_{card}_{pointer}") is Meaning.CARD
    assert meaning_of(f"visa_{pointer}") is meaning_of(f"{card}_key") is Meaning.IDENTIFIER


@pytest.mark.parametrize("name", CODES)
def test_a_security_codes_names(name: str) -> None:
    assert meaning_of(name) is Meaning.SECURITY_CODE


@pytest.mark.parametrize("wrapper", ["value", "code", "number", "text", "content", "data"])
def test_a_security_code_in_an_object_of_its_own(wrapper: str) -> None:
    assert meaning_of(wrapper, "cvv") is Meaning.SECURITY_CODE
    assert meaning_of("other", "cvv") is Meaning.UNKNOWN


@pytest.mark.parametrize("name", ["cid", "card_cid"])
def test_a_cid_is_a_customer_or_a_code(name: str) -> None:
    assert meaning_of(name) is Meaning.CUSTOMER_ID_OR_CODE


@pytest.mark.parametrize("name", PINS)
def test_a_pins_names(name: str) -> None:
    assert meaning_of(name) is Meaning.PIN


@pytest.mark.parametrize("word", ["address", "shipping", "postal", "city", "location"])
def test_a_pin_of_an_address_is_a_postal_code(word: str) -> None:
    assert meaning_of(f"{word}_pin") is meaning_of("pin", word) is Meaning.UNKNOWN


@pytest.mark.parametrize("name", PIN_BLOCKS)
def test_a_pin_blocks_names(name: str) -> None:
    assert meaning_of(name) is Meaning.PIN_BLOCK


@pytest.mark.parametrize("name", TRACKS)
def test_a_tracks_names(name: str) -> None:
    assert meaning_of(name) is Meaning.TRACK


@pytest.mark.parametrize(
    "name", ["", "…", "note", "spin", "value", "codes", "cvs", "trackers", "data", "note_number"]
)
def test_other_names_say_nothing(name: str) -> None:
    assert meaning_of(name) is Meaning.UNKNOWN


def test_a_name_is_read_in_every_style_up_to_64_characters() -> None:
    assert words_of("card[number]") == words_of("cardNumber") == words_of("CARD-NUMBER") == ("card", "number")
    assert words_of("a" * 65) == ("a" * 64,)


@pytest.mark.parametrize(("value", "masked"), [("04Qsiazv3mfqGgE4", "*" * 16), ("1234", "****")])
def test_an_encrypted_pin_is_masked_and_so_is_one_that_is_not(value: str, masked: str) -> None:
    assert mask(f'{{"encryptedPin": "{value}"}}'.encode()).body == f'{{"encryptedPin": "{masked}"}}'.encode()
    assert mask(b'{"encryptedPin": 1234}').body == b'{"encryptedPin": "****"}'
