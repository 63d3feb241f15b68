import json
from typing import Any

import pytest

from scripts.deployment.local_template_cuts import ROOT, Removal, UnforeseenReference, without_refused
from tests.support.templates.resources import built

URL = {
    "Fn::Sub": "https://s3.${AWS::Region}.${AWS::URLSuffix}/${Bucket}/templates/edge-0123456789abcdef.template.json"
}


def resource(kind: str, **properties: Any) -> dict[str, Any]:
    return {"Type": kind, "Properties": properties}


def localised(**templates: Any) -> tuple[dict[str, Any], list[str]]:
    """The templates, each in the short form `{resources}` or whole, and the removals as `template: what`."""
    whole = {name: item if "Resources" in item else {"Resources": item} for name, item in templates.items()}
    texts, removals = without_refused({name: json.dumps(item) for name, item in whole.items()})
    documents = {name: json.loads(text) for name, text in texts.items()}
    return documents, [f"{removal.template}: {removal.what}" for removal in removals]


def test_what_the_engine_takes_is_returned_as_it_was() -> None:
    text = '{ "Resources":   {"Queue": {"Type": "AWS::SQS::Queue"}}}'
    assert without_refused({"root": text}) == ({"root": text}, [])


def test_a_refused_type_is_removed_and_said() -> None:
    text = json.dumps({"Resources": {"Ip": resource("AWS::EC2::EIP"), "Queue": resource("AWS::SQS::Queue")}})
    texts, removals = without_refused({"network": text})
    assert json.loads(texts["network"]) == {"Resources": {"Queue": resource("AWS::SQS::Queue")}}
    assert removals == [Removal("network", "Resources/Ip", "the engine has no AWS::EC2::EIP")]
    assert str(removals[0]) == "network: Resources/Ip (the engine has no AWS::EC2::EIP)"


def test_a_property_that_refers_to_it_goes_and_its_neighbours_stay() -> None:
    documents, removed = localised(
        api={
            "Certificate": resource("AWS::ApiGateway::ClientCertificate"),
            "Stage": resource(
                "AWS::ApiGateway::Stage", ClientCertificateId={"Ref": "Certificate"}, StageName="v1"
            ),
        }
    )
    assert documents["api"]["Resources"] == {"Stage": resource("AWS::ApiGateway::Stage", StageName="v1")}
    assert removed == ["api: Resources/Certificate", "api: Resources/Stage/Properties/ClientCertificateId"]


def rule(name: str, statement: Any = "none") -> dict[str, Any]:
    return {"Name": name, "Statement": statement}


def test_of_a_list_only_the_items_that_refer_to_it_go() -> None:
    of_set = {"NotStatement": {"IPSetReferenceStatement": {"Arn": {"Fn::GetAtt": ["Addresses", "Arn"]}}}}
    documents, removed = localised(
        security={
            "Acl": resource(
                "AWS::WAFv2::WebACL", Rules=[rule("a", of_set), rule("b"), rule("c", of_set), rule("d")]
            ),
            "Addresses": resource("AWS::WAFv2::IPSet"),
        }
    )
    assert documents["security"]["Resources"]["Acl"]["Properties"]["Rules"] == [rule("b"), rule("d")]
    assert len(removed) == 3


def test_a_whole_resource_goes_where_half_of_it_would_be_nonsense_and_so_does_what_refers_to_that() -> None:
    documents, removed = localised(
        network={
            "Nat": resource("AWS::EC2::NatGateway", AllocationId={"Fn::GetAtt": "Ip.AllocationId"}),
            "Ip": resource("AWS::EC2::EIP"),
            "Route": resource("AWS::EC2::Route", NatGatewayId={"Ref": "Nat"}),
            "Queue": {**resource("AWS::SQS::Queue"), "DependsOn": ["Route", "Other"]},
            "Other": {**resource("AWS::SQS::Queue"), "DependsOn": "Route"},
        }
    )
    assert documents["network"]["Resources"] == {
        "Queue": {**resource("AWS::SQS::Queue"), "DependsOn": ["Other"]},
        "Other": resource("AWS::SQS::Queue"),
    }
    assert len(removed) == 5


def test_alarms_go_only_with_metric_math() -> None:
    documents, _ = localised(
        monitoring={
            "Math": resource("AWS::CloudWatch::Alarm", Metrics=[]),
            "Plain": resource("AWS::CloudWatch::Alarm", MetricName="Errors"),
        }
    )
    assert list(documents["monitoring"]["Resources"]) == ["Plain"]


