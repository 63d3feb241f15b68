"""Bodies as PayPal writes them: resources made of the published examples, with amounts in cents of a dollar."""

import json
from collections.abc import Mapping
from typing import Any, Final

from tests.support.library.events import event_document

Object = dict[str, Any]
FIRST_SECOND: Final = 1_759_990_000
API: Final = "https://api.paypal.com"


def money(amount: int) -> Object:
    return {"currency_code": "USD", "value": f"{amount // 100}.{amount % 100:02d}"}


def instant(second: int) -> str:
    """As PayPal writes times: in seconds."""
    day_second = 6 * 3600 + second
    assert second < 30 * 86_400
    days, rest = divmod(day_second, 86_400)
    return f"2025-10-{1 + days:02d}T{rest // 3600:02d}:{rest // 60 % 60:02d}:{rest % 60:02d}Z"


def event(
    number: int, event_type: str, resource_type: str, resource: Mapping[str, Any], second: int
) -> bytes:
    envelope = event_document("paypal/capture_pending") | {"id": f"WH-{number}", "event_type": event_type}
    envelope |= {"resource_type": resource_type, "resource": resource, "create_time": instant(second)}
    return json.dumps(envelope).encode()


def _resource(name: str, changes: Mapping[str, Any]) -> Object:
    resource: Object = event_document(f"paypal/{name}")["resource"]
    return resource | dict(changes)


def named(order: str | None = "ORDER", authorization: str | None = None) -> Object:
    """Where a resource comes from, in `related_ids`."""
    ids = {"order_id": order, "authorization_id": authorization}
    return {"supplementary_data": {"related_ids": {key: each for key, each in ids.items() if each}}}


def linked(path: str) -> Object:
    """Where a resource comes from, in its link `up`: such as checkout/orders/ORDER."""
    return {"links": [{"rel": "up", "href": f"{API}/v2/{path}", "method": "GET"}]}


def capture(identity: str, status: str, amount: int, created: int, updated: int, **changes: Any) -> Object:
    changes = named() | changes
    changes |= {"create_time": instant(created), "update_time": instant(updated)}
    changes |= {"id": identity, "status": status, "amount": money(amount)}
    return _resource("capture_pending", changes)


def refund(identity: str, capture_id: str, status: str, amount: int, created: int, updated: int) -> Object:
    links = [
        {"rel": "self", "href": f"{API}/v2/payments/refunds/{identity}", "method": "GET"},
        {"rel": "up", "href": f"{API}/v2/payments/captures/{capture_id}", "method": "GET"},
    ]
    times = {"create_time": instant(created), "update_time": instant(updated)}
    resource = _resource(
        "capture_refunded",
        {"id": identity, "status": status, "amount": money(amount), "links": links, **times},
    )
    del resource["seller_payable_breakdown"]
    return resource


def authorization(
    identity: str, status: str, amount: int, created: int, updated: int, **changes: Any
) -> Object:
    changes = named() | changes
    changes |= {"create_time": instant(created), "update_time": instant(updated)}
    changes |= {"id": identity, "status": status, "amount": money(amount)}
    return _resource("authorization_created", changes)


def order(identity: str, status: str, amount: int, created: int, **payments: list[Object]) -> Object:
    """`payments`: captures or authorizations."""
    resource = _resource("order_approved_ignored", {"id": identity, "status": status})
    unit = {"reference_id": "default", "amount": money(amount)}
    named = {"payments": payments} if payments else {}
    return resource | {"purchase_units": [unit | named], "create_time": instant(created)}


def dispute(
    identity: str, amounts: Mapping[str, int], stage: str, amount: int, created: int, updated: int
) -> Object:
    """An open one. `amounts`: the gross amount of each disputed capture."""
    disputed = [
        {"seller_transaction_id": each, "gross_amount": money(gross)} for each, gross in amounts.items()
    ]
    resource = _resource(
        "dispute_resolved_seller",
        {
            "dispute_id": identity,
            "status": "UNDER_REVIEW",
            "dispute_life_cycle_stage": stage,
            "disputed_transactions": disputed,
            "dispute_amount": money(amount),
            "create_time": instant(created),
            "update_time": instant(updated),
        },
    )
    del resource["dispute_outcome"]
    return resource


def resolved(told: Object, outcome: str, refunded: int | None, updated: int) -> Object:
    """That dispute when it is resolved. refunded: what the customer got, if that is told."""
    amount = {} if refunded is None else {"amount_refunded": money(refunded)}
    return told | {
        "status": "RESOLVED",
        "dispute_outcome": {"outcome_code": outcome, **amount},
        "update_time": instant(updated),
    }


def summary(body: bytes) -> str:
    """An event in a few words, for a failing example."""
    document = json.loads(body)
    resource = document["resource"]
    amount = resource.get("amount", resource.get("dispute_amount", {})).get("value")
    words = (resource.get("id", resource.get("dispute_id")), resource.get("status"), amount)
    return f"{document['event_type']}{words}@{resource.get('update_time', document['create_time'])}"
