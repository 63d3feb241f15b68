"""The first layers of this system as an AWS CDK app, for `benchmarks/cdk_synth.py` to compare with.

As near as CDK's own constructs come: key, tables with indexes and stream, buckets, queues, four functions with a role
each, event sources, REST API with an access log. It is smaller than what build_template.py makes (no WAF, no pipe, no
alarms), which favours CDK.
"""

import tempfile
from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as functions
from aws_cdk import aws_lambda_event_sources as sources
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import aws_sqs as sqs

HANDLER = "def handler(event, context):\n    return {}\n"


class Data(cdk.NestedStack):
    def __init__(self, scope: cdk.Stack, key: kms.Key) -> None:
        super().__init__(scope, "Data")
        self.inbox = self._table("PaymentWebhooks", "webhookId", key, ["pending_shard"])
        indexes = ["status_shard", "provider_shard", "customer_key"]
        self.transactions = self._table("Transactions", "transaction_id", key, indexes)
        self.buckets = [self._bucket(name, key) for name in ("Audit", "Payload", "Failures")]

    def _table(self, name: str, partition: str, key: kms.Key, indexes: list[str]) -> dynamodb.Table:
        text = dynamodb.AttributeType.STRING
        sort = dynamodb.Attribute(name="timestamp", type=text)
        table = dynamodb.Table(
            self,
            name,
            partition_key=dynamodb.Attribute(name=partition, type=text),
            sort_key=sort,
            billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
            encryption=dynamodb.TableEncryption.CUSTOMER_MANAGED,
            encryption_key=key,
            stream=dynamodb.StreamViewType.NEW_AND_OLD_IMAGES,
        )
        for index in indexes:
            partition_key = dynamodb.Attribute(name=index, type=text)
            table.add_global_secondary_index(index_name=index, partition_key=partition_key, sort_key=sort)
        return table

    def _bucket(self, name: str, key: kms.Key) -> s3.Bucket:
        return s3.Bucket(
            self,
            name,
            encryption=s3.BucketEncryption.KMS,
            encryption_key=key,
            versioned=True,
            enforce_ssl=True,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
        )


class Compute(cdk.NestedStack):
    def __init__(self, scope: cdk.Stack, key: kms.Key, data: Data, queue: sqs.Queue, code: str) -> None:
        super().__init__(scope, "Compute")
        made = {
            name: self._function(name, key, code) for name in ("Receiver", "Processor", "Audit", "Health")
        }
        self.receiver, self.health = made["Receiver"], made["Health"]
        data.inbox.grant_write_data(self.receiver)
        data.transactions.grant_write_data(made["Processor"])
        data.buckets[0].grant_put(made["Audit"])
        made["Processor"].add_event_source(sources.SqsEventSource(queue, batch_size=10, max_concurrency=50))
        start = functions.StartingPosition.TRIM_HORIZON
        made["Audit"].add_event_source(sources.DynamoEventSource(data.inbox, starting_position=start))

    def _function(self, name: str, key: kms.Key, code: str) -> functions.Function:
        return functions.Function(
            self,
            name,
            runtime=functions.Runtime.PYTHON_3_11,
            architecture=functions.Architecture.ARM_64,
            handler="handler.handler",
            code=functions.Code.from_asset(code),
            environment_encryption=key,
            tracing=functions.Tracing.ACTIVE,
            reserved_concurrent_executions=10,
            log_group=logs.LogGroup(
                self, f"{name}Log", encryption_key=key, retention=logs.RetentionDays.ONE_MONTH
            ),
        )


def main() -> None:
    app = cdk.App()
    stack = cdk.Stack(app, "PaymentWebhooks")
    key = kms.Key(stack, "Key", enable_key_rotation=True)
    for endpoint in ("stripe", "paypal", "square", "internal"):
        secretsmanager.Secret(stack, f"Secret{endpoint}", encryption_key=key)
    dead = sqs.DeadLetterQueue(max_receive_count=5, queue=sqs.Queue(stack, "Dlq", encryption_master_key=key))
    queue = sqs.Queue(stack, "Queue", encryption_master_key=key, enforce_ssl=True, dead_letter_queue=dead)
    with tempfile.TemporaryDirectory() as code:
        Path(code, "handler.py").write_text(HANDLER)
        compute = Compute(stack, key, Data(stack, key), queue, code)
        api = apigateway.RestApi(stack, "Api", deploy_options=apigateway.StageOptions(tracing_enabled=True))
        webhook = api.root.add_resource("webhook").add_resource("{endpoint}")
        webhook.add_method("POST", apigateway.LambdaIntegration(compute.receiver))
        api.root.add_resource("health").add_method("GET", apigateway.LambdaIntegration(compute.health))
        app.synth()


main()
