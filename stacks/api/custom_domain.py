"""The custom domain name of the webhook API, which stays the same when the API is replaced."""

from typing import Any

from troposphere import If, Sub, Template
from troposphere.apigateway import BasePathMapping, DomainName, EndpointConfiguration, RestApi, Stage

from stacks.api.rest_api import TLS_POLICY
from stacks.parameters import features

NO_DOMAIN = "none"


def custom_domain(template: Template, api: RestApi, live: Stage) -> tuple[If, If]:
    """Add the domain if DomainName is set. Returns the API's base URL and the target of the domain's DNS record."""
    given = features.DOMAIN_NAME.is_given(template)
    name = features.DOMAIN_NAME.ref(template)
    domain = template.add_resource(
        DomainName(
            "Domain",
            Condition=given,
            DomainName=name,
            RegionalCertificateArn=features.CERTIFICATE_ARN.ref(template),
            EndpointConfiguration=EndpointConfiguration(Types=["REGIONAL"]),
            SecurityPolicy=TLS_POLICY,
            EndpointAccessMode="STRICT",
        )
    )
    template.add_resource(
        BasePathMapping(
            "DomainMapping",
            Condition=given,
            DomainName=domain.ref(),
            RestApiId=api.ref(),
            Stage=live.ref(),
        )
    )
    return (
        If(given, Sub("https://${Name}", Name=name), own_url(api, live)),
        If(given, domain.get_att("RegionalDomainName"), NO_DOMAIN),
    )


def own_url(api: RestApi, live: Stage) -> Any:
    """The URL that API Gateway gives a stage."""
    # The stage is named by reference, so that the URL is given only once it answers.
    return Sub(f"https://${{{api.title}}}.execute-api.${{AWS::Region}}.${{AWS::URLSuffix}}/${{{live.title}}}")
