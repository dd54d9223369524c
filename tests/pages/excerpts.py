"""Excerpts: they stand in the program, where their place line says, and leave no new line out."""

import difflib
import re
from collections import Counter

from pages import MAKE_FIX, ROOT, STEPS, lines_of, places, run


def hunks(before, after):
    """What git says of two steps' programs: [(line before, how many go, line after, how many come)].
    Where none go or come, it is the line that follows."""
    diff = run("git", "diff", "--no-index", "-U0",
               f"{STEPS[before]}/main.c", f"{STEPS[after]}/main.c").stdout
    heads = re.findall(r"^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@", diff, re.M)
    counted = [(int(a), int(b or 1), int(c), int(d or 1)) for a, b, c, d in heads]
    return [(a + (b == 0), b, c + (d == 0), d) for a, b, c, d in counted]


def added_lines(step):
    """The numbers of the lines that a step adds, and how many it removes, as make diff-N has it."""
    if step == 1:
        return list(range(1, len(lines_of(f"{STEPS[1]}/main.c")) + 1)), 0
    found = hunks(step - 1, step)
    return ([n for _, _, first, count in found for n in range(first, first + count)],
            sum(gone for _, gone, _, _ in found))


def must_be_quoted(step):
    source = lines_of(f"{STEPS[step]}/main.c")
    return [n for n in added_lines(step)[0] if source[n - 1].strip() not in ("", "{", "}", "};")]


def quoted_lines(page):
    """How many excerpts have each line."""
    source, result = lines_of(page.main), Counter()
    for block in page.blocks("c"):
        if not block.argument:
            for place in places(block.lines, source):
                result.update(range(place + 1, place + 1 + len(block.lines)))
    return result


def check_coverage(page):
    quoted, source = quoted_lines(page), lines_of(page.main)
    needed = must_be_quoted(page.step)
    for n in needed:
        if quoted[n] > 1 and quoted[n - 1] <= 1:
            yield (f"{page.main}:{n}", f"expected one c block in {page.path} for this line",
                   f"{quoted[n]}")
    missing = [n for n in needed if not quoted[n]]
    for n in missing:
        if n - 1 not in missing:
            last = next(m for m in range(n, len(source) + 2) if m + 1 not in missing)
            upto = f" and the lines to {last}" if last > n else ""
            yield (f"{page.main}:{n}", f"expected a c block in {page.path} for a line that step "
                   f"{page.step} adds", f'none that quotes "{source[n - 1].strip()}"{upto}')


def check_excerpt(page, section, block):
    path = block.argument or page.main
    if not path:
        yield block.line, "expected ```c PATH, as this page has no main.c", "```c"
    elif not (ROOT / path).is_file():
        yield block.line, "expected the path of a file after ```c", path
    elif not block.lines:
        yield block.line, f"expected lines of {path}", "an empty block"
    else:
        source = lines_of(path)
        found = places(block.lines, source)
        if len(found) > 1:
            yield (block.line + 1, f"expected lines that stand once in {path}",
                   "them at lines " + ", ".join(str(i + 1) for i in found))
        elif not found:
            n, expected, found, is_near = nearest(block.lines, path)
            yield block.line + 1 + n, expected, found + (MAKE_FIX if is_near else "")
        elif not block.argument:
            yield from check_place(page, section, block, source, found[0])


def nearest(lines, path):
    """Says where lines that are not in the file begin to differ from it: (which one, what was
    expected, what was found, whether all of them are there in another form)."""
    source = lines_of(path)
    start, end = aligned(lines, source) or (0, 0)
    n = next((n for n, line in enumerate(lines) if source[start + n:start + n + 1] != [line]), 0)
    found = f'"{lines[n]}"'
    if start < end:
        there = min(start + n, len(source) - 1)
        return n, f'expected "{source[there]}" as in {path}:{there + 1}', found, True
    n = next(n for n, line in enumerate(lines) if line not in source or n == len(lines) - 1)
    close = difflib.get_close_matches(lines[n], source, 1, 0.4)
    near = f', such as "{close[0]}" (line {source.index(close[0]) + 1})' if close else ""
    return n, f"expected a line of {path}{near}", f'"{lines[n]}"', False


