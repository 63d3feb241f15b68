"""The first three lines: what becomes of data, access and traffic."""

from scripts.review.model import (
    AccessChange,
    Action,
    Change,
    Danger,
    Effect,
    Replacement,
    Surface,
    make_review,
)
from scripts.review.render.html_page import render_html
from scripts.review.render.json_document import review_document
from scripts.review.render.markdown import render_markdown
from scripts.review.verdict import verdict
from tests.support.scripts.prepared_changes import shown_on_a_terminal

TABLE, METHOD = "AWS::DynamoDB::Table", "AWS::ApiGateway::Method"


def lost(name: str, loss: str, kind: str = TABLE) -> Change:
    change = (("Data",), name, kind, Action.MODIFY, Danger.DESTROYS_DATA)
    return Change(*change, losses=(loss,), reasons=(loss,))


def opened(name: str, surface: Surface, words: str, danger: Danger = Danger.WIDENS_ACCESS) -> Change:
    access = AccessChange("w", Effect.WIDENS, surface, None, None, words)
    return Change(
        ("Api",), name, METHOD, Action.MODIFY, danger, physical_name=f"GET /{name}", access=(access,)
    )


def stopping(name: str, words: str) -> Change:
    return Change((), name, "A::B::C", Action.MODIFY, Danger.STOPS, reasons=(words,), stops=(words,))


def said(*changes: Change) -> dict[str, str]:
    return verdict(make_review("dev", "templates", changes))


def test_a_harmless_change_is_nothing_three_times() -> None:
    harmless = Change((), "A", "T", Action.MODIFY, Danger.CHANGES)
    assert said(harmless) == {"Data": "nothing", "Access": "nothing", "Traffic": "nothing"}


def test_data_has_counts_and_names_and_tables_before_queues() -> None:
    queue = lost("Alpha", "deleted with all messages in it", "AWS::SQS::Queue")
    tables = [lost(name, "backups go") for name in ("T1", "T2", "T3")]
    assert said(queue, *tables)["Data"] == (
        "backups go (3 DynamoDB::Table, Data: T1, T2 and 1 more); "
        "deleted with all messages in it (Data/Alpha)"
    )


def test_a_guard_that_is_lifted_is_a_matter_of_data() -> None:
    result = said(opened("t", Surface.DESTROY, "it does not refuse deletion any more"))
    assert "does not refuse deletion" in result["Data"]
    assert result["Access"] == "nothing"


def test_access_says_the_internet_first_and_routes_as_callers_know_them() -> None:
    inside = opened("a", Surface.IAM, "permissions: more is allowed")
    outside = opened("b", Surface.PUBLIC, "authorization AWS_IAM → NONE")
    assert said(inside, outside)["Access"] == (
        "the internet: authorization AWS_IAM → NONE (GET /b); permissions: more is allowed (GET /a)"
    )


def test_what_a_first_creation_allows_is_nobody_s_gain() -> None:
    assert said(opened("a", Surface.PUBLIC, "open", Danger.ADDS))["Access"] == "nothing"


def test_traffic_is_what_stops_most_and_what_is_replaced_or_removed() -> None:
    gone = Change(("Api",), "Gone", "T", Action.REMOVE, Danger.REPLACES)
    anew = Change(("Api",), "Anew", "T", Action.MODIFY, Danger.REPLACES, Replacement.ALWAYS)
    version = Change(("Api",), "Deployment", "T", Action.MODIFY, Danger.CHANGES, Replacement.ALWAYS)
    stops = [stopping("One", "nothing is read"), *(stopping(name, "nobody is told") for name in "ABC")]
    assert (
        said(*stops)["Traffic"] == "nobody is told (3 A::B::C, root: A, B and 1 more); nothing is read (One)"
    )
    assert said(gone, anew, version)["Traffic"] == "replaced (Api/Anew); removed (Api/Gone)"


def test_what_is_too_much_for_a_line_is_counted() -> None:
    assert said(*(stopping(name, f"{name} stops") for name in "ABCDE"))["Traffic"].endswith("; and 2 more")


def test_every_rendering_begins_with_it() -> None:
    review = make_review("dev", "templates", [lost("T", "backups go")])
    lines = shown_on_a_terminal(review).splitlines()
    assert lines[:3] == ["Data:    backups go (Data/T)", "Access:  nothing", "Traffic: nothing"]
    assert render_markdown(review).splitlines()[2] == "- **Data**: backups go (Data/T)"
    assert "<dt>Data</dt><dd>backups go (Data/T)</dd>" in render_html(review)
    assert review_document(review)["verdict"] == {
        "data": "backups go (Data/T)",
        "access": "nothing",
        "traffic": "nothing",
    }
