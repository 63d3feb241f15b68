"""Deployments of a REST API: one for each form that the parameters may give it.

A deployment is a snapshot that no update changes, so a stage serves a changed API only when it gets another
deployment, with another logical id. The id holds a hash of the API's part of the template, so a changed template
makes a new deployment. A changed parameter leaves the template as it is; so there is a deployment for each combination
of the conditions that the API depends on, of which CloudFormation creates one.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any, Final

from troposphere import And, AWSObject, Condition, If, Not, Ref, Template
from troposphere.apigateway import Deployment, GatewayResponse, Method, RestApi

from stacks.evaluation.intrinsics import Environment, evaluate
from stacks.evaluation.references import conditions_within, references_within
from stacks.wiring.outputs import ReceivedParameter

# In the API's name and tags, which are no part of a snapshot.
_HARMLESS: Final = frozenset({"EnvironmentSuffix", "Project", "CostCenter"})


class UndeployedChange(Exception):
    """A parameter's value is part of the API itself, so a change of it would not be deployed."""


def deploy(template: Template, api: RestApi, parts: Sequence[AWSObject]) -> tuple[list[Deployment], Any]:
    """Add the deployments of `api` with its `parts`. Returns them, and the id of the one that is created.

    Raises UndeployedChange for a parameter that changes the API other than through a condition.
    """
    _refuse_values(template, parts)
    documents = {str(part.title): part.to_dict() for part in (api, *parts)}
    names = sorted(set(conditions_within(documents)))
    waited_for = [part for part in parts if isinstance(part, Method | GatewayResponse)]
    made = {
        truth: _variant(template, api, documents, dict(zip(names, truth, strict=True)), waited_for)
        for truth in product((True, False), repeat=len(names))
    }
    return list(made.values()), _choice(names, made, ())


def _variant(
    template: Template,
    api: RestApi,
    documents: Mapping[str, Any],
    truth: Mapping[str, bool],
    waited_for: Sequence[AWSObject],
) -> Deployment:
    environment = Environment(conditions=truth, conditions_only=True)
    decided = {
        title: evaluate(document, environment)
        for title, document in documents.items()
        if _is_made(document, truth)
    }
    digest = hashlib.sha256(json.dumps(decided, sort_keys=True).encode()).hexdigest()[:16]
    deployment = Deployment(
        f"Deployment{digest}",
        RestApiId=api.ref(),
        Description=f"API definition {digest}",
        DependsOn=sorted(str(part.title) for part in waited_for if _is_made(part.resource, truth)),
    )
    if truth:
        deployment.Condition = _condition(template, f"Deploys{digest}", truth)
    return template.add_resource(deployment)


def _is_made(resource: Mapping[str, Any], truth: Mapping[str, bool]) -> bool:
    condition = resource.get("Condition")
    return condition is None or truth[condition]


def _condition(template: Template, name: str, truth: Mapping[str, bool]) -> str:
    terms = [Condition(each) if holds else Not(Condition(each)) for each, holds in truth.items()]
    template.add_condition(name, terms[0] if len(terms) == 1 else And(*terms))
    return name


def _choice(names: list[str], made: Mapping[tuple[bool, ...], Deployment], known: tuple[bool, ...]) -> Any:
    """The id of the deployment that the conditions choose. `known` are the values of the first conditions."""
    if len(known) == len(names):
        return Ref(made[known])
    options = [_choice(names, made, (*known, holds)) for holds in (True, False)]
    return If(names[len(known)], *options)


def _refuse_values(template: Template, parts: Sequence[AWSObject]) -> None:
    used = {name for _, name in references_within([part.to_dict() for part in parts])}
    for name, parameter in template.parameters.items():
        # Outputs of an earlier stack are ARNs and names of resources whose names are fixed.
        if name in used - _HARMLESS and not isinstance(parameter, ReceivedParameter):
            raise UndeployedChange(f"the value of {name} changes the API behind its deployment")
