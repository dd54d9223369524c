"""The ladder in README.md: the table with the columns "step" and "new calls"."""

import re

from excerpts import added_lines
from languages import LANGUAGES
from pages import ROOT, STEPS


def check_ladder(page):
    columns, rows, titles = None, 0, page.language["ladder"]
    for n, line in enumerate(page.text.splitlines(), 1):
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if "|" not in line:
            columns = None
        elif set(titles[:2]) <= {cell.lower() for cell in cells}:
            names = dict(zip(titles, LANGUAGES["en"]["ladder"]))
            columns = [names.get(cell.lower()) for cell in cells]
        elif columns and not set(line) <= set("|-: "):
            rows += 1
            row = dict(zip(columns, cells))
            step = int((re.findall(r"\d+", row["step"]) or ["0"])[0])
            if step != rows or step not in STEPS:
                yield n, f"expected step {rows} in this row", f'"{row["step"]}"'
                return
            for expected, found in check_row(step, row):
                yield n, expected, found
    if rows != len(STEPS):
        yield 1, f"expected a ladder of {len(STEPS)} rows", f"{rows}"


def check_row(step, row):
    main = f"{STEPS[step]}/main.c"
    source = (ROOT / main).read_text()
    before = (ROOT / STEPS[step - 1] / "main.c").read_text() if step > 1 else ""
    for name in re.findall(r"`(\w+)(?:\(\))?`", row["new calls"]):
        if not re.search(rf"\b{name}\(", source):
            yield f"expected a call that {main} makes", f"`{name}`"
        elif re.search(rf"\b{name}\(", before):
            yield f"expected a call that is new in step {step}", f"`{name}`"
    if "lines" in row and row["lines"] != str(len(source.splitlines())):
        yield f"expected {len(source.splitlines())} lines, as {main} has", row["lines"]
    added, removed = added_lines(step)
    if "added" in row and row["added"] not in (str(len(added)), f"+{len(added)}/-{removed}"):
        yield f"expected +{len(added)}/-{removed}, as make diff-{step} has it", row["added"]
