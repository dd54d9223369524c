#!/usr/bin/env python3
"""Holds the READMEs to the truth. For writers:

    tests/readme.py check README…            a step's folder will do; --only 3.2: one section;
                                             --text: all but the transcripts, in a moment
    tests/readme.py break 3.2                makes build/break-3.2, what `make break-3.2` runs
    tests/readme.py figures                  counts what there is

A step's README has the sections SECTIONS, in this order. In the text, and in README.md:

```c               whole lines of the step's main.c, one after another, that stand there exactly once;
                   all lines that the step adds must be quoted. ```c PATH quotes another file.
```diff            an edit of the step's main.c, below an experiment's heading. Hunks are parted by a
                   line "@@"; the ' ' and '-' lines of a hunk stand together exactly once in main.c.
```console         what a reader does in a terminal; ```console NAME names it (else "client"):
                   $ command    typed, when the command before has ended; "> " lines continue it
                   ^C  ^D  ⏎    alone in a line: typed to the running program (text⏎: with a text)
                   other lines  must be printed, with nothing between; … stands for anything, and
                                alone in a line for any number of lines. Blank lines don't count,
                                and white space of any length is a space.
                   A command that has ended must have printed nothing else. A block that does not
                   begin with "$ " goes on with what the terminal's program prints. Terminals live
                   until the next heading. 10000 is replaced by a free port (PORT, for make).
```mermaid         a picture
```sh              commands of make that a test can't run (it would run itself): they must exist
```text            in the exercises: what their own tests check

"### N.K Title" (or "### N.K More: title") under "Break it" is an experiment: it has a transcript,
and with a diff the transcript says `make break-N.K`. "### Exercise N.K: title" is an exercise.

The ladder in README.md is the table with the columns "step" (holds the number, such as
[03](03-event-add/)), "new calls" (`event_new` `event_add`: in this step's main.c, not in the one
before) and, where it has them, "lines" (of main.c) and "added" (63 or +63/-3, by make diff-N).
"""

import argparse
import concurrent.futures
import difflib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as xml
from pathlib import Path

import readme_terminal

ROOT = Path(__file__).resolve().parent.parent
STEPS = dict(enumerate(sorted(p.parent.name for p in ROOT.glob("0[1-9]-*/main.c")), 1))
SECTIONS = ["The idea", "Run it", "The code", "Look underneath", "Break it", "Then and now",
            "Exercises", "Next"]
MAX_WORDS = 1200


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


# Reading a README


class Block:
    def __init__(self, node):
        self.kind, _, self.argument = node.get("info", "").strip().partition(" ")
        self.fence = line_of(node)
        self.line = self.fence + 1  # of its first line of text
        self.lines = (node.text or "").splitlines()

    def commands(self):
        return [line[2:] for line in self.lines if line.startswith("$ ")]


class Section:
    """A heading of any level and what follows it, to the next heading."""

    def __init__(self, line, level, title, above):
        self.line, self.level, self.title, self.above = line, level, title, above
        self.nodes = []
        match = re.match(r"(?:Exercise )?(\d\.\d+)(?=:? )", title)
        self.number = match and match[1]
        self.is_exercise = title.startswith("Exercise ")

    def blocks(self, kind):
        return [block for block in map(Block, self.code()) if block.kind == kind]

    def code(self):
        return [n for node in self.nodes for n in node.iter("code_block")]


class Readme:
    def __init__(self, path):
        path = ROOT / path
        if path.is_dir():
            path /= "README.md"
        self.path = path.resolve().relative_to(ROOT)
        self.text = path.read_text()
        self.step = next((n for n, s in STEPS.items() if self.path == Path(s, "README.md")), None)
        self.main = self.step and f"{STEPS[self.step]}/main.c"
        source = run("cmark", "-t", "xml", "--sourcepos", input=self.text, check=True).stdout
        self.document = xml.fromstring(re.sub(r'<!DOCTYPE.*?>| xmlns=".*?"', "", source))
        self.sections = [Section(1, 0, "", None)]
        above = None
        for node in self.document:
            if node.tag == "heading":
                section = Section(line_of(node), int(node.get("level")), text_of(node), above)
                if section.level <= 2:
                    above = section.above = section
                self.sections.append(section)
            else:
                self.sections[-1].nodes.append(node)

    def experiments(self):
        return {s.number: s for s in self.sections if s.number and not s.is_exercise}

    def exercises(self):
        return {s.number: s for s in self.sections if s.number and s.is_exercise}

    def blocks(self, kind):
        return [block for section in self.sections for block in section.blocks(kind)]

    def words(self):
        """Of the text: without code and exercises."""
        return sum(
            len(re.sub(r"<[^>]*>|[|*]|--+", " ", n.text or "").split())
            for section in self.sections
            if not (section.above and section.above.title == "Exercises")
            for node in section.nodes for n in node.iter() if n.tag in ("text", "code", "html_block"))

    def anchors(self):
        """As GitHub makes them from the headings."""
        result = []
        for section in self.sections[1:]:
            slug = re.sub(r"[^\w\- ]", "", section.title.lower()).replace(" ", "-")
            n = sum(re.fullmatch(re.escape(slug) + r"(-\d+)?", other) is not None
                    for other in result)
            result.append(f"{slug}-{n}" if n else slug)
        return result


