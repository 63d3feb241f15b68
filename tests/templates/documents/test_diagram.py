"""The picture of the architecture: what the templates say, nothing else, in the same bytes each time."""

import json
import re
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

import pytest

from stacks.assembly import Assembly
from stacks.documents.diagram import draw
from stacks.documents.diagram_graph import KINDS, Graph, read_graph
from tests.support.templates.resources import built

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def assembly() -> Assembly:
    return built()


@pytest.fixture(scope="module")
def graph(assembly: Assembly) -> Graph:
    return read_graph(assembly.root, assembly.nested)


def steps(graph: Graph) -> set[tuple[str, str, str]]:
    return {(edge.start[1], edge.end[1], edge.style) for edge in graph.edges}


def test_the_way_of_a_webhook_is_found_in_the_templates(graph: Graph) -> None:
    way = ["WebAcl", "Api", "WebhookReceiver", "InboxTable", "ProcessingPipe", "ProcessingQueue"]
    way += ["PaymentProcessor", "TransactionsTable"]
    known = {(start, end) for start, end, _ in steps(graph)}
    assert [step for step in pairwise(way) if step not in known] == []
    assert {("WorkflowPipe", "ProcessingWorkflow"), ("ProcessingWorkflow", "PaymentProcessor")} <= known


def test_what_fails_has_a_place_and_a_stream_is_read_not_written(graph: Graph) -> None:
    found = steps(graph)
    assert ("ProcessingQueue", "ProcessingDlq", "failure") in found
    assert ("InboxTable", "AuditLogger", "flow") in found
    assert ("AuditLogger", "InboxTable", "write") not in found


def test_every_resource_of_a_drawn_kind_has_one_box(assembly: Assembly, graph: Graph) -> None:
    """But the canary's, which stands where providers do."""
    types = Counter(
        KINDS[resource["Type"]]
        for name, text in assembly.nested.items()
        if name != "canary"
        for resource in json.loads(text)["Resources"].values()
        if resource["Type"] in KINDS
    )
    assert Counter(node.kind for node in graph.nodes if node.kind) == types


def test_a_changed_template_changes_the_picture(assembly: Assembly, graph: Graph) -> None:
    messaging = json.loads(assembly.nested["messaging"])
    messaging["Resources"]["ANewQueue"] = {"Type": "AWS::SQS::Queue", "Properties": {}}
    layers = {**assembly.nested, "messaging": json.dumps(messaging)}
    changed = draw(read_graph(assembly.root, layers))
    assert ">ANewQueue<" in changed
    assert ">ANewQueue<" not in draw(graph)


def test_the_order_in_a_template_does_not_matter(assembly: Assembly, graph: Graph) -> None:
    shuffled = {}
    for name, text in assembly.nested.items():
        template = json.loads(text)
        template["Resources"] = dict(reversed(template["Resources"].items()))
        shuffled[name] = json.dumps(template)
    assert draw(read_graph(assembly.root, shuffled)) == draw(graph)


def parsed(graph: Graph) -> ET.Element:
    return ET.fromstring(draw(graph))  # noqa: S314 (our own text)


def boxes_of(document: ET.Element) -> list[tuple[int, int, int, int]]:
    """x, y, width and height of each box."""
    return [
        (int(box.attrib["x"]), int(box.attrib["y"]), int(box.attrib["width"]), int(box.attrib["height"]))
        for box in document.iter(f"{SVG}rect")
        if "rx" in box.attrib
    ]


def points(path: str, steps: int = 40) -> Iterator[tuple[float, float]]:
    """Points along an SVG path of absolute M, C and H commands, close enough to meet any box that it runs through."""
    x = y = 0.0
    for command, text in re.findall(r"([MCH])([^MCH]*)", path):
        numbers = [float(number) for number in text.split()]
        if command == "M":
            x, y = numbers
            continue
        x1, y1, x2, y2, x3, y3 = numbers if command == "C" else (x, y, numbers[0], y, numbers[0], y)
        for step in range(steps + 1):
            t = step / steps
            yield (
                (1 - t) ** 3 * x + 3 * (1 - t) ** 2 * t * x1 + 3 * (1 - t) * t**2 * x2 + t**3 * x3,
                (1 - t) ** 3 * y + 3 * (1 - t) ** 2 * t * y1 + 3 * (1 - t) * t**2 * y2 + t**3 * y3,
            )
        x, y = x3, y3


def run_through(document: ET.Element) -> list[str]:
    """The edges that run through a box."""
    boxes = boxes_of(document)
    return [
        str(path.findtext(f"{SVG}title"))
        for path in document.iter(f"{SVG}path")
        if path.find(f"{SVG}title") is not None
        and any(
            left < x < left + width and top < y < top + height
            for x, y in points(path.attrib["d"])
            for left, top, width, height in boxes
        )
    ]


