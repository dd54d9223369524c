"""Which Chinese sections are older than the English text: tools/translated shows and records it."""

import hashlib
import re
import sys
import tempfile
from pathlib import Path

from excerpts import is_place_line
from pages import MAKE_FIX, ROOT, STALE, Page, all_pages, mend, page as page_of, run

ENGLISH_ONLY = ("docs/calls.md", "CONTRIBUTING.md", "tests/", "book/")
MEMORY = "tests/pages/translated"
HEADING = """# Which English text stands in Chinese: each section of a page, and a hash of each of its paragraphs.
# None: not translated yet. Made by tools/translated.
"""
NOTE = "> 本节的英文在翻译之后又有改动，请看[英文版]({}#{})。" + STALE


def pages():
    """The English pages that are translated, or will be."""
    return [page_of(path) for path in all_pages()
            if not path.endswith(".zh-CN.md") and not path.startswith(ENGLISH_ONLY)]


def sections(page):
    """{key: section}; what stands above the first heading is not translated."""
    return {f"{page.path}#{section.anchor}": section for section in page.sections[1:]}


def paragraphs(page, section):
    """[(line, text)] of what is translated: the title, the paragraphs and pictures; but nothing that the
    twins are compared in: blocks, their captions and places, tags, comments, the bench's figures."""
    result, generated = [(section.line, section.title)], False
    for part in section.parts:
        text = part.text
        if part.kind == "html" and re.fullmatch(r"<!--=.*?-->", text.strip()):
            generated = text.strip() != "<!--=-->"  # between the two is one of the bench's tables
        if generated or part.kind == "code" and part.language != "mermaid" or is_place_line(page, text) or \
                re.fullmatch(page.language["caption"], text):
            continue
        if part.kind != "code":
            text = re.sub(r"<!--=\S.*?-->.*?<!--=-->", "…", text, flags=re.S)
            text = re.sub(r"<!--.*?-->|</?\w[^>]*>", " ", text, flags=re.S)
        if text.strip():
            result.append((part.line, " ".join(text.split())))
    return result


def hash_of(text):
    return hashlib.sha256(text.encode()).hexdigest()[:6]


def hashes(page, section):
    return [hash_of(text) for _, text in paragraphs(page, section)]


def memory():
    path = ROOT / MEMORY
    lines = path.read_text().splitlines() if path.exists() else []
    return {line.split()[0]: line.split()[1:] for line in lines if line and line[0] != "#"}


def stale(english):
    """[(section, the hashes of its paragraphs when it was translated)]"""
    remembered = memory()
    return [(section, remembered.get(key, [])) for key, section in sections(english).items()
            if remembered.get(key, []) != hashes(english, section)]


def notes(page):
    """[(Chinese section, the English one, whether the English has changed)]"""
    english = page_of(ROOT / page.twin())
    if str(english.path).startswith(ENGLISH_ONLY):  # docs/calls.md: both are made by make fix
        return []
    changed = [section for section, _ in stale(english)]
    return [(here, there, there in changed) for here, there in zip(page.sections, english.sections)]


def check_notes(page):
    """The Chinese page says where the English has changed since. That it has is no error here."""
    for section, _, is_stale in notes(page) if page.twin() else []:
        if is_stale and not section.note:
            yield section.line, "expected a note that the English has changed", "none" + MAKE_FIX
        elif section.note and not is_stale:
            yield section.note, "expected no such note, as this is translated", "it" + MAKE_FIX


def write_notes(page):
    """For make fix: that note, below a heading."""
    lines = page.text.splitlines() + [""]
    for section, english, is_stale in notes(page) if page.is_chinese and page.twin() else []:
        if is_stale and not section.note:
            note = NOTE.format(page.twin().name, english.anchor)
            yield section.line + 1, 0, ["", note] + [""] * bool(lines[section.line])
        elif section.note and not is_stale:
            yield section.note - 1, 2, []


def show():
    for english in pages():
        if not english.twin():
            print(f"{english.path}: not translated")
        for section, before in stale(english) if english.twin() else []:
            now = paragraphs(english, section)
            new = [(line, text) for line, text in now if hash_of(text) not in before]
            line = new[0][0] if new else section.line
            why = "the English has changed since it was translated" if before else "not translated"
            print(f"{english.path}:{line}, '{section.title}': {why}")
            then = as_translated(english, section, before)
            gone = [text for _, text in then if hash_of(text) not in hashes(english, section)]
            print(word_diff(gone, [text for _, text in new]), end="")


def as_translated(english, section, before):
    """The paragraphs of a section in the newest commit that has it as it was translated."""
    path, key = english.path, f"{english.path}#{section.anchor}"
    for commit in run("git", "log", "-100", "--format=%h", "--", str(path)).stdout.split():
        old = Page(path, run("git", "show", f"{commit}:./{path}").stdout)
        if key in sections(old) and hashes(old, sections(old)[key]) == before:
            return paragraphs(old, sections(old)[key])
    return []


def word_diff(old, new):
    with tempfile.TemporaryDirectory() as folder:
        for name, texts in ("old", old), ("new", new):
            Path(folder, name).write_text("".join(f"{text}\n" for text in texts))
        diff = run("git", "diff", "--no-index", "--word-diff", "-U0", "old", "new", cwd=folder).stdout
    return "".join(f"  {line}\n" for line in diff.splitlines()[4:] if not line.startswith("@@"))


def record(english, chosen):
    """Writes the hashes of these sections, and takes the notes away. An empty line parts two pages, so
    that git can merge what two people have translated."""
    now = {key: hashes(english, section) for key, section in sections(english).items()
           if section.title.startswith(chosen)}
    if not now:
        sys.exit(f"{english.path} has no such section")
    remembered = memory() | now
    text = HEADING
    for page in pages():
        text += "\n" + "".join(" ".join([key, *remembered.get(key, [])]) + "\n"
                               for key in sections(page))
    (ROOT / MEMORY).write_text(text)
    if english.twin():
        mend(english.twin(), [write_notes])
