"""Run pytest with the tests of a pair of Python and Django: all of them on the newest pair that this machine has.

    python newest_runs_all.py ENVIRONMENT pytest [ARGUMENT ...]

SELECTED is the expression of the environment's own tests, ALL that of the newest one's. Where the newest Python is
missing, tox skips its pairs, and the next one takes their place.
"""

import os
import subprocess
import sys

from pairs import newest_here


def main(environment: str, pytest: str, *arguments: str) -> int:
    name = "all" if environment == newest_here() else "selected"
    command = [pytest, "-m", os.environ[name.upper()], "-o", f"junit_suite_name={name}", *arguments]
    return subprocess.run(command, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
