"""Parses a page: its sections, and in each of them its parts."""

import functools
import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

from languages import LANGUAGES

try:
    from markdown_it import MarkdownIt
except ImportError:
    sys.exit("python3-markdown-it is missing: run 'make deps-test'")

ROOT = Path(__file__).resolve().parents[2]
MAKE_FIX = " (make fix)"  # ends a finding that it mends
STALE = "<!-- stale -->"  # in the note on a Chinese page that the English has changed
STEPS = dict(enumerate(sorted(p.parent.name for p in ROOT.glob("0[1-9]-*/main.c")), 1))


def run(*command, cwd=ROOT, **options):
    environment = os.environ | {"GIT_CONFIG_GLOBAL": "/dev/null"}
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True,
                          **options)


def lines_of(path):
    return (ROOT / path).read_text().splitlines()


def places(needle, haystack):
    """Where these lines stand, one after another: the indices of the first."""
    n = len(needle)
    return [i for i in range(len(haystack) - n + 1) if haystack[i:i + n] == needle]


class Part:
    """A block of code, a piece of HTML, or some prose: a paragraph or a cell of a table."""

    def __init__(self, token, line):
        self.kind = {"fence": "code", "code_block": "code", "html_block": "html"}.get(
            token.type, "prose")
        self.line = line  # a block of code: of its fence
        self.text = token.content.strip() if self.kind == "prose" else token.content
        self.spans = token.children or []  # of prose: its texts, pieces of code, links …
        self.language, _, self.argument = token.info.strip().partition(" ")
        self.lines = token.content.splitlines()
        self.is_indented = token.level > 0  # of a block: it stands in a list

    def commands(self):
        return [line[2:] for line in self.lines if line.startswith("$ ")]

    def code_spans(self):
        return [span.content for span in self.spans if span.type == "code_inline"]

    def comments(self):
        """What stands in its HTML comments."""
        html = [self.text] if self.kind == "html" else \
            [span.content for span in self.spans if span.type == "html_inline"]
        return [comment.strip() for text in html for comment in re.findall(r"<!--(.*?)-->", text, re.S)]


class Section:
    """A heading of any level and what follows it, to the next heading."""

    def __init__(self, line, level, title, above):
        self.line, self.level, self.title, self.above = line, level, title, above
        self.parts = []
        match = re.match(r"(?:Exercise |练习 )?(\d\.\d+)(?=:? |：)", title)
        self.number = match and match[1]
        self.is_exercise = title.startswith(("Exercise ", "练习 "))
        self.anchor = ""
        self.note = None  # the line of the note that the English has changed

    def blocks(self, language):
        return [part for part in self.parts if part.kind == "code" and part.language == language]

    def above_of(self, block):
        """The paragraph directly above a block, else None."""
        n = self.parts.index(block)
        return self.parts[n - 1] if n and self.parts[n - 1].kind == "prose" else None

    def comments(self):
        return [(part.line, comment) for part in self.parts for comment in part.comments()]


class Page:
    def __init__(self, path, text=None):
        path = ROOT / path
        if path.is_dir():
            path /= "README.md"
        self.path = path.resolve().relative_to(ROOT)
        self.text = path.read_text() if text is None else text
        self.is_chinese = path.name.endswith(".zh-CN.md")
        self.language = LANGUAGES["zh-CN" if self.is_chinese else "en"]
        self.step = next((n for n, s in STEPS.items() if self.path == Path(s, "README.md")), None)
        self.main = f"{self.path.parent}/main.c" if str(self.path.parent) in STEPS.values() else None
        self.parse()

    def twin(self):
        """The path of the same page in the other language, where there is one, else None."""
        name = self.path.name.removesuffix(".md").removesuffix(".zh-CN")
        twin = self.path.with_name(name + (".md" if self.is_chinese else ".zh-CN.md"))
        return twin if (ROOT / twin).exists() else None

    def parse(self):
        self.sections = [Section(1, 0, "", None)]
        above, line, anchors = None, 1, Counter()
        tokens = MarkdownIt("commonmark").enable("table").parse(self.text)
        for before, token in zip([None] + tokens, tokens):
            line = token.map[0] + 1 if token.map else line
            if token.type == "inline" and before.type == "heading_open" and before.level == 0:
                section = Section(line, int(before.tag[1]), plain(token), above)
                if section.level <= 2:
                    above = section.above = section
                slug = slug_of(section.title)
                section.anchor = f"{slug}-{anchors[slug]}" if anchors[slug] else slug
                anchors[slug] += 1
                self.sections.append(section)
            elif STALE in token.content:
                self.sections[-1].note = line
            elif token.type in ("inline", "fence", "code_block", "html_block"):
                self.sections[-1].parts.append(Part(token, line))

    def parts(self, kind):
        return [part for section in self.sections for part in section.parts if part.kind == kind]

    def blocks(self, language):
        return [block for section in self.sections for block in section.blocks(language)]

    def experiments(self):
        return {s.number: s for s in self.sections if s.number and not s.is_exercise}

    def exercises(self):
        return {s.number: s for s in self.sections if s.number and s.is_exercise}

    def anchors(self):
        return [section.anchor for section in self.sections[1:]]

    def words(self):
        """Of the text: without code and the lines that tell its place, exercises, and what stands
        above the title."""
        texts = [part.text for section in self.sections[1:] for part in section.parts
                 if part.kind != "code" and not re.match(r"\*\*(Terminal|终端) |\*[^*]", part.text)
                 and not (section.above and section.above.title == "Exercises")]
        return sum(len(re.sub(r"<!--.*?-->|<[^>]*>|[*]", " ", text, flags=re.S).split())
                   for text in texts)


@functools.lru_cache
def page(path):
    return Page(path)


def all_pages():
    """The paths of all pages, in English first, for the Chinese ones follow them."""
    paths = run("git", "ls-files", "-co", "--exclude-standard", "*.md").stdout.splitlines()
    return sorted({path for path in paths if (ROOT / path).exists()},
                  key=lambda path: (path.endswith(".zh-CN.md"), path))


def mend(path, fixers):
    """Writes a page as these would have it. Each yields (line, how many lines, [what stands there])."""
    for fixer in fixers:
        there = Page(path)
        lines = there.text.splitlines()
        for line, count, new in sorted(fixer(there), reverse=True):
            lines[line - 1:line - 1 + count] = new
        text = "\n".join(lines) + "\n"
        if text != there.text:
            (ROOT / path).write_text(text)
            page.cache_clear()


def plain(heading):
    return "".join(" " if span.type == "softbreak" else span.content for span in heading.children)


def slug_of(title):
    """The anchor of a heading, as GitHub makes it."""
    return re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")


def step_pages():
    return [page(folder) for folder in STEPS.values() if (ROOT / folder / "README.md").exists()]
