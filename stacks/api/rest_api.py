"""Pieces of a REST API: paths, methods that call a function, the gateway's own answers, deployment, stage."""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from troposphere import AccountId, AWSObject, Sub, Template
from troposphere.apigateway import (
    AccessLogSetting,
    EndpointConfiguration,
    GatewayResponse,
    Integration,
    Method,
    MethodSetting,
    Resource,
    RestApi,
    Stage,
)
from troposphere.awslambda import Permission
from troposphere.wafv2 import WebACLAssociation

from stacks.common.log_groups import log_destination_arn, log_group
from stacks.names import STAGE
from stacks.parameters.setting import Setting

# The longest that a REST API waits (AWS quota for regional APIs by default).
INTEGRATION_TIMEOUT_MILLISECONDS = 29_000

TLS_POLICY = "SecurityPolicy_TLS13_1_2_2021_06"  # TLS 1.2 or later, forward secrecy only

FUNCTION_URI = (
    "arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${Function}/invocations"
)

# Never the query, a header or the body: signatures and card data pass there.
ACCESS_LOG_FIELDS = {
    "request_id": "$context.requestId",
    "extended_request_id": "$context.extendedRequestId",
    "trace_id": "$context.xrayTraceId",
    "time": "$context.requestTimeEpoch",
    "source_ip": "$context.identity.sourceIp",
    "method": "$context.httpMethod",
    "resource_path": "$context.resourcePath",
    "status": "$context.status",
    "response_type": "$context.error.responseType",
    "response_bytes": "$context.responseLength",
    "latency_milliseconds": "$context.responseLatency",
    "integration_status": "$context.integration.status",
    "integration_latency_milliseconds": "$context.integration.latency",
    "tls_version": "$context.tlsVersion",
    "cipher_suite": "$context.cipherSuite",
}


class StageSettings(NamedTuple):
    """Settings in which the stages of the APIs differ. `prefix` begins the logical ids."""

    prefix: str
    access_log_group: str
    access_log_fields: Mapping[str, str]
    rate: Setting
    burst: Setting


class GatewayAnswer(NamedTuple):
    """An answer that the gateway gives without a function, in the form of the functions' answers. None as status: the
    gateway's own."""

    response_type: str
    status_code: str | None
    error: str
    message: str


GATEWAY_ANSWERS = (
    GatewayAnswer("DEFAULT_4XX", None, "refused", "The request was refused."),
    GatewayAnswer(
        "DEFAULT_5XX", None, "unavailable", "This can't be accepted right now. Please send it again."
    ),
    # Of a path that does not exist, the gateway says that a token is missing.
    GatewayAnswer("MISSING_AUTHENTICATION_TOKEN", "404", "not_found", "There is no such path."),
    GatewayAnswer("REQUEST_TOO_LARGE", "413", "payload_too_large", "The body is too large."),
    GatewayAnswer("THROTTLED", "429", "too_many_requests", "Too many requests. Please send it again."),
)


def regional_api(template: Template, title: str, name: str, description: str, **properties: Any) -> RestApi:
    """A regional API over TLS 1.2 or later."""
    return template.add_resource(
        RestApi(
            title,
            Name=Sub(name),
            Description=description,
            EndpointConfiguration=EndpointConfiguration(Types=["REGIONAL"]),
            SecurityPolicy=TLS_POLICY,
            EndpointAccessMode="STRICT",
            **properties,
        )
    )


def path(template: Template, api: RestApi, title: str, part: str, parent: Resource | None = None) -> Resource:
    """The path `part` under `parent`, or under the root."""
    return template.add_resource(
        Resource(
            title,
            RestApiId=api.ref(),
            ParentId=parent.ref() if parent else api.get_att("RootResourceId"),
            PathPart=part,
        )
    )


def function_method(
    template: Template,
    api: RestApi,
    resource: Resource,
    http_method: str,
    function_arn: Any,
    **properties: Any,
) -> Method:
    """A method that passes the whole request to a function. It has no authoriser unless `properties` names one."""
    properties.setdefault("AuthorizationType", "NONE")
    return template.add_resource(
        Method(
            f"{resource.title}{http_method.title()}Method",
            RestApiId=api.ref(),
            ResourceId=resource.ref(),
            HttpMethod=http_method,
            Integration=Integration(
                Type="AWS_PROXY",
                IntegrationHttpMethod="POST",
                Uri=Sub(FUNCTION_URI, Function=function_arn),
                TimeoutInMillis=INTEGRATION_TIMEOUT_MILLISECONDS,
            ),
            **properties,
        )
    )


