"""What is to be set up at a provider, as a command tells it of a deployed endpoint."""

import json
import secrets

from tests.support.system.system import System


def test_the_guide_has_the_url_at_which_the_endpoint_listens(system: System) -> None:
    done = system.secrets("square", "guide", "--json")
    assert done.exit_code == 0, done.text
    setup = json.loads(done.stdout)
    assert setup["url"] == f"{system.base_url}/webhook/square"
    assert "payment.updated" in setup["event_types"]["always"]


def test_a_key_that_is_set_is_followed_by_the_guide(system: System) -> None:
    """The same key again, as others use it; one beside it is replaced, which is said."""
    secret = system.secret("internal")
    assert system.secrets("internal", "add", key=f"whsec_{secrets.token_hex(16)}").exit_code == 0
    other = system.secret("internal").keys[0].id
    done = system.secrets("internal", "set", "--mode", secret.mode, key=secret.keys[0].value)
    assert done.exit_code == 0, done.text
    assert f"{system.base_url}/webhook/internal" in done.stdout
    assert secret.keys[0].value not in done.text
    assert f"replaced {other}: what is signed so is refused in a minute\n" in done.stderr
