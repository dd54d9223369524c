"""From moments to an SVG that moves by itself, without a script: CSS keyframes. Where motion is
unwanted, it is a strip of four moments."""

import re
from html import escape

from picture import HEIGHT, STYLE, WIDTH, box
from scenes import STILLS
from words import TITLES

CAPTION, BAR = 104, 5
TALL = HEIGHT + CAPTION + BAR
# What lies on what, from below.
ORDER = "chart code client event card level number bytes hand thread".split()
LONGEST = 30.0  # seconds of a loop

SHEET = f"""{STYLE}
.A{{animation:1s cubic-bezier(.4,.1,.3,1) infinite}}.o{{opacity:0}}
.cap{{font-size:20px}}.B{{font-weight:700}}.strip{{display:none}}.strip .cap{{font-size:15px}}
@keyframes bar{{0%{{transform:scaleX(0)}}to{{transform:scaleX(1)}}}}
@media(max-width:480px){{text{{font-size:16px}}.e{{font-size:14px}}}}
@media(prefers-reduced-motion:reduce){{
.film{{display:none}}.strip{{display:inline}}.A{{animation:none}}}}
"""


def wrap(caption, per_line):
    """Lines of (bold, piece). Chinese may break anywhere but before a mark."""
    words, bold = [], False
    for piece in re.split(r"(\*\*)", caption):
        if piece == "**":
            bold = not bold
            continue
        words += [(bold, w) for w in re.findall(
            r"[\u3000-\u303f\uff00-\uffef“”…]*[\u4e00-\u9fff][\u3000-\u303f\uff00-\uffef…”]* ?"
            r"|[^\s\u4e00-\u9fff\u3000-\u303f\uff00-\uffef]+[\u3000-\u303f\uff00-\uffef…”]*\s*"
            r"|\s+|.", piece)]
    lines, length = [[]], 0.0
    for bold, word in words:
        size = sum(1.9 if ch > "\u2e80" else 0.55 if ch in " ,.:il’'" else 1 for ch in word.rstrip())
        if length + size > per_line and lines[-1] and word[0] not in ",.;:!?”…，。：；":
            lines.append([])
            length = 0
        lines[-1].append((bold, word))
        length += size + 0.55 * (word != word.rstrip())
    return lines


def put_caption(caption, x, y, per_line, height):
    o = ""
    for i, line in enumerate(wrap(caption, per_line)):
        pieces = "".join(f'<tspan class="B">{escape(w)}</tspan>' if bold else escape(w)
                         for bold, w in line)
        pieces = pieces.replace('</tspan><tspan class="B">', "")
        o += f'<tspan x="{x}"' + (f' dy="{height}"' if i else "") + f">{pieces.rstrip()}</tspan>"
    return f'<text class="cap" y="{y}">{o}</text>'


def seconds(captions, language):
    """How long each moment is shown: as long as it takes to read, and the loop not too long."""
    letter = 0.06 if language != "en" else 0.019
    times = [0.9 + letter * len(c) for c in captions]
    times[-1] += 1
    return [t * min(1, LONGEST / sum(times)) for t in times]


def film(name, picture, moments, captions, language, alt):
    times = seconds(captions, language)
    total = sum(times)
    starts = [sum(times[:i]) / total * 100 for i in range(len(times))]
    frames = [picture.parts(m) for m in moments]
    sheet, tracks = [SHEET, f".A{{animation-duration:{total:.1f}s}}"], {}

    def track(values, how, change):
        """A class that gives the property these values, one a moment."""
        key = (tuple(values), how)
        if key not in tracks:
            tracks[key] = f"k{len(tracks)}"
            steps = [f"0%{{{how}:{values[0]}}}"]
            for i in range(1, len(values)):
                if values[i] != values[i - 1]:
                    after = starts[i] + change / total * 100
                    steps.append(f"{starts[i]:.2f}%{{{how}:{values[i - 1]}}}"
                                 f"{after:.2f}%{{{how}:{values[i]}}}")
            steps.append(f"to{{{how}:{values[-1]}}}")
            sheet.append(f"@keyframes {tracks[key]}{{{''.join(steps)}}}.{tracks[key]}"
                         f"{{animation-name:{tracks[key]}}}")
        return tracks[key]

    looks = {}

    def use(svg):
        """Each look is in the file once."""
        if svg not in looks:
            looks[svg] = f"l{len(looks)}"
        return f'<use href="#{looks[svg]}"/>'

    def shown(values):
        return f'class="A {track(values, "opacity", 0.25)}' + ('"' if values[0] else ' o"')

    body = ""
    for part in sorted({p for f in frames for p in f}, key=lambda p: (ORDER.index(p.split()[0]), p)):
        here = [f.get(part) for f in frames]
        known = [next((h for h in here[i:] + here[i::-1] if h and h[2]), None) for i in range(len(here))]
        if not any(known):
            continue
        seen = [h[2] if h and h[2] else "" for h in here]
        places = [f"translate({k[0]:g}px,{k[1]:g}px)" for k in known]
        inner = ""
        for look in dict.fromkeys(s for s in seen if s):
            values = [int(s == look) for s in seen]
            inner += use(look) if all(values) else f"<g {shown(values)}>{use(look)}</g>"
        if len(set(places)) > 1:
            body += f'<g class="A {track(places, "transform", 0.55)}">{inner}</g>'
        else:
            body += f'<g transform="translate({known[0][0]:g} {known[0][1]:g})">{inner}</g>'
    for i, caption in enumerate(captions):
        body += f"<g {shown([int(i == j) for j in range(len(captions))])}>" \
                f"{put_caption(caption, 18, HEIGHT + 28, 47, 26)}</g>"
    strip = "".join(still(i, picture, frames[m], captions[m], use)
                    for i, m in enumerate(STILLS[name]))
    defs = "".join(f'<g id="{name}">{svg}</g>' for svg, name in looks.items())
    title = TITLES[name][language != "en"]
    bar = box(0, TALL - BAR, WIDTH, BAR, "var(--rule)", radius=0) + \
        f'<g class="A" style="animation-name:bar;animation-timing-function:linear">' \
        f'{box(0, TALL - BAR, WIDTH, BAR, "var(--t)", radius=0)}</g>'
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {TALL}" width="700" ' \
           f'height="{TALL * 700 / WIDTH:.0f}" role="img" lang="{language}">' \
           f"<title>{escape(title)}</title><desc>{escape(alt)}</desc><style>{''.join(sheet)}</style>" \
           f'<defs><g id="s">{picture.stage()}</g>{defs}</defs>' \
           f'{box(0.5, 0.5, WIDTH - 1, TALL - 1, "var(--bg)", "var(--rule)", 0)}' \
           f'<g class="film"><use href="#s"/>{body}{bar}</g><g class="strip">{strip}</g></svg>\n'


def still(i, picture, frame, caption, use):
    scale = (WIDTH / 2 - 36) / WIDTH
    parts = "".join(f'<g transform="translate({x:g} {y:g})">{use(svg)}</g>'
                    for x, y, svg in frame.values() if svg)
    x, y = 18 + i % 2 * WIDTH / 2, 8 + i // 2 * (TALL / 2)
    return f'<g transform="translate({x:g} {y:g})"><g transform="scale({scale:.3f})">' \
           f'<use href="#s"/>{parts}</g>' \
           f"{put_caption(f'**{i + 1}** {caption}', 0, round(HEIGHT * scale) + 18, 29, 18)}</g>"
