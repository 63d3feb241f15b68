"""One form for every instant: UTC, always six fractional digits, so that text order is time order."""

import re
from datetime import UTC, datetime, timedelta, timezone

from payment_webhooks.errors import UnreadableEvent

# RFC 3339, section 5.6. Square writes nanoseconds, PayPal offsets such as -07:00.
_RFC_3339 = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})[Tt ]([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]{1,9}))?"
    r"(?:([Zz])|([+-])([0-9]{2}):?([0-9]{2}))"
)
_FORM = "%04d-%02d-%02dT%02d:%02d:%02d.%06dZ"
_FIRST_YEAR = 1970  # no payment is older than the Unix epoch: an earlier time is a broken one


def utc_timestamp(value: int | float | str) -> str:
    """`YYYY-MM-DDTHH:MM:SS.ffffffZ` from Unix seconds or from an RFC 3339 text with an offset.

    Digits after the microsecond are cut, not rounded. A leap second (`:60`) is the first instant of the next
    minute. Raises UnreadableEvent `invalid_timestamp` for anything else, a time without an offset included:
    to guess one would order a ledger wrongly.
    """
    try:
        instant = _from_text(value) if isinstance(value, str) else _from_unix_seconds(value)
    except (ValueError, OverflowError, OSError) as error:  # OSError: out of the C library's range
        raise UnreadableEvent("invalid_timestamp") from error
    if instant.year < _FIRST_YEAR:
        raise UnreadableEvent("invalid_timestamp")
    return _FORM % (*instant.timetuple()[:6], instant.microsecond)


def _from_unix_seconds(value: object) -> datetime:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError
    return datetime.fromtimestamp(value, UTC)


def _from_text(value: str) -> datetime:
    match = _RFC_3339.fullmatch(value)
    if match is None:
        raise ValueError
    year, month, day, hour, minute, second = (int(part) for part in match.groups()[:6])
    fraction, zulu, sign, offset_hours, offset_minutes = match.groups()[6:]
    microsecond = int((fraction or "").ljust(6, "0")[:6])
    zone = UTC if zulu else _offset(sign, int(offset_hours), int(offset_minutes))
    leap = second == 60
    local = datetime(year, month, day, hour, minute, 59 if leap else second, 0 if leap else microsecond, zone)
    return (local + timedelta(seconds=1 if leap else 0)).astimezone(UTC)


def _offset(sign: str, hours: int, minutes: int) -> timezone:
    if minutes > 59:
        raise ValueError
    offset = timedelta(hours=hours, minutes=minutes)
    return timezone(-offset if sign == "-" else offset)  # ValueError from 24 hours on
