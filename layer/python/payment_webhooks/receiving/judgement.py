"""Judges an authentic event by what its endpoint expects: it is taken, ignored, or waits for a person. Pure."""

from payment_webhooks import contract
from payment_webhooks.endpoints.secret_document import EndpointSecret
from payment_webhooks.inbox.verdict import TAKEN, Verdict


def judge(livemode: bool | None, account: str | None, secret: EndpointSecret) -> Verdict:
    """What becomes of an event of this mode and account; None where the body does not say, which counts as a match: the
    endpoint's own key has verified it.

    Another account's event is ignored: who names an account has chosen to leave out the others of a platform, and they
    may be many. The mode is no such choice: it may have been set by mistake, and then money waits for a person.
    """
    if None not in (secret.account, account) and account != secret.account:
        return Verdict(contract.STATUS_IGNORED, contract.REASON_ACCOUNT)
    if livemode is None or livemode == (secret.mode == "live"):
        return TAKEN
    if secret.ignores_test_events and not livemode:
        return Verdict(contract.STATUS_IGNORED, contract.REASON_TEST_EVENT)
    return Verdict(contract.STATUS_UNEXPECTED, contract.REASON_MODE)
