"""A call on the policy of a table or stream is held against the rights on that table or stream.

DynamoDB's `GetResourcePolicy`, `PutResourcePolicy` and `DeleteResourcePolicy` name it as `ResourceArn` (API reference,
"GetResourcePolicy"; service authorization reference: resource types table and stream). The engine looks for a
`TableName`, finds none, and asks for the right on everything.
"""

from scripts.local_engine.shims.engine_modules import json_object, module


def apply() -> None:
    iam_actions = module("core.iam_actions")

    dynamodb_resource_arns = iam_actions.dynamodb_resource_arns

    def named_by_table_or_arn(body: bytes, region: str, account_id: str) -> list[str]:
        named = json_object(body).get("ResourceArn")
        return [named] if isinstance(named, str) else dynamodb_resource_arns(body, region, account_id)

    iam_actions.dynamodb_resource_arns = named_by_table_or_arn
