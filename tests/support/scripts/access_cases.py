"""Doors that a change opens or closes, and what the review must say of each."""

from typing import Any

from scripts.review.model import Effect, Surface

ALLOW = {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "*"}
DENY = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*"}
RULE = {"Name": "limit", "Action": {"Block": {}}, "Statement": {"RateBasedStatement": {"Limit": 600}}}
METHOD = {"HttpMethod": "POST", "AuthorizationType": "NONE", "ApiKeyRequired": True}
BLOCK = {"PublicAccessBlockConfiguration": {"BlockPublicAcls": True, "BlockPublicPolicy": True}}
PERMISSION = {"FunctionName": "f", "Action": "lambda:InvokeFunction", "Principal": "sns.amazonaws.com"}


def policy_with(*statements: Any) -> dict[str, Any]:
    return {"PolicyDocument": {"Statement": list(statements)}}


def _rule(**changes: Any) -> dict[str, Any]:
    return {"Rules": [{**RULE, **changes}], "DefaultAction": {"Allow": {}}}


CASES: list[tuple[str, Any, Any, Effect, Surface]] = [
    ("AWS::IAM::ManagedPolicy", policy_with(), policy_with(ALLOW), Effect.WIDENS, Surface.IAM),
    ("AWS::IAM::ManagedPolicy", None, policy_with(ALLOW), Effect.WIDENS, Surface.IAM),
    ("AWS::S3::BucketPolicy", policy_with(DENY), None, Effect.WIDENS, Surface.IAM),
    (
        "AWS::SQS::QueuePolicy",
        policy_with(),
        policy_with({**ALLOW, "Principal": "*"}),
        Effect.WIDENS,
        Surface.PUBLIC,
    ),
    (
        "AWS::IAM::Role",
        {"ManagedPolicyArns": []},
        {"ManagedPolicyArns": ["arn:a"]},
        Effect.WIDENS,
        Surface.IAM,
    ),
    ("AWS::IAM::Role", {"ManagedPolicyArns": ["arn:a"]}, {}, Effect.NARROWS, Surface.IAM),
    ("AWS::IAM::Role", {"PermissionsBoundary": "b"}, {}, Effect.WIDENS, Surface.IAM),
    ("AWS::IAM::Role", {}, {"PermissionsBoundary": "b"}, Effect.NARROWS, Surface.IAM),
    (
        "AWS::IAM::Role",
        {"PermissionsBoundary": "b"},
        {"PermissionsBoundary": "c"},
        Effect.UNKNOWN,
        Surface.IAM,
    ),
    (
        "AWS::IAM::Role",
        {},
        {"Policies": [{"PolicyName": "p", **policy_with(ALLOW)}]},
        Effect.WIDENS,
        Surface.IAM,
    ),
    (
        "AWS::KMS::Key",
        {"KeyPolicy": {"Statement": []}},
        {"KeyPolicy": "${Policy}"},
        Effect.UNKNOWN,
        Surface.IAM,
    ),
    ("AWS::Lambda::Permission", None, PERMISSION, Effect.WIDENS, Surface.IAM),
    ("AWS::Lambda::Permission", None, {**PERMISSION, "Principal": "*"}, Effect.WIDENS, Surface.PUBLIC),
    ("AWS::Lambda::Permission", PERMISSION, None, Effect.NARROWS, Surface.IAM),
    ("AWS::Lambda::Permission", {**PERMISSION, "SourceArn": "arn:a"}, PERMISSION, Effect.WIDENS, Surface.IAM),
    (
        "AWS::Lambda::Permission",
        PERMISSION,
        {**PERMISSION, "SourceAccount": "1"},
        Effect.NARROWS,
        Surface.IAM,
    ),
    ("AWS::WAFv2::WebACL", _rule(), _rule(Action={"Count": {}}), Effect.WIDENS, Surface.PUBLIC),
    ("AWS::WAFv2::WebACL", _rule(Action={"Count": {}}), _rule(), Effect.NARROWS, Surface.PUBLIC),
    ("AWS::WAFv2::WebACL", _rule(), {**_rule(), "Rules": []}, Effect.WIDENS, Surface.PUBLIC),
    (
        "AWS::WAFv2::WebACL",
        {**_rule(), "Rules": []},
        _rule(Action={"Allow": {}}),
        Effect.WIDENS,
        Surface.PUBLIC,
    ),
    ("AWS::WAFv2::WebACL", {**_rule(), "Rules": []}, _rule(), Effect.NARROWS, Surface.PUBLIC),
    ("AWS::WAFv2::WebACL", _rule(), _rule(Priority=3), Effect.UNKNOWN, Surface.PUBLIC),
    (
        "AWS::WAFv2::WebACL",
        _rule(),
        _rule(Statement={"RateBasedStatement": {"Limit": 900}}),
        Effect.WIDENS,
        Surface.PUBLIC,
    ),
    (
        "AWS::WAFv2::WebACL",
        {**_rule(), "DefaultAction": {"Block": {}}},
        _rule(),
        Effect.WIDENS,
        Surface.PUBLIC,
    ),
    ("AWS::WAFv2::WebACL", _rule(), None, Effect.WIDENS, Surface.PUBLIC),
    ("AWS::WAFv2::WebACLAssociation", {"ResourceArn": "a"}, None, Effect.WIDENS, Surface.PUBLIC),
    ("AWS::WAFv2::IPSet", {"Addresses": ["10.0.0.0/8"]}, {"Addresses": []}, Effect.UNKNOWN, Surface.PUBLIC),
    ("AWS::ApiGateway::Method", METHOD, {**METHOD, "ApiKeyRequired": False}, Effect.WIDENS, Surface.PUBLIC),
    (
        "AWS::ApiGateway::Method",
        {**METHOD, "AuthorizationType": "AWS_IAM"},
        METHOD,
        Effect.WIDENS,
        Surface.PUBLIC,
    ),
    (
        "AWS::ApiGateway::Method",
        METHOD,
        {**METHOD, "AuthorizationType": "AWS_IAM"},
        Effect.NARROWS,
        Surface.PUBLIC,
    ),
    ("AWS::ApiGateway::Method", None, {"HttpMethod": "GET"}, Effect.WIDENS, Surface.PUBLIC),
    ("AWS::ApiGateway::RestApi", {"DisableExecuteApiEndpoint": True}, {}, Effect.WIDENS, Surface.PUBLIC),
    (
        "AWS::ApiGateway::RestApi",
        {"EndpointConfiguration": {"Types": ["PRIVATE"]}},
        {"EndpointConfiguration": {"Types": ["REGIONAL"]}},
        Effect.WIDENS,
        Surface.PUBLIC,
    ),
    ("AWS::S3::Bucket", {}, {"AccessControl": "PublicRead"}, Effect.WIDENS, Surface.PUBLIC),
    ("AWS::Lambda::Url", {"AuthType": "AWS_IAM"}, {"AuthType": "NONE"}, Effect.WIDENS, Surface.PUBLIC),
    ("AWS::Lambda::Url", {"AuthType": "NONE"}, {"AuthType": "AWS_IAM"}, Effect.NARROWS, Surface.IAM),
    ("AWS::EC2::SecurityGroupIngress", None, {"CidrIp": "0.0.0.0/0"}, Effect.WIDENS, Surface.PUBLIC),
    (
        "AWS::EC2::SecurityGroup",
        {},
        {"SecurityGroupIngress": [{"CidrIp": "10.0.0.0/8"}]},
        Effect.WIDENS,
        Surface.IAM,
    ),
    (
        "AWS::EC2::SecurityGroup",
        {"SecurityGroupIngress": [{"CidrIp": "::/0"}]},
        {},
        Effect.NARROWS,
        Surface.IAM,
    ),
    (
        "AWS::EC2::SecurityGroup",
        {"SecurityGroupEgress": [{"CidrIp": "10.0.0.0/8"}]},
        {"SecurityGroupEgress": [{"CidrIp": "10.0.0.0/8"}, {"CidrIp": "0.0.0.0/0"}]},
        Effect.WIDENS,
        Surface.PUBLIC,
    ),
    ("AWS::EC2::SecurityGroupEgress", None, {"CidrIp": "10.0.0.0/8"}, Effect.WIDENS, Surface.IAM),
    ("AWS::Lambda::Function", {"VpcConfig": {"SubnetIds": ["a"]}}, {}, Effect.WIDENS, Surface.PUBLIC),
    ("AWS::Lambda::Function", {"Role": "a"}, {"Role": "b"}, Effect.UNKNOWN, Surface.IAM),
    ("AWS::StepFunctions::StateMachine", {"RoleArn": "a"}, {"RoleArn": "b"}, Effect.UNKNOWN, Surface.IAM),
    ("AWS::Pipes::Pipe", {"RoleArn": "a"}, {"RoleArn": "b"}, Effect.UNKNOWN, Surface.IAM),
    (
        "AWS::Scheduler::Schedule",
        {"Target": {"RoleArn": "a"}},
        {"Target": {"RoleArn": "b"}},
        Effect.UNKNOWN,
        Surface.IAM,
    ),
    ("AWS::IAM::ManagedPolicy", {"Roles": ["a"]}, {"Roles": ["a", "b"]}, Effect.WIDENS, Surface.IAM),
    ("AWS::IAM::ManagedPolicy", {"Roles": ["a", "b"]}, {"Roles": ["a"]}, Effect.NARROWS, Surface.IAM),
    ("AWS::IAM::User", {}, {"ManagedPolicyArns": ["arn:a"]}, Effect.WIDENS, Surface.IAM),
    ("AWS::IAM::OIDCProvider", {"ClientIdList": ["a"]}, {"ClientIdList": ["b"]}, Effect.UNKNOWN, Surface.IAM),
    (
        "AWS::Backup::BackupVault",
        {"AccessPolicy": {"Statement": []}},
        {"AccessPolicy": {"Statement": [ALLOW]}},
        Effect.WIDENS,
        Surface.IAM,
    ),
    ("AWS::SQS::Queue", {"KmsMasterKeyId": "a"}, {}, Effect.WIDENS, Surface.IAM),
    ("AWS::Logs::LogGroup", {"KmsKeyId": "a"}, {"KmsKeyId": "b"}, Effect.UNKNOWN, Surface.IAM),
    (
        "AWS::ApiGateway::GatewayResponse",
        {"ResponseParameters": {"gatewayresponse.header.Access-Control-Allow-Origin": "'https://a'"}},
        {"ResponseParameters": {"gatewayresponse.header.Access-Control-Allow-Origin": "'*'"}},
        Effect.WIDENS,
        Surface.PUBLIC,
    ),
    ("AWS::ApiGateway::Stage", {}, {"Variables": {"corsOrigin": "https://a"}}, Effect.WIDENS, Surface.PUBLIC),
    (
        "AWS::ApiGateway::Stage",
        {"Variables": {"corsOrigin": "https://a"}},
        {},
        Effect.NARROWS,
        Surface.PUBLIC,
    ),
    (
        "AWS::S3::Bucket",
        {"CorsConfiguration": {"CorsRules": [{"AllowedOrigins": ["https://a"]}]}},
        {"CorsConfiguration": {"CorsRules": [{"AllowedOrigins": ["https://a", "https://b"]}]}},
        Effect.WIDENS,
        Surface.PUBLIC,
    ),
    (
        "AWS::ApiGateway::DomainName",
        {"SecurityPolicy": "TLS_1_2"},
        {"SecurityPolicy": "TLS_1_0"},
        Effect.WIDENS,
        Surface.PUBLIC,
    ),
    (
        "AWS::ApiGateway::DomainName",
        {"MutualTlsAuthentication": {"TruststoreUri": "s3://a"}},
        {},
        Effect.WIDENS,
        Surface.PUBLIC,
    ),
    (
        "AWS::SNS::Subscription",
        None,
        {"Protocol": "https", "Endpoint": "https://a"},
        Effect.WIDENS,
        Surface.IAM,
    ),
    ("AWS::Lambda::LayerVersionPermission", None, {"Principal": "*"}, Effect.WIDENS, Surface.PUBLIC),
    ("AWS::WAFv2::WebACLAssociation", {"WebACLArn": "a"}, {"WebACLArn": "b"}, Effect.UNKNOWN, Surface.PUBLIC),
]
