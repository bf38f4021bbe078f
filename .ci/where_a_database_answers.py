"""Run a command where the tests' database server answers; elsewhere say so and succeed.

    python where_a_database_answers.py COMMAND [ARGUMENT ...]

The server is the one that IAMPORT_TEST_DATABASE_HOST and IAMPORT_TEST_DATABASE_PORT name.
"""

import os
import socket
import subprocess
import sys


def answers(host: str, port: int) -> bool:
    try:
        with socket.create_connection((host, port), timeout=3):
            return True
    except OSError:
        return False


def main(command: list[str]) -> int:
    host, port = os.environ["IAMPORT_TEST_DATABASE_HOST"], os.environ["IAMPORT_TEST_DATABASE_PORT"]
    if not answers(host, int(port)):
        print(f"SKIPPED: no database server answers at {host}:{port}")
        return 0
    return subprocess.run(command, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
