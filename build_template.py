"""Builds the CloudFormation templates, the transaction API's OpenAPI document, the policies of who deploys, the bill of
materials, the pages about parameters, alarms, retention, facts of AWS, providers and PCI DSS, and the architecture's
picture.

python build_template.py            writes output/*.template.json, output/transactions.openapi.json,
                                    output/architecture.svg, output/deployer-*.policy.json, output/sbom.cdx.json,
                                    docs/{parameters,alarms,retention,aws-facts,providers,pci-dss}.md
python build_template.py --diagram  writes the picture alone
python build_template.py --check    fails when one of them is stale, or cfn-lint or a rule of the assembled system
                                    finds something
"""

import argparse
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent
sys.path.insert(1, str(ROOT / "layer" / "python"))  # so that a build needs no installed project

from scripts.artifacts.sbom import FILE_NAME as SBOM  # noqa: E402
from scripts.artifacts.sbom import sbom_text  # noqa: E402
from scripts.command_line.project_paths import LINTED  # noqa: E402
from scripts.deployment.permissions.deployer_policies import FILE_PATTERN, deployer_policies  # noqa: E402
from stacks.assembly import Assembly, build  # noqa: E402
from stacks.documents.aws_facts_page import aws_facts_page  # noqa: E402
from stacks.documents.diagram import draw  # noqa: E402
from stacks.documents.diagram_graph import read_graph  # noqa: E402
from stacks.documents.markdown_pages import alarms_page, parameters_page, retention_page  # noqa: E402
from stacks.documents.openapi import FILE_NAME, openapi_text  # noqa: E402
from stacks.documents.pci_dss_page import pci_dss_page  # noqa: E402
from stacks.documents.providers_page import providers_page  # noqa: E402
from stacks.evaluation.resolved_stack import StackSource  # noqa: E402
from stacks.generated_files import FileSet  # noqa: E402
from stacks.system_rules.check import system_findings, systems  # noqa: E402

OUTPUT = ROOT / "output"

EXIT_DONE = 0
EXIT_FOUND = 1  # argparse exits with 2 on wrong usage


def main(arguments: list[str] | None = None) -> int:
    """Run the command; returns its exit code."""
    options = _parser().parse_args(arguments)
    folder = options.output or OUTPUT
    assembly = build()
    graph = read_graph(assembly.root, assembly.nested)
    openapi = FileSet(folder, "*.openapi.json", {FILE_NAME: openapi_text()})
    picture = FileSet(folder, "*.svg", {"architecture.svg": draw(graph)})
    if options.diagram:
        return write([picture])
    policies = FileSet(folder, FILE_PATTERN, deployer_policies(assembly))
    bill = FileSet(folder, "*.cdx.json", {SBOM: sbom_text()})
    sets = [assembly.in_folder(folder), openapi, picture, policies, bill]
    if options.output is None:
        pages = {
            "parameters.md": parameters_page(),
            "alarms.md": alarms_page(),
            "retention.md": retention_page(),
            "aws-facts.md": aws_facts_page(),
            "providers.md": providers_page(),
            "pci-dss.md": pci_dss_page(assembly.parsed),
        }
        sets += [FileSet(ROOT / "docs", name, {name: text}) for name, text in pages.items()]
    return check(sets, folder, assembly) if options.check else write(sets)


def write(sets: list[FileSet]) -> int:
    """Write what differs and remove templates that are no longer built."""
    changed = [path for files in sets for path in files.write()]
    print(f"{sum(len(files.texts) for files in sets)} files built, {len(changed)} changed")
    for path in changed:
        print(f"  {path}")
    return EXIT_DONE


def check(sets: list[FileSet], folder: Path, assembly: Assembly) -> int:
    """Compare with what is there, lint the templates that are there, and check the assembled system."""
    from stacks.lint.cfn_lint import lint

    stale = [path for files in sets for path in files.stale()]
    for path in stale:
        print(f"stale: {path} is not what the code builds; run: python build_template.py", file=sys.stderr)
    source = StackSource.parse(assembly.root, assembly.nested)
    assembled = {finding for system in systems(source).values() for finding in system_findings(system)}
    findings = [*lint(folder, memory=LINTED), *sorted(assembled)]
    for finding in findings:
        print(finding, file=sys.stderr)
    if stale or findings:
        return EXIT_FOUND
    count = sum(len(files.texts) for files in sets)
    print(f"{count} files are what the code builds, and cfn-lint and the system's rules accept them")
    return EXIT_DONE


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description="Build the CloudFormation templates: the root stack and its nested stacks.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="""\
The same code always gives the same bytes. Change stacks/, run this, and commit output/ with the change, so that
a review shows what it does to the infrastructure. What cfn-lint finds and we keep is excused, with its reason,
in stacks/lint/waivers.toml.

Exit codes: 0 done; 1 a file is stale or a rule found something (--check only); 2 wrong usage.""",
    )
    parser.add_argument(
        "--output",
        type=Path,
        metavar="DIR",
        help="write or check the templates in DIR alone, instead of output/ and the pages in docs/",
    )
    parser.add_argument("--diagram", action="store_true", help="write the picture of the architecture alone")
    parser.add_argument(
        "--check", action="store_true", help="write nothing; compare with the files, and lint the templates"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