def line_of(node):
    return int(node.get("sourcepos", "0").split(":")[0])


def text_of(node):
    return "".join(" " if n.tag == "softbreak" else n.text or ""
                   for n in node.iter() if n.tag in ("text", "code", "softbreak"))


# What the text says of the programs


def added_lines(step):
    """The numbers of the lines that a step adds, and how many it removes, as make diff-N has it."""
    if step == 1:
        return list(range(1, len(lines_of(f"{STEPS[1]}/main.c")) + 1)), 0
    diff = run("git", "diff", "--no-index", "-U0",
               f"{STEPS[step - 1]}/main.c", f"{STEPS[step]}/main.c").stdout
    added, removed = [], 0
    for old, first, count in re.findall(r"^@@ -\d+(?:,(\d+))? \+(\d+)(?:,(\d+))? @@", diff, re.M):
        added += range(int(first), int(first) + int(count or 1))
        removed += int(old or 1)
    return added, removed


def must_be_quoted(step):
    source = lines_of(f"{STEPS[step]}/main.c")
    return [n for n in added_lines(step)[0] if source[n - 1].strip() not in ("", "{", "}", "};")]


def quoted_lines(readme):
    source, result = lines_of(readme.main), set()
    for block in readme.blocks("c"):
        if not block.argument:
            for place in places(block.lines, source):
                result.update(range(place + 1, place + 1 + len(block.lines)))
    return result


def check_excerpt(readme, block):
    path = block.argument or readme.main
    if not path:
        yield block.fence, "expected ```c PATH, as this README has no main.c", "```c"
        return
    if not (ROOT / path).is_file():
        yield block.fence, "expected the path of a file after ```c", path
        return
    source = lines_of(path)
    found = places(block.lines, source)
    if not block.lines:
        yield block.fence, f"expected lines of {path}", "an empty block"
    elif len(found) > 1:
        yield (block.line, f"expected lines that stand once in {path}",
               "them at lines " + ", ".join(str(i + 1) for i in found))
    elif not found:
        # The place where most lines agree, and there the first that does not.
        start = max(range(len(source)), key=lambda i: sum(
            a == b for a, b in zip(source[i:], block.lines)))
        n = next((n for n, line in enumerate(block.lines)
                  if source[start + n:start + n + 1] != [line]))
        if block.lines[n] and start + n < len(source) and any(
                a == b for a, b in zip(source[start:], block.lines)):
            yield (block.line + n, f'expected "{source[start + n]}" as in {path}:{start + n + 1}',
                   f'"{block.lines[n]}"')
        else:
            close = difflib.get_close_matches(block.lines[n], source, 1)
            near = f', such as "{close[0]}" (line {source.index(close[0]) + 1})' if close else ""
            yield block.line + n, f"expected a line of {path}{near}", f'"{block.lines[n]}"'


def check_coverage(readme):
    missing = [n for n in must_be_quoted(readme.step) if n not in quoted_lines(readme)]
    source = lines_of(readme.main)
    for n in missing:
        if n - 1 not in missing:
            last = next(m for m in range(n, len(source) + 2) if m + 1 not in missing)
            upto = f" and the lines to {last}" if last > n else ""
            yield (f"{readme.main}:{n}", f"expected a c block in {readme.path} for a line that step "
                   f"{readme.step} adds", f'none that quotes "{source[n - 1].strip()}"{upto}')


