"""A trace as a tree for a terminal."""

from rich.table import Column, Table
from rich.tree import Tree

from payment_webhooks import contract
from scripts.operations.trace.webhook_trace import Trace


def draw(found: Trace) -> Tree:
    tree = Tree(f"[bold]{found.webhook_id}[/bold]")
    _draw_inbox(tree, found)
    key = Column("time # rank # event", overflow="fold")  # an id that is cut can't be copied
    ledger = Table(key, "object", "status", "amount_minor", "means", "confirmed")
    for row in found.ledger:
        money = f"{row.amount_minor} {row.currency}" if row.amount_minor is not None else "-"
        ledger.add_row(
            row.sort_key, f"{row.object_kind}", row.status, money, str(row.amount_meaning), str(row.confirmed)
        )
    tree.add(ledger if found.ledger else "no ledger row")
    if found.state is not None:
        state = found.state
        tree.add(
            f"payment [bold]{state.status}[/bold]: captured {state.captured_minor}, "
            f"refunded {state.refunded_minor}, disputed {state.disputed_minor}, "
            f"net {state.net_minor} {state.currency} (minor units)"
        )
    if found.notifications:
        told = tree.add(f"{len(found.notifications)} notifications of this payment")
        for marker in found.notifications:
            told.add(f"{marker[contract.NOTIFICATION_ID]}: {marker['state']}, {marker['claimed_at']}")
    audit = tree.add(f"{len(found.audit)} audit records")
    for record in found.audit:
        audit.add(str(record["key"]))
    return tree


def _draw_inbox(tree: Tree, found: Trace) -> None:
    for item in found.inbox:
        reason = f" ({item['status_reason']})" if item.get("status_reason") else ""
        branch = tree.add(f"inbox [bold]{item.get('status')}[/bold]{reason}, created {item.get('timestamp')}")
        for name in (
            "event_type",
            "received_at",
            "processed_at",
            "attempts",
            "verified_by",
            "last_error",
            "trace_id",
        ):
            if item.get(name) not in (None, ""):
                branch.add(f"{name}: {item[name]}")
