"""E9014: access logs of S3 go to a bucket that encrypts with a KMS key."""

from cfnlint.rules._rule import CloudFormationLintRule, RuleMatch
from cfnlint.template.template import Template


class AccessLogBucketEncryption(CloudFormationLintRule):
    id = "E9014"
    shortdesc = "A bucket that takes access logs encrypts with SSE-S3"
    description = (
        "S3 delivers server access logs only to a bucket whose default encryption is SSE-S3. Into one with a KMS key "
        "nothing is delivered, and nothing says so."
    )
    source_url = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html"
    tags = ["resources", "s3", "kms"]

    def match(self, cfn: Template) -> list[RuleMatch]:
        buckets = cfn.get_resources("AWS::S3::Bucket")
        logging = [str(each.get("Properties", {}).get("LoggingConfiguration")) for each in buckets.values()]
        return [
            RuleMatch(
                ["Resources", name, "Properties", "BucketEncryption"], "it takes access logs: use AES256"
            )
            for name, resource in buckets.items()
            if "'aws:kms" in str(resource.get("Properties", {}).get("BucketEncryption"))
            and any(f"'{name}'" in target for target in logging)
        ]
