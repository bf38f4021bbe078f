"""What the pages of text say about the code: each name in a table exists, and what exists is in a table."""

import ast
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest
from django.apps import apps
from django.core.management.base import BaseCommand
from django.db.models import Field
from django.dispatch import Signal

from django_iamport import conf, exceptions, signals, urls, views
from django_iamport.checks.deployment import DEPLOY
from django_iamport.checks.settings import SETTINGS
from django_iamport.contrib.subscriptions.wording import OF_PAYMENTS as OF_PERIODS
from django_iamport.exceptions import MESSAGES, GatewayError, IamportError
from django_iamport.models import AbstractOrder, AbstractOrderItem, AbstractTransaction
from django_iamport.rules.verification import Reason
from django_iamport.sandbox.delivery import faults

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGES = sorted([*DOCS.rglob("*.md"), *ROOT.glob("*.md")])
# What only some shops need has errors of its own.
EXCEPTIONS_OF_CONTRIB = [
    import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
    for path in sorted((ROOT / "django_iamport/contrib").glob("*/exceptions.py"))
]
READMES = ("README.md", "README.ko.md")
FENCE = re.compile(r"^( *)(```+)\w*\n(.*?)^\1\2$", re.MULTILINE | re.DOTALL)


def read(page: str) -> str:
    return (ROOT / page).read_text(encoding="utf-8")


def rows(page: str, first_heading: str) -> list[list[str]]:
    """The cells of all tables of a page whose first column has that heading."""
    found, inside = [], False
    for line in [*read(page).splitlines(), ""]:
        cells = [cell.strip() for cell in line.strip("|").split(" | ")] if line.startswith("|") else []
        if not cells:
            inside = False
        elif inside:
            found.append(cells)
        elif cells[0].strip("| ") == first_heading:
            inside = True
    return [cells for cells in found if set(cells[0]) - set("-|")]


def code(cell: str) -> str:
    return cell.strip("`")


def errors(family: type[IamportError] = IamportError) -> Iterator[type[IamportError]]:
    for error in family.__subclasses__():
        yield error
        yield from errors(error)


def test_every_setting_is_in_the_table_with_its_default():
    told = {code(row[0]): ast.literal_eval(code(row[1])) for row in rows("docs/settings.md", "setting")}
    sandbox = {name for name in told if name.startswith("IAMPORT_SANDBOX_")} - {"IAMPORT_SANDBOX_ALLOWED"}
    assert {name: told[name] for name in told if name not in sandbox} == dict(conf.DEFAULTS)
    source = read("django_iamport/sandbox/conf.py")
    read_there = dict(re.findall(r'"(IAMPORT_SANDBOX_\w+)", ("[^"]*"|None|\(\))\)', source))
    assert {name: told[name] for name in sandbox} == {n: ast.literal_eval(v) for n, v in read_there.items()}


def test_every_column_is_in_the_table_of_what_is_stored():
    told: dict[str, list[str]] = {}
    for row in rows("docs/privacy.md", "model"):
        told.setdefault(code(row[0]), []).extend(re.findall(r"`(\w+)`", row[1]))
    own = [model for model in apps.get_app_config("django_iamport").get_models() if not model._meta.proxy]
    stored = {
        model.__name__: sorted(field.name for field in model._meta.get_fields() if isinstance(field, Field))
        for model in (AbstractTransaction, AbstractOrder, AbstractOrderItem, *own)
    }
    # What a shop declares, as docs/models.md shows.
    stored["AbstractTransaction"] = sorted([*stored["AbstractTransaction"], "order"])
    assert {model: sorted(columns) for model, columns in told.items()} == stored


def test_how_to_report_is_told_and_packed_and_names_nobodys_address():
    assert "SECURITY.md" in read("MANIFEST.in")
    assert "private vulnerability reporting" in read("SECURITY.md")
    assert re.findall(r"\S+@\S+", read("SECURITY.md")) == []


def test_every_reason_to_leave_a_payment_is_explained():
    source = read("django_iamport/ledger/erasing.py")
    reasons = {*re.findall(r'return "(\w+)"', source), *re.findall(r'"(news_pending)"', source)}
    for page in ("docs/operating.md", "docs/operating.ko.md"):
        told = {name for row in rows(page, "`kept`") for name in re.findall(r"`(\w+)`", row[0])}
        assert told == reasons | {"busy", "database_error"}


def test_every_check_of_a_setting_stands_beside_it():
    told = {
        code(row[0]): set(re.findall(r"iamport\.[EW]\d+", row[3]))
        for row in rows("docs/settings.md", "setting")
        if len(row) > 3
    }
    checked: dict[str, set[str]] = {name: set() for name in conf.DEFAULTS}
    for number, name, *_ in (*SETTINGS, *DEPLOY):
        checked[name].add(f"iamport.{number}")
    checked["IAMPORT_TRANSACTION_MODEL"].add("iamport.E020")
    assert told == checked


