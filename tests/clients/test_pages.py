"""The code of the pages for each language, run where its runtime is here: as a reader would put it into files."""

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.clients.programs import require
from tests.packaging.readme_code import code_blocks, put_into
from tests.standalone import Standalone, standalone

ROOT = Path(__file__).resolve().parents[2]
PAGES = ROOT / "docs/languages"
ADDRESS = "http://127.0.0.1:9090"


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Standalone]:
    """Started as the pages say, at a free port."""
    account = ("--key", "sandbox-key", "--secret", "sandbox-secret")
    with standalone(*account, "--webhook", "http://127.0.0.1:9/webhook") as running:
        yield running


@pytest.fixture
def written(sandbox: Standalone, tmp_path: Path) -> Callable[[str], Path]:
    """Write the code of a page into files; answers their folder."""

    def write(page: str) -> Path:
        text = (PAGES / f"{page}.md").read_text(encoding="utf-8")
        assert ADDRESS in text
        put_into(tmp_path, code_blocks(text.replace(ADDRESS, sandbox.url)))
        return tmp_path

    return write


def run(folder: Path, *command: str) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


def test_the_page_for_python(written: Callable[[str], Path]) -> None:
    said = run(written("python"), sys.executable, "-m", "pytest", "-q", "-p", "no:django", "test_shop.py")
    assert "1 passed" in said, said


def test_the_page_for_node(written: Callable[[str], Path], node_modules: Path) -> None:
    folder = written("node")
    (folder / "node_modules").symlink_to(node_modules)
    said = run(folder, "node", "--test", "--test-reporter=tap")
    assert "# pass 1\n" in said, said


# The page, how its test is run, and what is said when it passed. Debian's packages: php-cli, ruby, golang-go,
# default-jdk-headless with libgoogle-gson-java.
GSON = Path("/usr/share/java/gson.jar")
CLASSES = f".:{GSON}"
OTHERS = [
    ("php", [["php", "webhook_test.php"]], "a customer paid"),
    ("ruby", [["ruby", "webhook_test.rb"]], "1 runs, 2 assertions, 0 failures"),
    (
        "go",
        [["go", "mod", "init", "shop"], ["gofmt", "-l", "."], ["go", "vet"], ["go", "test"]],
        "ok  \tshop",
    ),
    (
        "java",
        [
            ["javac", "-Xlint:all", "-Werror", "-cp", CLASSES, "WebhookTest.java"],
            ["java", "-ea", "-cp", CLASSES, "WebhookTest"],
        ],
        "a customer paid",
    ),
]


@pytest.mark.parametrize(("page", "commands", "passed"), OTHERS, ids=[page for page, *_ in OTHERS])
def test_the_page_for_a_language_that_is_installed(
    written: Callable[[str], Path], page: str, commands: list[list[str]], passed: str
) -> None:
    require(*(command[0] for command in commands))
    if page == "java" and not GSON.exists():
        pytest.skip(f"not installed: {GSON.name}")
    folder = written(page)
    said = [run(folder, *command) for command in commands]
    assert passed in said[-1], "\n".join(said)
    if page == "go":
        assert said[1:3] == ["", ""]


# What is wrong with the files that it is given, in one line each.
READ = """
const ts = require("typescript");
const options = { jsx: ts.JsxEmit.React, allowJs: true, strict: true, noEmit: true, skipLibCheck: true };
const program = ts.createProgram(process.argv.slice(2), options);
for (const file of program.getSourceFiles().filter((each) => process.argv.includes(each.fileName))) {
  const found = [...program.getSyntacticDiagnostics(file)];
  if (file.fileName.endsWith(".ts")) found.push(...program.getSemanticDiagnostics(file));
  for (const each of found) console.log(file.fileName, ts.flattenDiagnosticMessageText(each.messageText, " "));
}
"""


def what_is_wrong(folder: Path, node_modules: Path, files: dict[str, str]) -> str:
    if not (folder / "node_modules").exists():
        (folder / "node_modules").symlink_to(node_modules)
    (folder / "read.cjs").write_text(READ, encoding="utf-8")
    for name, code in files.items():
        (folder / name).write_text(code, encoding="utf-8")
    return run(folder, "node", "read.cjs", *(str(folder / name) for name in files))


def test_typescript_reads_what_the_pages_show(tmp_path: Path, node_modules: Path) -> None:
    (line,) = re.findall(r"```ts\n(.*?)```", (PAGES / "node.md").read_text(encoding="utf-8"), re.DOTALL)
    typed = f'import {{ Iamport }} from "iamport-rest-client-nodejs";\n{line}'
    shown = (ROOT / "docs/api.md").read_text(encoding="utf-8")
    first, second = re.findall(r"```jsx\n(.*?)```", shown, re.DOTALL)
    files = {"shop.ts": typed, "button.jsx": first, "app.jsx": second}
    assert what_is_wrong(tmp_path, node_modules, files) == ""

    files = {"shop.ts": typed.replace("baseUrl", "address"), "button.jsx": first.replace("</>", "")}
    wrong = what_is_wrong(tmp_path, node_modules, files)
    assert "'address' does not exist" in wrong
    assert "button.jsx" in wrong
