"""Send a webhook, signed as its provider signs; `python scripts/send.py --help` says how."""

from start_command import start  # type: ignore[import-not-found]

if __name__ == "__main__":
    start("send")