def test_every_check_is_explained():
    package = "".join(
        path.read_text(encoding="utf-8")
        for path in [
            *(ROOT / "django_iamport").rglob("checks.py"),
            *(ROOT / "django_iamport/checks").glob("*.py"),
        ]
    )
    known = set(re.findall(r'"(iamport(?:_sandbox)?\.[EW]\d+)"', package))
    known |= {f"iamport.{number}" for number, *_ in (*SETTINGS, *DEPLOY)}
    assert set(re.findall(r"`(iamport(?:_sandbox)?\.[EW]\d+)`", read("docs/settings.md"))) == known


def test_every_command_is_in_the_table_with_its_options():
    djangos = BaseCommand().create_parser("", "")._option_string_actions
    commands = {
        path.stem: import_module(".".join(path.relative_to(ROOT).with_suffix("").parts)).Command()
        for path in (ROOT / "django_iamport").rglob("management/commands/iamport_*.py")
    }
    told = {
        code(row[0]): set(re.findall(r"`(--[\w-]+)`", row[1])) for row in rows("docs/commands.md", "command")
    }
    assert told == {
        name: set(command.create_parser("", name)._option_string_actions) - set(djangos)
        for name, command in commands.items()
    }


def test_every_signal_is_in_the_table():
    told = {code(row[0]) for row in rows("docs/signals.md", "signal")}
    assert told == {name for name, value in vars(signals).items() if isinstance(value, Signal)}


def test_every_reason_of_a_rejection_is_in_the_table():
    told = {code(row[0]) for row in rows("docs/signals.md", "reason")}
    assert told == {reason.value for reason in Reason} | {*OF_PERIODS} | {"your own"}


def concrete_errors() -> set[type[IamportError]]:
    return {
        error
        for error in errors()
        if error.__module__.startswith("django_iamport.") and error is not GatewayError
    }


def test_every_error_code_is_in_the_table_with_status_and_class():
    told = [(code(row[0]), int(row[1]), code(row[2])) for row in rows("docs/errors.md", "code")]
    assert len(told) == len({name for name, *_ in told})
    assert sorted(told) == sorted(
        (error.code, error.http_status, error.__name__) for error in concrete_errors()
    )


def test_every_public_error_has_a_text():
    modules = [exceptions, *EXCEPTIONS_OF_CONTRIB]
    public = {getattr(module, name) for module in modules for name in module.__all__}
    bases = {exceptions.IamportError, exceptions.GatewayError, exceptions.RejectPayment}
    assert public - bases == concrete_errors()
    texts = {error for error in public - bases if error.code in MESSAGES or "message" in vars(error)}
    assert texts == public - bases


def test_every_address_is_in_the_table_with_path_and_view():
    told = [tuple(code(cell) for cell in row[:3]) for row in rows("docs/views.md", "name")]
    known = [
        (pattern.name, str(pattern.pattern), pattern.callback.view_class.__name__)
        for pattern in urls.urlpatterns
        if pattern.name
    ]
    assert told == known


def test_the_hooks_in_the_tables_exist():
    told = {re.split(r"\W", code(row[0]))[0] for row in rows("docs/views.md", "hook")}
    assert told
    known = {name for view in views.__all__ for name in dir(getattr(views, view))}
    assert told <= known


def test_every_event_of_the_page_is_in_the_table():
    script = read("django_iamport/static/django_iamport/checkout.js")
    fired = set(re.findall(r'\bfire\("(\w+)"', script))
    # kinds of an end, fired by the name that the status gives them
    kinds = re.search(r"const kind = \{(.*?)\}\[answer\.status\] \|\| \"(\w+)\"", script)
    assert kinds is not None
    fired |= {*re.findall(r'"(\w+)"', kinds[1]), kinds[2]}
    told = {code(row[0]) for row in rows("docs/views.md", "event")}
    assert told == {f"iamport:{name}" for name in fired}


def test_every_template_is_in_the_table():
    folder = ROOT / "django_iamport/templates"
    known = {path.relative_to(folder).as_posix() for path in folder.rglob("*.html")}
    assert {code(row[0]) for row in rows("docs/views.md", "template")} == known


def test_everything_that_can_go_wrong_is_named():
    page = read("docs/testing.md")
    groups = {code(row[0]): re.findall(r"`(\w+)`", row[1]) for row in rows("docs/testing.md", "group")}
    listed = {*groups, *(f"{group}.{name}" for group, names in groups.items() for name in names)}
    assert {
        target for target in faults.TARGETS if target not in listed and f"`{target}`" not in page
    } == set()
    assert listed - {*faults.TARGETS} == set()


