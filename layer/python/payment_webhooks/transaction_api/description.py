"""The types that describe an operation of the transaction API. operations.py has the operations."""

from collections.abc import Mapping
from typing import Any, Final, Literal, NamedTuple

# JSON Schema in the words that draft 4 (API Gateway's models) and 2020-12 (OpenAPI 3.1) share. A reference to
# another schema is {"$ref": "Name"}.
Schema = Mapping[str, Any]

# Not "Error": API Gateway puts the models `Empty` and `Error` into every new REST API, and a model of a name that is
# taken is refused (aws-cdk-lib: Model.EMPTY_MODEL and Model.ERROR_MODEL, "available as part of the model collection
# by default").
ERROR_SCHEMA: Final = "Failure"
UNSUPPORTED_MEDIA_TYPE: Final = "The body is not said to be application/json"
# What any operation may be answered besides its success, by the function or by the gateway before it.
ERRORS: Final[Mapping[int, str]] = {
    400: "The request is not of its form; `message` says what is wrong with it",
    403: "The request is not signed by someone who may call this, or the web ACL refused it",
    413: "The body is larger than the gateway takes",
    429: "Too many requests: send it again, later",
    500: "A fault of ours",
    502: "A fault of ours, so that there was no answer: send it again, later",
    503: "Something that this needs does not answer: send it again, later",
    504: "No answer in time: send it again, later",
}


class Parameter(NamedTuple):
    """One value in the path or in the query. `form` says what it looks like, for people who got it wrong."""

    name: str
    place: Literal["path", "query"]
    schema: Schema
    form: str
    description: str
    example: str | int | bool
    required: bool = False


class Operation(NamedTuple):
    """One method of one path.

    name: in the OpenAPI document the operationId, in the code what its handler is known by. answer, body: names
    of schemas; a body is there, {} at least. status: of the success. not_found: what 404 means, if it has that.
    """

    name: str
    method: str
    path: str
    summary: str
    description: str
    parameters: tuple[Parameter, ...]
    answer: str
    status: int = 200
    body: str | None = None
    not_found: str | None = None

    @property
    def errors(self) -> dict[int, str]:
        """What it may be answered besides its success, by status."""
        own = {404: self.not_found, 415: None if self.body is None else UNSUPPORTED_MEDIA_TYPE}
        return dict(sorted({**ERRORS, **{status: text for status, text in own.items() if text}}.items()))

    def of_place(self, place: str) -> list[Parameter]:
        return [parameter for parameter in self.parameters if parameter.place == place]
