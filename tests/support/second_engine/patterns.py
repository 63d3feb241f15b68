"""moto's matcher of EventBridge's patterns, which filters of pipes and of event sources are written in, too."""

import json
from collections.abc import Mapping
from typing import Any

from moto.events.models import EventPattern, EventPatternParser


def matches(pattern: Mapping[str, Any], event: Mapping[str, Any]) -> bool:
    """Whether an event, or a record of a stream, is one that the pattern asks for."""
    text = json.dumps(pattern)
    matcher: Any = EventPattern(text, EventPatternParser(text).parse())
    return bool(matcher.matches_event(event))
