"""The picture of the architecture as SVG: rows are layers, columns follow the data, bands are zones of trust.

Drawn from diagram_graph's graph alone, so it is as byte-stable as the templates are. No font, no script and nothing
from elsewhere: any browser shows it.
"""

from collections.abc import Iterable, Iterator, Mapping
from html import escape
from typing import Final, NamedTuple

from stacks.documents.diagram_graph import Edge, Graph, Key, Node

SENDER: Final = Node(("", "senders"), "outside", "payment senders")
_BOX: Final = (148, 44)
_CELL: Final = (188, 60)
_MARGIN: Final = (112, 78)  # left for the layers' names, top for the zones'
_FOOT: Final = 46
_PAD: Final = 16
_COLOURS: Final = {
    "function": "#fde7d3",
    "table": "#dbe7fb",
    "bucket": "#dff3df",
    "queue": "#fbe1ec",
    "topic": "#fbe1ec",
    "event bus": "#fbe1ec",
    "pipe": "#fbe1ec",
    "rule": "#fbe1ec",
    "state machine": "#fbe1ec",
    "REST API": "#e9e0fb",
    "web ACL": "#fbdada",
    "outside": "#eeeeee",
}
_STYLES: Final = {
    "flow": ("#1f4fa3", ""),
    "write": ("#4a7f3f", ""),
    "failure": ("#b3372f", ' stroke-dasharray="5 4"'),
}
_MEANINGS: Final = {
    "flow": "delivered by a service",
    "write": "written by a function",
    "failure": "what fails",
}


class Placed(NamedTuple):
    """A box with its place; `column` is the distance from the senders."""

    node: Node
    column: int
    x: int
    y: int


def draw(graph: Graph) -> str:
    """The SVG document."""
    edges = [*(Edge(SENDER.key, key, "flow") for key in _entrances(graph)), *graph.edges]
    columns = _columns(graph, edges)
    lanes = _lanes(graph, columns)
    placed = {one.node.key: one for one in _place(graph, columns, lanes)}
    last = max(columns.values())
    width = _MARGIN[0] + (last + 1) * _CELL[0] + _PAD
    bottom = _MARGIN[1] + sum(_height(rows) for rows in lanes.values())
    edge_of_trust = max((columns[key] for key in _called(graph)), default=1)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {bottom + _FOOT}" width="{width}" '
        f'height="{bottom + _FOOT}" font-family="Helvetica, Arial, sans-serif" font-size="12">',
        "<title>Payment webhooks: layers, data flow and zones of trust, drawn from the templates</title>",
        f"<defs>{''.join(_marker(name, colour) for name, (colour, _) in _STYLES.items())}</defs>",
        f'<rect width="{width}" height="{bottom + _FOOT}" fill="#ffffff"/>',
        *_zones(edge_of_trust, last, bottom),
        *_lane_lines(lanes, width),
        *(_arrow(edge, placed) for edge in edges),
        *(_box(one) for one in placed.values()),
        *_legend(bottom),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _entrances(graph: Graph) -> list[Key]:
    """Where senders come in: at the web ACL that guards an API, or at an API that none guards."""
    guards = {edge.end: edge.start for edge in graph.edges if _kind(graph, edge.start) == "web ACL"}
    apis = [node.key for node in graph.nodes if node.kind == "REST API"]
    return sorted({guards.get(key, key) for key in apis})


def _called(graph: Graph) -> list[Key]:
    """The functions that an API calls: the last that see what is not authenticated."""
    return [edge.end for edge in graph.edges if _kind(graph, edge.start) == "REST API"]


def _kind(graph: Graph, key: Key) -> str:
    return next(node.kind for node in graph.nodes if node.key == key)


def _columns(graph: Graph, edges: Iterable[Edge]) -> dict[Key, int]:
    """Distance from the senders; what only fails into is beside its source, what starts by itself before its target,
    and both are inside, as nobody from outside reaches them.
    """
    forward = [(edge.start, edge.end) for edge in edges if edge.style != "failure"]
    columns = {SENDER.key: 0}
    frontier = [SENDER.key]
    while frontier:
        reached = sorted({end for start, end in forward if start in frontier and end not in columns})
        columns.update(dict.fromkeys(reached, columns[frontier[0]] + 1))
        frontier = reached
    inside = 1 + max((columns[key] for key in _called(graph)), default=0)
    changed = True
    while changed:
        changed = False
        for node in graph.nodes:
            if node.key in columns:
                continue
            before = [columns[end] - 1 for start, end in forward if start == node.key and end in columns]
            beside = [columns[edge.start] for edge in edges if edge.end == node.key and edge.start in columns]
            if before or beside:
                columns[node.key] = max(inside, min([*before, *beside]))
                changed = True
    last = max(columns.values())
    for node in graph.nodes:  # keys, secrets, alarms: used by all, so behind all
        columns.setdefault(node.key, last)
    return columns


def _lanes(graph: Graph, columns: Mapping[Key, int]) -> dict[str, int]:
    """The layers from the entrance inwards, with the number of boxes that a column of each stacks at most."""
    counts = {
        layer: [columns[node.key] for node in graph.nodes if node.key[0] == layer] for layer in graph.layers
    }
    order = sorted(counts, key=lambda layer: (min(counts[layer], default=99), graph.layers.index(layer)))
    return {
        layer: max(counts[layer].count(column) for column in counts[layer])
        for layer in order
        if counts[layer]
    }


