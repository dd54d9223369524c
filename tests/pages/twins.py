"""A Chinese page says the same as its English twin: the same headings, blocks, figures and links."""

import re
from itertools import zip_longest
from pathlib import Path

from languages import LANGUAGES
from links import links
from pages import MAKE_FIX, ROOT, page as page_of
from transcripts import caption_of


def check_first_line(page):
    """Both pages begin with a line that leads to the other one."""
    first = page.text.partition("\n")[0]
    if page.twin():
        expected = page.language["first line"].format(page.twin().name)
        if first != expected:
            yield 1, f'expected "{expected}", as this page has a twin', f'"{first}"'
    elif page.is_chinese:
        yield 1, "expected the English page that this one translates beside it", "none"


def check_twin(page):
    if not page.twin():
        return
    english = page_of(ROOT / page.twin())
    pairs = list(zip_longest(page.sections, english.sections))
    for section, original in pairs:
        expected, found = heading(original), heading(section)
        if expected != found:
            yield (section.line if section else page.sections[-1].line,
                   f'expected "{expected}" as in {english.path}:{original.line}' if original else
                   f"expected no more headings, as in {english.path}", f'"{found}"')
            return
    for section, original in pairs:
        yield from check_section(page, section, english, original)


def copy_blocks(page):
    """For make fix: the blocks, and the comments with bounds."""
    english = page_of(ROOT / page.twin()) if page.is_chinese and page.twin() else page
    if len(page.sections) == len(english.sections):
        for section, original in zip(page.sections, english.sections):
            yield from copies(page, section, english, original)


def copies(page, section, english, original):
    """What copy_blocks writes in a section that has as many of them as the English one."""
    here, there = copied(page, section), copied(english, original)
    if [kind for kind, *_ in here] == [kind for kind, *_ in there]:
        for (_, line, lines), (*_, right) in zip(here, there):
            if lines != right:
                yield line, len(lines), right


def copied(page, section):
    """[(kind, line, [line of the page])] of what is the same in both twins. A picture's words are
    translated. (What is indented, in a list, is left to a person.)"""
    result, lines = [], page.text.splitlines()
    for part in section.parts:
        if part.kind == "code" and part.language != "mermaid" and not part.is_indented:
            result.append((part.language, part.line,
                           lines[part.line - 1:part.line + len(part.lines) + 1]))
        elif re.fullmatch(r"(<!-- .*? -->\s*)+", part.text, re.S):
            result.append(("comment", part.line, part.text.splitlines()))
    return result


def heading(section):
    """What is the same in both languages: level, number, and the titles of a step's sections."""
    if not section:
        return "nothing more"
    level = "#" * section.level
    if section.number:
        return f"{level} {'练习 ' if section.is_exercise else ''}{section.number} …"
    titles = dict(zip(LANGUAGES["en"]["sections"], LANGUAGES["zh-CN"]["sections"]))
    title = titles.get(section.title, section.title)
    return f"{level} {title if section.level == 2 and title in titles.values() else '…'}"


def check_section(page, section, english, original):
    for (line, found), (where, expected) in zip_longest(
            content(page, section), content(english, original), fillvalue=(None, "nothing more")):
        if found != expected:
            there = where or f"{original.line} and below"
            mends = MAKE_FIX if any(copies(page, section, english, original)) else ""
            yield (line or section.line, f'expected "{expected}" as in {english.path}:{there}',
                   f'"{found}"{mends}')
            break
    expected, found = figures(original), figures(section)
    if expected != found:
        yield (section.line, f"expected the figures {', '.join(sorted(expected))} here",
               ", ".join(sorted(found)) or "none")
    expected = {in_chinese(english, target) for _, target in links(original.parts)}
    here = links(section.parts)
    if section.level:  # above the first heading is the way to the other language
        for line, target in here:
            if target not in expected:
                yield line, f"expected {' or '.join(sorted(expected)) or 'no link'} here", target
        for target in sorted(expected - {target for _, target in here}):
            yield section.line, f"expected a link to {target} in this section", "none"


def content(page, section):
    """[(line, text)] of what has to be the same: blocks, their terminals, comments, tags. The words
    in a picture are translated, so only its kind counts."""
    result = []
    for part in section.parts:
        if part.kind == "code":
            terminal = part.language == "console" and caption_of(page, section, part)
            if terminal:
                result.append((section.above_of(part).line, f"Terminal {terminal}"))
            lines = part.lines[:1] if part.language == "mermaid" else part.lines + ["```"]
            fence = f"```{part.language} {part.argument}".strip()
            result += enumerate([fence, *lines], part.line)
        html = part.text if part.kind == "html" else "".join(
            span.content for span in part.spans if span.type == "html_inline")
        result += [(part.line, tag) for tag in re.findall(r"<!--.*?-->|</?\w+", html, re.S)
                   if not tag.startswith("<!--=")]
    return result


def figures(section):
    """The names of the bench's figures: <!--=us 0 epoll-->9<!--=-->."""
    return {" ".join(comment.split()) for _, comment in section.comments() if comment.strip("= ")
            and comment.startswith("=")}


def in_chinese(page, target):
    """Where a link of an English page leads in its twin."""
    path, _, anchor = target.partition("#")
    there = ((ROOT / page.path).parent / path if path else ROOT / page.path).resolve()
    twin = there.with_name(f"{there.stem}.zh-CN{there.suffix}")
    if not twin.exists():
        return target
    if anchor:
        anchors = dict(zip(page_of(there).anchors(), page_of(twin).anchors()))
        anchor = "#" + anchors.get(anchor, anchor)
    return (str(Path(path).with_name(twin.name)) if path else "") + anchor