def edit(readme, block):
    """main.c with the diff applied. Raises ValueError with the line and what was expected."""
    source, hunks, first = lines_of(readme.main), [], block.line
    for n, line in enumerate(block.lines + ["@@"], block.line):
        if line.strip() == "@@":
            hunk, first = block.lines[first - block.line:n - block.line], n + 1
            if hunk:
                hunks.append((first - len(hunk) - 1, hunk))
    edits = []
    for first, hunk in hunks:
        for n, line in enumerate(hunk):
            if line and line[0] not in " +-":
                raise ValueError(first + n, "expected ' ', '+' or '-' first", f'"{line}"')
        old = [line[1:] for line in hunk if line[:1] != "+"]
        found = places(old, source)
        if not old or len(found) != 1:
            at = " and ".join(f"line {i + 1}" for i in found)
            raise ValueError(first, f"expected the ' ' and '-' lines once in {readme.main}",
                             f"them at {at}" if old and found else "them nowhere")
        edits.append((found[0], len(old), [line[1:] for line in hunk if line[:1] != "-"]))
    for place, length, new in sorted(edits, reverse=True):
        source[place:place + length] = new
    return "\n".join(source) + "\n"


def check_diff(readme, section, block):
    if not readme.main or section.number not in readme.experiments():
        yield block.fence, "expected a diff below the heading of an experiment only", "it here"
        return
    try:
        edit(readme, block)
    except ValueError as error:
        yield error.args
    command = f"make break-{section.number}"
    if not any(command in c for b in section.blocks("console") for c in b.commands()):
        yield block.fence, f"expected a transcript with `{command}` for this diff", "none"


def check_sections(readme):
    titles = [(s.line, s.title) for s in readme.sections if s.level == 2]
    for n, title in enumerate(SECTIONS):
        if title not in [t for _, t in titles]:
            after = [line for line, t in titles if t in SECTIONS[:n]]
            yield after[-1] if after else 1, f'expected a section "## {title}" after this', "none"
    known = [(line, t) for line, t in titles if t in SECTIONS]
    for (line, title), right in zip(known, [t for t in SECTIONS if t in dict(map(reversed, known))]):
        if title != right:
            yield line, f'expected "## {right}" here', f'"## {title}"'
            break
    for line, title in titles:
        if title not in SECTIONS:
            yield line, "expected one of the sections " + ", ".join(SECTIONS), f'"## {title}"'


def check_numbers(readme):
    """Experiments and exercises stand in their sections, and are counted from 1."""
    for kind, above, form in (("experiment", "Break it", "### {}.{} Title"),
                              ("exercise", "Exercises", "### Exercise {}.{}: title")):
        k = 0
        for section in readme.sections:
            if section.level == 3 and section.above.title == above:
                k += 1
                if section.number != f"{readme.step}.{k}" or section.is_exercise != (
                        kind == "exercise"):
                    yield (section.line, f'expected "{form.format(readme.step, k)}"',
                           f'"### {section.title}"')
                if kind == "experiment" and not section.blocks("console"):
                    yield section.line, "expected a transcript in this experiment", "none"
                if len(section.blocks("diff")) > 1:
                    yield section.line, "expected one diff at most in an experiment", "more"
            elif section.number and section.is_exercise == (kind == "exercise"):
                yield section.line, f'expected an {kind} under "## {above}"', "it here"


def check_blocks(readme):
    for section in readme.sections:
        exercise = section.above and section.above.title == "Exercises"
        kinds = ["c", "diff", "console", "mermaid", "sh"] + (["text"] if exercise else [])
        for block in map(Block, section.code()):
            if block.kind not in kinds:
                yield (block.fence, "expected " + ", ".join(f"```{kind}" for kind in kinds),
                       f"```{block.kind}")
            elif not any(line.strip() for line in block.lines):
                yield block.fence, "expected something in this block", "nothing"
    for node in readme.document.iter("html_block"):
        if "```" in node.text:
            yield line_of(node), "expected an empty line between HTML and ```", "none: not a block"


def check_words(readme):
    if readme.words() > MAX_WORDS:
        yield 1, f"expected at most {MAX_WORDS} words", f"{readme.words()}"


def check_links(readme):
    for paragraph in readme.document:
        for node in paragraph.iter():
            found = []
            if node.tag in ("link", "image"):
                found = [node.get("destination")]
            elif node.tag in ("html_block", "html_inline"):
                found = re.findall(r'(?:href|src)="(.*?)"', node.text or "")
            for target in found:
                if not re.match(r"[a-z]+:", target):
                    for expected, but in check_link(readme, target):
                        yield line_of(node) or line_of(paragraph), expected, but


def check_link(readme, target):
    path, _, anchor = target.partition("#")
    full = (ROOT / readme.path).parent / path if path else ROOT / readme.path
    if not full.exists():
        yield "expected a link to a file that exists", target
    elif anchor and full.suffix != ".md" and not full.is_dir():
        yield "expected a link to a file or a heading", target
    elif anchor:
        there = Readme(full).anchors()
        if anchor not in there:
            close = difflib.get_close_matches(anchor, there, 1)
            yield "expected a link to a heading" + (f", such as #{close[0]}" if close else ""), target


