"""Draws the architecture as an SVG picture: columns follow the data from the senders inwards, bands are zones of trust.

The picture is made of diagram_graph's Graph alone, so it has the same bytes for the same templates. An edge is routed
through a place of its own in each column that it passes, and bends only in the gaps between columns, so that none runs
through a box. No font, no script and nothing from elsewhere: any browser shows it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise
from statistics import fmean
from typing import Final

from stacks.documents.diagram_graph import Edge, Graph, Key, Node

SENDERS: Final = Node(("", "senders"), "outside", "payment providers")
BOX_WIDTH: Final = 108
BOX_HEIGHT: Final = 44
COLUMN_WIDTH: Final = 129
PASSAGE_HEIGHT: Final = 12  # what an edge takes of a column that it passes
SPACE: Final = 12  # between two boxes of a column
LEFT: Final = 16
TOP: Final = 64  # for the zones' names
LINE_LENGTH: Final = 20  # characters of a label's line
SWEEPS: Final = 12  # then nothing moves any more
COLOURS: Final = {
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
STYLES: Final = {
    "flow": ("#1f4fa3", "", "delivered by a service"),
    "write": ("#4a7f3f", "", "written by a function"),
    "failure": ("#b3372f", ' stroke-dasharray="5 4"', "what failed"),
}

Passage = tuple[Edge, int]  # an edge's place in a column that it passes
Place = Key | Passage


@dataclass
class Layout:
    """Columns of places from top to bottom, the ways of edges through them, and the middle of each place in pixels."""

    columns: list[list[Place]]
    ways: dict[Edge, list[tuple[int, Place]]]
    middles: dict[Place, float]


def draw(graph: Graph) -> str:
    """The SVG document, e.g. `<svg …>…</svg>`; the same text for the same graph."""
    edges = [*(Edge(SENDERS.key, key, "flow") for key in _entrances(graph)), *graph.edges]
    column_of = _columns(graph, edges)
    layout = _layout(column_of, edges)
    alone = [node for node in graph.nodes if node.key not in column_of]
    bottom = max(layout.middles.values()) + BOX_HEIGHT / 2 + SPACE
    width = LEFT + len(layout.columns) * COLUMN_WIDTH
    height = round(bottom + 2 * SPACE + BOX_HEIGHT + 46)
    edge_of_trust = max(column_of[key] for key in _called(graph))
    nodes = [SENDERS, *(node for node in graph.nodes if node.key in column_of)]
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" '
        f'height="{height}" font-family="Helvetica, Arial, sans-serif" font-size="12">',
        "<title>Payment webhooks: data flow and zones of trust, drawn from the templates</title>",
        f"<defs>{''.join(_marker(name) for name in STYLES)}</defs>",
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
        *_zones(edge_of_trust, len(layout.columns), round(bottom)),
        *(_arrow(edge, layout) for edge in edges),
        *(_box(node, _x(column_of[node.key]), round(layout.middles[node.key])) for node in nodes),
        *_used_by_all(alone, width, round(bottom + SPACE)),
        *_legend(height - 18),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _entrances(graph: Graph) -> list[Key]:
    """Where senders come in: at the web ACL that guards an API, or at an API that none guards."""
    guards = {edge.end: edge.start for edge in graph.edges if _kind(graph, edge.start) == "web ACL"}
    apis = [node.key for node in graph.nodes if node.kind == "REST API"]
    return sorted({guards.get(key, key) for key in apis})


def _called(graph: Graph) -> list[Key]:
    """The functions that an API calls: the last that see requests which nobody authenticated."""
    return [edge.end for edge in graph.edges if _kind(graph, edge.start) == "REST API"]


def _kind(graph: Graph, key: Key) -> str:
    return next(node.kind for node in graph.nodes if node.key == key)


def _columns(graph: Graph, edges: Sequence[Edge]) -> dict[Key, int]:
    """The distance of each connected box from the senders.

    A box that starts by itself, such as a schedule, stands in the first column behind the public edge, as nobody
    outside reaches it. A box that only failures reach stands one column behind the first of their sources.
    """
    forward = [(edge.start, edge.end) for edge in edges if edge.style != "failure"]
    columns = _distances({SENDERS.key: 0}, forward)
    inside = 1 + max(columns[key] for key in _called(graph))
    ends = {end for _, end in forward}
    own_starts = {start: inside for start, _ in forward if start not in {*ends, *columns}}
    columns |= _distances(own_starts, [step for step in forward if step[1] not in columns])
    return _distances(columns, [(edge.start, edge.end) for edge in edges])


def _distances(begin: Mapping[Key, int], steps: Sequence[tuple[Key, Key]]) -> dict[Key, int]:
    """Steps from the boxes of `begin`, which have a distance, to each that has none."""
    distances = dict(begin)
    while True:
        reached = [
            (distances[start] + 1, end) for start, end in steps if start in distances and end not in distances
        ]
        if not reached:
            return distances
        distance, end = min(reached)
        distances[end] = distance


def _layout(column_of: Mapping[Key, int], edges: Iterable[Edge]) -> Layout:
    """Each column's places ordered and moved towards the mean of their neighbours, again and again."""
    ways = {edge: _way(edge, column_of) for edge in edges}
    numbered = {
        *((column, key) for key, column in column_of.items()),
        *(step for way in ways.values() for step in way),
    }
    columns: list[list[Place]] = [
        sorted((place for number, place in numbered if number == column), key=str)
        for column in range(1 + max(column_of.values()))
    ]
    neighbours = _neighbours(ways.values())
    middles = {place: middle for column in columns for place, middle in _stacked(column, {}).items()}
    for column in [*columns, *reversed(columns)] * SWEEPS:
        wished = {
            place: fmean(middles[other] for other in neighbours.get(place) or [place]) for place in column
        }
        column.sort(key=lambda place: (wished[place], str(place)))
        middles |= _stacked(column, wished)
    above = TOP + SPACE + BOX_HEIGHT / 2 - min(middles.values())
    return Layout(columns, ways, {place: middle + above for place, middle in middles.items()})


