"""From the moments of a story to an SVG that moves by itself, without a script: CSS keyframes. Where
motion is unwanted, it is a strip of four moments."""

import re
from html import escape

from picture import STYLE, box, order

CAPTION, BAR = 104, 5
LONGEST = 30.0  # seconds of a loop
# A word, or a Chinese character: Chinese may break anywhere but before a mark.
WORD = re.compile(r"[\u3000-\u303f\uff00-\uffef“”…]*[\u4e00-\u9fff][\u3000-\u303f\uff00-\uffef…”]* ?"
                  r"|[^\s\u4e00-\u9fff\u3000-\u303f\uff00-\uffef]+[\u3000-\u303f\uff00-\uffef…”]*\s*|\s+|.")


def put_caption(caption, x, y, per_line, height):
    lines, length = [[]], 0.0
    for i, piece in enumerate(caption.split("**")):  # each second is bold
        for word in WORD.findall(piece):
            size = sum(1.9 if ch > "\u2e80" else 0.55 if ch in " ,.:il’'" else 1 for ch in word.rstrip())
            if length + size > per_line and lines[-1] and word[0] not in ",.;:!?”…，。：；":
                lines.append([])
                length = 0
            lines[-1].append(f'<tspan class="B">{escape(word)}</tspan>' if i % 2 else escape(word))
            length += size + 0.55 * (word != word.rstrip())
    o = ""
    for line in lines:
        text = "".join(line).replace('</tspan><tspan class="B">', "").rstrip()
        o += f'<tspan x="{x}"' + (f' dy="{height}"' if o else "") + f">{text}</tspan>"
    return f'<text class="cap" y="{y}">{o}</text>'


def seconds(captions, language):
    """How long each moment is shown: as long as it takes to read, and the loop not too long."""
    letter = 0.06 if language != "en" else 0.019
    times = [0.9 + letter * len(c) for c in captions]
    times[-1] += 1
    return [t * min(1, LONGEST / sum(times)) for t in times]


def use(look):
    """Each look is in the file once."""
    return f'<use href="#l{look}"/>'


def film(story, stills, language, alt):
    captions = [m["caption"] for m in story["moments"]]
    width, height = story["width"], story["height"]
    tall = height + CAPTION + BAR
    times = seconds(captions, language)
    total = sum(times)
    starts = [sum(times[:i]) / total * 100 for i in range(len(times))]
    sheet, tracks = [STYLE, f".A{{animation-duration:{total:.1f}s}}"], {}

    def track(values, how, change):
        """A class that gives the property these values, one a moment."""
        key = (tuple(values), how)
        if key not in tracks:
            tracks[key] = name = f"k{len(tracks)}"
            steps = "".join(f"{start:.2f}%{{{how}:{old}}}{start + change / total * 100:.2f}%{{{how}:{new}}}"
                            for start, old, new in zip(starts[1:], values, values[1:]) if old != new)
            sheet.append(f"@keyframes {name}{{0%{{{how}:{values[0]}}}{steps}to{{{how}:{values[-1]}}}}}"
                         f".{name}{{animation-name:{name}}}")
        return tracks[key]

    def shown(when, svg):
        values = [int(w) for w in when]
        hidden = "" if values[0] else " o"
        return svg if all(values) else f'<g class="A {track(values, "opacity", 0.25)}{hidden}">{svg}</g>'

    body = ""
    for part in sorted(sorted({p for m in story["moments"] for p in m["parts"]}), key=order):
        here = [m["parts"].get(part) for m in story["moments"]]
        known = [next(h for h in here[i:] + here[i::-1] if h) for i in range(len(here))]
        looks = [h and h[0] for h in here]
        inner = "".join(shown([look == k for k in looks], use(look))
                        for look in dict.fromkeys(looks) if look is not None)
        places = [f"translate({x:g}px,{y:g}px)" for _, x, y in known]
        if len(set(places)) > 1:
            body += f'<g class="A {track(places, "transform", 0.55)}">{inner}</g>'
        else:
            body += f'<g transform="translate({known[0][1]:g} {known[0][2]:g})">{inner}</g>'
    for caption in captions:
        body += shown([c is caption for c in captions], put_caption(caption, 18, height + 28, 47, 26))
    strip, scale = "", (width / 2 - 36) / width
    for i, at in enumerate(stills):
        parts = "".join(f'<g transform="translate({x:g} {y:g})">{use(look)}</g>'
                        for look, x, y in story["moments"][at]["parts"].values())
        strip += f'<g transform="translate({18 + i % 2 * width / 2:g} {8 + i // 2 * (tall / 2):g})">' \
                 f'<g transform="scale({scale:.3f})"><use href="#s"/>{parts}</g>' \
                 f"{put_caption(f'**{i + 1}** {captions[at]}', 0, round(height * scale) + 18, 29, 18)}</g>"
    defs = "".join(f'<g id="l{i}">{svg}</g>' for i, svg in enumerate(story["looks"]))
    bar = box(0, tall - BAR, width, BAR, "var(--rule)", radius=0) + \
        f'<g class="A" style="animation-name:bar;animation-timing-function:linear">' \
        f'{box(0, tall - BAR, width, BAR, "var(--t)", radius=0)}</g>'
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {tall}" width="700" ' \
           f'height="{tall * 700 / width:.0f}" role="img" lang="{language}">' \
           f"<title>{escape(story['title'])}</title><desc>{escape(alt)}</desc>" \
           f"<style>{''.join(sheet)}</style><defs><g id=\"s\">{story['stage']}</g>{defs}</defs>" \
           f'{box(0.5, 0.5, width - 1, tall - 1, "var(--bg)", "var(--rule)", 0)}' \
           f'<g class="film"><use href="#s"/>{body}{bar}</g><g class="strip">{strip}</g></svg>\n'
