"""Rules that hold for every resource of every layer, applied in one place when a layer is done."""

from typing import Any

from troposphere import AWSObject, Delete, Sub, Tags, Template

from stacks.parameters import table as parameters


def finish(template: Template) -> Template:
    """Tag everything that takes tags, and say of every resource that deleting the stack deletes it.

    Nothing is retained, so an environment can always be removed whole; what must not be lost by accident is
    protected by the tables' deletion protection and the stack's termination protection instead.
    """
    for resource in template.resources.values():
        resource.DeletionPolicy = Delete
        resource.UpdateReplacePolicy = Delete
        _tag(template, resource)
    return template


def _tag(template: Template, resource: AWSObject) -> None:
    if "Tags" not in resource.props:
        return
    tags: dict[str, Any] = {
        "Environment": parameters.ENVIRONMENT_SUFFIX.ref(template),
        "Project": parameters.PROJECT.ref(template),
        "CostCenter": parameters.COST_CENTER.ref(template),
    }
    # A few services (EventBridge Pipes, SSM) take a map where the others take a list of keys and values.
    own = resource.properties.get("Tags", Tags())
    resource.Tags = tags if resource.props["Tags"][0] is dict else own + Tags(**tags)


def named(name: str) -> Tags:
    """What has no name of its own but is shown by its tag `Name`: parts of a network."""
    return Tags(Name=Sub(name))
