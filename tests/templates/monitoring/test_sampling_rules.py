"""Which traces X-Ray keeps: rules for who begins one and asks them, a switch for who does not ask."""

import pytest

from stacks.assembly import ROOT
from stacks.monitoring.sampling_rules import SERVICES
from stacks.names import SUFFIX_LENGTH_MAXIMUM
from tests.support.templates.resources import resource, resources, templates

RULES = [each["SamplingRule"] for each in resources("AWS::XRay::SamplingRule")]


def test_the_webhook_api_and_the_state_machine_are_sampled_by_their_exact_names() -> None:
    api = resource("api", "Api")["Name"]["Fn::Sub"]
    stage = resource("api", "Stage")["StageName"]
    machine = resource("compute", "ProcessingWorkflow")["StateMachineName"]["Fn::Sub"]
    assert [rule["ServiceName"] for rule in RULES] == [{"Fn::Sub": f"{api}/{stage}"}, {"Fn::Sub": machine}]
    assert not any(character in service for service in SERVICES.values() for character in "*?")


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: str(rule["ServiceName"]["Fn::Sub"]))
def test_a_share_is_kept_and_nothing_each_second_besides(rule: dict[str, object]) -> None:
    share = {"Fn::FindInMap": ["TracingShares", {"Ref": "TracingSamplingPercent"}, "Share"]}
    assert (rule["ReservoirSize"], rule["FixedRate"]) == (0, share)


def test_a_share_is_the_percentage_of_a_request() -> None:
    shares = templates()["monitoring"]["Mappings"]["TracingShares"]
    allowed = templates()[ROOT]["Parameters"]["TracingSamplingPercent"]["AllowedValues"]
    assert shares.keys() == {str(percent) for percent in allowed}
    assert (shares["1"], shares["5"], shares["100"]) == ({"Share": 0.01}, {"Share": 0.05}, {"Share": 1})


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: str(rule["ServiceName"]["Fn::Sub"]))
def test_the_longest_names_fit(rule: dict[str, dict[str, str]]) -> None:
    suffix = "x" * SUFFIX_LENGTH_MAXIMUM
    assert len(rule["RuleName"]["Fn::Sub"].replace("${EnvironmentSuffix}", suffix)) <= 32
    assert len(rule["ServiceName"]["Fn::Sub"].replace("${EnvironmentSuffix}", suffix)) <= 64


def test_only_what_a_queue_or_stream_calls_can_be_left_out() -> None:
    sources = resources("AWS::Lambda::EventSourceMapping")
    called = {each["FunctionName"]["Ref"] for each in sources}
    switch = {"Fn::If": ["TraceQueuesAndStreamsIsOn", "Active", "PassThrough"]}
    modes = {each.title: each["TracingConfig"]["Mode"] for each in resources("AWS::Lambda::Function")}
    assert {name for name, mode in modes.items() if mode == switch} == called
    assert {mode for name, mode in modes.items() if name not in called} == {"Active"}
