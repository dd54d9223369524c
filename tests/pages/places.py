#!/usr/bin/python3
"""usage: places.py PAGE

Prints, for each excerpt of a step's text, the place line that belongs above it."""

import os
import sys

from excerpts import Facts, told
from pages import Page, lines_of, places

page = Page(os.path.abspath(sys.argv[1]))
source = lines_of(page.main)
for block in page.blocks("c"):
    found = places(block.lines, source)
    if not block.argument:
        place = told(page.language, Facts(page, source, found[0], found[0] + len(block.lines) - 1)) \
            if len(found) == 1 else f"stands {len(found)} times in {page.main}"
        print(f"{page.path}:{block.line}: {place or 'parts of two functions'}")
