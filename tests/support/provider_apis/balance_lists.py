"""Stand-ins for the books of Stripe, PayPal and Square; what they answer fits the published schemas."""

import json
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import jsonschema_rs

from tests.support.provider_apis.server import Asked, Json, Route

SCHEMAS = json.loads(Path(__file__).with_suffix(".json").read_text())
_VALID = {name: jsonschema_rs.validator_for(each["schema"]) for name, each in SCHEMAS.items()}


@dataclass
class Books:
    """Movements by provider, oldest first. Pages are no longer than `page_size`, whatever was asked for."""

    stripe: list[Json] = field(default_factory=list)
    paypal: list[Json] = field(default_factory=list)
    square_payments: list[Json] = field(default_factory=list)
    square_payouts: list[Json] = field(default_factory=list)
    square_refunds: list[Json] = field(default_factory=list)
    square_disputes: list[Json] = field(default_factory=list)
    page_size: int = 2
    paypal_most: int = 10_000  # of one call's time

    def routes(self) -> dict[tuple[str, str], Route]:
        return {
            ("GET", "/v1/balance_transactions"): self._stripe,
            ("POST", "/v1/oauth2/token"): lambda _: (200, {"access_token": "token", "expires_in": 32400}),
            ("GET", "/v1/reporting/transactions"): self._paypal,
            ("GET", "/v2/locations"): lambda _: (200, {"locations": [{"id": "L2"}, {"id": "L1"}]}),
            ("GET", "/v2/payments"): self._square_payments,
            ("GET", "/v2/payouts"): self._square_payouts,
            ("GET", "/v2/refunds"): self._square_refunds,
            ("GET", "/v2/disputes"): self._square_disputes,
        }

    def _stripe(self, asked: Asked) -> tuple[int, Json]:
        since, until = int(asked.query["created[gte]"]), int(asked.query["created[lt]"])
        assert asked.query["expand[]"] == "data.source"
        found = [each for each in reversed(self.stripe) if since <= each["created"] < until]
        after = asked.query.get("starting_after")
        start = 0 if after is None else [each["id"] for each in found].index(after) + 1
        end = start + min(int(asked.query["limit"]), self.page_size)
        data = found[start:end]
        url = "/v1/balance_transactions"
        return _valid("stripe", {"object": "list", "url": url, "has_more": end < len(found), "data": data})

    def _paypal(self, asked: Asked) -> tuple[int, Json]:
        since, until = (datetime.fromisoformat(asked.query[name]) for name in ("start_date", "end_date"))
        if (until - since).days >= 31 or not 1 <= int(asked.query["page_size"]) <= 500:
            return 400, {}
        found = [
            each
            for each in self.paypal
            if since
            <= datetime.fromisoformat(each["transaction_info"]["transaction_initiation_date"])
            <= until
        ]
        if len(found) > self.paypal_most:
            return 400, {
                "name": "RESULTSET_TOO_LARGE",
                "message": "Change the filter criteria",
                "debug_id": "1",
            }
        page = int(asked.query["page"])
        details = found[(page - 1) * self.page_size : page * self.page_size]
        pages = -(-len(found) // self.page_size)
        answer = {"transaction_details": details, "page": page, "total_pages": pages}
        return _valid("paypal", {**answer, "total_items": len(found)})

    def _square_payments(self, asked: Asked) -> tuple[int, Json]:
        place = asked.query["location_id"]
        return self._square("payments", asked, [e for e in self.square_payments if e["location_id"] == place])

    def _square_payouts(self, asked: Asked) -> tuple[int, Json]:
        place = asked.query["location_id"]
        return self._square("payouts", asked, [e for e in self.square_payouts if e["location_id"] == place])

    def _square_refunds(self, asked: Asked) -> tuple[int, Json]:
        return self._square("refunds", asked, self.square_refunds)

    def _square_disputes(self, asked: Asked) -> tuple[int, Json]:
        """It has neither a time nor a limit."""
        return self._page_of_square("disputes", asked, self.square_disputes, self.page_size)

    def _square(self, name: str, asked: Asked, listed: list[Json]) -> tuple[int, Json]:
        since, until = (datetime.fromisoformat(asked.query[each]) for each in ("begin_time", "end_time"))
        found = [each for each in listed if since <= datetime.fromisoformat(each["created_at"]) <= until]
        return self._page_of_square(name, asked, found, min(int(asked.query["limit"]), self.page_size))

    def _page_of_square(self, name: str, asked: Asked, found: list[Json], size: int) -> tuple[int, Json]:
        start = int(asked.query.get("cursor", "0"))
        end = start + size
        more = {"cursor": str(end)} if end < len(found) else {}
        return _valid("square", {name: found[start:end], **more} if found else {})


def _valid(provider: str, document: Json) -> tuple[int, Json]:
    """Raises ValidationError, so that nobody is answered."""
    _VALID[provider].validate(document)
    return 200, document


def balance_transaction(number: int, source: Json | None, amount: int, at: datetime, **changes: str) -> Json:
    """Of Stripe, in USD."""
    kind = {"object": "balance_transaction", "currency": "usd", "type": "adjustment", **changes}
    return {"id": f"txn_{number}", "amount": amount, "created": int(at.timestamp()), "source": source, **kind}


def charge(payment: str, amount: int, status: str = "succeeded", currency: str = "usd") -> Json:
    ids = {"object": "charge", "id": f"ch_{payment}", "payment_intent": f"pi_{payment}", "status": status}
    return {**ids, "amount": amount, "amount_captured": amount, "currency": currency}


def taken_back(kind: str, payment: str, amount: int, currency: str = "usd") -> Json:
    """A refund or a dispute."""
    ids = {"object": kind, "id": f"{kind}_{payment}", "payment_intent": f"pi_{payment}"}
    return {**ids, "charge": f"ch_{payment}", "amount": amount, "currency": currency}


def paypal_transaction(
    own_id: str, code: str, value: str, at: str, reference: str = "", status: str = "S"
) -> Json:
    named = {"paypal_reference_id": reference, "paypal_reference_id_type": "TXN"} if reference else {}
    info = {"transaction_id": own_id, "transaction_event_code": code, "transaction_status": status, **named}
    amount = {"currency_code": "EUR", "value": value}
    return {"transaction_info": {**info, "transaction_initiation_date": at, "transaction_amount": amount}}