def _place(graph: Graph, columns: Mapping[Key, int], lanes: Mapping[str, int]) -> Iterator[Placed]:
    top = _MARGIN[1]
    yield Placed(SENDER, 0, _MARGIN[0], top + _PAD)
    for layer, rows in lanes.items():
        used: dict[int, int] = {}
        for node in graph.nodes:
            if node.key[0] == layer:
                column = columns[node.key]
                y = top + _PAD + used.get(column, 0) * _CELL[1]
                used[column] = used.get(column, 0) + 1
                yield Placed(node, column, _MARGIN[0] + column * _CELL[0], y)
        top += _height(rows)


def _height(rows: int) -> int:
    return rows * _CELL[1] + _PAD


def _zones(edge_of_trust: int, last: int, bottom: int) -> Iterator[str]:
    left = _MARGIN[0] - _PAD
    bounds = [
        (left, 1, "#fff5f5", "the internet: anybody"),
        (
            left + _CELL[0],
            edge_of_trust,
            "#fffaf0",
            "public edge: limited and filtered; the receiver verifies",
        ),
        (
            left + (edge_of_trust + 1) * _CELL[0],
            last - edge_of_trust,
            "#f5faf5",
            "inside: verified and masked, IAM only",
        ),
    ]
    for x, columns, colour, text in bounds:
        width = columns * _CELL[0]
        yield f'<rect x="{x}" y="46" width="{width}" height="{bottom - 46}" fill="{colour}"/>'
        yield f'<text x="{x + 8}" y="40" font-weight="bold" fill="#444">{escape(text)}</text>'
        if x > left:
            yield (
                f'<line x1="{x}" y1="24" x2="{x}" y2="{bottom}" stroke="#b3372f" stroke-width="2" '
                'stroke-dasharray="2 4"><title>trust boundary</title></line>'
            )


def _lane_lines(lanes: Mapping[str, int], width: int) -> Iterator[str]:
    top = _MARGIN[1]
    for layer, rows in lanes.items():
        yield f'<line x1="0" y1="{top}" x2="{width}" y2="{top}" stroke="#cccccc"/>'
        yield f'<text x="10" y="{top + 32}" font-weight="bold" fill="#444">{escape(layer)}</text>'
        top += _height(rows)
    yield f'<line x1="0" y1="{top}" x2="{width}" y2="{top}" stroke="#cccccc"/>'


def _box(one: Placed) -> str:
    node = one.node
    middle = one.x + _BOX[0] // 2
    name_y = one.y + (20 if node.kind else 27)
    kind = f'<text x="{middle}" y="{one.y + 35}" font-size="10" fill="#666">{escape(node.kind)}</text>'
    return (
        f'<g text-anchor="middle"><title>{escape("/".join(filter(None, node.key)))}</title>'
        f'<rect x="{one.x}" y="{one.y}" width="{_BOX[0]}" height="{_BOX[1]}" rx="6" '
        f'fill="{_COLOURS.get(node.kind, "#f3f3f3")}" stroke="#777"/>'
        f'<text x="{middle}" y="{name_y}" font-size="11">{escape(node.label)}</text>{kind if node.kind else ""}</g>'
    )


def _arrow(edge: Edge, placed: Mapping[Key, Placed]) -> str:
    start, end = placed[edge.start], placed[edge.end]
    colour, dashes = _STYLES[edge.style]
    return (
        f'<path d="{_curve(start, end)}" fill="none" stroke="{colour}" stroke-width="1.6"{dashes} '
        f'marker-end="url(#{edge.style})"><title>{escape(f"{start.node.label} → {end.node.label}")}</title></path>'
    )


def _curve(start: Placed, end: Placed) -> str:
    """Right side to left side where the data goes on; else from top or bottom, or back from left to right."""
    half_width, half_height = _BOX[0] // 2, _BOX[1] // 2
    if start.column == end.column:
        down = end.y > start.y
        x = start.x + half_width
        y1, y2 = (start.y + _BOX[1], end.y - 2) if down else (start.y, end.y + _BOX[1] + 2)
        bow = 0 if abs(end.y - start.y) <= _CELL[1] + _PAD else half_width + 14
        return f"M{x} {y1}C{x + bow} {y1} {x + bow} {y2} {x} {y2}"
    forward = end.column > start.column
    x1, x2 = (start.x + _BOX[0], end.x - 2) if forward else (start.x, end.x + _BOX[0] + 2)
    y1, y2 = start.y + half_height, end.y + half_height
    bend = (x2 - x1) // 2
    return f"M{x1} {y1}C{x1 + bend} {y1} {x2 - bend} {y2} {x2} {y2}"


def _marker(name: str, colour: str) -> str:
    return (
        f'<marker id="{name}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" '
        f'orient="auto"><path d="M0 0L8 4L0 8z" fill="{colour}"/></marker>'
    )


def _legend(bottom: int) -> Iterator[str]:
    for number, (style, meaning) in enumerate(_MEANINGS.items()):
        colour, dashes = _STYLES[style]
        x, y = _MARGIN[0] + number * 200, bottom + 26
        yield f'<line x1="{x}" y1="{y}" x2="{x + 30}" y2="{y}" stroke="{colour}" stroke-width="2"{dashes}/>'
        yield f'<text x="{x + 38}" y="{y + 4}" fill="#444">{escape(meaning)}</text>'
