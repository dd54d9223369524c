"""The index of calls, docs/calls.md: each call of libevent, and where a step's text shows or explains
it. make fix writes it."""

import re

from pages import MAKE_FIX, ROOT, STEPS, step_pages

CALL = r"\b(?:event|bufferevent|evbuffer|evutil)_\w+"
HEADING = """# Index of calls

Each call of libevent that the programs or their texts use, and the section that
shows it first. Words are in the [glossary](glossary.md). This page is made by
`make fix`.

| call | where |
|---|---|
"""


def index():
    """For each call: the page and the section of its first excerpt, else of its first mention."""
    found = {}
    sections = [(page, section) for page in step_pages() for section in page.sections]
    texts = [s for s in sections if not s[1].is_exercise]
    for calls, among in ((quoted, texts), (mentioned, texts), (mentioned, sections)):
        for page, section in among:
            for call in calls(page, section):
                found.setdefault(call, (page, section))
    return found


def quoted(page, section):
    code = "\n".join(block.text for block in section.blocks("c") if not block.argument)
    return re.findall(rf"({CALL})\(", code)


def mentioned(page, section):
    """`event_add` or `event_add(…)`, in the prose. event_base, …_t, …_cb and …_fn are types."""
    spans = [code for part in section.parts for code in part.code_spans()]
    calls = [match[1] for match in (re.match(rf"({CALL})(\(|$)", code) for code in spans) if match]
    return [call for call in calls if not re.search(r"^event_base$|_(t|cb|fn)$", call)]


def text():
    rows = ""
    for call, (page, section) in sorted(index().items()):
        title = section.title if section.number else f"Step {page.step}: {section.title}"
        rows += f"| `{call}()` | [{title}](../{page.path}#{section.anchor}) |\n"
    return HEADING + rows


def check_calls(page):
    """The page is what make fix would write, and has each call of the programs."""
    there, right = page.text.splitlines(), text().splitlines()
    for n, line in enumerate(right, 1):
        if there[n - 1:n] != [line]:
            found = f'"{there[n - 1]}"' if n <= len(there) else "the end"
            yield min(n, len(there)), f'expected "{line}"', found + MAKE_FIX
            return
    if len(there) > len(right):
        yield len(right) + 1, "expected the end", f'"{there[len(right)]}"' + MAKE_FIX
    calls = {call for folder in STEPS.values()
             for call in re.findall(rf"({CALL})\(", (ROOT / folder / "main.c").read_text())}
    for call in sorted(calls - index().keys()):
        yield 1, f"expected the call {call}, which a program makes", "no text that shows it"


def write_calls(page):
    """For make fix: the page."""
    if str(page.path) == "docs/calls.md":
        yield 1, len(page.text.splitlines()), text().splitlines()
