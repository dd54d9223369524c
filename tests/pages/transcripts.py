"""Transcripts: their captions, the bounds of their numbers, and the run of them."""

import concurrent.futures
import os
import re
import shutil
import tempfile
from pathlib import Path

import terminal
from languages import LANGUAGES
from pages import ROOT, run


def caption_of(page, section, block):
    """The number of a transcript's terminal, else None."""
    above = section.above_of(block)
    match = above and re.fullmatch(page.language["caption"], above.text)
    return match and match[1]


def check_captions(page, section):
    for block in section.blocks("console"):
        if block.argument:
            yield block.line, "expected ```console alone", f"```console {block.argument}"
        if not caption_of(page, section, block):
            yield block.line, 'expected a line "**Terminal 1** (the server):" above this', "none"


# Numbers that differ from run to run: <!-- 148203: more than 5000 -->

NUMBER = terminal.NUMBER


class Bound:
    def __init__(self, match):
        self.number, self.words, *limits = match.groups()
        self.above, self.below, self.least, self.most = (
            limit and float(limit) for limit in limits)

    def holds(self, number):
        number = float(number)
        if self.above is not None:
            return number > self.above
        if self.below is not None:
            return number < self.below
        return self.least <= number <= self.most


def bounds_of(section):
    """[(line, comment, the bound or None)] of the comments that begin with a number."""
    form = rf"({NUMBER}): (more than ({NUMBER})|less than ({NUMBER})|({NUMBER}) to ({NUMBER}))"
    result = []
    for line, comment in section.comments():
        if re.match(rf"{NUMBER}:", comment):
            match = re.fullmatch(form, comment)
            result.append((line, comment, match and Bound(match)))
    return result


def check_bounds(page, section):
    output = "\n".join(line for block in section.blocks("console") for line in block.lines
                       if not line.startswith("$ "))
    for line, comment, bound in bounds_of(section):
        if not bound:
            yield line, 'expected "N: more than A", "N: less than A" or "N: A to B"', f'"{comment}"'
        elif bound.number not in re.findall(NUMBER, output):
            yield line, f"expected {bound.number} in an output of this section", "none"
        elif not bound.holds(bound.number):
            yield line, f"expected {bound.number} to be {bound.words}", "that it is not"


# Sections for one version alone: <!-- only: libevent 2.1 -->, <!-- only: libevent 2.1.9 to 2.1 -->

ONLY = r"only: libevent (\d[\d.]*)(?: to (\d[\d.]*))?"


def only_of(section):
    return next(((line, c) for line, c in section.comments() if c.startswith("only:")), None)


def check_only(page, section):
    if only_of(section) and not re.fullmatch(ONLY, only_of(section)[1]):
        line, comment = only_of(section)
        yield line, 'expected "only: libevent 2.1" or "only: libevent 2.1.9 to 2.1"', f'"{comment}"'


def skipped(section):
    """Why the transcripts of a section can't run here, else None."""
    commands = " ".join(c for block in section.blocks("console") for c in block.commands())
    if re.search(r"\b(strace|make trace)\b", commands) and not may_trace():
        return "strace may not run here"
    match = only_of(section) and re.fullmatch(ONLY, only_of(section)[1])
    if match:
        here = run("pkg-config", "--modversion", "libevent_core").stdout.strip()
        least, most = numbers(match[1]), numbers(match[2] or match[1])
        if not least <= numbers(here)[:len(least)] or not numbers(here)[:len(most)] <= most:
            return f"{match[0]}, and this is {here}"
    return None


def numbers(version):
    return [int(n) for n in re.findall(r"\d+", version)]


def may_trace():
    return shutil.which("strace") and run("strace", "-o", "/dev/null", "true").returncode == 0


# The run


def check_transcripts(chosen):
    """Runs the transcripts of [(page, section)], some sections at a time as they mostly wait. Yields
    (name, what is wrong, why it was skipped)."""
    sections_at_a_time = int(os.environ.get("SECTIONS", 4))
    with tempfile.TemporaryDirectory(prefix="text-") as template, \
            concurrent.futures.ProcessPoolExecutor(sections_at_a_time) as pool:
        tests, running = [], []
        for page, section in chosen:
            if page.language is not LANGUAGES["en"]:
                continue  # the blocks of both languages are the same, and run once
            blocks = [(caption_of(page, section, block),
                       list(enumerate(block.lines, block.line + 1)))
                      for block in section.blocks("console")]
            if blocks and all(name for name, _ in blocks):
                why, result = skipped(section), None
                if not why:
                    if not running:
                        scratch_copy(Path(template))
                    bounds = {bound.number: bound for _, _, bound in bounds_of(section) if bound}
                    result = pool.submit(run_section, template, page.path, blocks, bounds)
                    running.append(result)
                tests.append((f"{page.path}:{section.line}", section.title, result, why))
        for place, title, result, why in tests:
            yield f"{place}: the transcripts of '{title}' come true", result.result() if result else [], why


# What no transcript touches: most of the files.
UNTOUCHED = [":!exercises/*/*", ":!book", ":!bench", ":!tests/slow", ":!*.bats", ":!*.zh-CN.md"]


def scratch_copy(folder):
    """What of the repository a reader's commands touch, built, with a history of one commit."""
    for name in run("git", "ls-files", "-coz", "--exclude-standard", "--", *UNTOUCHED).stdout.split("\0"):
        if name and (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    for main in ROOT.glob("0[1-9]-*/main"):
        shutil.copy2(main, folder / main.relative_to(ROOT))
    run("make", "-sk", cwd=folder)
    run("git", "init", "-q", "--template=", cwd=folder)
    run("git", "add", "-A", cwd=folder)
    run("git", "-c", "user.name=reader", "-c", "user.email=reader@localhost", "commit", "-qm",
        "as in the book", cwd=folder)
    run("git", "gc", "-q", cwd=folder)


def run_section(template, path, blocks, bounds):
    with tempfile.TemporaryDirectory(prefix="text-", ignore_cleanup_errors=True) as folder:
        tree = shutil.copytree(template, os.path.join(folder, "tree"), symlinks=True)
        try:
            terminal.Section(tree, bounds).run(blocks)
            return []
        except terminal.Mismatch as error:
            return [f"{path}:{error.line}: {error}"]