def aligned(lines, source):
    """Where in the file these lines now stand in another form: the index of the first and of the line
    after the last one, or None. A line like the one there counts for it, a line too many or too few
    against it."""
    best = [(0, j) for j in range(len(source) + 1)]  # of lines[:n] before source[j]: score, first
    for line in lines:
        row = [(best[0][0] - 0.5, 0)]
        for j, other in enumerate(source):
            alike = 2 * difflib.SequenceMatcher(None, line, other).ratio() - 1
            row.append(max((best[j][0] + alike, best[j][1]), (best[j + 1][0] - 0.5, best[j + 1][1]),
                           (row[j][0] - 0.5, row[j][1])))
        best = row
    score, first = max(best)
    return (first, best.index((score, first))) if score > len(lines) / 3 else None


def mend_excerpts(page):
    """For make fix: excerpts that are nearly in the program, as the program has them."""
    for block in page.blocks("c") if not page.is_chinese else []:
        path = block.argument or page.main
        if path and (ROOT / path).is_file() and block.lines and not block.is_indented:
            source = lines_of(path)
            place = not places(block.lines, source) and aligned(block.lines, source)
            if place and len(places(source[slice(*place)], source)) == 1:
                yield block.line + 1, len(block.lines), source[slice(*place)]


def check_between(page, section):
    """Two excerpts have something to read between them, but for those at the top of the file."""
    before, told = None, True
    for part in section.parts:
        if part.kind == "code" and part.language == "c":
            above = section.above_of(part)
            place = above.text if above else None
            if not told and not place == before == told_top(page):
                yield part.line, "expected a sentence between two excerpts", "none"
            before, told = place, False
        elif part.kind == "prose":
            told = told or not is_place_line(page, part.text)
        elif part.kind == "html":
            told = told or bool(re.sub(r"<!--.*?-->|<[^>]*>", "", part.text, flags=re.S).strip())


def told_top(page):
    return f"*{page.language['top']}{page.language['colon']}*"


# The place of an excerpt


def check_place(page, section, block, source, first):
    above, expected = place_of(page, section, block, source, first)
    text = above.text.replace("\n", " ") if above else ""
    if not expected:
        yield block.line + 1, "expected an excerpt of one function, or of whole ones", "parts of two"
    elif text != expected:
        yield (above.line if above else block.line, f'expected "{expected}" above this excerpt',
               (f'"{text}"' if text else "no line of that form") + MAKE_FIX)


def place_of(page, section, block, source, first):
    """The place line above an excerpt, else None; and the one that belongs there."""
    above = section.above_of(block)
    return (above if above and is_place_line(page, above.text) else None,
            told(page.language, Facts(page, source, first, first + len(block.lines) - 1)))


def write_places(page):
    """For make fix: the place lines."""
    for section in page.sections if page.main else []:
        for block in section.blocks("c"):
            found = places(block.lines, lines_of(page.main)) if not block.argument else []
            if len(found) == 1:
                above, right = place_of(page, section, block, lines_of(page.main), found[0])
                if right and not above:
                    yield block.line, 0, [right, ""]
                elif right and above.text != right:
                    yield above.line, len(above.text.splitlines()), [right]


def is_place_line(page, text):
    return re.fullmatch(rf"\*[^*].*{page.language['colon']}\*", text, re.S)


def definitions(source):
    """Functions and structs: their names, and the indices of the first line (a comment above belongs
    to them), of the line of the name, and of the last line."""
    result = []
    for n, line in enumerate(source):
        name = re.match(r"(?=[a-z]).*?(?:(struct \w+) \{$|(\w+\()[^;]*$)", line)
        if name:
            first = n
            if source[n - 1].endswith("*/"):
                first = next(i for i in range(n - 1, -1, -1) if source[i].startswith("/*"))
            last = next(i for i in range(n, len(source)) if source[i].startswith("}"))
            result.append((name[1] or name[2] + ")", first, n, last))
    return result


