"""Parameters that limit the rate of requests."""

from typing import Final

from stacks.parameters.setting import Setting

API_THROTTLE_RATE: Final = Setting(
    "ApiThrottleRate", "Requests a second that the API accepts", 1000, minimum=1, maximum=10000
)
API_THROTTLE_BURST: Final = Setting(
    "ApiThrottleBurst", "Requests that the API accepts at once", 2000, minimum=1, maximum=10000
)
TRANSACTIONS_THROTTLE_RATE: Final = Setting(
    "TransactionsThrottleRate",
    "Requests a second that the transaction API accepts",
    50,
    minimum=1,
    maximum=10000,
)
TRANSACTIONS_THROTTLE_BURST: Final = Setting(
    "TransactionsThrottleBurst",
    "Requests that the transaction API accepts at once",
    100,
    minimum=1,
    maximum=10000,
)
# A web ACL counts in windows of a minute, and CloudFormation cannot multiply: a mapping holds the limits.
RATES_PER_SECOND: Final = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000)
IP_RATE_LIMIT: Final = Setting(
    "IpRateLimit",
    "Requests a second from one address, over a minute, on all paths but PayPal's; "
    "the providers' published addresses are not counted",
    10,
    allowed=RATES_PER_SECOND,
)
PAYPAL_IP_RATE_LIMIT: Final = Setting(
    "PayPalIpRateLimit",
    "The same for PayPal's path, which gets its own as PayPal publishes no addresses and sends from few",
    100,
    allowed=RATES_PER_SECOND,
)
PROVIDER_ADDRESSES: Final = Setting(
    "ProviderAddresses",
    "Addresses that providers publish (IPv4 networks, comma between): exempt from the rate limit and from the "
    "reputation list; scripts/provider_addresses.py makes the list",
    "",
    pattern=r"^$|^((25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(25[0-5]|2[0-4]\d|1?\d?\d)/(3[0-2]|[12]\d|[1-9])$",
    is_list=True,
)
