"""The code in the pages: what would read a block in a shop, or what knows its words, reads it here.

Python is type-checked, all of it, by `tox run -e types`; much of it is run by the tests of what it is about.
Korean pages show the same code, which `test_korean_pages.py` compares. A block that nothing reads fails.
"""

from __future__ import annotations

import configparser
import json
import re
import shlex
from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import pytest
import yaml
from django.core.checks import run_checks
from django.core.management import CommandError, get_commands, load_command_class
from django.template import engines
from django.test import RequestFactory
from django.urls import Resolver404, resolve

from django_iamport import conf
from django_iamport.sandbox import __main__ as standalone
from django_iamport.sandbox.rules.channels import files
from django_iamport.sandbox.rules.payments.fixtures import import_payments
from tests.project.pages.scripts import load
from tests.project.test_docs import DOCS, ROOT, code, read, rows

pytestmark = pytest.mark.once

FENCED = re.compile(r"^( *)```(\w*)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
INDENTED = re.compile(r"(?<=\n\n)(?: {4}.*\n|\n(?= {4}))+")
COMMANDS = ("", "console", "sh", "bash")
CONFIGURATION = ("html", "json", "toml", "yaml")
# What no command of ours reads, and the test that runs it or compares it.
READ_ELSEWHERE = {
    ("docs/api.md", "js"): "tests/browser/apps/test_other_origin.py",
    ("docs/api.md", "jsx"): "tests/clients/test_pages.py",
    ("docs/architecture.md", "mermaid"): "tests/project/test_architecture.py",
    ("docs/languages/go.md", "go"): "tests/clients/test_pages.py",
    ("docs/languages/java.md", "java"): "tests/clients/test_pages.py",
    ("docs/languages/node.md", "js"): "tests/clients/test_pages.py",
    ("docs/languages/node.md", "ts"): "tests/clients/test_pages.py",
    ("docs/languages/php.md", "php"): "tests/clients/test_pages.py",
    ("docs/languages/ruby.md", "ruby"): "tests/clients/test_pages.py",
    ("docs/monitoring.md", "sql"): "tests/checks/test_live.py",
}


@dataclass(frozen=True)
class Block:
    page: str
    line: int
    language: str
    code: str

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


def blocks() -> list[Block]:
    found: list[Block] = []
    for path in sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")]):
        if ".ko" in path.suffixes:
            continue
        page, text = path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8")
        # keeps the lines where they are
        without = FENCED.sub(lambda fence: re.sub(r"[^\n]", "", fence[0]), text)
        shown = [(fence.start(), text, fence[2], fence[3]) for fence in FENCED.finditer(text)]
        shown += [(block.start(), without, "", block[0]) for block in INDENTED.finditer(without)]
        found += [Block(page, within.count("\n", 0, at) + 1, *read) for at, within, *read in shown]
    return found


BLOCKS = blocks()


def of(*languages: str) -> Any:
    """The blocks of these languages, one test each."""
    chosen = [block for block in BLOCKS if block.language in languages]
    assert chosen
    return pytest.mark.parametrize("block", chosen, ids=str)


def test_something_reads_each_block():
    read_here = {"python", *COMMANDS, *CONFIGURATION, "text"}
    unread = {(block.page, block.language) for block in BLOCKS if block.language not in read_here}
    shown_only = {(block.page, "js") for block in BLOCKS if "addEventListener" in block.code}
    assert unread - shown_only == set(READ_ELSEWHERE)
    for (page, _language), test in READ_ELSEWHERE.items():
        assert page.rpartition("/")[2].removesuffix(".md") in (ROOT / test).read_text(encoding="utf-8")


# Python


@pytest.fixture(scope="module")
def typed_pages() -> ModuleType:
    """The script behind `tox run -e types`."""
    return load(ROOT / ".ci" / "typed_pages.py")


def test_every_block_of_python_is_a_module_for_mypy(typed_pages):
    written, unknown = typed_pages.modules()
    assert unknown == []
    ours = {(block.page, block.line) for block in BLOCKS if block.language == "python"}
    assert {(block.page, block.line) for block in typed_pages.blocks()} == ours
    modules = [module for module in written if re.match(r"pages\.\w+_\d+$", module)]
    assert len(modules) == len(ours) - len(typed_pages.RUN_INSTEAD)
    for (page, words), test in typed_pages.RUN_INSTEAD.items():
        assert [block for block in BLOCKS if block.page == page and words in block.code]
        assert page in (ROOT / test).read_text(encoding="utf-8")


def test_the_type_checker_reads_these_modules():
    made, checked, *_ = ini("tox.ini")["testenv:types"]["commands"].strip().splitlines()
    assert made == "python .ci/typed_pages.py"
    assert checked.split()[0] == "mypy"
    assert "build/typed/pages" in checked.split()


def test_a_name_that_nobody_knows_is_found_and_an_argument_gets_its_type(typed_pages):
    asked = "def refund(transaction, by=None):\n    return transaction.cancel(by=whoever) + helped_by(by)\n"
    assert typed_pages.taken_for_granted(asked) == {"whoever", "helped_by"}
    text, needed = typed_pages.annotated(asked, {"transaction": "OrderTransaction"})
    assert text.startswith("def refund(transaction: OrderTransaction, by=None):")
    assert needed == {"OrderTransaction"}
    assert typed_pages.taken_for_granted("APPS += ['x']\n") == {"APPS"}


def settings_of(block: Block) -> dict[str, Any]:
    """What a block of settings says."""
    given: dict[str, Any] = {"INSTALLED_APPS": [], "MIDDLEWARE": [], "urlpatterns": []}
    exec(block.code, given)
    return {name: value for name, value in given.items() if name.startswith("IAMPORT_")}


@of("python")
def test_settings_exist_and_pass_the_checks(block, settings, db):
    package = [path.read_text(encoding="utf-8") for path in (ROOT / "django_iamport").rglob("*.py")]
    known = set(re.findall(r'"(IAMPORT_[A-Z_]+)"', "".join(package)))
    assert set(re.findall(r"\bIAMPORT_[A-Z_]+", block.code)) - known == set()
    if not re.search("^IAMPORT_", block.code, re.MULTILINE):
        return
    before = {message.id for message in run_checks()}
    for name, value in settings_of(block).items():
        setattr(settings, name, value)
    assert {message.id for message in run_checks()} - before == set()


# commands


def commands(block: Block) -> list[list[str]]:
    """The words of each command: a line, or several that a backslash joins; without what says when it is run."""
    text = re.sub(r"\\\n\s*", "", block.code)
    lines = [re.sub(r"^[*/\d]+( +[*/\d]+){4} +", "", line.strip()) for line in text.splitlines()]
    return [shlex.split(command) for line in lines for command in line.split(" && ") if command]


def ini(name: str) -> configparser.ConfigParser:
    config = configparser.ConfigParser(interpolation=None)
    config.read(ROOT / name, encoding="utf-8")
    return config


class Reached(Exception):
    """A command has taken its options."""


def python(options: list[str]) -> None:
    match options:
        case ["manage.py", name, *rest] | ["-m", "django", name, *rest]:
            django_admin([name, *rest])
        case _:
            assert options == ["-m", "venv", ".venv"]


def django_admin(options: list[str]) -> None:
    name, *rest = options
    command = load_command_class(get_commands()[name], name)
    command.create_parser("manage.py", name).parse_args(rest)


def iamport_sandbox_(options: list[str]) -> None:
    def reached(*address: object) -> None:
        raise Reached

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(standalone, "Server", reached)
        with pytest.raises(Reached):
            standalone.main(options)


def pip(options: list[str]) -> None:
    found = re.findall(r"\[([\w,]+)\]", " ".join(options))
    assert {extra for extras in found for extra in extras.split(",")} <= set(
        ini("setup.cfg")["options.extras_require"]
    )


def tox(options: list[str]) -> None:
    environments = {section.removeprefix("testenv:") for section in ini("tox.ini").sections()}
    assert options[0] == "run"
    if options[1:2] == ["-e"]:
        # these two have their factors in one section
        assert set(options[2].split(",")) <= environments | {"postgres", "mariadb"}


def run_pytest(options: list[str]) -> None:
    assert [word for word in options if word.startswith("tests/") and not (ROOT / word).exists()] == []


def curl(options: list[str]) -> None:
    option, body, address = options
    assert option == "-d"
    json.loads(body)
    assert leads_into_the_sandbox(address)


PROGRAMS: dict[str, Callable[[list[str]], None]] = {
    "python": python,
    "python3": python,
    "django-admin": django_admin,
    "iamport-sandbox": iamport_sandbox_,
    "pip": pip,
    "tox": tox,
    "pytest": run_pytest,
    "curl": curl,
    # of others, whose options are theirs
    **dict.fromkeys(("cd", "docker", "java", "keytool", "pre-commit", "pybabel"), lambda options: None),
}


def try_out(words: list[str]) -> None:
    """Fails where the program, its options or what they name isn't there."""
    while words and re.match(r"[\w.]+=", words[0]):  # a variable that is set for it, or a line of a php.ini
        words = words[1:]
    if words:
        PROGRAMS[words[0].rpartition("/")[2]](words[1:])


@of(*COMMANDS)
def test_every_command_takes_its_options(block):
    for words in commands(block):
        try_out(words)


@pytest.mark.parametrize(
    "wrong",
    [
        "python manage.py iamport_sync --quick",
        "python manage.py iamport_everything",
        "iamport-sandbox --speed 3",
        "tox run -e everything",
        "curl -d '{}' http://127.0.0.1:9090/control/nothing",
        "curl -d '{' http://127.0.0.1:9090/control/faults",
        "pip install 'django-iamport-checkout[all]'",
        "pytest tests/nowhere.py",
        "iamport_sync",
    ],
)
def test_one_that_there_is_not_is_noticed(wrong):
    block = Block("page.md", 1, "sh", f"*/10 * * * * cd /srv && {wrong}\n")
    with pytest.raises((AssertionError, CommandError, KeyError, SystemExit, ValueError)):
        test_every_command_takes_its_options(block)


# other languages


def leads_into_the_sandbox(address: str) -> bool:
    path = re.sub(r"^https?://[^/]+", "", address).rstrip("/")
    path = path if path.startswith(("/api", "/control", "/iamport.js")) else f"/api{path}"
    try:
        resolve(path or "/", "django_iamport.sandbox.urls")
    except Resolver404:
        return False
    return True


@of("html")
def test_every_tag_of_a_template_is_there(block, client, attempt, iamport_sandbox, confirm, settings):
    for other in BLOCKS:
        if other.page == block.page and other.code.startswith("IAMPORT_CHANNELS"):
            settings.IAMPORT_CHANNELS = settings_of(other)["IAMPORT_CHANNELS"]
    paid = confirm(attempt, iamport_sandbox.pay(attempt))
    request = RequestFactory().get("/")
    request.user, request.session = paid.order.user, client.session
    context = {"order": paid.order, "transaction": paid, "items": [1], "amount": 1000, "checkout_key": "key"}
    shown = engines["django"].from_string(block.code).render(context, request)
    assert shown.count("<script") >= block.code.count("{% iamport_") - block.code.count("{% iamport_cash")


def test_the_payments_of_the_page_can_be_taken_into_the_sandbox(iamport_sandbox):
    (block,) = (block for block in BLOCKS if block.language == "json")
    assert len(import_payments(iamport_sandbox.account, json.loads(block.code)["payments"])) == 4


def test_the_channels_of_the_page_can_be_read(tmp_path):
    (block,) = (block for block in BLOCKS if block.language == "toml")
    (tmp_path / "channels.toml").write_text(block.code, encoding="utf-8")
    channels = files.load(tmp_path / "channels.toml")
    assert "KakaoPay, once" in {channel.name for channel in channels}


def test_the_containers_of_the_page_fit_the_image():
    (block,) = (block for block in BLOCKS if block.language == "yaml")
    services = yaml.safe_load(block.code)["services"]
    image = read("Dockerfile")
    try_out(["iamport-sandbox", *services["iamport"]["command"]])
    (port,) = re.findall(r"^EXPOSE (\d+)$", image, re.MULTILINE)
    assert services["iamport"]["ports"] == [f"127.0.0.1:{port}:{port}"]
    (folder,) = re.findall(r"^VOLUME (\S+)$", image, re.MULTILINE)
    assert services["iamport"]["volumes"] == [f"iamport:{folder}"]
    environment = services["shop"]["environment"]
    assert set(environment) <= set(conf.DEFAULTS)
    assert all(leads_into_the_sandbox(address) for address in environment.values())


def test_components_import_what_the_script_of_their_page_exports():
    scripts = "".join(block.code for block in BLOCKS if (block.page, block.language) == ("docs/api.md", "js"))
    lines = re.findall(r'import \{(.*?)\} from "\./payments"', "".join(block.code for block in BLOCKS))
    imported = {name.strip() for line in lines for name in line.split(",")}
    assert imported
    assert imported <= set(re.findall(r"export (?:async )?function (\w+)", scripts))


def test_the_names_in_the_drawing_of_a_purchase_are_there():
    (block,) = (block for block in BLOCKS if block.language == "text")
    known = {code(row[0]) for row in rows("docs/views.md", "name")}
    known |= {code(row[0]) for row in rows("docs/signals.md", "signal")} | {
        "create_new",
        "request_pay",
        "imp_uid",
    }
    assert set(re.findall(r"\b[a-z]+(?:_[a-z]+)+\b", block.code)) - known == set()


@of("js")
def test_every_event_of_a_script_is_told(block):
    told = {code(row[0]) for row in rows("docs/views.md", "event")}
    assert set(re.findall(r'"(iamport:\w+)"', block.code)) <= told
