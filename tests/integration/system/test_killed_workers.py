"""Receivers die under load: each takes its own request along and no other, and what was answered 200 is processed."""

import os
import signal
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from payment_webhooks import contract
from payment_webhooks.endpoints.secret_document import EndpointSecret
from tests.integration.system.test_webhooks import in_house_event
from tests.support.leftover_processes import processes_of
from tests.support.system.system import System, body_of, wait_for

SENDERS = 12
KILLS = 12
SECONDS_BETWEEN_KILLS = 0.25


def test_a_killed_receiver_fails_its_own_request_only(system: System) -> None:
    stopped, secret = threading.Event(), system.secret("internal")
    with ThreadPoolExecutor(SENDERS) as senders:
        sending = [senders.submit(send_until, system, secret, stopped.is_set) for _ in range(SENDERS)]
        try:
            kill_receivers(system)
        finally:
            stopped.set()
        sent = [pair for one in sending for pair in one.result()]
    accepted = {webhook_id for webhook_id, status_code in sent if status_code == 200}
    assert len(accepted) > SENDERS
    assert len(sent) - len(accepted) <= KILLS
    wait_for(lambda: accepted - processed_webhooks(system), lambda pending: not pending)


def send_until(system: System, secret: EndpointSecret, is_over: Callable[[], bool]) -> list[tuple[str, int]]:
    """Send webhook after webhook; the id and the answer's status of each, and of one more when it is over."""
    sent = []
    ends = False
    while not ends:
        ends = is_over()
        event = in_house_event()
        body = body_of(event)
        answer = system.post("internal", body, system.sign("internal", body, secret))
        sent.append((f"internal:{event['id']}", answer.status_code))
    return sent


def kill_receivers(system: System) -> None:
    """Kill a worker of the receiver, KILLS times."""
    name = system.names.function("webhook_receiver")
    for _ in range(KILLS):
        os.kill(wait_for(lambda: receivers(system, name), bool)[-1], signal.SIGKILL)
        time.sleep(SECONDS_BETWEEN_KILLS)


def receivers(system: System, function: str) -> list[int]:
    found = processes_of(system.engine.folder)
    return [process_id for process_id, command in found.items() if f"-{function}-" in command]


def processed_webhooks(system: System) -> set[str]:
    pages = (
        system.client("dynamodb")
        .get_paginator("scan")
        .paginate(TableName=system.names.inbox_table, ConsistentRead=True)
    )
    return {
        item[contract.WEBHOOK_ID]["S"]
        for page in pages
        for item in page["Items"]
        if item.get(contract.STATUS, {}).get("S") == contract.STATUS_PROCESSED
    }
