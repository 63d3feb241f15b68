"""One moment in the life of a webhook or payment, as every rendering of a timeline takes it."""

from typing import Any, NamedTuple


class Moment(NamedTuple):
    """`at`: UTC, six digits. what: a few words. source: what tells of it. subject: the webhook or payment.

    details: names and values, in their order; one that is named `run` is a command. wants_look: it did not go as it
    should. proof: the key of the audit object that has it.
    """

    at: str
    what: str
    source: str
    subject: str
    details: tuple[tuple[str, str], ...] = ()
    wants_look: bool = False
    proof: str | None = None

    def as_document(self) -> dict[str, Any]:
        return {**self._asdict(), "details": dict(self.details)}


def details_of(**values: object) -> tuple[tuple[str, str], ...]:
    """Those that there are, with blanks in their names."""
    return tuple(
        (name.replace("_", " "), "yes" if value is True else str(value))
        for name, value in values.items()
        if value not in (None, "", False)
    )
