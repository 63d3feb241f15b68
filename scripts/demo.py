"""Build, deploy to the local engine and send webhooks; `python scripts/demo.py --help` says how."""

from start_command import start  # type: ignore[import-not-found]

if __name__ == "__main__":
    start("demo")