def _neighbours(ways: Iterable[list[tuple[int, Place]]]) -> dict[Place, list[Place]]:
    """For each place those in the columns beside it that an edge joins it to."""
    neighbours: dict[Place, list[Place]] = {}
    for way in ways:
        for (first_column, first), (second_column, second) in pairwise(way):
            if first_column != second_column:
                neighbours.setdefault(first, []).append(second)
                neighbours.setdefault(second, []).append(first)
    return neighbours


def _way(edge: Edge, column_of: Mapping[Key, int]) -> list[tuple[int, Place]]:
    """The places of an edge with their columns: its start, a passage in each column between, its end."""
    start, end = column_of[edge.start], column_of[edge.end]
    step = 1 if end > start else -1
    between: list[tuple[int, Place]] = [(column, (edge, column)) for column in range(start + step, end, step)]
    return [(start, edge.start), *(between if start != end else []), (end, edge.end)]


def _stacked(column: list[Place], wished: Mapping[Place, float]) -> dict[Place, float]:
    """The middles of a column's places in their order, as near to the wished ones as their heights let them be.

    Places that would overlap form a block around the mean of their wishes.
    """
    blocks: list[tuple[list[Place], float]] = []  # places with the middle of the block
    for place in column:
        members, middle = [place], wished.get(place, 0.0)
        while blocks and blocks[-1][1] + (_height(blocks[-1][0]) + _height(members)) / 2 > middle:
            before, middle_before = blocks.pop()
            weight = len(before) / (len(before) + len(members))
            members, middle = [*before, *members], middle_before * weight + middle * (1 - weight)
        blocks.append((members, middle))
    middles: dict[Place, float] = {}
    for members, middle in blocks:
        top = middle - _height(members) / 2
        for place in members:
            middles[place] = top + _height([place]) / 2
            top += _height([place])
    return middles


def _height(places: Iterable[Place]) -> int:
    return sum(PASSAGE_HEIGHT if isinstance(place[0], Edge) else BOX_HEIGHT + SPACE for place in places)


def _x(column: int) -> int:
    """The left side of a column's boxes."""
    return LEFT + column * COLUMN_WIDTH


def _arrow(edge: Edge, layout: Layout) -> str:
    colour, dashes, _ = STYLES[edge.style]
    title = escape(f"{edge.start[1]} → {edge.end[1]}")
    return (
        f'<path d="{_path(layout.ways[edge], layout)}" fill="none" stroke="{colour}" stroke-width="1.4"{dashes} '
        f'marker-end="url(#{edge.style})"><title>{title}</title></path>'
    )


