"""The ladder in README.md: the table with the columns "step" and "new calls"."""

import re

from excerpts import added_lines
from languages import LANGUAGES
from pages import MAKE_FIX, ROOT, STEPS


def rows(page):
    """[(line, [column of each cell], [cell])] of the ladder, with its heading."""
    result, columns, titles = [], None, page.language["ladder"]
    names = dict(zip(titles, LANGUAGES["en"]["ladder"]))
    for n, line in enumerate(page.text.splitlines(), 1):
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if "|" not in line:
            columns = None
        elif set(titles[:2]) <= {cell.lower() for cell in cells}:
            columns = [names.get(cell.lower()) for cell in cells]
        if columns and not set(line) <= set("|-: "):
            result.append((n, columns, cells))
    return result


def check_ladder(page):
    heading, *table = rows(page) or [(1, [], [])]
    for number, (n, columns, cells) in enumerate(table, 1):
        row = dict(zip(columns, cells))
        step = int((re.findall(r"\d+", row["step"]) or ["0"])[0])
        if step != number or step not in STEPS:
            yield n, f"expected step {number} in this row", f'"{row["step"]}"'
            return
        for expected, found in check_row(step, row):
            yield n, expected, found
    if len(table) != len(STEPS):
        yield heading[0], f"expected a ladder of {len(STEPS)} rows", f"{len(table)}"


def figures(step):
    added, removed = added_lines(step)
    return {"lines": f"{(ROOT / STEPS[step] / 'main.c').read_text().count(chr(10))}",
            "added": f"+{len(added)}/-{removed}"}


def write_figures(page):
    """For make fix: the columns "lines" and "added"."""
    if page.path.name in ("README.md", "README.zh-CN.md") and page.path.parent.name == "":
        for step, (n, columns, cells) in enumerate(rows(page)[1:len(STEPS) + 1], 1):
            right = [figures(step).get(column, cell) for column, cell in zip(columns, cells)]
            if right != cells:
                yield n, 1, [f"| {' | '.join(right)} |"]


def check_row(step, row):
    main = f"{STEPS[step]}/main.c"
    source = (ROOT / main).read_text()
    before = (ROOT / STEPS[step - 1] / "main.c").read_text() if step > 1 else ""
    for name in re.findall(r"`(\w+)(?:\(\))?`", row["new calls"]):
        if not re.search(rf"\b{name}\(", source):
            yield f"expected a call that {main} makes", f"`{name}`"
        elif re.search(rf"\b{name}\(", before):
            yield f"expected a call that is new in step {step}", f"`{name}`"
    for column, right in figures(step).items():
        if row.get(column, right) != right:
            yield f"expected {right} ({column}), as {main} has", row[column] + MAKE_FIX
