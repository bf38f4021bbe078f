"""How soon a sandbox with many payments in its file is ready: `python benchmarks/start.py --payments 100000`.

Prints the seconds from the command until it tells that it listens, and how long the first lookups take, by
`imp_uid` and by `merchant_uid`.
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks import held
from tests.standalone import standalone


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--payments", type=int, default=100_000, metavar="NUMBER")
    payments = parser.parse_args().payments
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "sandbox.sqlite3")
        held.fill(file, payments)
        began = time.monotonic()
        with standalone("--db", str(file)) as sandbox:
            print(f"{payments} payments: ready after {time.monotonic() - began:.2f} seconds")
            client = sandbox.client()
            client.get_token()
            for name, look_up, number in (
                ("imp_uid", client.payments.find, held.imp_uid(1)),
                ("merchant_uid", client.payments.find_first, held.merchant_uid(1)),
            ):
                began = time.monotonic()
                look_up(number)
                print(f"first lookup by {name}: {(time.monotonic() - began) * 1000:.0f} ms")


if __name__ == "__main__":
    main()
