"""Write each Python block of the pages as a module, in build/typed; `tox run -e types` has mypy read them.

    python .ci/typed_pages.py

A block leaves out what its page says around it: the shop's models, a request, a customer. A name that it takes
for granted is what `tests/typing/words.py` says, or what an earlier block of the page has defined, and so is an
argument of that name. Where a block names anything else, nothing is written, and this fails.
"""

from __future__ import annotations

import ast
import builtins
import re
import shutil
import symtable
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TYPED = ROOT / "build" / "typed"
WORDS = ROOT / "tests" / "typing" / "words.py"
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
# Blocks that leave out what their page says is left out, and which a test of this project completes and runs.
RUN_INSTEAD = {
    ("docs/coming-from-the-tutorial.md", "class Order(PayableMixin)"): "tests/project/test_moved_shop.py",
    ("docs/testing.md", "def gateway"): "tests/browser/test_recipe.py",
}
# The type checker knows the manager of a model alone whose app is installed.
MODEL = re.compile(r"^class (\w+)\((?:models\.Model|AbstractIdentityVerification)\):\n", re.MULTILINE)
# Modules of the shop that the pages speak of.
SHOP = re.compile(r"shop(\.\w+)*")


@dataclass(frozen=True)
class Block:
    page: str
    line: int
    code: str

    @property
    def module(self) -> str:
        return re.sub(r"\W", "_", self.page.removeprefix("docs/").removesuffix(".md")) + f"_{self.line}"


def blocks() -> list[Block]:
    """Those of the English pages: the Korean ones show the same, which a test compares."""
    pages = [page for page in (*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")) if ".ko" not in page.suffixes]
    return [
        Block(page.relative_to(ROOT).as_posix(), text.count("\n", 0, found.start()) + 1, found[1])
        for page in sorted(pages)
        for text in [page.read_text(encoding="utf-8")]
        for found in BLOCK.finditer(text)
    ]


def is_run_instead(block: Block) -> bool:
    return any(page == block.page and words in block.code for page, words in RUN_INSTEAD)


def words() -> dict[str, str]:
    """Each name of the pages' shop with its annotation; a class is annotated as itself."""
    known: dict[str, str] = {}
    for node in ast.parse(WORDS.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            known[node.target.id] = ast.unparse(node.annotation)
        elif isinstance(node, ast.ClassDef):
            known[node.name] = f"type[{node.name}]"
        elif isinstance(node, ast.FunctionDef):
            known[node.name] = ""
        elif isinstance(node, ast.ImportFrom | ast.Import):
            known |= {alias.asname or alias.name: "" for alias in node.names}
    return known


def defined(code: str) -> set[str]:
    table = symtable.symtable(code, "", "exec")
    return {
        symbol.get_name() for symbol in table.get_symbols() if symbol.is_assigned() or symbol.is_imported()
    } - added_to(code)


def added_to(code: str) -> set[str]:
    """Names that a block begins with adding to: `INSTALLED_APPS += [...]`."""
    bound: set[str] = set()
    added: set[str] = set()
    for node in ast.parse(code).body:
        if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
            added |= {node.target.id} - bound
        bound |= {name.id for name in ast.walk(node) if isinstance(name, ast.Name)}
    return added


def taken_for_granted(code: str) -> set[str]:
    def read(table: symtable.SymbolTable) -> Iterator[str]:
        for symbol in table.get_symbols():
            if symbol.is_referenced() and (symbol.is_global() or table.get_type() == "module"):
                yield symbol.get_name()
        for child in table.get_children():
            yield from read(child)

    read_names = set(read(symtable.symtable(code, "", "exec")))
    return (read_names | added_to(code)) - defined(code) - set(dir(builtins))


def annotated(code: str, known: dict[str, str]) -> tuple[str, set[str]]:
    """The code with the annotations of its arguments, and the names that these need."""
    lines = [line.encode() for line in code.splitlines()]
    needed: set[str] = set()
    functions = [
        node for node in ast.walk(ast.parse(code)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    arguments = {arg for each in functions for arg in (*each.args.args, *each.args.kwonlyargs)}
    for arg in sorted(arguments, key=lambda arg: (arg.lineno, arg.col_offset), reverse=True):
        kind = known.get(arg.arg, "")
        if kind and arg.annotation is None:
            line, end = arg.lineno - 1, arg.end_col_offset or 0
            lines[line] = lines[line][:end] + f": {kind}".encode() + lines[line][end:]
            needed |= {name.id for name in ast.walk(ast.parse(kind)) if isinstance(name, ast.Name)}
    return "\n".join(line.decode() for line in lines) + "\n", needed - set(dir(builtins))


def with_managers(code: str) -> str:
    return MODEL.sub(r"\g<0>    objects: ClassVar[Manager[\g<1>]]\n", code)


def imported_from_shop(code: str) -> dict[str, set[str]]:
    """Modules of the shop, or beside the block's own file, with the names that are imported from each."""
    found: dict[str, set[str]] = {}
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.ImportFrom):
            module = f"pages.{node.module}" if node.level else str(node.module)
            if node.level or SHOP.fullmatch(module):
                found.setdefault(module, set()).update(alias.name for alias in node.names)
    return found


def write(module: str, text: str) -> None:
    """A package, so that it may have modules below it, where the path says no more than `shop`."""
    *above, name = module.split(".")
    folder = TYPED.joinpath(*above)
    path = folder / f"{name}.py" if above else folder / name / "__init__.py"
    path.parent.mkdir(parents=True, exist_ok=True)
    (path.parent / "__init__.py").touch()
    path.write_text(text, encoding="utf-8")


def modules() -> tuple[dict[str, str], list[str]]:
    """Each module's text; and what blocks name that nobody knows."""
    known = words()
    texts: dict[str, str] = {}
    unknown: list[str] = []
    shop: dict[str, dict[str, str]] = {}
    earlier: dict[tuple[str, str], str] = {}

    def place_of(block: Block, name: str) -> str:
        place = earlier.get((block.page, name), "")
        # A class of the shop is what it is everywhere, with all that the shop's other pages say of it.
        if name in known and (not place or known[name].startswith("type[")):
            return WORDS.stem
        if not place:
            unknown.append(f"{block.page}, line {block.line}: {name}")
        return place

    for block in blocks():
        code, needed = annotated(block.code, known)
        for module, imported in imported_from_shop(block.code).items():
            shop.setdefault(module, {}).update({name: place_of(block, name) for name in imported})
        lines = ["from __future__ import annotations"]
        if MODEL.search(code):
            lines += ["from typing import ClassVar", "from django.db.models import Manager"]
        names = taken_for_granted(block.code) | (needed - defined(block.code))
        lines += [f"from {place_of(block, name)} import {name}" for name in sorted(names)]
        if not is_run_instead(block):
            texts[f"pages.{block.module}"] = "\n".join([*lines, "", with_managers(code)])
        earlier |= {(block.page, name): f"pages.{block.module}" for name in defined(block.code)}
    for module, places in shop.items():
        texts[module] = "".join(f"from {place} import {name} as {name}\n" for name, place in places.items())
    return texts, unknown


def main() -> int:
    texts, unknown = modules()
    for line in unknown:
        print(f"{line} is neither defined there nor said in tests/typing/words.py")
    if unknown:
        return 1
    shutil.rmtree(TYPED, ignore_errors=True)
    for module, text in texts.items():
        write(module, text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