def _path(way: list[tuple[int, Place]], layout: Layout) -> str:
    """Straight through each column that the edge passes, bent only in the gaps between columns."""
    (first, start), (last, end) = way[0], way[-1]
    y = round(layout.middles[start])
    if first == last:  # out to the right and back
        x, end_y = _x(first) + BOX_WIDTH, round(layout.middles[end])
        bow = x + COLUMN_WIDTH - BOX_WIDTH
        return f"M{x} {y}C{bow} {y} {bow} {end_y} {x + 2} {end_y}"
    forward = last > first
    leave, enter = (BOX_WIDTH, 0) if forward else (0, BOX_WIDTH)
    parts = [f"M{_x(first) + leave} {y}"]
    for (column, _), (next_column, place) in pairwise(way):
        x, next_x, next_y = _x(column) + leave, _x(next_column) + enter, round(layout.middles[place])
        if place == end:
            next_x += -2 if forward else 2
        bend = (x + next_x) // 2
        parts.append(f"C{bend} {y} {bend} {next_y} {next_x} {next_y}")
        if place != end:
            parts.append(f"H{_x(next_column) + leave}")
        y = next_y
    return "".join(parts)


def _zones(edge_of_trust: int, columns: int, bottom: int) -> Iterator[str]:
    gap = (COLUMN_WIDTH - BOX_WIDTH) // 2
    zones = [
        (0, 1, "#fff5f5", "the internet"),
        (1, edge_of_trust + 1, "#fffaf0", "public edge: limited, filtered; the receiver verifies"),
        (edge_of_trust + 1, columns, "#f5faf5", "inside: verified and masked, IAM only"),
    ]
    for first, end, colour, text in zones:
        x = _x(first) - gap
        yield f'<rect x="{x}" y="46" width="{_x(end) - gap - x}" height="{bottom - 46}" fill="{colour}"/>'
        yield f'<text x="{x + 8}" y="36" font-weight="bold" fill="#444">{escape(text)}</text>'
        if first:
            yield (
                f'<line x1="{x}" y1="20" x2="{x}" y2="{bottom}" stroke="#b3372f" stroke-width="2" '
                'stroke-dasharray="2 4"><title>trust boundary</title></line>'
            )


def _box(node: Node, x: int, middle: int) -> str:
    # a name such as queue-… says its kind
    kind = "" if node.label.startswith(node.kind.replace(" ", "-")) else node.kind
    lines = [*_lines(node.label), *([kind] if kind else [])]
    first = middle + 4 - 6 * (len(lines) - 1)
    centre = x + BOX_WIDTH // 2
    texts = "".join(
        f'<text x="{centre}" y="{first + 12 * number}" font-size="{9 if line == kind else 10}" '
        f'fill="{"#666" if line == kind else "#111"}">{escape(line)}</text>'
        for number, line in enumerate(lines)
    )
    return (
        f'<g text-anchor="middle"><title>{escape("/".join(filter(None, node.key)))}</title>'
        f'<rect x="{x}" y="{middle - BOX_HEIGHT // 2}" width="{BOX_WIDTH}" height="{BOX_HEIGHT}" rx="6" '
        f'fill="{COLOURS.get(node.kind, "#f3f3f3")}" stroke="#777"/>{texts}</g>'
    )


def _lines(label: str) -> list[str]:
    """The label in lines that fit a box, broken behind a hyphen or at a space."""
    lines = [""]
    for part in label.replace("-", "- ").split(" "):
        joined = lines[-1] + ("" if lines[-1].endswith("-") or not lines[-1] else " ") + part
        if len(joined) <= LINE_LENGTH or not lines[-1]:
            lines[-1] = joined
        else:
            lines.append(part)
    return lines


def _used_by_all(nodes: list[Node], width: int, top: int) -> Iterator[str]:
    """The boxes without an edge, such as keys, alarms and subnets: all others use them or are watched by them."""
    yield f'<line x1="0" y1="{top}" x2="{width}" y2="{top}" stroke="#cccccc"/>'
    yield f'<text x="{LEFT}" y="{top + SPACE + BOX_HEIGHT // 2 + 4}" font-weight="bold" fill="#444">around all</text>'
    begin = LEFT + 90  # behind these words
    for number, node in enumerate(nodes):
        yield _box(node, begin + number * (width - begin) // len(nodes), top + SPACE + BOX_HEIGHT // 2)


def _marker(style: str) -> str:
    return (
        f'<marker id="{style}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" '
        f'orient="auto"><path d="M0 0L8 4L0 8z" fill="{STYLES[style][0]}"/></marker>'
    )


def _legend(y: int) -> Iterator[str]:
    for number, (colour, dashes, meaning) in enumerate(STYLES.values()):
        x = LEFT + number * 200
        yield f'<line x1="{x}" y1="{y}" x2="{x + 30}" y2="{y}" stroke="{colour}" stroke-width="2"{dashes}/>'
        yield f'<text x="{x + 38}" y="{y + 4}" fill="#444">{escape(meaning)}</text>'
