"""The assembled system as its rules read it: all resources of all stacks, as AWS would have them."""

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any, Final

from stacks.evaluation.iam_decisions import Statement, matches, statements_of, values
from stacks.evaluation.physical_ids import FORMS, form_of, with_physical_ids
from stacks.evaluation.resolved_stack import Resource, Resources

PSEUDO: Final[Mapping[str, str]] = {
    "AWS::AccountId": "123456789012",
    "AWS::Partition": "aws",
    "AWS::Region": "ap-southeast-1",  # no region of this partition has a longer name
    "AWS::StackName": "payment-webhooks",
    "AWS::URLSuffix": "amazonaws.com",
}


class System:
    """`resources` as stacks.evaluation.resolved_stack gives them, resolved with these pseudo parameters."""

    def __init__(self, resources: Resources, pseudo: Mapping[str, str] = PSEUDO) -> None:
        self.resources = with_physical_ids(resources, pseudo)
        self.account, self.region, self.partition = (
            pseudo[f"AWS::{name}"] for name in ("AccountId", "Region", "Partition")
        )
        self._pseudo = pseudo

    def arn(self, service: str, resource: str) -> str:
        return f"arn:{self.partition}:{service}:{self.region}:{self.account}:{resource}"

    def of_type(self, type_: str) -> list[Resource]:
        return [resource for resource in self.resources.values() if resource.type == type_]

    def find(self, reference: Any) -> Resource | None:
        """The resource that has this ARN, name or id; None for one that is not the system's."""
        return self._by_form.get(str(reference))

    def matching(self, pattern: str) -> list[Resource]:
        """The resources that an ARN of a grant is about, which may have wildcards, or name objects or an index."""
        whole = pattern.split("/index/")[0].split("/stream/")[0].removesuffix("/*")
        if "*" not in whole and "?" not in whole:
            found = self.find(pattern) or self.find(whole)
            return [found] if found else []
        return [resource for form, resource in self._by_form.items() if matches(whole, form)]

    @cached_property
    def _by_form(self) -> dict[str, Resource]:
        return {
            form_of(resource, attribute, self._pseudo): resource
            for resource in self.resources.values()
            for attribute in FORMS.get(resource.type, {})
        }

    def statements(self, role_arn: Any) -> Iterator[Statement]:
        """The statements of a role's policies."""
        role = self.find(role_arn)
        for arn in values(role.get("ManagedPolicyArns") or []) if role else ():
            policy = self.find(arn)
            yield from statements_of(policy.get("PolicyDocument")) if policy else ()
        for inline in values(role.get("Policies") or []) if role else ():
            yield from statements_of(inline["PolicyDocument"])
