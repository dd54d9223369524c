"""The edits of the experiments."""

import itertools

from excerpts import nearest
from pages import lines_of, places
from transcripts import caption_of


class DoesNotApply(Exception):
    """Carries a finding: the line of the page, what was expected there, and what was found."""


def edits(page, block):
    """What the diff does to main.c: [(index of the first line, how many go, the lines that come)]."""
    source, hunks, first = lines_of(page.main), [], block.line + 1
    for n, line in enumerate(block.lines + ["@@"], block.line + 1):
        if line.strip() == "@@":
            hunk = block.lines[first - block.line - 1:n - block.line - 1]
            if hunk:
                hunks.append((first, hunk))
            first = n + 1
    result = []
    for first, hunk in hunks:
        for n, line in enumerate(hunk):
            if line and line[0] not in " +-":
                raise DoesNotApply(first + n, "expected ' ', '+' or '-' first", f'"{line}"')
        old = [line[1:] for line in hunk if line[:1] != "+"]
        found = places(old, source)
        if old and not found:
            n, expected, there, _ = nearest(old, page.main)
            line = [m for m, text in enumerate(hunk) if text[:1] != "+"][n]
            raise DoesNotApply(first + line, expected, there)
        if len(found) != 1 or not old:
            at = " and ".join(f"line {i + 1}" for i in found if old) or "nowhere"
            raise DoesNotApply(first, f"expected the ' ' and '-' lines once in {page.main}",
                               f"them at {at}")
        result.append((found[0], len(old), [line[1:] for line in hunk if line[:1] != "-"]))
    return result


def edit(page, block):
    """main.c with the diff applied."""
    source = lines_of(page.main)
    for place, length, new in sorted(edits(page, block), reverse=True):
        source[place:place + length] = new
    return "\n".join(source) + "\n"


def check_diff(page, section, block):
    if not page.main or section.number not in page.experiments():
        yield block.line, "expected a diff below the heading of an experiment only", "it here"
        return
    try:
        edit(page, block)
    except DoesNotApply as error:
        yield error.args
    command = f"make break-{section.number}"
    if not any(command in c for b in section.blocks("console") for c in b.commands()):
        yield block.line, f"expected a transcript with `{command}` for this diff", "none"


def check_question(page, section):
    """In an experiment: a question, then the edit, then what happens."""
    asked = shown = False
    for part in section.parts:
        if part.kind == "prose":
            asked = asked or "?" in part.text or "？" in part.text
        elif not part.text.startswith("<!--"):
            if not asked:
                yield part.line, "expected a question before this", "none"
                return
            if shown and part.kind == "code" and part.language == "diff":
                yield part.line, "expected the edit before what happens", "it here"
            shown = True


def check_told(page, section):
    """In an experiment: what to type first in terminal 1 stands before the fold, for the fold has the
    answer."""
    typed = [c for block in section.blocks("console") if caption_of(page, section, block) == "1"
             for c in block.commands()]
    before = itertools.takewhile(lambda part: not part.text.startswith("<details")
                                 and part.language != "console", section.parts)
    if typed and not any(typed[0] in part.code_spans() for part in before):
        yield section.line, f"expected `{typed[0]}` before the fold", "it nowhere there"
