"""A change to the templates that a cycle of deployments makes."""

RENAMED_QUEUE = """

_build_messaging = build_messaging


def build_messaging() -> Template:  # type: ignore[no-redef]
    from troposphere import Sub

    template = _build_messaging()
    template.resources["SchedulesDlq"].properties["QueueName"] = Sub("queue-other-${EnvironmentSuffix}")
    return template
"""
