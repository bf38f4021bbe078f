"""The README as the package index shows it, away from the repository that it links; the rest is in setup.cfg."""

from __future__ import annotations

import configparser
import re
from pathlib import Path

from setuptools import setup

ROOT = Path(__file__).resolve().parent
LINK = re.compile(r"(!?)\[((?:[^\[\]]|\[[^\]]*\])+)\]\((?!\w+:)([^)\s]+)\)")
# Tables of pictures, and lines that are a link alone: nothing is left of them without an address.
OF_LINKS_ALONE = re.compile(
    r"(?:^\|.*\n)*^\|.*!\[.*\n(?:^\|.*\n)*\n|^\[[^\]]+\]\((?!\w+:)[^)\s]+\)\n\n", re.MULTILINE
)


def for_the_index(readme: str, repository: str = "", version: str = "") -> str:
    """With links into the repository at this version; where its address is not known, with their words alone."""
    if not repository:
        return LINK.sub(lambda link: link[2], OF_LINKS_ALONE.sub("", readme))

    def led(link: re.Match[str]) -> str:
        picture, words, target = link.groups()
        return f"{picture}[{words}]({repository}/{'raw' if picture else 'blob'}/v{version}/{target})"

    return LINK.sub(led, readme)


def description() -> str:
    config = configparser.ConfigParser(interpolation=None)
    config.read(ROOT / "setup.cfg", encoding="utf-8")
    metadata = config["metadata"]
    addresses = dict(line.split(" = ") for line in metadata.get("project_urls", "").strip().splitlines())
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    return for_the_index(readme, addresses.get("Source", ""), metadata["version"])


if __name__ == "__main__":
    setup(long_description=description())
