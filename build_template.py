"""Builds the CloudFormation templates.

python build_template.py            writes output/*.template.json
python build_template.py --check    fails when output/ is stale or cfn-lint finds something
"""

import argparse
import sys
from pathlib import Path

from stacks.assembly import Assembly, build

OUTPUT = Path(__file__).parent / "output"

EXIT_DONE, EXIT_FOUND = 0, 1


def main(arguments: list[str] | None = None) -> int:
    """Run the command; returns its exit code."""
    options = _parser().parse_args(arguments)
    assembly = build()
    return check(assembly, options.output) if options.check else write(assembly, options.output)


def write(assembly: Assembly, folder: Path) -> int:
    changed = assembly.write(folder)
    print(f"{len(assembly.files)} templates in {folder}, {len(changed)} changed")
    for name in changed:
        print(f"  {name}")
    return EXIT_DONE


def check(assembly: Assembly, folder: Path) -> int:
    stale = assembly.stale_files(folder)
    for name in stale:
        print(
            f"stale: {folder / name} is not what the code builds; run: python build_template.py",
            file=sys.stderr,
        )
    from stacks.lint import lint  # cfn-lint takes longer to import than the templates take to build

    findings = lint(folder)
    for finding in findings:
        print(finding, file=sys.stderr)
    if stale or findings:
        return EXIT_FOUND
    print(f"{len(assembly.files)} templates in {folder} are what the code builds, and cfn-lint accepts them")
    return EXIT_DONE


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description="Build the CloudFormation templates: the root stack and one nested stack for each layer.",
        epilog=(
            "Exit codes: 0 done; 1 with --check: a template is stale or cfn-lint found something; 2 wrong usage. "
            "The templates are byte-stable: the same code always gives the same files. Change stacks/*.py, run this, "
            "and commit output/ with it, so that a review shows what changes in the infrastructure. Findings that we "
            "keep are excused, with a reason, in stacks/waivers.toml."
        ),
    )
    parser.add_argument(
        "--output", type=Path, default=OUTPUT, metavar="DIR", help="folder of the templates (output/)"
    )
    parser.add_argument(
        "--check", action="store_true", help="write nothing; compare with DIR and lint what is there"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