def check_targets(readme):
    """Each `make X` in the text is in make help, and its number exists."""
    forms = re.findall(r"^make (\S+)", run("make", "help").stdout, re.M)
    commands = [(line_of(node) or line_of(paragraph), node.text or "")
                for paragraph in readme.document for node in paragraph.iter("code")]
    for block in readme.blocks("sh"):
        commands += enumerate(block.lines, block.line)
    for line, command in commands:
        make, *targets = command.split() or [""]
        if make == "make" and "-C" not in targets:
            for target in targets:
                form = re.sub(r"-\d$", "-N", re.sub(r"-\d\.\d+$", "-N.K", target))
                if not (target in forms or "=" in target or "…" in target or target[0] == "-"
                        or form in forms and known(target.partition("-")[2], form)):
                    yield line, "expected a target of make", f"`make {target}`"


def known(number, form):
    """A step, an experiment or an exercise of that number exists."""
    step = int(number[0])
    if step not in STEPS or not form.endswith(".K"):
        return step in STEPS
    readme = Readme(STEPS[step])
    return number in (readme.experiments() if form.startswith("break") else readme.exercises())


def check_ladder(readme):
    columns, rows = None, 0
    for n, line in enumerate(readme.text.splitlines(), 1):
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if "|" not in line:
            columns = None
        elif {"step", "new calls"} <= {cell.lower() for cell in cells}:
            columns = [cell.lower() for cell in cells]
        elif columns and not set(line) <= set("|-: "):
            rows += 1
            row = dict(zip(columns, cells))
            step = int((re.findall(r"\d+", row["step"]) or ["0"])[0])
            if step != rows or step not in STEPS:
                yield n, f"expected step {rows} in this row", f'"{row["step"]}"'
                return
            for expected, found in check_row(step, row):
                yield n, expected, found
    if rows != len(STEPS):
        yield 1, f"expected a ladder of {len(STEPS)} rows", f"{rows}"


def check_row(step, row):
    main = f"{STEPS[step]}/main.c"
    source = (ROOT / main).read_text()
    before = (ROOT / STEPS[step - 1] / "main.c").read_text() if step > 1 else ""
    for name in re.findall(r"`(\w+)(?:\(\))?`", row["new calls"]):
        if not re.search(rf"\b{name}\(", source):
            yield f"expected a call that {main} makes", f"`{name}`"
        elif re.search(rf"\b{name}\(", before):
            yield f"expected a call that is new in step {step}", f"`{name}`"
    if "lines" in row and row["lines"] != str(len(source.splitlines())):
        yield f"expected {len(source.splitlines())} lines, as {main} has", row["lines"]
    added, removed = added_lines(step)
    if "added" in row and row["added"] not in (str(len(added)), f"+{len(added)}/-{removed}"):
        yield f"expected +{len(added)}/-{removed}, as make diff-{step} has it", row["added"]


# Running the text