def test_an_output_is_followed_through_the_root_into_the_layers_that_read_it() -> None:
    edge = {
        "Resources": {"Addresses": resource("AWS::WAFv2::IPSet")},
        "Outputs": {
            "AddressesArn": {"Value": {"Fn::GetAtt": ["Addresses", "Arn"]}},
            "Other": {"Value": {"Fn::Sub": "${AWS::Region} ${!Addresses}"}},
        },
    }
    reader_url = json.loads(json.dumps(URL).replace("edge", "reader"))
    root = {
        "Resources": {
            "Edge": resource("AWS::CloudFormation::Stack", TemplateURL=URL),
            "Reader": resource(
                "AWS::CloudFormation::Stack",
                TemplateURL=reader_url,
                Parameters={
                    "AddressesArn": {"Fn::GetAtt": ["Edge", "Outputs.AddressesArn"]},
                    "Other": {"Fn::GetAtt": ["Edge", "Outputs.Other"]},
                },
            ),
        },
        "Outputs": {"Addresses": {"Value": {"Fn::GetAtt": "Edge.Outputs.AddressesArn"}}},
    }
    reader = {
        "Parameters": {"AddressesArn": {"Type": "String"}, "Other": {"Type": "String"}},
        "Resources": {
            "Acl": resource(
                "AWS::WAFv2::WebACL", Rules=[rule("a", {"Fn::Sub": "${AddressesArn}"}), rule("b")]
            )
        },
    }
    documents, removed = localised(root=root, edge=edge, reader=reader)
    assert list(documents["edge"]["Outputs"]) == ["Other"]
    assert documents["root"]["Outputs"] == {}
    assert list(documents["root"]["Resources"]["Reader"]["Properties"]["Parameters"]) == ["Other"]
    assert documents["root"]["Resources"]["Edge"]["Properties"]["TemplateURL"] == URL
    assert list(documents["reader"]["Parameters"]) == ["Other"]
    assert documents["reader"]["Resources"]["Acl"]["Properties"]["Rules"] == [rule("b")]
    assert set(removed) == {
        "edge: Resources/Addresses",
        "edge: Outputs/AddressesArn",
        "root: Resources/Reader/Properties/Parameters/AddressesArn",
        "root: Outputs/Addresses",
        "reader: Parameters/AddressesArn",
        "reader: Resources/Acl/Properties/Rules/0",
    }


def test_nothing_disappears_that_nobody_decided_on() -> None:
    with pytest.raises(UnforeseenReference, match="Resources/Queue/Properties/QueueName refers to Group"):
        localised(
            messaging={
                "Group": resource("AWS::XRay::SamplingRule"),
                "Queue": resource("AWS::SQS::Queue", QueueName={"Ref": "Group"}),
            }
        )


def test_conditions_on_what_is_gone_are_an_error() -> None:
    root = {
        "Stack": resource(
            "AWS::CloudFormation::Stack", TemplateURL=URL, Parameters={"Group": {"Ref": "Group"}}
        ),
        "Group": resource("AWS::XRay::SamplingRule"),
    }
    edge = {
        "Parameters": {"Group": {"Type": "String"}},
        "Conditions": {"HasGroup": {"Fn::Equals": [{"Ref": "Group"}, ""]}},
        "Resources": {},
    }
    with pytest.raises(UnforeseenReference, match="Conditions/HasGroup"):
        localised(root=root, edge=edge)


def test_of_our_web_acl_only_what_needs_the_address_set_goes() -> None:
    assembly = built()
    texts, removals = without_refused({ROOT: assembly.root, **assembly.nested})
    (acl,) = [
        item
        for item in json.loads(texts["security"])["Resources"].values()
        if item["Type"] == "AWS::WAFv2::WebACL"
    ]
    kept = [rule["Name"] for rule in acl["Properties"]["Rules"]]
    assert kept == ["paypal-ip-rate", "common", "known-bad-inputs", "counted-outside-webhooks"]
    removed = {(item.template, item.what) for item in removals}
    assert {
        ("security", "Resources/ProviderAddressSet"),
        ("security", "Resources/WebAclLog"),
        ("api", "Resources/StageWebAcl"),
        ("api", "Resources/TransactionsStageWebAcl"),
    } <= removed
    # The rest of the system does not hang on the web ACL.
    edge = [what.split("/") for template, what in removed if template in ("security", "api")]
    gone = {path[1] for path in edge if path[0] == "Resources" and len(path) == 2}
    associations = {"StageWebAcl", "TransactionsStageWebAcl"}
    assert gone == {"ProviderAddressSet", "WebAclLog", "ClientCertificate", *associations}
