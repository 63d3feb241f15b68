"""AWS's own limits, where no template sets one. Defaults of an account; most can be raised on request.

Each value has the page that states it. The pages were read in November 2026.
"""

from typing import Final

# API Gateway, https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
API_ACCOUNT_REQUESTS_PER_SECOND: Final = 10_000

# Lambda, https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html: "Each instance of your execution
# environment can serve up to 10 requests per second. In other words, the total invocation limit is 10 times your
# concurrency limit" (synchronous invocations; event sources are not bound by it).
LAMBDA_REQUESTS_PER_SECOND_PER_CONCURRENCY: Final = 10
LAMBDA_ACCOUNT_CONCURRENCY: Final = 1_000

# Lambda and SQS, https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html: five concurrent batches at
# first, 300 more a minute, 1,250 at most.
SQS_SOURCE_INITIAL_CONCURRENCY: Final = 5
SQS_SOURCE_MAXIMUM_CONCURRENCY: Final = 1_250
# https://docs.aws.amazon.com/lambda/latest/dg/API_CreateEventSourceMapping.html
SQS_SOURCE_DEFAULT_BATCH: Final = 10
STREAM_SOURCE_DEFAULT_BATCH: Final = 100
STREAM_SOURCE_DEFAULT_PARALLELIZATION: Final = 1

# DynamoDB, https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html (throughput of a
# table), …/bp-partition-key-design.html (of a partition) and …/on-demand-capacity-mode.html: a new table serves
# 4,000 write units a second; later, at once, twice its previous peak.
TABLE_WRITE_UNITS_PER_SECOND: Final = 40_000
PARTITION_WRITE_UNITS_PER_SECOND: Final = 1_000
NEW_TABLE_WRITE_UNITS_PER_SECOND: Final = 4_000
TABLE_GROWTH_AT_ONCE: Final = 2
# …/Streams.html: records are kept for 24 hours; …/ServiceQuotas.html: two readers of a shard at most.
STREAM_RETENTION_SECONDS: Final = 24 * 60 * 60
# …/CapacityUnitCalculations.html and …/transaction-apis.html. That an index's share of a transaction is not doubled
# was measured against DynamoDB (github.com/nubo-db/dynoxide, pull request 188); AWS's pages do not say.
WRITE_UNIT_BYTES: Final = 1024
READ_UNIT_BYTES: Final = 4096
TRANSACTION_FACTOR: Final = 2

# EventBridge Pipes, https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html: 3,000 in us-east-1,
# us-west-2 and eu-west-1; 1,000 elsewhere.
PIPE_EXECUTIONS: Final = {"us-east-1": 3_000, "us-west-2": 3_000, "eu-west-1": 3_000}
PIPE_EXECUTIONS_ELSEWHERE: Final = 1_000
# …/eb-pipes-dynamodb.html, and Lambda's …/with-ddb.html: "at a base rate of four times per second".
STREAM_POLLS_PER_SHARD_PER_SECOND: Final = 4

# Step Functions, https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html: StartExecution of standard
# workflows by a token bucket, 1,300 at once and 300 a second in us-east-1, us-west-2 and eu-west-1, 800 and 150
# elsewhere; state transitions 5,000 a second there and 800 elsewhere (less in a new account). Both are of all state
# machines of account and region together.
_LARGE_REGIONS: Final = ("us-east-1", "us-west-2", "eu-west-1")
START_EXECUTIONS_PER_SECOND: Final = dict.fromkeys(_LARGE_REGIONS, 300)
START_EXECUTIONS_ELSEWHERE: Final = 150
STATE_TRANSITIONS_PER_SECOND: Final = dict.fromkeys(_LARGE_REGIONS, 5_000)
STATE_TRANSITIONS_ELSEWHERE: Final = 800

# S3, https://docs.aws.amazon.com/AmazonS3/latest/userguide/optimizing-performance.html: a prefix takes so many
# PUT, COPY, POST or DELETE a second; S3 splits a busy prefix, but not at once.
BUCKET_PUTS_PER_SECOND: Final = 3_500

# X-Ray, https://docs.aws.amazon.com/xray/latest/devguide/xray-console-sampling.html, the default rule, and Lambda's own
# rate, which cannot be configured (https://docs.aws.amazon.com/lambda/latest/dg/services-xray.html): the first request
# each second and five percent of the others.
TRACES_PER_SECOND_FIRST: Final = 1
TRACES_SHARE_OF_REST: Final = 0.05
