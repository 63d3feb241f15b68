"""The archive: what it costs to move a million webhooks and their payments there, and to keep them."""

from collections.abc import Iterator

from scripts.planning.cost.bill import Line
from scripts.planning.cost.usage import MILLION, Usage
from scripts.planning.dynamodb_units import read_units, write_units
from scripts.planning.recorded_archiving import COMPRESSED_TO, OBJECTS_OF_AN_ITEM, record_archival
from stacks.evaluation.resolved_stack import Resource

ARCHIVED_PER_WEBHOOK = 2  # itself, and its payment


def archive_table_lines(usage: Usage, table: Resource, role: str) -> Iterator[Line]:
    """Reads and writes of the archiver; what time to live takes is free."""
    mean, name = usage.workload.mean, str(table)
    reads = mean(lambda work: read_units(record_archival(work).reads_of(role)))
    writes = mean(lambda work: write_units(table, record_archival(work).writes_to(role)).total)
    yield Line(name, "reads of the archiver", MILLION * reads, usage.price("dynamodb.read_unit"))
    yield Line(
        *(name, "writes of the archiver", MILLION * writes, usage.price("dynamodb.write_unit")),
        how="with its indexes; expiry is free",
    )


def archived_objects(usage: Usage) -> tuple[float, float]:
    """How many objects a million webhooks make, and how many bytes."""
    size = MILLION * usage.workload.mean(lambda work: record_archival(work).line_bytes) * COMPRESSED_TO
    return MILLION * ARCHIVED_PER_WEBHOOK * OBJECTS_OF_AN_ITEM, size
