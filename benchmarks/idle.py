"""A worker with this app and without it, before its first purchase: `python benchmarks/idle.py`.

Starts processes in turns that set Django up with a shop's apps, load its addresses and answer one request; it
compares how long that took, and how much memory they have then.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks import places, table

WORKER = """
import json, resource, sys, time
began = time.perf_counter()
from django.conf import settings
ours = sys.argv[1:]
apps = ["admin", "auth", "contenttypes", "messages", "sessions", "staticfiles"]
settings.configure(
    SECRET_KEY="benchmark", ALLOWED_HOSTS=["*"], USE_TZ=True, STATIC_URL="/static/",
    INSTALLED_APPS=[*(f"django.contrib.{app}" for app in apps), *ours],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    ROOT_URLCONF="__main__",
    IAMPORT_TRANSACTION_MODEL="shop.OrderTransaction",
    MIDDLEWARE=["django.contrib.sessions.middleware.SessionMiddleware",
                "django.contrib.auth.middleware.AuthenticationMiddleware"],
)
from django.core.wsgi import get_wsgi_application
application = get_wsgi_application()
from django.contrib import admin
from django.test import RequestFactory
from django.urls import include, path
urlpatterns = [path("admin/", admin.site.urls)]
if ours:
    urlpatterns.append(path("pay/", include("django_iamport.urls")))
application(RequestFactory().get("/nothing/").environ, lambda status, headers: None)
told = {"took": time.perf_counter() - began, "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss}
print(json.dumps({**told, "modules": sorted(sys.modules)}))
"""
APPS = ("django_iamport", "benchmarks.shop")


def worker(*apps: str) -> dict[str, Any]:
    """What one with these apps has loaded (`modules`), how long it `took`, and its `memory` in KiB."""
    command, env = [sys.executable, "-c", WORKER, *apps], {**os.environ, "PYTHONPATH": str(places.ROOT)}
    told = subprocess.run(command, env=env, capture_output=True, text=True, check=True).stdout
    found: dict[str, Any] = json.loads(told.splitlines()[-1])
    return found


def measure(arguments: argparse.Namespace) -> Iterator[table.Row]:
    rounds = [(worker(), worker(*APPS)) for _ in range(arguments.rounds + 1)][1:]
    modules = "; ".join(str(len(each["modules"])) for each in rounds[0])
    for name, what in (("took", "start of a worker"), ("memory", "idle memory of a worker")):
        ratios = [having[name] / bare[name] for bare, having in rounds]
        yield table.Row(f"{what} without the app", "with it", ratios, counts=f"{modules} modules")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=10)
    table.main(measure, parser)
