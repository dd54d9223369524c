"""The form of a page: its sections, the numbers of experiments and exercises, blocks, lines."""

import re
import unicodedata
from pathlib import Path

from languages import LANGUAGES

SECTIONS = LANGUAGES["en"]["sections"]
MAX_WORDS = 1700
MAX_COLUMNS = 80


def check_sections(page):
    titles = [(s.line, s.title) for s in page.sections if s.level == 2]
    for n, title in enumerate(SECTIONS):
        if title not in [t for _, t in titles]:
            after = [line for line, t in titles if t in SECTIONS[:n]]
            yield after[-1] if after else 1, f'expected a section "## {title}" after this', "none"
    known = [(line, t) for line, t in titles if t in SECTIONS]
    for (line, title), right in zip(known, [t for t in SECTIONS if t in dict(map(reversed, known))]):
        if title != right:
            yield line, f'expected "## {right}" here', f'"## {title}"'
            break
    for line, title in titles:
        if title not in SECTIONS:
            yield line, "expected one of the sections " + ", ".join(SECTIONS), f'"## {title}"'


def check_numbers(page):
    """Experiments and exercises stand in their sections, and are counted from 1."""
    for kind, above, form in (("experiment", "Break it", "### {}.{} Title"),
                              ("exercise", "Exercises", "### Exercise {}.{}: title")):
        k = 0
        for section in page.sections:
            if section.level == 3 and section.above.title == above:
                k += 1
                if section.number != f"{page.step}.{k}" or section.is_exercise != (
                        kind == "exercise"):
                    yield (section.line, f'expected "{form.format(page.step, k)}"',
                           f'"### {section.title}"')
                if kind == "experiment" and not section.blocks("console"):
                    yield section.line, "expected a transcript in this experiment", "none"
                if len(section.blocks("diff")) > 1:
                    yield section.line, "expected one diff at most in an experiment", "more"
            elif section.number and section.is_exercise == (kind == "exercise"):
                yield section.line, f'expected an {kind} under "## {above}"', "it here"


def check_blocks(page):
    for section in page.sections:
        languages = ["c", "diff", "console", "mermaid", "sh"]
        if section.above and section.above.title == "Exercises":
            languages += ["text"]
        if not page.main and page.path != Path("README.md"):
            languages += ["text", "markdown"]
        for block in section.parts:
            if block.kind == "code" and block.language not in languages:
                yield (block.line, "expected " + ", ".join(f"```{name}" for name in languages),
                       f"```{block.language}")
            elif block.kind == "code" and not block.text.strip():
                yield block.line, "expected something in this block", "nothing"
    for html in page.parts("html"):
        if "```" in html.text:
            yield html.line, "expected an empty line between HTML and ```", "none: not a block"


def check_words(page):
    if page.words() > MAX_WORDS:
        yield 1, f"expected at most {MAX_WORDS} words", f"{page.words()}"


def check_columns(page):
    """Prose is wrapped: all but code, tables, headings, comments, and a link alone on its line."""
    code = {n for block in page.parts("code")
            for n in range(block.line, block.line + len(block.lines) + 2)}
    code |= {section.note for section in page.sections}
    text = re.sub(r"<!--.*?-->", lambda m: re.sub(".", "", m[0]), page.text, flags=re.S)
    for n, line in enumerate(text.splitlines(), 1):
        alone = re.fullmatch(r"\s*([-*]|\d+\.)?\s*!?\[[^]]*\]\(\S+\)\S*\s*", line)
        if not (n in code or line.startswith(("|", "#")) or alone) and columns(line) > MAX_COLUMNS:
            yield n, f"expected at most {MAX_COLUMNS} columns", f"{columns(line)}"


def columns(line):
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in line)
