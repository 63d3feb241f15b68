"""Parameters that name an environment and tag its resources."""

from typing import Final

from stacks import names
from stacks.parameters.setting import Setting

_TAG_VALUE = r"^[A-Za-z0-9 _.:/=+@-]{1,128}$"
ENVIRONMENT_SUFFIX: Final = Setting(
    "EnvironmentSuffix",
    "Ends every name: 1 to 20 of a-z, 0-9 and inner hyphens",
    pattern=names.SUFFIX_PATTERN,
)
PROJECT: Final = Setting("Project", "Tag on every resource", "payment-webhooks", pattern=_TAG_VALUE)
COST_CENTER: Final = Setting("CostCenter", "Tag on every resource", "payments", pattern=_TAG_VALUE)
