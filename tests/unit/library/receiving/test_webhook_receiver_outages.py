"""An outage is never answered with 200, nor a forgery with 500; a key that was rolled is found by itself."""

import io
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any, cast

import pytest

from payment_webhooks.aws.json_client import Api
from payment_webhooks.aws.service_errors import ServiceError
from payment_webhooks.endpoints.secret_document import retire_key
from payment_webhooks.errors import InvalidSignature, Unavailable, UnusedEndpoint, WebhookError
from payment_webhooks.providers.certificate_download import CertificateFetcher
from payment_webhooks.providers.registry import PROVIDERS
from tests.support.library.fake_dynamodb import FakeDynamoDB
from tests.support.library.receiving import KEY, Receiving, event, text

ENDPOINTS = sorted(PROVIDERS.names)
THROTTLED = ServiceError("dynamodb", "ThrottlingException", 400, {})
SLOW = Unavailable("dynamodb_timeout")


class TestPreparation:
    """What is fetched before the first request is not fetched by it; what is missing stops neither."""

    def test_every_secret_is_there_before_the_first_request(self) -> None:
        receiving = Receiving()
        receiving.receiver.prepare()
        secrets = [*receiving.secrets.values(), receiving.fingerprint_key]
        assert [secret.fetches for secret in secrets] == [1] * 5
        for secret in secrets:
            secret.value = None
        assert {receiving.post(endpoint, event(endpoint)).outcome for endpoint in ENDPOINTS} == {"accepted"}

    def test_a_secret_that_is_missing_is_fetched_by_the_first_request(self) -> None:
        receiving = Receiving()
        secrets = [*receiving.secrets.values(), receiving.fingerprint_key]
        good = [secret.value for secret in secrets]
        for secret in secrets:
            secret.value = None
        receiving.receiver.prepare()
        for secret, value in zip(secrets, good, strict=True):
            secret.value = value
        assert {receiving.post(endpoint, event(endpoint)).outcome for endpoint in ENDPOINTS} == {"accepted"}


