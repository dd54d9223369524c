#!/usr/bin/python3
"""usage: counts.py

Counts what the texts have."""

from excerpts import must_be_quoted, quoted_lines
from pages import ROOT, page, step_pages

print(f"{'':32} excerpts transcripts experiments exercises words quoted")
for each in [page("README.md")] * (ROOT / "README.md").exists() + step_pages():
    quoted = ""
    if each.step:
        needed = must_be_quoted(each.step)
        quoted = f"{100 * sum(quoted_lines(each)[n] > 0 for n in needed) // len(needed)} %"
    print(f"{str(each.path):32} {len(each.blocks('c')):8} {len(each.blocks('console')):11} "
          f"{len(each.experiments()):11} {len(each.exercises()):9} {each.words():5} {quoted:>6}")
