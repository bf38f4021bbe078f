"""Everything that is measured beside something else, in one table: `python -m benchmarks [NAME ...]`.

The names are those of the scripts, each of which has options of its own. All but `idle` and `reads` need
PostgreSQL; `purchase`, `site` and `reads` install what they measure or need from an index.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks import table

NAMES = ("purchase", "idle", "site", "webhook", "reads", "sync")


def rows(name: str) -> Iterator[table.Row]:
    script = Path(__file__).with_name(f"{name}.py")
    with subprocess.Popen([sys.executable, script, "--json"], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        for line in process.stdout:
            if line.startswith("{"):
                yield table.Row(**json.loads(line))
    if process.returncode:
        print(f"{name} ended with {process.returncode}", file=sys.stderr)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", choices=(*NAMES, []), default=NAMES, metavar="NAME")
    table.show(row for name in parser.parse_args().names for row in rows(name))


if __name__ == "__main__":
    main()
