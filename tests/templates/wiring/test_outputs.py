"""Nested stacks that fit are joined; every way not to fit is an error at build time."""

import dataclasses
import json
from typing import Any, cast

import pytest
from troposphere import Output, Parameter, Ref, Template
from troposphere.sqs import Queue

from stacks.parameters.setting import Choice, Setting
from stacks.wiring.nested_stack import NestedStack, render, template_key
from stacks.wiring.outputs import WiringError, drop_unread_outputs, nest, output_of, publish, receive


@dataclasses.dataclass(frozen=True)
class GiverOutputs:
    queue_arn: Any
    queue_url: Any


@dataclasses.dataclass(frozen=True)
class RivalOutputs:
    queue_arn: Any


def _giver(outputs: type[Any] = GiverOutputs, name: str = "giver") -> NestedStack:
    template = Template()
    queue = template.add_resource(Queue("Queue"))
    values = {"queue_arn": queue.get_att("Arn"), "queue_url": queue.ref()}
    publish(template, outputs(**{field.name: values[field.name] for field in dataclasses.fields(outputs)}))
    return NestedStack(name, template)


def _reader(name: str = "reader") -> NestedStack:
    template = Template()
    given = receive(template, GiverOutputs)
    template.add_resource(Queue("Copy", KmsMasterKeyId=given.queue_arn))
    return NestedStack(name, template)


def _with_parameter(name: str, **properties: Any) -> NestedStack:
    template = Template()
    parameter = template.add_parameter(Parameter("Visibility", Type="Number", **properties))
    template.add_resource(Queue("Queue", VisibilityTimeout=Ref(parameter)))
    return NestedStack(name, template)


def test_publish_writes_an_output_for_each_field() -> None:
    outputs = _giver().template.to_dict()["Outputs"]
    assert outputs == {
        "QueueArn": {"Value": {"Fn::GetAtt": ["Queue", "Arn"]}},
        "QueueUrl": {"Value": {"Ref": "Queue"}},
    }


@dataclasses.dataclass(frozen=True)
class PartOutputs:
    name: Any
    arn: Any


@dataclasses.dataclass(frozen=True)
class NestedOutputs:
    table: PartOutputs
    functions: dict[str, PartOutputs]


def test_a_field_of_fields_is_published_and_read_under_both_names() -> None:
    template, reader = Template(), Template()
    publish(template, NestedOutputs(PartOutputs("t", "t-arn"), {"big_one": PartOutputs("f", "f-arn")}))
    values = {name: output["Value"] for name, output in template.to_dict()["Outputs"].items()}
    assert values == {"TableName": "t", "TableArn": "t-arn", "BigOneName": "f", "BigOneArn": "f-arn"}
    given = receive(reader, NestedOutputs)
    assert cast(Any, given.table.arn).to_dict() == {"Ref": "TableArn"}
    assert cast(Any, given.functions["big_one"].name).to_dict() == {"Ref": "BigOneName"}
    assert reader.parameters["BigOneName"].Description == "big_one_name of NestedOutputs, filled by the root"


def test_outputs_that_nobody_reads_are_removed() -> None:
    root, giver, reader = Template(), _giver(), _reader()
    drop_unread_outputs(root, [giver, reader])
    assert set(giver.template.outputs) == {"QueueArn"}
    giver = _giver()
    root.add_output(Output("Url", Value=output_of([giver], "QueueUrl")))
    drop_unread_outputs(root, [giver])
    assert set(giver.template.outputs) == {"QueueUrl"}


def test_receive_declares_only_what_is_read_and_only_once() -> None:
    template = Template()
    given = receive(template, GiverOutputs)
    assert template.parameters == {}
    assert given.queue_arn.to_dict() == {"Ref": "QueueArn"}
    assert given.queue_arn == receive(template, GiverOutputs).queue_arn
    assert list(template.parameters) == ["QueueArn"]


def test_a_misspelt_field_is_an_error() -> None:
    given = cast(Any, receive(Template(), GiverOutputs))  # cast: mypy refuses it too
    with pytest.raises(AttributeError, match=r"GiverOutputs has no field 'queue_arnn'"):
        given.queue_arnn  # noqa: B018


def test_nest_fills_parameters_from_an_earlier_stack() -> None:
    root, giver, reader = Template(), _giver(), _reader()
    nest(root, giver, [giver, reader])
    nest(root, reader, [giver, reader])
    stacks = root.to_dict()["Resources"]
    assert stacks["Reader"]["Properties"]["Parameters"] == {
        "QueueArn": {"Fn::GetAtt": ["Giver", "Outputs.QueueArn"]}
    }
    assert "Parameters" not in root.to_dict()


