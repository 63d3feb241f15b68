"""HTTP headers as a request brought them."""

from payment_webhooks.errors import MalformedRequest

# Names in lower case, duplicates kept, in the order of the request.
Headers = tuple[tuple[str, str], ...]


def single_header(headers: Headers, name: str) -> str:
    """The value of the header `name` (lower case), which must be there exactly once.

    Raises MalformedRequest: `missing_header`, or `duplicate_header`, because of two signatures one can't say
    which was meant and a proxy in front may have checked the other one.
    """
    values = [value for header, value in headers if header == name]
    if not values:
        raise MalformedRequest("missing_header")
    if len(values) > 1:
        raise MalformedRequest("duplicate_header")
    return values[0]
