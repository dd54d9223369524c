#!/usr/bin/python3
"""usage: check.py [--text] [--only SECTION] [--tap] PAGE…

Holds pages to the truth: README.md beside this file has the rules. A PAGE is a file or a step's
folder. --only 3.2 or --only 'Run it': that section alone; --text: all but the transcripts; --tap: a
test for each section with transcripts, and one for the rest of a page, as tests/run reads them."""

import argparse
import itertools
import os
import sys
from pathlib import Path

import chinese
import diffs
import excerpts
import form
import calls
import ladder
import links
import transcripts
import translated
import twins
from pages import Page


def check_text(page, only):
    """What is wrong, a line each."""
    found = sorted(findings(page, only), key=lambda f: (isinstance(f[0], int), f[0]))
    return [(f"{page.path}:{where}" if isinstance(where, int) else where) + f": {expected}, found {but}"
            for where, expected, but in found]


def findings(page, only):
    """[(line, what was expected, what was found)]; for other files than the page FILE:LINE."""
    sections = chosen(page, only)
    found = [f for s in sections for b in s.blocks("c") for f in excerpts.check_excerpt(page, s, b)]
    if not only:
        checks = [form.check_columns, links.check_links, links.check_targets, twins.check_first_line]
        if page.is_chinese:
            checks += [twins.check_twin, translated.check_notes, chinese.check_breaks, chinese.check_marks,
                       chinese.check_numbers, chinese.check_words, chinese.check_english_names]
        else:
            checks += [form.check_blocks]
        if page.step:
            checks += [form.check_sections, form.check_numbers, form.check_words]
            checks += [] if found else [excerpts.check_coverage]  # else a line is reported twice
        elif str(page.path) in ("README.md", "README.zh-CN.md"):
            checks += [ladder.check_ladder]
        elif page.path.parent == Path("docs/questions"):
            checks += [links.check_questions]
        elif str(page.path) in calls.PAGES:
            checks += [calls.check_calls]
        found += [f for check in checks for f in check(page)]
    for section in sections:
        checks = [excerpts.check_between, transcripts.check_captions, transcripts.check_bounds,
                  transcripts.check_only]
        if section in page.experiments().values():
            checks += [diffs.check_question, diffs.check_told]
        found += [f for check in checks for f in check(page, section)]
        found += [f for b in section.blocks("diff") for f in diffs.check_diff(page, section, b)]
    return found


def chosen(page, only):
    return [s for s in page.sections
            if not only or s.number == only or s.title.startswith(only)]


def page_here(path):
    try:
        return Page(os.path.abspath(path))
    except OSError as error:
        raise argparse.ArgumentTypeError(f"{path}: {error.strerror}")


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--text", action="store_true")
    parser.add_argument("--only")
    parser.add_argument("--tap", action="store_true")
    parser.add_argument("pages", nargs="+", type=page_here)
    arguments = parser.parse_args()
    tests = [(f"{page.path}: its excerpts, edits, figures and links are true",
              check_text(page, arguments.only), None) for page in arguments.pages]
    if not arguments.text:
        tests = itertools.chain(tests, transcripts.check_transcripts(
            [(page, s) for page in arguments.pages for s in chosen(page, arguments.only)]))
    report = tap if arguments.tap else print_findings
    sys.exit(1 if any([report(n, *test) for n, test in enumerate(tests, 1)]) else 0)


def print_findings(number, name, found, skipped):
    lines = [f"{name}: skipped, {skipped}"] if skipped else found
    print("".join(line + "\n" for line in lines), end="", flush=True)
    return found


def tap(number, name, found, skipped):
    print(f"{'not ' if found else ''}ok {number} {name}" + (f" # skip {skipped}" if skipped else ""))
    print("".join(f"# {line}\n" for line in found), end="", flush=True)
    return found


if __name__ == "__main__":
    main()
