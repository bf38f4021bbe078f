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

from django_iamport.sandbox.rules import Account, Merchant
from django_iamport.sandbox.state.clock import Clock
from django_iamport.sandbox.state.files import FileStore
from tests.standalone import standalone


def fill(file: Path, payments: int) -> str:
    """Answers the `imp_uid` of the first."""
    store = FileStore(file)
    account = Account(store, Clock(store), Merchant())
    with store.exclusive():
        made = [pay(account, number) for number in range(payments)]
    store.close()
    return made[0]


def pay(account: Account, number: int) -> str:
    opened = account.open_window({"merchant_uid": f"order{number}", "amount": 1_000})
    return str(account.approve(opened["imp_uid"])["imp_uid"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--payments", type=int, default=100_000, metavar="NUMBER")
    payments = parser.parse_args().payments
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "sandbox.sqlite3")
        with standalone("--db", str(file)) as sandbox:
            sandbox.end()
        imp_uid = fill(file, payments)
        began = time.monotonic()
        with standalone("--db", str(file)) as sandbox:
            print(f"{payments} payments: ready after {time.monotonic() - began:.2f} seconds")
            client = sandbox.client()
            client.get_token()
            for name, look_up in (
                ("imp_uid", client.payments.find),
                ("merchant_uid", client.payments.find_first),
            ):
                began = time.monotonic()
                look_up(imp_uid if name == "imp_uid" else "order0")
                print(f"first lookup by {name}: {(time.monotonic() - began) * 1000:.0f} ms")


if __name__ == "__main__":
    main()
