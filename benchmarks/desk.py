"""The operator's desk at 1,000 and at 1,000,000 transactions: `python benchmarks/desk.py`.

Makes two shops on a PostgreSQL server (the variables IAMPORT_TEST_DATABASE_HOST, _PORT, _USER and _PASSWORD of the
tests say where), asks each page, filter and search of the desk in both in turns, so that both meet the same
machine, and prints how many times as long the larger shop took, and how many queries. Ends with 1 where a page
took more than twice as long, or more than one query more. `--explain` shows the plan of each page's slowest query.
The databases are deleted afterwards, unless they are kept for the next time (`--keep`).

Each question was asked before, so that what days that are over came to is kept. `--first-look` has the larger shop
forget it before each question; with `--after-sync` it is then added up as `iamport_sync` does, outside of what is
measured.
"""

import argparse
import os
import statistics
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
os.environ["IAMPORT_TEST_DATABASE_ENGINE"] = "postgresql"
for name, value in {"NAME": "postgres", "HOST": "127.0.0.1", "USER": "postgres", "PORT": "5432"}.items():
    os.environ.setdefault(f"IAMPORT_TEST_DATABASE_{name}", value)

FEW, MANY = "few", "many"
AT_MOST = 2.0


class Shop:
    """Which of the two is asked."""

    alias = FEW

    def db_for_read(self, *args: Any, **hints: Any) -> str:
        return Shop.alias

    db_for_write = db_for_read

    def allow_relation(self, *args: Any, **hints: Any) -> bool:
        return True


def configure(prefix: str) -> None:
    import django
    from django.conf import settings

    from tests import settings as of_tests

    chosen = {name: getattr(of_tests, name) for name in dir(of_tests) if name.isupper()}
    server = of_tests.DATABASES["default"]
    shops = {alias: {**server, "NAME": f"{prefix}_{alias}"} for alias in (FEW, MANY)}
    # Every query is counted by a wrapper; DEBUG would keep them all.
    settings.configure(
        **{
            **chosen,
            "DEBUG": False,
            "DATABASES": {"default": server, **shops},
            "DATABASE_ROUTERS": [Shop()],
            "ROOT_URLCONF": "tests.admin.desk",
        }
    )
    django.setup()


@contextmanager
def shops(counts: dict[str, int], *, keep: bool) -> Iterator[None]:
    from django.core.management import call_command
    from django.db import connections

    from tests.admin.crowd import fill

    made = []
    try:
        for alias, count in counts.items():
            name = connections[alias].settings_dict["NAME"]
            with connections["default"].cursor() as cursor:
                cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
                there = cursor.fetchone() is not None
            made.append(alias)
            if there and keep:
                continue
            with connections["default"].cursor() as cursor:
                cursor.execute(f'DROP DATABASE IF EXISTS "{name}"')
                cursor.execute(f'CREATE DATABASE "{name}"')
            Shop.alias = alias
            call_command("migrate", database=alias, verbosity=0)
            began = time.monotonic()
            fill(count, alias)
            print(f"{alias}: {count:,} transactions in {time.monotonic() - began:.0f} s", flush=True)
        yield
    finally:
        for alias in made if not keep else ():
            name = connections[alias].settings_dict["NAME"]
            connections[alias].close()
            with connections["default"].cursor() as cursor:
                cursor.execute(f'DROP DATABASE IF EXISTS "{name}"')