def test_all_rules_are_told_in_order_each_with_a_test():
    sections = re.split(r"^### ", read("docs/reliability.md"), flags=re.MULTILINE)[1:]
    numbers = [int(section.split(".")[0]) for section in sections]
    assert numbers == sorted(set(numbers))
    assert set(range(1, 37)) <= set(numbers)
    untested = [section.splitlines()[0] for section in sections if "`test_" not in section]
    assert untested == []


def test_every_test_that_a_page_names_exists():
    pages = read("docs/reliability.md") + read("docs/performance.md")
    named = set(re.findall(r"`(test_\w+)`", pages))
    tests = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("*.py"))
    assert named - set(re.findall(r"def (test_\w+)\(", tests)) == set()


def test_rules_that_the_code_cites_exist():
    package = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "django_iamport").rglob("*.py"))
    assert {int(number) for number in re.findall(r"reliability\.md, rule (\d+)", package)} <= set(
        range(1, 54)
    )


@pytest.mark.parametrize("readme", READMES)
def test_the_two_commands_stand_alone_on_their_lines(readme):
    code_lines = {line for block in FENCE.finditer(read(readme)) for line in block[3].splitlines()}
    install = "python3 -m venv .venv && .venv/bin/pip install tox && .venv/bin/tox run"
    assert {install, f"{install} -e example"} <= code_lines


def tables(text: str) -> list[list[str]]:
    return [table.splitlines() for table in re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE)]


def headings(text: str) -> list[tuple[int, str]]:
    """Level and words of each."""
    return [
        (len(level), words) for level, words in re.findall(r"^(#+) (.+)$", FENCE.sub("", text), re.MULTILINE)
    ]


def anchor_of(heading: str) -> str:
    """Lower case, words joined by dashes, no punctuation."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def anchors(text: str) -> set[str]:
    return {anchor_of(words) for _, words in headings(text)}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_within_the_repository_lead_somewhere(page):
    broken = []
    for target in re.findall(r"\]\(([^)\s]+)\)", FENCE.sub("", page.read_text(encoding="utf-8"))):
        path, _, anchor = target.partition("#")
        if re.match(r"https?:|mailto:", target) or path.startswith("docs/images/"):
            continue
        linked = (page.parent / path).resolve() if path else page
        if not linked.exists() or (anchor and anchor not in anchors(linked.read_text(encoding="utf-8"))):
            broken.append(target)
    assert broken == []


@pytest.mark.parametrize(
    "page", ["README.md", *sorted(page.relative_to(ROOT).as_posix() for page in DOCS.rglob("*.md"))]
)
def test_the_python_in_the_pages_can_be_read(page):
    for block in re.findall(r"^```python\n(.*?)^```$", read(page), re.MULTILINE | re.DOTALL):
        ast.parse(block)


def test_the_pages_that_the_code_names_exist():
    folders = [ROOT / "django_iamport", ROOT / "example_project"]
    files = [path for folder in folders for kind in ("*.py", "*.js", "*.html") for path in folder.rglob(kind)]
    named = {
        page for path in files for page in re.findall(r"\bdocs/[\w-]+\.md", path.read_text(encoding="utf-8"))
    }
    assert named
    assert {page for page in named if not (ROOT / page).exists()} == set()


def test_every_test_card_action_and_address_of_the_control_api_is_told():
    from django_iamport.sandbox import urls
    from django_iamport.sandbox.delivery import faults
    from django_iamport.sandbox.rules import actions
    from django_iamport.sandbox.rules.billing.cards import TEST_CARDS

    assert [(code(row[0]), code(row[2])) for row in rows("docs/sandbox.md", "number")] == [
        (card.number, card.reason) for card in TEST_CARDS
    ]
    named = {code(name) for row in rows("docs/sandbox.md", "action") for name in row[0].split(", ")}
    assert named == set(actions.ACTIONS)
    told = {code(name) for row in rows("docs/sandbox.md", "fault") for name in re.findall(r"`\w+`", row[0])}
    assert told == {*faults.ANSWER_KINDS, *faults.WEBHOOK_KINDS, faults.WEBHOOK}
    addresses = {re.sub(r"<str:(\w+)>", "X", str(each.pattern)) for each in urls.urlpatterns}
    asked = {re.search(r"control/[\w/]*", row[0]) for row in rows("docs/sandbox.md", "request")}
    named = {re.sub(r"[A-Z_]{3,}", "X", found[0]) for found in asked if found}
    assert named == {each for each in addresses if each.startswith("control/")}
