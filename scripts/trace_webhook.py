"""Where one webhook is; `python scripts/trace_webhook.py --help` says how to ask."""

from start_command import start  # type: ignore[import-not-found]

if __name__ == "__main__":
    start("trace-webhook")
