"""Sign webhooks exactly as each provider does, to try the system and to test it.

Written apart from the library's verification, so that a mistake in one is not hidden by the same one in the
other.
"""

from scripts.provider_simulator.paypal_authority import (
    AuthorityUnusable,
    LocalAuthority,
    ensure_authority,
    load_authority,
)
from scripts.provider_simulator.signatures import forge, sign

__all__ = ["AuthorityUnusable", "LocalAuthority", "ensure_authority", "forge", "load_authority", "sign"]
