#!/usr/bin/python3
"""usage: translated.py
       translated.py PAGE [SECTION…]

Without arguments: says which sections of the Chinese pages are older than the English text, and how
to see what has changed since. With an English page: remembers that its Chinese twin is up to date,
all of it or the sections whose English titles begin like this."""

import hashlib
import os
import re
import sys

from pages import ROOT, Page, page as page_of, run

ENGLISH_ONLY = ("docs/calls.md", "CONTRIBUTING.md", "tests/", "book/")
MEMORY = "tests/pages/translated"
NEVER = "-"
HEADING = """# Which English text stands in Chinese: each section of a page, and a hash of its English prose.
# "-": not translated yet. Made by tests/pages/translated.py.
"""


def pages():
    """The English pages that are translated, or will be."""
    paths = run("git", "ls-files", "-co", "--exclude-standard", "*.md").stdout.splitlines()
    return [page_of(path) for path in sorted(set(paths)) if (ROOT / path).exists()
            and not path.endswith(".zh-CN.md") and not path.startswith(ENGLISH_ONLY)]


def sections(page):
    """{key: section}; what stands above the first heading is not translated."""
    return {f"{page.path}#{section.anchor}": section for section in page.sections[1:]}


def prose(section):
    """What is translated: no blocks but pictures, and no figures of the bench."""
    texts = [section.title] + [part.text for part in section.parts
                               if part.kind != "code" or part.language == "mermaid"]
    text = re.sub(r"(<!--=\S.*?-->).*?<!--=-->", r"\1", "\n".join(texts), flags=re.S)
    return " ".join(text.split())


def hash_of(section):
    return hashlib.sha256(prose(section).encode()).hexdigest()[:12]


def memory():
    try:
        lines = (ROOT / MEMORY).read_text().splitlines()
    except FileNotFoundError:
        lines = []
    return dict(line.split() for line in lines if line and not line.startswith("#"))


def stale(english):
    """[(section, what is wrong)]"""
    remembered, result = memory(), []
    for key, section in sections(english).items():
        before = remembered.get(key, NEVER)
        if before != hash_of(section):
            result.append((section, "no record that it was translated" if before == NEVER else
                           "that the English has changed since it was translated"))
    return result


def check_translated(page):
    if not page.twin():
        return
    english = page_of(ROOT / page.twin())
    pairs = dict(zip(english.sections, page.sections))
    for section, why in stale(english):
        here = pairs.get(section, page.sections[0])
        yield (here.line, f"expected the Chinese of {name(english, section)} as it is now "
               "(tests/pages/translated.py shows and records it)", why)


def name(page, section):
    return f"{page.path}, '{section.title}'"


def show():
    for english in pages():
        if not english.twin():
            print(f"{english.path}: not translated")
            continue
        for section, why in stale(english):
            print(f"{name(english, section)}: {why}")
            before = memory().get(f"{english.path}#{section.anchor}", NEVER)
            commit = run("git", "log", "-1", "--format=%h", f"-S{before}", "--", MEMORY).stdout.strip()
            if commit and before != NEVER:
                print(f"  git diff --word-diff {commit} -- {english.path}")


def record(english, chosen):
    """Writes the hashes of these sections. An empty line parts two pages, so that git can merge what
    two people have translated."""
    now = {key: hash_of(section) for key, section in sections(english).items()
           if section.title.startswith(chosen)}
    if not now:
        sys.exit(f"{english.path} has no such section")
    remembered = memory() | now
    text = HEADING
    for page in pages():
        text += "\n" + "".join(f"{key} {remembered.get(key, NEVER)}\n" for key in sections(page))
    (ROOT / MEMORY).write_text(text)


def main():
    if len(sys.argv) == 1:
        show()
    else:
        record(Page(os.path.abspath(sys.argv[1])), tuple(sys.argv[2:]) or "")


if __name__ == "__main__":
    main()
