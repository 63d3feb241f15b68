"""Counts with their nouns: `1 object`, `1,500 objects`."""


def counted(count: int, noun: str, plural: str = "") -> str:
    """E.g. `3 items`. plural: where it is another word than `noun` with an s."""
    return f"{count:,} {noun if count == 1 else plural or f'{noun}s'}"
