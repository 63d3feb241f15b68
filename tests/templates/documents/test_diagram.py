"""The picture of the architecture: what the templates say, nothing else, in the same bytes each time."""

import json
import re
import xml.etree.ElementTree as ET
from collections import Counter
from itertools import pairwise

import pytest

from stacks.assembly import Assembly, build
from stacks.documents.diagram import draw
from stacks.documents.diagram_graph import KINDS, Graph, read_graph

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def assembly() -> Assembly:
    return build()


@pytest.fixture(scope="module")
def graph(assembly: Assembly) -> Graph:
    return read_graph(assembly.root, assembly.layers)


def steps(graph: Graph) -> set[tuple[str, str, str]]:
    return {(edge.start[1], edge.end[1], edge.style) for edge in graph.edges}


def test_the_way_of_a_webhook_is_found_in_the_templates(graph: Graph) -> None:
    way = ["WebAcl", "Api", "WebhookReceiver", "InboxTable", "ProcessingPipe", "ProcessingQueue"]
    way += ["PaymentProcessor", "TransactionsTable"]
    known = {(start, end) for start, end, _ in steps(graph)}
    assert [step for step in pairwise(way) if step not in known] == []
    assert {("ProcessingPipe", "ProcessingWorkflow"), ("ProcessingWorkflow", "PaymentProcessor")} <= known


def test_what_fails_has_a_place_and_a_stream_is_read_not_written(graph: Graph) -> None:
    found = steps(graph)
    assert ("ProcessingQueue", "ProcessingDlq", "failure") in found
    assert ("InboxTable", "AuditLogger", "flow") in found
    assert ("AuditLogger", "InboxTable", "write") not in found


def test_every_resource_of_a_drawn_kind_has_one_box(assembly: Assembly, graph: Graph) -> None:
    types = Counter(
        KINDS[resource["Type"]]
        for text in assembly.layers.values()
        for resource in json.loads(text)["Resources"].values()
        if resource["Type"] in KINDS
    )
    assert Counter(node.kind for node in graph.nodes if node.kind) == types


def test_a_changed_template_changes_the_picture(assembly: Assembly, graph: Graph) -> None:
    messaging = json.loads(assembly.layers["messaging"])
    messaging["Resources"]["ANewQueue"] = {"Type": "AWS::SQS::Queue", "Properties": {}}
    layers = {**assembly.layers, "messaging": json.dumps(messaging)}
    changed = draw(read_graph(assembly.root, layers))
    assert "anew queue" in changed
    assert "anew queue" not in draw(graph)


def test_the_order_in_a_template_does_not_matter(assembly: Assembly, graph: Graph) -> None:
    shuffled = {}
    for name, text in assembly.layers.items():
        template = json.loads(text)
        template["Resources"] = dict(reversed(template["Resources"].items()))
        shuffled[name] = json.dumps(template)
    assert draw(read_graph(assembly.root, shuffled)) == draw(graph)


def test_boxes_lie_inside_and_do_not_overlap(graph: Graph) -> None:
    document = ET.fromstring(draw(graph))  # noqa: S314 (our own text)
    width, height = (int(part) for part in document.attrib["viewBox"].split()[2:])
    boxes = [
        tuple(int(box.attrib[name]) for name in ("x", "y", "width", "height"))
        for box in document.iter(f"{SVG}rect")
        if "rx" in box.attrib
    ]
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
    document = ET.fromstring(draw(graph))  # noqa: S314 (our own text)
    boundary = max(int(line.attrib["x1"]) for line in document.iter(f"{SVG}line") if len(line))
    outside = set()
    for group in document.iter(f"{SVG}g"):
        box = group.find(f"{SVG}rect")
        if box is not None and int(box.attrib["x"]) < boundary:
            outside.add(str(group.findtext(f"{SVG}title")).partition("/")[2])
    called = {edge.end[1] for edge in graph.edges if edge.start[0] == "api" and edge.style == "flow"}
    assert outside == called | {"", "WebAcl", "Api", "TransactionsApi"}  # the senders are of no layer


def test_nothing_is_fetched_from_elsewhere(graph: Graph) -> None:
    text = draw(graph)
    assert re.findall(r'https?://[^"]+', text) == ["http://www.w3.org/2000/svg"]
    assert "<script" not in text
    assert "<image" not in text
