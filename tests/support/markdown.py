"""Markdown as data: links, headings and fenced blocks, without a parser for the rest."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_FENCE = re.compile(r"^```(\w*)[^\n]*\n(.*?)^```", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ +(.+?)\s*$", re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """One fenced block: the word behind the fence and what stands inside."""

    language: str
    text: str


def blocks(markdown: str) -> list[Block]:
    """Give the fenced blocks of a page, in order."""
    return [Block(found[1], found[2]) for found in _FENCE.finditer(markdown)]


def links(markdown: str) -> Iterator[str]:
    """Give the targets of the links of a page; what stands in a fenced block is no link."""
    return (found[1] for found in _LINK.finditer(_FENCE.sub("", markdown)))


def anchors(markdown: str) -> set[str]:
    """Give the anchors that the headings of a page make (GitHub's way)."""
    return {_slug(found[1]) for found in _HEADING.finditer(_FENCE.sub("", markdown))}


def _slug(heading: str) -> str:
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