class Facts:
    """What is true of the place of the lines first … last of a step's main.c."""

    def __init__(self, page, source, first, last):
        self.kind, self.where = None, None
        everything = definitions(source)
        here = [d for d in everything if d[1] <= last and first <= d[3]]
        self.names = [name for name, *_ in here]
        self.next = next((name for name, start, *_ in everything if start > last), None)
        step = next(n for n, folder in STEPS.items() if page.main.startswith(folder))
        old = definitions(lines_of(f"{STEPS[step - 1]}/main.c")) if step > 1 else []
        is_new = not {name for name, *_ in old} & set(self.names)
        # The excerpt has the line of each name: only then is it something new, above something else.
        self.is_new = is_new and all(first <= line for _, _, line, _ in here)
        if not here and everything and last < everything[0][1]:
            self.kind = "top"
        elif all(first <= line and end <= last for _, _, line, end in here):
            self.kind = "whole"
        elif len(here) == 1:
            self.kind = "in"
            _, _, line, end = here[0]
            if not self.names[0].startswith("struct"):
                self.where = landmark(source[line:end], first - line, last - line)


def landmark(function, first, last):
    """Where in these lines an excerpt stands: ("first", ""), or ("after", code) or ("before", code).
    The code stands once in the function, where there is such, and the statement after which an
    excerpt stands is in no deeper block, since "after" would then lead into that block."""
    all_statements = statements(function)
    above = [s for s in all_statements if s[0] < first]
    below = [s for s in all_statements if s[0] > last]
    if not above:
        return "first", ""
    depth = len(function[first]) - len(function[first].lstrip("\t"))
    choices = [("after", above[-1], 0), ("after", above[-1], 1)] if above[-1][1] <= depth else []
    choices += [("before", below[0], 0)] if below else []
    choices += [("after", above[-1], 0)]
    where, statement, more = next((c for c in choices if [short(s[2], c[2]) for s in all_statements]
                                   .count(short(c[1][2], c[2])) == 1), choices[0])
    return where, short(statement[2], more)


def statements(function):
    """[(index of its first line, how deep, code)] of a function, without comments."""
    result, begun = [], False
    for n, line in enumerate(function):
        code = re.sub(r"/\*.*?\*/", "", line).strip()
        if n <= function.index("{") or not code or re.fullmatch(r"[{}]*;?|/\*.*|\* .*|\*/", code):
            continue
        if begun:
            result[-1] = (*result[-1][:2], f"{result[-1][2]} {code}")
        else:
            result.append((n, len(line) - len(line.lstrip("\t")), code))
        begun = code[-1] not in ";{}"
    return result


def told(forms, facts):
    """The place line that an excerpt needs."""
    if facts.kind == "top":
        text = forms["top"]
    elif facts.is_new and (facts.next or facts.kind == "whole"):
        text = forms["new"].format(f"`{facts.next}`" if facts.next else forms["the end"])
    elif facts.kind == "whole" and len(facts.names) == 1:
        text = forms["whole"].format(f"`{facts.names[0]}`")
    elif facts.kind == "in":
        text = forms["in"].format(f"`{facts.names[0]}`")
        if facts.where:
            text += forms["comma"] + forms[facts.where[0]].format(f"`{facts.where[1]}`")
    else:
        return None
    return f"*{text}{forms['colon']}*"


def short(code, with_argument=False):
    """A piece of code that is short enough for a place line."""
    code = code.rstrip(" ;{")
    if len(code) > 40:
        call = re.search(r"((?:^[\w.>-]+ = )?\b(?!if\b|while\b|for\b)\w+\()(\)|[\w.>-]+, )?", code)
        if not call:
            return code[:40]
        argument = call[2] if call[2] == ")" or call[2] and with_argument else ""
        code = call[1] + argument + "…)" * (argument != ")")
    return code
