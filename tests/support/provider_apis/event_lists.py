"""Stand-ins for the lists of events that Stripe, PayPal and Square have.

What they answer, and what Square is asked, fits the published schemas (event_lists.json).
"""

import json
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from urllib.parse import urlencode

import jsonschema_rs

from scripts.provider_simulator.simulator import simulator_of
from tests.support.library.events import event_document
from tests.support.provider_apis.server import Asked, Json, Route

SECRET = "rk_test_reader"
OWN_ACCOUNT = "acct_own"
OWN_WEBHOOK = "key-own"
SCHEMAS = json.loads(Path(__file__).with_suffix(".json").read_text())
MOST = 100
_VALID = {name: jsonschema_rs.validator_for(each["schema"]) for name, each in SCHEMAS.items()}
_VALID_REQUEST = jsonschema_rs.validator_for(SCHEMAS["square"]["request"])
_UNAUTHORIZED: tuple[int, Json] = (401, {})


@dataclass
class EventLists:
    """Events by provider, oldest first. `page_size`: pages are no longer, whatever was asked for."""

    stripe: list[Json] = field(default_factory=list)
    paypal: list[Json] = field(default_factory=list)
    square: list[Json] = field(default_factory=list)
    page_size: int = MOST
    tokens: int = 0
    connected: tuple[str, ...] = ("acct_1",)
    paypal_webhooks: tuple[str, ...] = (OWN_WEBHOOK,)

    def routes(self) -> dict[tuple[str, str], Route]:
        return {
            ("GET", "/v1/events"): self._stripe,
            ("GET", "/v1/account"): lambda _: (200, {"id": OWN_ACCOUNT, "object": "account"}),
            ("POST", "/v1/oauth2/token"): self._token,
            ("GET", "/v1/notifications/webhooks-events"): self._paypal,
            ("GET", "/v1/notifications/webhooks"): lambda _: (
                200,
                {"webhooks": [{"id": each} for each in self.paypal_webhooks]},
            ),
            ("POST", "/v2/events"): self._square,
        }

    def _stripe(self, asked: Asked) -> tuple[int, Json]:
        if asked.headers.get("Authorization") != f"Bearer {SECRET}":
            return _UNAUTHORIZED
        if asked.headers.get("Stripe-Account") not in (None, *self.connected):
            return 403, {}
        since, until = int(asked.query["created[gte]"]), int(asked.query["created[lte]"])
        limit = int(asked.query.get("limit", "10"))
        newest_first = [event for event in reversed(self.stripe) if since <= event["created"] <= until]
        ids = [event["id"] for event in newest_first]
        after = asked.query.get("starting_after")
        if not 1 <= limit <= MOST or (after is not None and after not in ids):
            return 400, {}
        start = 0 if after is None else ids.index(after) + 1
        end = start + min(limit, self.page_size)
        has_more = end < len(newest_first)
        return _valid(
            "stripe",
            {"object": "list", "url": "/v1/events", "has_more": has_more, "data": newest_first[start:end]},
        )

    def _token(self, _asked: Asked) -> tuple[int, Json]:
        self.tokens += 1
        return 200, {"access_token": f"token-{self.tokens}", "expires_in": 32400}

    def _paypal(self, asked: Asked) -> tuple[int, Json]:
        if asked.headers.get("Authorization") != f"Bearer token-{self.tokens}":
            return _UNAUTHORIZED
        query = asked.query
        found = _between(self.paypal, "create_time", query["start_time"], query["end_time"])[::-1]
        start = int(query.get("index_id", "0"))
        end = start + min(int(query.get("page_size", "10")), self.page_size)
        following = urlencode({**query, "move_to": "next", "index_id": end})
        # Of another host, as PayPal's own is: nobody follows it.
        href = f"https://api.sandbox.paypal.com/v1/notifications/webhooks-events?{following}"
        links = [{"href": href, "rel": "next", "method": "GET"}] if end < len(found) else []
        events = found[start:end]
        return _valid("paypal", {"events": events, "count": len(events), "links": links})

    def _square(self, asked: Asked) -> tuple[int, Json]:
        if asked.headers.get("Authorization") != f"Bearer {SECRET}":
            return _UNAUTHORIZED
        if not _VALID_REQUEST.is_valid(asked.body):
            return 400, {}
        query = asked.body["query"]
        created = query["filter"]["created_at"]
        found = _between(self.square, "created_at", created["start_at"], created["end_at"])
        merchants = query["filter"].get("merchant_ids")
        found = [event for event in found if merchants is None or event["merchant_id"] in merchants]
        if query["sort"]["order"] == "DESC":
            found.reverse()
        asked_for = json.dumps(query, sort_keys=True)
        start, of_query = json.loads(asked.body["cursor"]) if "cursor" in asked.body else (0, hash(asked_for))
        if of_query != hash(asked_for):  # "you must use the original query"
            return 400, {}
        end = start + min(asked.body["limit"], self.page_size)
        more: Json = {"cursor": json.dumps([end, of_query])} if end < len(found) else {}
        return _valid("square", {"events": found[start:end], **more})


def _between(events: list[Json], name: str, since: str, until: str) -> list[Json]:
    ends = datetime.fromisoformat(since), datetime.fromisoformat(until)
    return [event for event in events if ends[0] <= _instant(event[name]) <= ends[1]]


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text if text.endswith("Z") or "+" in text else f"{text}+00:00")


def _valid(provider: str, document: Json) -> tuple[int, Json]:
    """Raises ValidationError, so that nobody is answered."""
    _VALID[provider].validate(document)
    return 200, document


def listed_event(name: str, event_id: str, seconds: float) -> Json:
    """The event `name` of tests/events under another id, made at this Unix time."""
    event = event_document(name)
    simulator_of(name.partition("/")[0]).freshen(event, event_id, seconds)
    return event
