"""The index of calls, docs/calls.md and its Chinese twin: each call of libevent, and where a step's text
shows or explains it. make fix writes them."""

import re

from pages import MAKE_FIX, ROOT, STEPS, page as page_of, step_pages

CALL = r"\b(?:buffer)?ev[a-z]+_\w+"
PAGES = "docs/calls.md", "docs/calls.zh-CN.md"
HEADING = """English | [简体中文](calls.zh-CN.md)

# Index of calls

Each call of libevent that the programs or their texts use, and the section that
shows it first. Words are in the [glossary](glossary.md). This page is made by
`make fix`.

| call | where |
|---|---|
"""
CHINESE_HEADING = """[English](calls.md) | 简体中文

# 调用索引

程序或正文用到的每个 libevent 调用，以及最先讲到它的那一节。
生词见[术语表](glossary.zh-CN.md)。这一页由 `make fix` 生成。

| 调用 | 在哪里 |
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
    """`event_add` or `event_add(…)`, in the prose. event_base, …_t, …_cb and …_fn alone are types."""
    spans = [code for part in section.parts for code in part.code_spans()]
    calls = [match[1] for match in (re.match(rf"({CALL}\(|{CALL}$)", code) for code in spans) if match]
    return [call.rstrip("(") for call in calls if not re.search(r"^event_base$|_(t|cb|fn)$", call)]


def text(chinese):
    rows = ""
    for call, (page, section) in sorted(index().items()):
        step = f"第 {page.step} 步：" if chinese else f"Step {page.step}: "
        page, section = in_chinese(page, section) if chinese else (page, section)
        title = section.title if section.number else step + section.title
        rows += f"| `{call}()` | [{title}](../{page.path}#{section.anchor}) |\n"
    return (CHINESE_HEADING if chinese else HEADING) + rows


def in_chinese(page, section):
    """The same section of the Chinese page, where there is one with as many headings."""
    twin = page_of(ROOT / page.twin()) if page.twin() else page
    return ((twin, twin.sections[page.sections.index(section)])
            if len(twin.sections) == len(page.sections) else (page, section))


def check_calls(page):
    """The page is what make fix would write, and has each call of the programs."""
    there, right = page.text.splitlines(), text(page.is_chinese).splitlines()
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
    yield 1, len(page.text.splitlines()), text(page.is_chinese).splitlines()
