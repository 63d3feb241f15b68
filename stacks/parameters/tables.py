"""Parameters of the DynamoDB tables."""

from typing import Final

from stacks.parameters.setting import Setting, switch

DELETION_PROTECTION: Final = switch(
    "DeletionProtection",
    "Whether tables refuse deletion; turn it on by an update, as a failed first create could not roll back",
)
WARM_THROUGHPUT: Final = Setting(
    "WarmThroughput",
    "Reads and writes a second that tables and their indexes are ready for at once; 0 leaves it to DynamoDB, "
    "which begins with 12000 reads and 4000 writes and grows with the traffic",
    0,
    allowed=(0, 12000, 16000, 20000, 30000, 40000),
)
