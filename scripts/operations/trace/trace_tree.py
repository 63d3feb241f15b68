"""A trace as a tree for a terminal."""

from rich.console import JustifyMethod
from rich.table import Column, Table
from rich.text import Text
from rich.tree import Tree

from payment_webhooks import contract
from payment_webhooks.money import amount_text
from scripts.operations.trace.webhook_trace import Trace


def draw(trace: Trace) -> Tree:
    tree = Tree(f"[bold]{trace.webhook_id}[/bold]")
    _draw_inbox(tree, trace)
    tree.add(_ledger_table(trace) if trace.ledger else "no ledger row")
    if trace.payout is not None:
        payout = trace.payout
        tree.add(
            f"payout [bold]{payout.status}[/bold]: {amount_text(payout.amount_minor, payout.currency)}, "
            f"due {payout.arrival_date or '-'}"
        )
    if trace.state is not None:
        state = trace.state
        tree.add(
            f"payment [bold]{state.status}[/bold]: captured {amount_text(state.captured_minor, state.currency)}, "
            f"refunded {amount_text(state.refunded_minor, state.currency)}, "
            f"disputed {amount_text(state.disputed_minor, state.currency)}, "
            f"net {amount_text(state.net_minor, state.currency)}"
        )
    if trace.notifications:
        notifications = tree.add(f"notifications of this payment: {len(trace.notifications)}")
        for marker in trace.notifications:
            notifications.add(
                f"{marker[contract.NOTIFICATION_ID]}: {marker['state']}, {marker['claimed_at']}"
            )
    audit = tree.add(f"audit records: {len(trace.audit)}")
    for record in trace.audit:
        line = audit.add(str(record["key"]))
        if "restore" in record:
            text = f"cold: restore it with {record['restore']}"
            command = Table.grid(Column(min_width=len(text)))  # a text alone would be broken between words
            command.add_row(text)
            line.add(command)
    return tree


def _ledger_table(trace: Trace) -> Table:
    heads = ("event", "object", "status", "amount", "means", "confirmed")
    rows = [
        (
            row.event_id,
            row.object_kind,
            row.status,
            amount_text(row.amount_minor, row.currency),
            str(row.amount_meaning),
            str(row.confirmed),
        )
        for row in trace.ledger
    ]
    # An id that is cut or broken can't be copied, and rich measures words where a column must not wrap.
    ledger = Table()
    for cells in zip(heads, *rows, strict=True):
        side: JustifyMethod = "right" if cells[0] == "amount" else "left"
        ledger.add_column(cells[0], no_wrap=True, min_width=max(map(len, cells)), justify=side)
    for texts in rows:
        ledger.add_row(*map(Text, texts))
    return ledger


def _draw_inbox(tree: Tree, trace: Trace) -> None:
    for item in trace.inbox:
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
