"""Texts in the place of what AWS alone can give."""

from stacks.evaluation.physical_ids import with_physical_ids
from stacks.evaluation.resolved_stack import StackSource, resolve_stack

PSEUDO = {
    "AWS::AccountId": "123456789012",
    "AWS::Partition": "aws",
    "AWS::Region": "eu-west-1",
    "AWS::URLSuffix": "amazonaws.com",
}
TEMPLATE = {
    "Parameters": {"Suffix": {"Type": "String"}, "Code": {"Type": "String"}},
    "Resources": {
        "Queue": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": {"Fn::Sub": "queue-${Suffix}"}}},
        "One": {"Type": "AWS::EC2::Subnet", "Properties": {"CidrBlock": {"Fn::Cidr": ["10.0.0.0/16", 1, 8]}}},
        "Two": {"Type": "AWS::EC2::Subnet"},
        "Reader": {
            "Type": "Custom::Reader",
            "Properties": {
                "Arn": {"Fn::GetAtt": ["Queue", "Arn"]},
                "Url": {"Ref": "Queue"},
                "Both": {"Fn::Sub": "${Queue.Arn}/${Code}"},
                "Subnets": [{"Ref": "One"}, {"Ref": "Two"}],
                "NoForm": {"Fn::GetAtt": ["Queue", "Other"]},
            },
        },
    },
}


def test_references_become_what_aws_would_give() -> None:
    given = with_physical_ids(resolve_stack(StackSource(TEMPLATE), {"Suffix": "dev"}, PSEUDO), PSEUDO)
    reader = given[(), "Reader"]
    assert reader.get("Arn") == "arn:aws:sqs:eu-west-1:123456789012:queue-dev"
    assert reader.get("Url") == "https://sqs.eu-west-1.amazonaws.com/123456789012/queue-dev"
    assert reader.get("Both") == "arn:aws:sqs:eu-west-1:123456789012:queue-dev/Code"
    assert reader.get("NoForm") == "Queue"
    one, two = reader.get("Subnets")
    assert (len(one), one[:7]) == (24, "subnet-")
    assert one != two
    assert given[(), "One"].get("CidrBlock") == {"Fn::Cidr": ["10.0.0.0/16", 1, 8]}
