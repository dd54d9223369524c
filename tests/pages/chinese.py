"""What is asked of Chinese pages alone: their words, and where a line ends."""

import re

from pages import lines_of


CHARACTER = "[一-鿿]"
OPENING, CLOSING = "[（“《]", "[，。；：、？！）”》…]"
LATIN = "[A-Za-z0-9]"


def check_breaks(page):
    """The end of a line is shown as a space: there is none between two Chinese characters, nor between
    a full-width mark and a Latin word (code has a frame of its own)."""
    wrong = (rf"{CHARACTER}\n(?={CHARACTER})|{OPENING}\n|\n(?={CLOSING})"
             rf"|{CLOSING}\n(?=[*[]*{LATIN})|{LATIN}\n(?={OPENING})")
    for part in page.parts("prose"):
        for match in re.finditer(wrong, part.text):
            line = part.line + part.text[:match.start()].count("\n")
            text = part.text.splitlines()[line - part.line]
            yield line, "expected a line that ends where a space may stand", f'"{text[-9:]}"'


def check_marks(page):
    """What autocorrect does not see: brackets, what stands beside code (here a backtick), and stars
    that Markdown does not take for bold, such as "**（a）**b"."""
    for line, text in prose(page):
        for pattern, expected in ((rf"(?:{CHARACTER}|`)[,;:!?(]|\)(?:{CHARACTER}|`)", "a full-width mark"),
                                  (rf"{CHARACTER}`|`{CHARACTER}", "a space between Chinese and code"),
                                  (r"\*\*", "punctuation outside of what is bold")):
            for match in re.finditer(pattern, text):
                yield (line + text[:match.start()].count("\n"), f"expected {expected}",
                       f'"{text[max(match.start() - 5, 0):match.end() + 5].strip()}"'.replace("\n", " "))


def check_numbers(page):
    """No comma in a number below 10000, but in the bench's tables, which a program writes."""
    for line, text in prose(page) if page.path.parts[0] != "bench" else []:
        for match in re.finditer(r"(?<![\d,])\d,\d{3}(?![\d,])", text):
            yield (line + text[:match.start()].count("\n"), "expected no comma in a number below 10000",
                   f'"{match[0]}"')


def words():
    """From the file zh-words: the English name of each word, or None, and the word for each one that
    nobody writes."""
    names, forbidden = {}, {}
    for line in lines_of("tests/pages/zh-words"):
        if line and not line.startswith("#"):
            word, *others = line.split("; ")
            word, name = re.fullmatch("(.+?)(?:（(.+)）)?", word).groups()
            names[word] = name
            forbidden |= dict.fromkeys(others, word)
    return names, forbidden


def check_words(page):
    """One word for one thing. What is quoted are somebody else's words."""
    _, forbidden = words()
    for line, text in [(s.line, s.title) for s in page.sections] + prose(page):
        text = re.sub("“[^”\n]*”", "", text)
        for word, right in forbidden.items():
            for match in re.finditer(word, text):
                yield line + text[:match.start()].count("\n"), f'expected "{right}"', f'"{match[0]}"'


def check_english_names(page):
    """At its first use in the text of a page, a word has its English name behind it."""
    if page.path.name.startswith(("glossary", "calls")):
        return
    names, _ = words()
    longest_first = "|".join(sorted(names, key=len, reverse=True))
    seen = set()
    for line, text in prose(page):
        for match in re.finditer(longest_first, text):
            word = match[0]
            name = f"（{names[word]}"
            if names[word] and word not in seen and not text[match.end():].startswith(name):
                yield (line + text[:match.start()].count("\n"),
                       f'expected "{word}{name}）" where the page has it first', f'"{word}"')
            seen.add(word)


def prose(page):
    """[(line, text)] as the reader sees it, without code."""
    return [(part.line, "".join("\n" if span.type == "softbreak" else "`" if span.type == "code_inline"
                                else "" if span.type == "html_inline" else span.content
                                for span in part.spans)) for part in page.parts("prose")]
