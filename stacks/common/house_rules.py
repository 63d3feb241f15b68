"""Rules for every resource of every nested stack: tags and deletion policy, applied when its template is built."""

from typing import Any, Final

from troposphere import AWSObject, Delete, Sub, Tags, Template
from troposphere.cloudformation import Stack
from troposphere.secretsmanager import Secret
from troposphere.ssm import Parameter

from stacks.parameters.environment import COST_CENTER, ENVIRONMENT_SUFFIX, PROJECT

# Any update of an SSM parameter writes its value again, over what a person set since (aws/aws-cdk#25949), and a stack
# hands its tags on to all that is in it. So both have only the tag that never changes, and so has a secret: a person
# sets its value, and no update for a tag's sake shall come near it.
_NEVER_UPDATED_BY_TAGS: Final = (Parameter, Secret, Stack)


def apply_house_rules(template: Template) -> Template:
    """Tag every resource that takes tags, and let every resource be deleted with its stack. Returns `template`.

    Nothing is retained, so an environment can always be removed whole. The tables' deletion protection and the
    stack's termination protection guard against deletion by accident.
    """
    for resource in template.resources.values():
        resource.DeletionPolicy = Delete
        resource.UpdateReplacePolicy = Delete
        _tag(template, resource)
    return template


def _tag(template: Template, resource: AWSObject) -> None:
    if "Tags" not in resource.props:
        return
    tags: dict[str, Any] = {"Environment": ENVIRONMENT_SUFFIX.ref(template)}
    if not isinstance(resource, _NEVER_UPDATED_BY_TAGS):
        tags |= {"Project": PROJECT.ref(template), "CostCenter": COST_CENTER.ref(template)}
    # A few services (EventBridge Pipes, SSM) take a map where the others take a list of keys and values.
    own = resource.properties.get("Tags", Tags())
    resource.Tags = tags if resource.props["Tags"][0] is dict else own + Tags(**tags)


def name_tag(name: str) -> Tags:
    """The tag `Name`, by which EC2 shows the parts of a network; `name` is a text for `Sub`."""
    return Tags(Name=Sub(name))
