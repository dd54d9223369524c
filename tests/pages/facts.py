#!/usr/bin/python3
"""usage: facts.py

Prints as JSON what the checker knows of the programs and their texts and the book needs, too. Blocks
and headings are named by their line in the page, and lines of a program are counted from 1."""

import json
import re

from diffs import edits
from excerpts import definitions, hunks
from pages import STEPS, Page, all_pages, lines_of, places
from transcripts import caption_of


def step_facts():
    """The steps' folders, the hunks from each step to each later one, and for each step its functions:
    their names, and their first and last lines."""
    numbers = range(1, len(STEPS) + 1)
    return {"folders": [STEPS[n] for n in numbers],
            "functions": [[(name, first + 1, last + 1) for name, first, _, last in
                           definitions(lines_of(f"{STEPS[n]}/main.c"))] for n in numbers],
            "hunks": {f"{a}-{b}": hunks(a, b) for a in numbers for b in numbers if a < b}}


def page_facts(page):
    return {
        "title": page.sections[1].title,
        "language": "zh-CN" if page.is_chinese else "en",
        "twin": str(page.twin() or ""),
        "sections": [{"line": s.line, "level": s.level, "title": s.title, "anchor": s.anchor,
                      "number": s.number, "exercise": s.is_exercise} for s in page.sections[1:]],
        "excerpts": {b.line: excerpt(page, b) for b in page.blocks("c") if not b.argument},
        "edits": {b.line: edits(page, b) for b in page.blocks("diff") if page.main},
        "terminals": dict(terminals(page)),
    }


def excerpt(page, block):
    """The numbers of its first and of its last line in the program."""
    found = places(block.lines, lines_of(page.main))
    if len(found) != 1:
        raise SystemExit(f"{page.path}:{block.line}: an excerpt stands {len(found)} times in the program")
    return found[0] + 1, found[0] + len(block.lines)


def terminals(page):
    """For each transcript with a caption: the terminal's number, and the caption's words."""
    for section in page.sections:
        for block in section.blocks("console"):
            number = caption_of(page, section, block)
            if number:
                yield block.line, (number, re.sub(r"\*\*|[:：]$", "", section.above_of(block).text))


if __name__ == "__main__":
    print(json.dumps(step_facts() | {"pages": {text: page_facts(Page(text)) for text in all_pages()}}))
