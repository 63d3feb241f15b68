"""The exit code of a diff."""

from scripts.deployment.deploy_modes import exit_code_of
from scripts.review.model import Action, Change, Danger, make_review


def test_a_diff_with_changes_has_an_exit_code_of_its_own() -> None:
    change = Change(("Data",), "Table", "AWS::DynamoDB::Table", Action.ADD, Danger.ADDS)
    assert exit_code_of(make_review("stack", "templates", [change])) == 6
    assert exit_code_of(make_review("stack", "templates", [])) == 0
