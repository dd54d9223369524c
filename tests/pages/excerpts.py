"""Excerpts: they stand in the program, where their place line says, and leave no new line out."""

import difflib
import re
from collections import Counter

from pages import ROOT, STEPS, lines_of, places, run


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
            yield nearest(block, path, source)
        elif not block.argument:
            yield from check_place(page, section, block, source, found[0])


def nearest(block, path, source):
    """Says where an excerpt that is not in the file begins to differ from it."""
    start = max(range(len(source)), key=lambda i: sum(
        a == b for a, b in zip(source[i:], block.lines)))
    n = next(n for n, line in enumerate(block.lines) if source[start + n:start + n + 1] != [line])
    found = f'"{block.lines[n]}"'
    if block.lines[n] and start + n < len(source) and any(
            a == b for a, b in zip(source[start:], block.lines)):
        return (block.line + 1 + n, f'expected "{source[start + n]}" as in {path}:{start + n + 1}',
                found)
    close = difflib.get_close_matches(block.lines[n], source, 1)
    near = f', such as "{close[0]}" (line {source.index(close[0]) + 1})' if close else ""
    return block.line + 1 + n, f"expected a line of {path}{near}", found


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
    facts = Facts(page, source, first, first + len(block.lines) - 1)
    above = section.above_of(block)
    text = above.text.replace("\n", " ") if above and is_place_line(page, above.text) else ""
    expected = told(page.language, facts)
    if not expected:
        yield block.line + 1, "expected an excerpt of one function, or of whole ones", "parts of two"
    elif not is_true(page.language, facts, text):
        yield (above.line if text else block.line, f'expected "{expected}" above this excerpt',
               f'"{text}"' if text else "no line that says its place")


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
        self.kind, self.after, self.before = None, "", ""
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
            _, _, line, end = here[0]
            body = line if self.names[0].startswith("struct") else source.index("{", line)
            self.kind = "in"
            self.after = statement(source[body + 1:first], backwards=True)
            self.before = statement(source[last + 1:end])


def statement(lines, backwards=False):
    """The first or the last statement of these lines, without comments; "" if there is none."""
    lines = [re.sub(r"/\*.*?\*/", "", line).strip() for line in lines]
    lines = [line for line in lines if not re.fullmatch(r"[{}]*;?|/\*.*|\* .*|\*/", line)]
    result = []
    for line in reversed(lines) if backwards else lines:
        if backwards and result and line[-1] in ";{}":
            break
        result.append(line)
        if not backwards and line[-1] in ";{}":
            break
    return " ".join(reversed(result) if backwards else result)


def is_true(forms, facts, text):
    head, name, details = take_apart(forms, text)
    if head == "in":
        return (facts.kind == "in" and [name] == facts.names
                and (details or name.startswith("struct"))
                and all(detail_holds(facts, *detail) for detail in details))
    if head == "new":
        return facts.kind and facts.is_new and name == (facts.next or forms["the end"]) and not details
    if head == "whole":
        return facts.kind == "whole" and [name] == facts.names and not details
    return head == "top" and facts.kind == "top" and not details


def detail_holds(facts, kind, code):
    def has(line):
        expression = re.escape(code).replace("…", ".*")
        return re.search(expression, line)

    return {"first": not facts.after, "last": not facts.before, "instead": True,
            "after": facts.after and has(facts.after),
            "before": facts.before and has(facts.before)}.get(kind)


def take_apart(forms, text):
    """What a place line says: its kind, a name, and what follows, such as ("after", "listen(…)")."""
    match = re.fullmatch(rf"\*(.+){forms['colon']}\*", text)
    for kind in ("in", "new", "whole", "top") if match else ():
        head = re.match(expression(forms, kind), match[1])
        if head:
            # A comma within backticks parts nothing.
            first, *details = re.split(forms["comma"].strip() + r"\s*(?=(?:[^`]*`[^`]*`)*[^`]*$)",
                                       match[1][head.end():])
            name = head[1].strip("`") if head.groups() else ""
            return kind, name, [detail(forms, d) for d in details] if not first else [(None, "")]
    return None, "", []


def detail(forms, text):
    for kind in ("first", "last", "after", "before", "instead"):
        match = re.fullmatch(expression(forms, kind), text)
        if match:
            return kind, match[1].strip("`") if match.groups() else ""
    return None, ""


def expression(forms, kind):
    return re.escape(forms[kind]).replace(r"\{\}", f"(`[^`]+`|{forms['the end']})").replace("…", ".+")


def told(forms, facts):
    """The place line that an excerpt needs, in the shortest form."""
    if facts.kind == "top":
        text = forms["top"]
    elif facts.kind and facts.is_new and facts.next:
        text = forms["new"].format(f"`{facts.next}`")
    elif facts.kind == "whole" and len(facts.names) == 1:
        text = forms["whole"].format(f"`{facts.names[0]}`")
    elif facts.kind == "in":
        text = forms["in"].format(f"`{facts.names[0]}`")
        if not facts.names[0].startswith("struct"):
            text += forms["comma"] + (forms["after"].format(f"`{short(facts.after)}`")
                                      if facts.after else forms["first"])
    elif facts.kind and facts.is_new:
        text = forms["new"].format(forms["the end"])
    else:
        return None
    return f"*{text}{forms['colon']}*"


def short(code):
    """A piece of code that is short enough for a place line."""
    code = code.rstrip(" ;{")
    if len(code) > 40:
        call = re.search(r"\b(?!if\b|while\b|for\b)(\w+)\(", code)
        code = call[0] + "…)" if call else code[:40]
    return code
