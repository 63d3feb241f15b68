"""Names of the private network's parts. EC2 shows most of them by the tag `Name`."""

from stacks.event_names import NameForms


class NetworkNames(NameForms):
    """Names of the private network."""

    def network_part(self, kind: str, purpose: str) -> str:
        """E.g. `subnet-private-one-dev`."""
        return self._named(kind, purpose)

    @property
    def vpc(self) -> str:
        return self._named("vpc", "payment-webhooks")

    @property
    def flow_log_group(self) -> str:
        return f"/aws/vpc/{self.vpc}"

    @property
    def flow_log_arn_pattern(self) -> str:
        """EC2 makes up a flow log's id, so nothing narrower is known before it exists."""
        return self.arn("ec2", "vpc-flow-log/*")

    @property
    def table_arn_pattern(self) -> str:
        return self.arn("dynamodb", f"table/table-*-{self.suffix}")

    @property
    def bucket_arn_pattern(self) -> str:
        return f"arn:{self.partition}:s3:::pw-*-{self.suffix}-{self.account}-{self.region}"

    @property
    def all_secrets_arn_pattern(self) -> str:
        """Secrets Manager ends every ARN with a hyphen and six characters of its own choice."""
        return self.arn("secretsmanager", f"secret:secret-*-{self.suffix}-??????")

    @property
    def function_arn_pattern(self) -> str:
        return self.arn("lambda", f"function:{self._named('lambda', '*')}")

    @property
    def anything_of_ec2_arn_pattern(self) -> str:
        return self.arn("ec2", "*/*")