class TestOutages:
    """An outage is never answered with 200, and nothing is half done that the next delivery would not repair."""

    @pytest.mark.parametrize("endpoint", ENDPOINTS)
    @pytest.mark.parametrize("error", [THROTTLED, SLOW], ids=["throttled", "timeout"])
    @pytest.mark.parametrize("after_effect", [False, True], ids=["not written", "answer lost"])
    def test_of_the_table(self, endpoint: str, error: Exception, after_effect: bool) -> None:
        receiving = Receiving()
        receiving.dynamodb.fail_next(error, after_effect)
        with pytest.raises(Unavailable):
            receiving.post(endpoint, event(endpoint))
        again = receiving.post(endpoint, event(endpoint))
        assert again.outcome == ("duplicate" if after_effect else "accepted")
        assert [text(item, "status") for item in receiving.inbox()] == ["received"]

    @pytest.mark.parametrize("endpoint", ENDPOINTS)
    def test_of_secrets_manager(self, endpoint: str) -> None:
        receiving = Receiving()
        receiving.secrets[endpoint].value = None
        with pytest.raises(Unavailable):
            receiving.post(endpoint, event(endpoint))

    def test_of_the_fingerprint_key(self) -> None:
        receiving = Receiving()
        receiving.fingerprint_key.value = None
        with pytest.raises(Unavailable):
            receiving.post("internal", event())
        assert receiving.dynamodb.calls == []

    def test_of_paypals_certificates(self) -> None:
        receiving = Receiving(pinned=False, certificate_error=Unavailable("certificate_unavailable"))
        with pytest.raises(Unavailable, match="certificate_unavailable"):
            receiving.post("paypal", event("paypal"))
        with pytest.raises(Unavailable):
            receiving.post("paypal", event("paypal"), seconds_later=31)
        assert receiving.secrets["paypal"].fetches == 1  # another secret would not help
        receiving.certificate_error = None
        assert receiving.post("paypal", event("paypal")).outcome == "accepted"

    @pytest.mark.parametrize("endpoint", ENDPOINTS)
    def test_while_a_conflict_is_stored(self, endpoint: str) -> None:
        receiving = Receiving()
        receiving.post(endpoint, event(endpoint))
        for call in range(len(receiving.dynamodb.calls) + 1, len(receiving.dynamodb.calls) + 4):
            receiving.dynamodb.fail(call, SLOW)
        with pytest.raises(Unavailable):
            receiving.post(endpoint, event(endpoint, note="other"))
        receiving.dynamodb.heal()
        assert receiving.post(endpoint, event(endpoint, note="other")).outcome == "conflict"

    def test_our_own_write_whose_answer_was_lost_is_not_a_duplicate(self) -> None:
        """The client tries again by itself; the second try meets what the first one wrote."""

        def losing_the_first_answer(dynamodb: FakeDynamoDB) -> Api:
            def call(operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
                dynamodb(operation, parameters)
                return dynamodb(operation, parameters)

            return call

        receiving = Receiving(client=losing_the_first_answer)
        for endpoint in ENDPOINTS:
            assert receiving.post(endpoint, event(endpoint)).outcome == "accepted"

    @pytest.mark.parametrize("endpoint", ENDPOINTS)
    def test_another_delivery_of_the_same_microsecond_is_a_duplicate(self, endpoint: str) -> None:
        """Its time is the same, its trace is not: so it is not our own attempt."""
        receiving = Receiving()
        request = receiving.request(endpoint, event(endpoint))
        assert receiving.receiver.receive(request).outcome == "accepted"
        other = request._replace(trace_id="Root=4-5-6")
        assert receiving.receiver.receive(other).outcome == "duplicate"

    def test_a_refusal_without_the_item_is_not_taken_for_a_duplicate(self) -> None:
        receiving = Receiving()
        receiving.dynamodb.fail_next(ServiceError("dynamodb", "ConditionalCheckFailedException", 400, {}))
        with pytest.raises(Unavailable, match="inbox_answer_incomplete"):
            receiving.post("internal", event())


class TestAKeyThatWasRolled:
    def test_is_found_by_one_fetch(self) -> None:
        receiving = Receiving()
        receiving.post("internal", event())
        receiving.secrets["internal"].value = receiving.secret("whsec_new", KEY)
        receiving.signing_key = "whsec_new"
        receipt = receiving.post("internal", event(id="ev-2"), seconds_later=31)
        assert receipt.outcome == "accepted"
        assert receipt.verified_by == "id-of-whsec_new"
        assert receiving.secrets["internal"].fetches == 2

    def test_is_found_also_right_after_the_first_fetch(self) -> None:
        receiving = Receiving()
        receiving.post("internal", event())
        receiving.secrets["internal"].value = receiving.secret("whsec_new", KEY)
        receiving.signing_key = "whsec_new"
        assert receiving.post("internal", event(id="ev-2"), seconds_later=1).verified_by == "id-of-whsec_new"

    def test_a_flood_of_forgeries_fetches_once_in_30_seconds(self) -> None:
        receiving = Receiving(signing_key="whsec_forged")
        for _ in range(60):
            with pytest.raises(InvalidSignature):
                receiving.post("internal", event())
        assert receiving.secrets["internal"].fetches == 1 + 2  # the ordinary one, and one each 30 seconds

    @pytest.mark.parametrize("endpoint", ENDPOINTS)
    def test_an_endpoint_without_a_key_is_not_used_until_one_is_set(self, endpoint: str) -> None:
        receiving = Receiving(pinned=False, certificate_error=AssertionError("a certificate was asked for"))
        receiving.secrets[endpoint].value = receiving.secret()
        with pytest.raises(UnusedEndpoint, match="endpoint_not_configured") as refused:
            receiving.post(endpoint, event(endpoint))
        assert refused.value.status_code == 404
        receiving.certificate_error = None
        receiving.secrets[endpoint].value = receiving.secret(KEY)
        assert receiving.post(endpoint, event(endpoint), seconds_later=31).outcome == "accepted"

    def test_an_endpoint_with_a_key_that_lacks_a_setting_is_an_outage(self) -> None:
        receiving = Receiving()
        whole = receiving.secret(KEY)
        receiving.secrets["square"].value = whole._replace(notification_url=None)
        with pytest.raises(Unavailable, match="endpoint_setting_missing"):
            receiving.post("square", event("square"))
        receiving.secrets["square"].value = whole
        assert receiving.post("square", event("square"), seconds_later=31).outcome == "accepted"

    @pytest.mark.parametrize("endpoint", ENDPOINTS)
    def test_a_leaked_key_is_refused_a_minute_after_it_was_retired(self, endpoint: str) -> None:
        """In a container that is warm, and though it was the endpoint's last key."""
        receiving = Receiving()
        receiving.post(endpoint, event(endpoint))
        retired = retire_key(receiving.secret(KEY), f"id-of-{KEY}", even_last=True)
        receiving.secrets[endpoint].value = retired
        receiving.now += 59
        with pytest.raises(UnusedEndpoint):
            receiving.post(endpoint, event(endpoint, note="forged"))
        assert len(receiving.inbox()) == 1

    def test_an_outage_while_fetching_again_leaves_the_forgery_refused(self) -> None:
        receiving = Receiving()
        receiving.post("internal", event())
        receiving.secrets["internal"].value = None
        receiving.signing_key = "whsec_forged"
        with pytest.raises(InvalidSignature):
            receiving.post("internal", event(), seconds_later=31)


def test_the_deadline_ends_a_request_before_the_sender_gives_up() -> None:
    receiving = Receiving(pinned=False)

    def take_8_seconds() -> None:
        receiving.now += 8

    receiving.secrets["paypal"].while_loading = take_8_seconds
    with pytest.raises(Unavailable, match="deadline_exceeded"):
        receiving.post("paypal", event("paypal"))
    assert not receiving.inbox()


class NewContainer(Receiving):
    """A receiver that has fetched no certificate yet; PayPal's host has the genuine one alone."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.calls = 0
        self.fetch = CertificateFetcher(
            clock=lambda: self.now, pool=cast(Any, SimpleNamespace(request=self.ask))
        )

    def ask(self, _method: str, url: str, **_options: Any) -> Any:
        self.calls += 1
        pem = self.authority.certificates.get(url)
        content = io.BytesIO((pem or "").encode())
        return SimpleNamespace(status=200 if pem else 404, read1=content.read1, close=content.close)

    def _fetch_certificate(self, url: str) -> bytes:
        return self.fetch(url)

    def flood(self) -> None:
        """Five seconds of forgeries, each with a URL of its own."""
        for number in range(50):
            made_up = [
                (name, f"{value}-{number}" if name.lower() == "paypal-cert-url" else value)
                for name, value in self.headers("paypal", event("paypal"))
            ]
            with pytest.raises(WebhookError):
                self.post("paypal", event("paypal"), made_up, seconds_later=0.1)


def test_made_up_certificate_urls_make_a_new_container_answer_503_for_seconds_and_nothing_worse() -> None:
    receiving = NewContainer(pinned=False)
    receiving.flood()
    assert receiving.calls == 5
    with pytest.raises(Unavailable, match="certificate_unavailable") as answer:
        receiving.post("paypal", event("paypal"))
    assert answer.value.status_code == 503
    assert receiving.inbox() == []
    assert receiving.post("paypal", event("paypal"), seconds_later=4.2).outcome == "accepted"
    receiving.flood()
    assert receiving.post("paypal", event("paypal", id="WH-2")).outcome == "accepted"
