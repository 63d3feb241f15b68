"""The parameter sets with which the assembled system is checked: together they make every resource but a few."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from stacks.names import SUFFIX_LENGTH_MAXIMUM

ENVIRONMENTS: Final = Path(__file__).resolve().parents[2] / "environments"

# Parameters without a default, as long as they may be.
_ARTIFACTS: Final = {
    "EnvironmentSuffix": "suffix-as-long-as-it-may-be"[:SUFFIX_LENGTH_MAXIMUM],
    "ArtifactBucket": "s3-artifacts-123456789012-ap-southeast-1",
}
# What no environment file asks for.
_OPTIONS: Final = {
    "AlertEmail": "payments-on-call@example.com",
    "CorsOrigin": "https://payments.example.com",
    "SilenceHours": 24,
    "SendCanary": "true",
    "DomainName": "webhooks.example.com",
    "CertificateArn": "arn:aws:acm:ap-southeast-1:123456789012:certificate/01234567-89ab-cdef-0123-456789abcdef",
}


def _files(*names: str) -> dict[str, Any]:
    """The parameters of environment files, of which a later one overrules."""
    texts = ((ENVIRONMENTS / f"{name}.toml").read_text(encoding="utf-8") for name in names)
    return {name: value for text in texts for name, value in tomllib.loads(text)["parameters"].items()}


def parameter_sets() -> Mapping[str, Mapping[str, Any]]:
    """Name of the set -> values of the root's parameters. What a set leaves out has its default."""
    return {
        "defaults": _ARTIFACTS,
        "workflow on black friday": {**_ARTIFACTS, **_OPTIONS, **_files("black-friday", "workflow")},
        "production in a private network": {
            **_ARTIFACTS,
            **_files("prod", "private-network"),
            "RequireApiKey": "false",
            "SendCanary": "true",
            "ZoneOne": "ap-southeast-1a",
            "ZoneTwo": "ap-southeast-1b",
        },
    }
