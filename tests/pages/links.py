"""Links lead somewhere, and what the text says of make's targets is true."""

import difflib
import re
from urllib.parse import unquote

from pages import ROOT, STEPS, page as page_of, run, step_pages


def check_links(page):
    for line, target in links(page.parts("prose") + page.parts("html")):
        for expected, found in check_link(page, target):
            yield line, expected, found


def links(parts):
    """[(line, target)] of the links and images, but for those that leave the repository."""
    result = []
    for part in parts:
        targets = [span.attrGet("href") or span.attrGet("src") for span in part.spans
                   if span.type in ("link_open", "image")]
        html = [span.content for span in part.spans if span.type == "html_inline"]
        for text in html + [part.text] * (part.kind == "html"):
            targets += re.findall(r'(?:href|src)="(.*?)"', text)
        for target in map(unquote, targets):
            if not re.match(r"[a-z]+:", target):
                line = part.line + part.text.partition(target)[0].count("\n")
                result.append((line, target))
    return result


def check_link(page, target):
    path, _, anchor = target.partition("#")
    there = (ROOT / page.path).parent / path if path else ROOT / page.path
    if not there.exists():
        yield "expected a link to a file that exists", target
    elif anchor and there.suffix != ".md" and not there.is_dir():
        yield "expected a link to a file or a heading", target
    elif anchor:
        anchors = page_of(there.resolve()).anchors()
        if anchor not in anchors:
            close = difflib.get_close_matches(anchor, anchors, 1)
            yield "expected a link to a heading" + (f", such as #{close[0]}" if close else ""), target


def check_questions(page):
    """Each question has something that shows its answer: a transcript, or a link to a program or a test,
    to an exercise, or to a section with a transcript."""
    for section in page.sections:
        if section.level == 3 and not section.blocks("console") and not any(
                shows(page, target) for _, target in links(section.parts)):
            yield section.line, "expected a transcript, or a link to what shows this", "none"


def shows(page, target):
    path, _, anchor = target.partition("#")
    there = (ROOT / page.path).parent / path
    if there.suffix != ".md":
        return there.is_file()
    return any(section.anchor == anchor and (section.is_exercise or section.blocks("console"))
               for section in page_of(there.resolve()).sections)


def check_targets(page):
    """Each `make X` in the text is in make help, and its number exists."""
    forms = re.findall(r"^make (\S+)", run("make", "help").stdout, re.M)
    commands = [(part.line, code) for part in page.parts("prose") for code in part.code_spans()]
    for block in page.blocks("sh"):
        commands += enumerate(block.lines, block.line + 1)
    for line, command in commands:
        make, *targets = re.split(r" \d?[|<>&;]", command)[0].split() or [""]
        if make == "make" and "-C" not in targets:
            for target in targets:
                form = re.sub(r"-\d$", "-N", re.sub(r"-\d\.\d+$", "-N.K", target))
                if not (target in forms or "=" in target or "…" in target or target[0] == "-"
                        or form in forms and known(target.partition("-")[2], form)):
                    yield line, "expected a target of make", f"`make {target}`"


def known(number, form):
    """A step, an experiment or an exercise of that number exists."""
    if int(number[0]) not in STEPS or not form.endswith(".K"):
        return int(number[0]) in STEPS
    there = next((page for page in step_pages() if page.step == int(number[0])), None)
    return there and number in (
        there.experiments() if form.startswith(("break", "story")) else there.exercises())