def test_nest_names_the_content_of_the_stack_in_its_url() -> None:
    giver = _giver()
    stack = nest(Template(), giver, [giver])
    url = stack.to_dict()["Properties"]["TemplateURL"]["Fn::Sub"]
    assert url.startswith("https://s3.${AWS::Region}.${AWS::URLSuffix}/${ArtifactBucket}/templates/giver-")
    assert url.endswith(template_key("giver", render(giver.template)))
    assert template_key("giver", giver.text) != template_key("giver", giver.text + " ")


def test_other_parameters_become_the_roots_own_once() -> None:
    root = Template()
    pair = [_with_parameter("one", Default=30), _with_parameter("two", Default=30)]
    for stack in pair:
        nest(root, stack, pair)
    document = root.to_dict()
    assert document["Parameters"] == {"Visibility": {"Type": "Number", "Default": 30}}
    assert {
        stack["Properties"]["Parameters"]["Visibility"]["Ref"] for stack in document["Resources"].values()
    } == {"Visibility"}


def test_a_parameter_that_two_stacks_define_differently_is_an_error() -> None:
    root = Template()
    pair = [_with_parameter("one", Default=30), _with_parameter("two", Default=60)]
    nest(root, pair[0], pair)
    with pytest.raises(WiringError, match="two defines the parameter Visibility unlike"):
        nest(root, pair[1], pair)


def test_a_need_that_nobody_meets_is_an_error() -> None:
    reader = _reader()
    with pytest.raises(WiringError, match="reader needs QueueArn, and no nested stack gives it"):
        nest(Template(), reader, [reader])


def test_a_need_that_a_later_stack_meets_is_an_error() -> None:
    reader, giver = _reader(), _giver()
    with pytest.raises(WiringError, match="reader needs QueueArn, but giver, which gives it, comes later"):
        nest(Template(), reader, [reader, giver])


def test_a_stack_cannot_fill_its_own_need() -> None:
    reader = _reader("selfish")
    publish(reader.template, RivalOutputs(queue_arn="arn"))
    with pytest.raises(WiringError, match="selfish needs QueueArn, but selfish"):
        nest(Template(), reader, [reader])


def test_an_output_that_two_stacks_give_is_an_error() -> None:
    giver, rival = _giver(), _giver(RivalOutputs, "rival")
    with pytest.raises(WiringError, match="QueueArn is given twice: by giver and by rival"):
        nest(Template(), giver, [giver, rival])


MODE = Setting("Mode", "Which", "none", allowed=("none", "vpc"))


def test_readers_of_a_stack_that_may_not_be_made_get_a_value_all_the_same() -> None:
    root, reader = Template(), _reader()
    giver = dataclasses.replace(_giver(), only_with=Choice(MODE, "vpc"))
    for stack in (giver, reader):
        nest(root, stack, [giver, reader])
    document = root.to_dict()
    assert document["Conditions"] == {"ModeIsVpc": {"Fn::Equals": [{"Ref": "Mode"}, "vpc"]}}
    assert document["Resources"]["Giver"]["Condition"] == "ModeIsVpc"
    assert "Condition" not in document["Resources"]["Reader"]
    given = {"Fn::GetAtt": ["Giver", "Outputs.QueueArn"]}
    assert document["Resources"]["Reader"]["Properties"]["Parameters"] == {
        "QueueArn": {"Fn::If": ["ModeIsVpc", given, "none"]}
    }
    url = output_of([giver, reader], "QueueUrl")
    assert url.to_dict() == {"Fn::If": ["ModeIsVpc", {"Fn::GetAtt": ["Giver", "Outputs.QueueUrl"]}, "none"]}


def test_needs_that_such_a_stack_meets_too_late_are_still_an_error() -> None:
    reader, giver = _reader(), dataclasses.replace(_giver(), only_with=Choice(MODE, "vpc"))
    with pytest.raises(WiringError, match="but giver, which gives it, comes later"):
        nest(Template(), reader, [reader, giver])


def test_the_root_reads_outputs_by_name() -> None:
    giver = _giver()
    assert output_of([giver], "QueueUrl").to_dict() == {"Fn::GetAtt": ["Giver", "Outputs.QueueUrl"]}
    with pytest.raises(WiringError, match="the root needs QueueUrl, and no nested stack gives it"):
        output_of([_giver(RivalOutputs)], "QueueUrl")


def test_rendering_depends_on_content_alone() -> None:
    one, other = Template(), Template()
    for template, titles in ((one, ("First", "Second")), (other, ("Second", "First"))):
        for title in titles:
            template.add_resource(Queue(title))
    assert render(one) == render(other)
    assert render(one).endswith("}\n")
    assert list(json.loads(render(one))["Resources"]) == ["First", "Second"]
