"""Provisioned concurrency of a function: a version, and an alias that callers use.

Reserved concurrency keeps room for a function; only provisioned concurrency keeps containers started, so that the
first requests of a rush do not wait for a cold start.
"""

import hashlib
import json
from typing import Any, Final

from troposphere import If, Sub, Template
from troposphere.awslambda import Alias, Function, ProvisionedConcurrencyConfiguration, Version

from stacks.function_catalogue import FunctionSettings
from stacks.parameters.artifacts import LAYER_KEY
from stacks.parameters.setting import Setting
from stacks.parameters.table import BY_TITLE

LIVE = "live"
# What Lambda keeps in a version, of the properties that our functions may have (the CDK's VERSION_LOCKED, in its
# aws-lambda/lib/function-hash.ts, lists all). The rest, such as reserved concurrency and tags, belongs to the function
# alone. Lambda publishes no second version of the same: "A version for this Lambda function exists"
# (https://github.com/aws/aws-cdk/pull/14586).
_KEPT_BY_A_VERSION: Final = frozenset(
    {
        "Architectures",
        "Code",
        "Description",
        "Environment",
        "EphemeralStorage",
        "Handler",
        "KmsKeyArn",
        "Layers",
        "LoggingConfig",
        "MemorySize",
        "Role",
        "Runtime",
        "Timeout",
        "TracingConfig",
        "VpcConfig",
    }
)


def keep_started(
    template: Template, function: Function, settings: FunctionSettings, count: Setting, network_id: Any
) -> Alias:
    """Keep `count` containers of the function started; with 0 there is neither version nor alias.

    A version is a snapshot that no update changes. Its description holds everything that may change, so that a change
    replaces it: keys of code and Lambda layer by their hashes, memory, time-out, network, and a hash of everything else
    that a version holds (the text has at most 256 characters). Nothing else may change it: the same twice is refused.
    """
    condition = count.is_given(template)
    properties = function.to_dict()["Properties"]
    kept = {name: value for name, value in properties.items() if name in _KEPT_BY_A_VERSION}
    rest = hashlib.sha256(json.dumps(kept, sort_keys=True).encode()).hexdigest()[:8]
    version = Version(
        f"{function.title}Version",
        Condition=condition,
        FunctionName=function.ref(),
        Description=Sub(
            f"${{Code}} ${{Layer}} ${{Memory}} ${{Timeout}} ${{Network}} {rest}",
            Code=BY_TITLE[settings.code_key].ref(template),
            Layer=LAYER_KEY.ref(template),
            Memory=BY_TITLE[settings.memory].ref(template),
            Timeout=BY_TITLE[settings.timeout].ref(template),
            Network=network_id,
        ),
    )
    alias = Alias(
        f"{function.title}Alias",
        Condition=condition,
        Name=LIVE,
        FunctionName=function.ref(),
        FunctionVersion=template.add_resource(version).get_att("Version"),
        ProvisionedConcurrencyConfig=ProvisionedConcurrencyConfiguration(
            ProvisionedConcurrentExecutions=count.ref(template)
        ),
    )
    return template.add_resource(alias)


def function_or_alias(template: Template, function: Any, count: Setting) -> If:
    """The name or ARN to call: that of the alias when containers are kept started, else the function's own."""
    return If(count.is_given(template), Sub(f"${{Function}}:{LIVE}", Function=function), function)
