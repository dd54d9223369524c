#!/usr/bin/env python3
"""Looks at the figures of story/ in Chromium: at each moment, in both languages, wide and narrow,
no text lies on another text or on a thread, and none hangs out; inside an <img> they move, and do
not where motion is unwanted; the colours of both themes have enough contrast."""

import base64
import html
import json
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "story"))
import film  # noqa: E402
import picture  # noqa: E402

WIDTHS = (700, 390)
LOOK = """
const seen = (e) => {
  for (; e instanceof SVGElement; e = e.parentElement) {
    const s = getComputedStyle(e);
    if (s.opacity < 0.5 || s.display === 'none') return false;
  }
  return true;
};
const faults = new Set(), svg = document.querySelector('svg'), box = svg.getBoundingClientRect();
for (const at of [...TIMES, 'still']) {
  if (at === 'still')  // as where motion is unwanted
    document.head.innerHTML += '<style>.film{display:none!important}.strip{display:inline!important}</style>';
  else document.getAnimations().forEach((a) => { a.pause(); a.currentTime = at; });
  const things = [...svg.querySelectorAll(
    '.film text:not(.z), .strip .cap tspan[x], .film .thread > circle:first-child')]
    .filter((e) => seen(e) && e.getBoundingClientRect().width).map((e) => {
      const q = e.getBoundingClientRect(), cut = e.tagName === 'circle' ? 0 : q.height * 0.2;
      return { name: e.textContent || 'a thread', x: q.left, r: q.right, y: q.top + cut, b: q.bottom - cut };
    });
  things.forEach((a, i) => {
    if (a.x < box.left - 1 || a.r > box.right + 1 || a.b > box.bottom + 1)
      faults.add(`${a.name} hangs out`);
    things.slice(i + 1).forEach((b) => {
      if (Math.min(a.r, b.r) - Math.max(a.x, b.x) > 1.5 && Math.min(a.b, b.b) - Math.max(a.y, b.y) > 1.5)
        faults.add(`${a.name} lies on ${b.name}`);
    });
  });
}
parent.postMessage(NAME + ': ' + ([...faults].join(', ') || 'ok'), '*');
"""


def chromium(page, *options):
    return subprocess.run(
        ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
         "--window-size=2200,3000", "--allow-file-access-from-files", *options, page.as_uri()],
        capture_output=True, text=True, timeout=120, check=True).stdout


def expanded(svg):
    """With what <use> stands for in its place, since nobody can look into a <use>."""
    looks = dict(re.findall(r'<g id="(\w+)">(.*?)</g>(?=<g id=|</defs>)', svg))
    svg = re.sub(r"<defs>.*</defs>", "", svg)
    svg = re.sub(r'width="700" height="\d+"', 'width="100%"', svg, count=1)
    return re.sub(r'<use href="#(\w+)"/>', lambda m: looks[m.group(1)], svg)


def look(folder, figures):
    frames = ""
    for figure in figures:
        language = "zh-CN" if ".zh-CN" in figure.name else "en"
        told = [m["caption"] for m in json.loads(figure.with_suffix(".json").read_text())["moments"]]
        times = film.seconds(told, language)
        middles = [1000 * (sum(times[:i]) + t * 0.9) for i, t in enumerate(times)]
        for width in WIDTHS:
            script = LOOK.replace("TIMES", json.dumps(middles)).replace(
                "NAME", json.dumps(f"{figure.name} at {width}"))
            page = f'<body style="margin:0">{expanded(figure.read_text())}<script>{script}</script>'
            frames += f'<iframe width="{width}" height="900" srcdoc="{html.escape(page)}"></iframe>'
    page = folder / "look.html"
    page.write_text("<pre></pre><script>onmessage = (e) => "
                    f"document.querySelector('pre').append(e.data + '\\n')</script>{frames}")
    said = html.unescape(re.search("<pre>(.*?)</pre>", chromium(
        page, "--virtual-time-budget=20000", "--dump-dom"), re.S).group(1))
    lines = said.strip().split("\n")
    faults = [line for line in lines if not line.endswith(": ok")]
    if len(lines) != len(figures) * len(WIDTHS):
        faults.append(f"only {len(lines)} of {len(figures) * len(WIDTHS)} figures could be looked at")
    return faults


MOVE = """
const shot = (img) => {
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [350, 320];
  canvas.getContext('2d').drawImage(img, 0, 0, 350, 320);
  return canvas.toDataURL();
};
const seen = new Map([...document.images].map((img) => [img, new Set()]));
setInterval(() => {
  seen.forEach((shots, img) => shots.add(shot(img)));
  document.querySelector('pre').textContent =
    [...seen].map(([img, shots]) => `${img.alt} ${shots.size}`).join('\\n');
}, 2000);
"""


def moves(folder, figures):
    """Whether each shows several pictures in some seconds, as an <img>; without motion just one."""
    page, faults = folder / "img.html", []
    page.write_text("".join(
        f'<img alt="{f.name}" width="350" src="data:image/svg+xml;base64,'
        f'{base64.b64encode(f.read_bytes()).decode()}">' for f in figures) +
        f"<pre></pre><script>onload = () => {{{MOVE}}}</script>")
    for unwanted in (False, True):
        options = ["--force-prefers-reduced-motion"] * unwanted
        said = re.search("<pre>(.*?)</pre>", chromium(
            page, "--virtual-time-budget=9000", "--dump-dom", *options), re.S).group(1)
        shots = dict(line.rsplit(" ", 1) for line in said.strip().split("\n"))
        for figure in figures:
            if (int(shots.get(figure.name, 0)) > 1) == unwanted:
                faults.append(f"{figure.name}: " + ("moves, though motion is unwanted" if unwanted
                                                    else "does not move inside an <img>"))
    return faults


def contrast(a, b):
    def light(colour):
        parts = [int(colour[i:i + 2], 16) / 255 for i in (1, 3, 5)]
        r, g, b = (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
        return 0.2126 * r + 0.7152 * g + 0.0722 * b
    dark, bright = sorted((light(a), light(b)))
    return (bright + 0.05) / (dark + 0.05)


def colours():
    pairs = [("dim", on) for on in ("code", "lib", "band", "kern", "out", "bg", "ts")] + [
        (ink, on) for ink in ("a", "b", "c", "t") for on in ("bg", "band")] + [
        ("bg", "a"), ("bg", "b"), ("bg", "c"), ("bg", "t"), ("t", "ts"), ("ink", "out"), ("warn", "bg")]
    return [f"{ink} on {on} has a contrast of {contrast(theme[ink], theme[on]):.1f}"
            for theme in (picture.LIGHT, picture.DARK) for ink, on in pairs
            if contrast(theme[ink], theme[on]) < 4.5]


def main():
    figures = sorted((ROOT / "story" / "figures").glob("*.svg"))
    faults = colours()
    faults += [f"{f.name} is larger than 60 KB" for f in figures if f.stat().st_size > 60000]
    with tempfile.TemporaryDirectory(prefix="figures-") as folder:
        faults += look(pathlib.Path(folder), figures)
        faults += moves(pathlib.Path(folder), figures)
    print("\n".join(faults) if faults else f"{len(figures)} figures are well")
    return bool(faults)


if __name__ == "__main__":
    sys.exit(main())
