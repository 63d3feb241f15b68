"""Prints class, words for --allow, and lines on a terminal of the review of each change in tests/changes/system.

    python benchmarks/review_lines.py [--columns 100] [--show NAME]

--show prints the whole review of the changes whose file's name begins so.
"""

import argparse

import project_imports  # noqa: F401

from scripts.review.replacement import facts_of, schema_folder
from tests.support.scripts.prepared_changes import shown_on_a_terminal, system_changes, system_review_of


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--columns", type=int, default=100)
    parser.add_argument("--show", metavar="NAME")
    options = parser.parse_args()
    schemas = facts_of(schema_folder(), "us-east-1")
    print("| change | class | needs `--allow` | will fail | lines |\n| --- | --- | --- | --- | --- |")
    for change in system_changes():
        review = system_review_of(change, schemas)
        text = shown_on_a_terminal(review, width=options.columns)
        danger = review.danger.title.lower() if review.danger else ""
        fails = "yes" * bool(review.failing)
        needs = ",".join(sorted(review.needs))
        print(f"| {change.title} | {danger} | {needs} | {fails} | {len(text.splitlines())} |")
        if options.show and change.name.startswith(options.show):
            print(f"\n{text}")


if __name__ == "__main__":
    main()
