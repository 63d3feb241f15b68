"""Names of what stands before the API: the web ACL, and the key of senders that have one; and of the second API."""

from stacks.event_names import NameForms


class EdgeNames(NameForms):
    """Names of the system's edge."""

    @property
    def internal_api_key(self) -> str:
        return self._named("api-key", "internal")

    @property
    def internal_usage_plan(self) -> str:
        return self._named("usage-plan", "internal")

    @property
    def web_acl(self) -> str:
        return self._named("web-acl", "payment-webhooks")

    @property
    def web_acl_log_group(self) -> str:
        return self._named("aws-waf-logs", "payment-webhooks")

    @property
    def provider_ip_set(self) -> str:
        return self._named("ip-set", "providers")

    @property
    def transactions_api(self) -> str:
        return self._named("api", "transactions")

    @property
    def transactions_access_log_group(self) -> str:
        return f"/aws/apigateway/{self.transactions_api}"
