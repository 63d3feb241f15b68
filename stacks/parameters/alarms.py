"""Parameters of the alarms."""

from typing import Final

from stacks.parameters.setting import Setting

ALERT_EMAIL: Final = Setting(
    "AlertEmail",
    "Address that gets every alarm; its owner confirms the subscription. Empty: subscribe something yourself",
    "",
    pattern=r"^$|^[^@\s]+@[^@\s]+$",
)
SILENCE_HOURS: Final = Setting(
    "SilenceHours",
    "Hours without an authentic webhook after which an endpoint counts as silent; 0: no such alarm",
    0,
    minimum=0,
    maximum=24,  # CloudWatch: periods of an hour, over a day at most
)
KEY_AGE_DAYS: Final = Setting(
    "KeyAgeDays",
    "Days after which the key of an endpoint is to be rolled, and an alarm reminds of it; 0: no such alarm",
    365,
    minimum=0,
    maximum=3650,
)