def test_no_edge_runs_through_a_box(graph: Graph) -> None:
    document = parsed(graph)
    assert run_through(document) == []
    box = next(box for box in document.iter(f"{SVG}rect") if "rx" in box.attrib)
    box.attrib.update(x="0", y="0", width="1400", height="700")
    assert len(run_through(document)) == len(graph.edges) + 1  # the check itself finds what is wrong


def test_it_fits_the_screen_of_a_laptop(graph: Graph) -> None:
    width, height = (int(part) for part in parsed(graph).attrib["viewBox"].split()[2:])
    assert width <= 1440
    assert height <= 800


def test_a_label_is_the_name_that_the_console_shows(graph: Graph) -> None:
    labels = {node.key[1]: node.label for node in graph.nodes}
    assert labels["WebhookReceiver"] == "lambda-webhook-receiver"
    assert labels["InboxTable"] == "table-payment-webhooks"
    assert labels["Key"] == "Key"  # it has no name
    text = draw(graph)
    assert ">lambda-webhook-<" in text  # broken behind a hyphen, nothing left out
    assert ">receiver<" in text
    assert (
        max(len(group.findall(f"{SVG}text")) for group in parsed(graph).iter(f"{SVG}g")) <= 3
    )  # a box has room for three


def test_boxes_lie_inside_and_do_not_overlap(graph: Graph) -> None:
    document = parsed(graph)
    width, height = (int(part) for part in document.attrib["viewBox"].split()[2:])
    boxes = boxes_of(document)
    assert len(boxes) == len(graph.nodes) + 1  # and the senders
    assert all(x >= 0 and y >= 0 and x + w <= width and y + h <= height for x, y, w, h in boxes)
    for number, (x, y, w, h) in enumerate(boxes):
        for other_x, other_y, *_ in boxes[number + 1 :]:
            assert abs(x - other_x) >= w or abs(y - other_y) >= h


def test_trust_boundaries_are_drawn(graph: Graph) -> None:
    text = draw(graph)
    assert text.count("<title>trust boundary</title>") == 2
    for zone in ("the internet", "public edge", "inside"):
        assert zone in text


def test_what_no_api_calls_is_inside(graph: Graph) -> None:
    document = parsed(graph)
    boundaries = [line for line in document.iter(f"{SVG}line") if len(line)]
    boundary = max(int(line.attrib["x1"]) for line in boundaries)
    bottom = int(boundaries[0].attrib["y2"])  # below stands what surrounds all
    outside = set()
    for group in document.iter(f"{SVG}g"):
        box = group.find(f"{SVG}rect")
        if box is not None and int(box.attrib["x"]) < boundary and int(box.attrib["y"]) < bottom:
            outside.add(str(group.findtext(f"{SVG}title")).partition("/")[2])
    called = {edge.end[1] for edge in graph.edges if edge.start[0] == "api" and edge.style == "flow"}
    assert outside == called | {"", "WebAcl", "Api", "TransactionsApi"}  # the senders are of no layer


def test_nothing_is_fetched_from_elsewhere(graph: Graph) -> None:
    text = draw(graph)
    assert re.findall(r'https?://[^"]+', text) == ["http://www.w3.org/2000/svg"]
    assert "<script" not in text
    assert "<image" not in text


def test_what_depends_on_a_condition_is_in_the_graph() -> None:
    root = {
        "Parameters": {"Kept": {"Type": "String"}, "EnvironmentSuffix": {"Type": "String"}},
        "Resources": {
            "Data": {
                "Type": "AWS::CloudFormation::Stack",
                "Properties": {
                    "Parameters": {"Kept": {"Ref": "Kept"}, "EnvironmentSuffix": {"Ref": "EnvironmentSuffix"}}
                },
            }
        },
    }
    redrive = {"deadLetterTargetArn": {"Fn::GetAtt": ["Dlq", "Arn"]}}
    data = {
        "Parameters": root["Parameters"],
        "Conditions": {"IsKept": {"Fn::Equals": [{"Ref": "Kept"}, "true"]}},
        "Resources": {
            "Dlq": {
                "Type": "AWS::SQS::Queue",
                "Condition": "IsKept",
                "Properties": {"QueueName": {"Fn::Sub": "sqs-lost-${EnvironmentSuffix}"}},
            },
            "Queue": {
                "Type": "AWS::SQS::Queue",
                "Properties": {"RedrivePolicy": {"Fn::If": ["IsKept", redrive, {"Ref": "AWS::NoValue"}]}},
            },
        },
    }
    graph = read_graph(json.dumps(root), {"data": json.dumps(data)})
    assert {(node.key, node.label) for node in graph.nodes} == {
        (("data", "Dlq"), "sqs-lost"),
        (("data", "Queue"), "Queue"),
    }
    assert steps(graph) == {("Queue", "Dlq", "failure")}