def invoke_permission(
    template: Template, api: RestApi, title: str, function: Any, http_method: str, path_pattern: str
) -> Permission:
    """Let a method of the API call `function`.

    path_pattern: the path without its first slash, with `*` for each parameter.
    """
    source = f"arn:${{AWS::Partition}}:execute-api:${{AWS::Region}}:${{AWS::AccountId}}:${{{api.title}}}"
    return template.add_resource(
        Permission(
            title,
            Action="lambda:InvokeFunction",
            FunctionName=function,
            Principal="apigateway.amazonaws.com",
            SourceAccount=AccountId,
            SourceArn=Sub(f"{source}/{STAGE}/{http_method}/{path_pattern}"),
        )
    )


def gateway_answers(
    template: Template,
    api: RestApi,
    answers: tuple[GatewayAnswer, ...] = GATEWAY_ANSWERS,
    prefix: str = "",
    **properties: Any,
) -> list[AWSObject]:
    """Add answers of the gateway as JSON that names no AWS resource, instead of the gateway's own texts."""
    responses: list[AWSObject] = []
    for answer in answers:
        response = GatewayResponse(
            f"{prefix}Answer{answer.response_type.title().replace('_', '')}",
            RestApiId=api.ref(),
            ResponseType=answer.response_type,
            ResponseTemplates={
                "application/json": json.dumps({"error": answer.error, "message": answer.message})
            },
            **properties,
        )
        if answer.status_code:
            response.StatusCode = answer.status_code
        responses.append(template.add_resource(response))
    return responses


def stage(
    template: Template,
    api: RestApi,
    deployment_id: Any,
    key_arn: Any,
    settings: StageSettings,
    **properties: Any,
) -> Stage:
    """The stage with throttling, tracing, metrics and both logs. Bodies are never logged (data trace is off).

    The account needs a role with which API Gateway writes logs. There is one for each account and region, so the deploy
    script takes care of it. The execution log's group is created first, as API Gateway would create one that is not
    encrypted and keeps its events for ever.
    """
    prefix = settings.prefix
    access_log = log_group(template, f"{prefix}AccessLogGroup", settings.access_log_group, key_arn)
    execution_log = log_group(
        template,
        f"{prefix}ExecutionLogGroup",
        f"API-Gateway-Execution-Logs_${{{api.title}}}/{STAGE}",
        key_arn,
    )
    return template.add_resource(
        Stage(
            f"{prefix}Stage",
            RestApiId=api.ref(),
            DeploymentId=deployment_id,
            StageName=STAGE,
            DependsOn=[execution_log.title],
            TracingEnabled=True,
            AccessLogSetting=AccessLogSetting(
                DestinationArn=log_destination_arn(access_log),
                Format=json.dumps(dict(settings.access_log_fields)),
            ),
            MethodSettings=[
                MethodSetting(
                    HttpMethod="*",
                    ResourcePath="/*",
                    LoggingLevel="ERROR",
                    DataTraceEnabled=False,
                    MetricsEnabled=True,
                    ThrottlingRateLimit=settings.rate.ref(template),
                    ThrottlingBurstLimit=settings.burst.ref(template),
                )
            ],
            **properties,
        )
    )


def behind_web_acl(template: Template, api: RestApi, live: Stage, web_acl_arn: Any) -> WebACLAssociation:
    """Associate the stage with the web ACL. The ARN of a REST API's stage has no account."""
    arn = f"arn:${{AWS::Partition}}:apigateway:${{AWS::Region}}::/restapis/${{{api.title}}}/stages/${{{live.title}}}"
    return template.add_resource(
        WebACLAssociation(f"{live.title}WebAcl", ResourceArn=Sub(arn), WebACLArn=web_acl_arn)
    )


def own_url(api: RestApi, live: Stage) -> Any:
    """The URL that API Gateway gives a stage."""
    # The stage is named by reference, so that the URL is given only once it answers.
    return Sub(f"https://${{{api.title}}}.execute-api.${{AWS::Region}}.${{AWS::URLSuffix}}/${{{live.title}}}")
