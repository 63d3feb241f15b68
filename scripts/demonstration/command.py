"""The command `demo`."""

import time
from dataclasses import asdict

import click

from scripts.command_line.command import Command
from scripts.command_line.exit_codes import EXIT_DONE, EXIT_FOUND
from scripts.command_line.options import json_option
from scripts.command_line.streams import answer


@click.command(cls=Command, examples=["{}", "{} --verbose"], exit_codes=[EXIT_FOUND])
@click.option("--verbose", is_flag=True, help="Show what each step prints.")
@json_option
def demo(verbose: bool, as_json: bool) -> int:
    """Build, deploy locally and send webhooks.

    Then show what became of each. Everything runs as it ships: the real deploy script, the real handlers, zipped and
    layered, with IAM enforced. It uses a folder of its own, so an engine that runs already is left alone. It ends with
    a table of what was sent, answered and stored, each held against the truth; exit code 1 when something differs.
    """
    from scripts.command_line.console import OutputConsole, make_console
    from scripts.demonstration import main_job

    begun = time.monotonic()
    with main_job.engine_folder() as folder:
        results = main_job.run(main_job.Job(folder, make_console(), verbose))
    wrong = sum(not check.holds for _, cells in results for check in cells.values())
    verdict = "everything is as it must be" if wrong == 0 else f"{wrong} differ from the truth"
    lines = (main_job.result_table(results), f"{verdict}, in {time.monotonic() - begun:.0f} s")
    cells = {
        scenario.title: {name: asdict(check) for name, check in cells.items()} for scenario, cells in results
    }
    answer(cells, as_json, lambda: OutputConsole().print(*lines, sep="\n"))
    return EXIT_FOUND if wrong else EXIT_DONE
