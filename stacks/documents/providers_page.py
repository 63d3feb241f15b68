"""Writes docs/providers.md: what to set up at each provider, and what its webhooks tell."""

from collections.abc import Iterator
from typing import Final

from payment_webhooks.providers.registry import PROVIDERS
from stacks.documents.markdown_pages import table
from stacks.documents.provider_manual import FOLDER, ProviderManual, read_manual

_HEAD: Final = f"""\
# Providers

What to set up in each provider's dashboard, and what its webhooks tell. Made from `stacks/documents/{FOLDER.name}/` by
`python build_template.py`, which refuses a type that the reader knows and no file describes, and the reverse.

`python scripts/endpoint_secrets.py guide --suffix dev --endpoint NAME` prints the short form, with the endpoint's URL;
`set` prints it, too.

**Money** says what events of a type may change: nothing (no), what is held, what came in, what went back, what is in
dispute. Every type is stored; one that is not read is `ignored`: it stands in the archive and moves nothing.
`python scripts/inbox.py ignored --suffix dev` counts those that came, by type. Types beyond what is needed cost a
webhook each and do no harm.
"""
_ROLL: Final = "[secrets](secrets.md#roll-a-key-without-a-lost-webhook)"


def providers_page() -> str:
    """docs/providers.md as Markdown text. Raises as `read_manual`."""
    manuals = (read_manual(PROVIDERS.get(name)) for name in PROVIDERS.names)
    return _HEAD + "".join(text for manual in manuals for text in _section(manual))


def _section(manual: ProviderManual) -> Iterator[str]:
    yield f"\n## {manual.name}\n\n"
    yield f"- **The URL goes to:** {manual.url_goes}\n"
    yield f"- **The key is found at:** {manual.key_is}\n"
    yield f"- **To roll it:** {manual.roll} `endpoint-secrets roll` leads through it ({_ROLL}).\n"
    yield f"- **Careful:** {manual.careful}\n"
    for group in manual.sets:
        yield f"\n### {manual.name}: {group.title}\n\n{group.why}\n"
        yield table(
            ("type", "money", "tells"), ((f"`{each.name}`", each.money, each.tells) for each in group.types)
        )
    if manual.ignored:
        yield f"\n### {manual.name}: ignored\n"
        yield table(
            ("types", "what is not known for that"),
            ((f"`{pattern}`", words) for pattern, words in manual.ignored.items()),
        )
    yield f"\n### {manual.name}: to know\n\n"
    yield from (f"- {note}\n" for note in manual.notes)
    if manual.sources:
        yield f"\nSources: {', '.join(f'<{source}>' for source in manual.sources)}.\n"
