"""The keys of an endpoint; `python scripts/endpoint_secrets.py --help` says how to set and roll them."""

from start_command import start  # type: ignore[import-not-found]

if __name__ == "__main__":
    start("endpoint-secrets")