class Desk:
    """An operator in one of the shops."""

    def __init__(self, alias: str) -> None:
        from django.contrib.auth.models import User
        from django.test import Client

        from tests.admin.crowd import questions

        self.alias = Shop.alias = alias
        self.client = Client()
        User.objects.filter(username="boss").delete()
        self.client.force_login(User.objects.create_superuser("boss"))
        self.questions = questions()

    def ask(self, question: str) -> tuple[float, list[tuple[float, str, Any]]]:
        """How long a page took, and its queries."""
        from django.db import connections

        Shop.alias = self.alias
        queries: list[tuple[float, str, Any]] = []

        def count(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
            began = time.perf_counter()
            try:
                return execute(sql, params, many, context)
            finally:
                queries.append((time.perf_counter() - began, sql, params))

        with connections[self.alias].execute_wrapper(count):
            began = time.perf_counter()
            answer = self.client.get(self.questions[question])
            b"".join(answer) if answer.streaming else answer.content
            took = time.perf_counter() - began
        if answer.status_code != 200:
            raise SystemExit(f"{question}: {answer.status_code} {self.questions[question]}")
        return took, queries

    def forget(self, *, adds_up: bool) -> None:
        """What is kept of days; then keep it as a shop has it whose cron runs `iamport_sync`."""
        from django_iamport.ledger.books.bookkeeping import add_up_beforehand
        from django_iamport.ledger.books.day_sums import DaySums
        from tests.shop.models import OrderTransaction

        Shop.alias = self.alias
        DaySums.objects.all().delete()
        for _days in add_up_beforehand(OrderTransaction._base_manager.all()) if adds_up else ():
            pass

    def explain(self, question: str) -> None:
        from django.db import connections

        Shop.alias = self.alias
        for took, sql, params in sorted(self.ask(question)[1], key=lambda q: -q[0])[:1]:
            print(f"\n== {question}: {took * 1000:.1f} ms\n{sql[:3000]}\n{str(params)[:200]}")
            with connections[self.alias].cursor() as cursor:
                cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS) {sql}", params)
                print("\n".join(line for (line,) in cursor.fetchall()), flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--few", type=int, default=1_000)
    parser.add_argument("--many", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--only", default="", help="questions that contain this")
    parser.add_argument("--explain", action="store_true")
    parser.add_argument(
        "--first-look", action="store_true", help="of the larger shop: nothing is kept of days"
    )
    parser.add_argument("--after-sync", action="store_true", help="then: but what iamport_sync keeps of them")
    parser.add_argument("--keep", action="store_true", help="keep the databases, for the next time")
    parser.add_argument("--prefix", default="iamport_desk", help="of the databases' names")
    arguments = parser.parse_args()
    configure(arguments.prefix)
    with shops({FEW: arguments.few, MANY: arguments.many}, keep=arguments.keep):
        few, many = Desk(FEW), Desk(MANY)
        asked = [question for question in few.questions if arguments.only in question]
        print(f"{'':44} {'queries':>9} {'ms at':>7} {'times as long':>23}")
        print(f"{'':44} {'few many':>9} {arguments.few:>7,} {'median':>9} {'min':>6} {'max':>6}")
        too_slow = []
        for question in asked:
            few.ask(question), many.ask(question)
            rounds = []
            for _ in range(arguments.rounds):
                if arguments.first_look:
                    many.forget(adds_up=arguments.after_sync)
                rounds.append((few.ask(question), many.ask(question)))
            ratios = [large[0] / small[0] for small, large in rounds]
            queries = [len(rounds[0][0][1]), len(rounds[0][1][1])]
            median = statistics.median(ratios)
            told = statistics.median(small[0] for small, _ in rounds) * 1000
            print(
                f"{question:44} {queries[0]:>4} {queries[1]:>4} {told:>7.0f} {median:>9.2f} {min(ratios):>6.2f} "
                f"{max(ratios):>6.2f}",
                flush=True,
            )
            # A list of more than a page reads the keys of its page by a query of their own.
            if median > AT_MOST or queries[0] + 1 < queries[1]:
                too_slow.append(question)
        for question in asked if arguments.explain else ():
            many.explain(question)
    print(f"{len(too_slow)} of {len(asked)} more than {AT_MOST:g} times as slow, or with more queries")
    return 1 if too_slow else 0


if __name__ == "__main__":
    sys.exit(main())