def scratch_copy(folder):
    """The repository as the reader has it, built, with a history of one commit."""
    for name in run("git", "ls-files", "-coz", "--exclude-standard").stdout.split("\0"):
        if name and (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    for main in ROOT.glob("0[1-9]-*/main"):
        shutil.copy2(main, folder / main.relative_to(ROOT))
    run("make", "-sk", cwd=folder)
    run("git", "init", "-q", cwd=folder)
    run("git", "add", "-A", cwd=folder)
    run("git", "-c", "user.name=reader", "-c", "user.email=reader@localhost", "commit", "-qm",
        "as in the book", cwd=folder)


def run_section(template, readme_path, blocks):
    with tempfile.TemporaryDirectory(prefix="readme-", ignore_cleanup_errors=True) as folder:
        tree = shutil.copytree(template, os.path.join(folder, "tree"), symlinks=True)
        try:
            readme_terminal.Section(tree).run(
                [(b.argument or "client", list(enumerate(b.lines, b.line))) for b in blocks])
        except readme_terminal.Mismatch as error:
            return f"{readme_path}:{error.line}: {error}"


def may_trace():
    return shutil.which("strace") and run("strace", "-o", "/dev/null", "true").returncode == 0


# Commands


def check_text(readmes, only):
    """Prints what is wrong, and returns how much that is."""
    failures = 0
    for readme in readmes:
        sections = chosen(readme, only)
        found = [f for s in sections for b in s.blocks("c") for f in check_excerpt(readme, b)]
        checks = [check_blocks, check_links, check_targets]
        if readme.step:
            checks += [check_sections, check_numbers, check_words]
            checks += [] if found else [check_coverage]  # else the same line is reported twice
        elif readme.path == Path("README.md"):
            checks += [check_ladder]
        if not only:
            found += [f for function in checks for f in function(readme)]
        found += [f for s in sections for b in s.blocks("diff") for f in check_diff(readme, s, b)]
        for where, expected, but in sorted(found, key=lambda f: (isinstance(f[0], int), f[0])):
            place = f"{readme.path}:{where}" if isinstance(where, int) else where
            print(f"{place}: {expected}, found {but}", flush=True)
        failures += len(found)
    return failures


def check_transcripts(readmes, only):
    """The same, for what runs: some sections at a time, as they mostly wait."""
    sections_at_a_time = int(os.environ.get("SECTIONS", 4))
    with tempfile.TemporaryDirectory(prefix="readme-") as template, \
            concurrent.futures.ProcessPoolExecutor(sections_at_a_time) as pool:
        scratch_copy(Path(template))
        trace, running = may_trace(), []
        for readme in readmes:
            for section in chosen(readme, only):
                blocks = section.blocks("console")
                commands = " ".join(c for b in blocks for c in b.commands())
                if not trace and re.search(r"\b(strace|make trace)\b", commands):
                    print(f"{readme.path}:{section.line}: skipped, strace may not run here")
                elif blocks:
                    running.append(pool.submit(run_section, template, readme.path, blocks))
        failures = [result.result() for result in running if result.result()]
    print("".join(failure + "\n" for failure in failures), end="")
    return len(failures)


def chosen(readme, only):
    return [s for s in readme.sections
            if not only or s.number == only or s.title.startswith(only)]


def break_step(number):
    """Writes the edited program of an experiment to build/break-N.K, and shows the edit."""
    step = int(number[0]) if re.fullmatch(r"\d\.\d+", number) else 0
    if step not in STEPS:
        sys.exit(f"make break-{number}: no such experiment; they are called N.K, N a step "
                 f"from 1 to {len(STEPS)}")
    readme = Readme(STEPS[step])
    with_diff = [n for n, s in readme.experiments().items() if s.blocks("diff")]
    if number not in with_diff:
        what = "this experiment changes no code, its text says what to do" \
            if number in readme.experiments() else "no such experiment"
        sys.exit(f"make break-{number}: {what}; there are {' '.join(with_diff) or 'none'}")
    section = readme.experiments()[number]
    try:
        edited = edit(readme, section.blocks("diff")[0])
    except ValueError as error:
        sys.exit(f"{readme.path}:{error.args[0]}: {error.args[1]}, found {error.args[2]}. "
                 f"Is {readme.main} as it was? git restore {readme.main}")
    folder = ROOT / "build" / f"break-{number}"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "main.c").write_text(edited)
    shutil.copy2(ROOT / STEPS[step] / "Makefile", folder)
    # To stderr: the program's output may go into a pipe.
    print(f"Experiment {section.title}", file=sys.stderr, flush=True)
    subprocess.run(["git", "--no-pager", "diff", "--no-index", readme.main,
                    folder.relative_to(ROOT) / "main.c"], cwd=ROOT, stdout=sys.stderr)


def figures():
    paths = [Path("README.md"), *(Path(s, "README.md") for s in STEPS.values())]
    print(f"{'':32} excerpts transcripts experiments exercises words quoted")
    for readme in [Readme(p) for p in paths if (ROOT / p).exists()]:
        quoted = ""
        if readme.step:
            needed = must_be_quoted(readme.step)
            quoted = f"{100 * len(quoted_lines(readme) & set(needed)) // len(needed)} %"
        print(f"{str(readme.path):32} {len(readme.blocks('c')):8} "
              f"{len(readme.blocks('console')):11} {len(readme.experiments()):11} "
              f"{len(readme.exercises()):9} {readme.words():5} {quoted:>6}")


def readme_here(path):
    try:
        return Readme(os.path.abspath(path))
    except OSError as error:
        raise argparse.ArgumentTypeError(f"{path}: {error.strerror}")


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    command = commands.add_parser("check")
    command.add_argument("readme", nargs="+", type=readme_here)
    command.add_argument("--text", action="store_true", help="do not run the transcripts")
    command.add_argument("--only", help="one section: a number such as 3.2, or how its title begins")
    commands.add_parser("break").add_argument("number")
    commands.add_parser("figures")
    arguments = parser.parse_args()
    if arguments.command == "check":
        failures = check_text(arguments.readme, arguments.only)
        if not arguments.text:
            failures += check_transcripts(arguments.readme, arguments.only)
        sys.exit(1 if failures else 0)
    elif arguments.command == "break":
        break_step(arguments.number)
    else:
        figures()


if __name__ == "__main__":
    main()
