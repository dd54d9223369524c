"""Draws a moment: a cross-section of the server, from your code down to the clients.

stage() is what never changes. parts() is the rest: a dict from a name to (x, y, SVG), so that a
part keeps its name from moment to moment, and can move. Units are those of the viewBox."""

import pathlib
import re
from html import escape

from words import label

WIDTH, HEIGHT = 600, 448
LEFT = 34  # the rows' names
ROWS = {"code": (0, 108, "code"), "libevent": (108, 100, "lib"), "band": (208, 56, "band"),
        "kernel": (264, 92, "kern"), "clients": (356, 92, "out")}
CODE_Y, LIB_Y, BAND_Y, KERNEL_Y, CLIENT_Y = 66, 168, 229, 318, 364
TANK = 58
FULL = 65536 * 1.2  # a little more than MAX_BUFFERED and MAX_UNSENT of the programs
# What lies on what, from below.
ORDER = "chart code client event card level number bytes hand thread".split()
DAY, NIGHT, RULES, FILM = (re.sub(r"\n *", "", part) for part in re.split(
    r"/\*.*\*/", (pathlib.Path(__file__).parent / "style.css").read_text())[1:])
STYLE = DAY + NIGHT + RULES + FILM
LIGHT, DARK = (dict(re.findall(r"--(\w+):(#\w+);", part)) for part in (DAY, NIGHT))
# For a page with other things in it, which has its own way to be dark.
PAGE_STYLE = re.sub(r"(.*?)(\{.*?\})", r".story :is(\1)\2", RULES)


def order(part):
    return ORDER.index(part.split()[0])


def text(x, y, what, css="", anchor="middle", style=""):
    style = style and f' style="{style}"'
    return f'<text x="{x:g}" y="{y:g}" class="{css}" text-anchor="{anchor}"{style}>{escape(str(what))}</text>'


def box(x, y, width, height, fill="none", stroke="", radius=7, more=""):
    line = f' stroke="{stroke}"' if stroke else ""
    return f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="{radius}" ' \
           f'fill="{fill}"{line}{more}/>'


def tank(x, y, width, stroke, name=""):
    o = box(x - width / 2, y - TANK / 2, width, TANK, "var(--bg)", stroke,
            more=' stroke-opacity=".6" stroke-width="1.3"')
    return o + text(x, y - TANK / 2 - 5, name, "b") if name else o


class Column:
    """Where things of a client, a worker or an event stand. idle: the callbacks that may run there."""

    def __init__(self, name, x, width, kind, idle):
        self.name, self.x, self.width, self.kind, self.idle = name, x, width, kind, idle
        self.mid, self.pipe = x + width / 2, x + 17
        self.worker = kind == "worker"
        self.tank = 46 if self.worker else min(100, width * 0.4)
        self.left = x + (34 + self.tank / 2 if self.worker else width * 0.24)  # what goes up
        self.right = x + width - (9 + self.tank / 2 if self.worker else width * 0.24)


class Picture:
    def __init__(self, moments, language):
        self.language = language
        first, last = moments[0]["world"], moments[-1]["world"]
        every = [c for m in moments for c in m["world"].clients.values()]
        self.names = sorted(last.clients)
        self.threads = len(last.threads) > 1
        self.served = any(c.phase == "served" for c in every)
        self.big = any(c.sent > 64 for c in every)
        self.full = {k: max(getattr(c, k) for c in every) for k in ("received", "underway", "own")}
        self.full.update(input=FULL, output=FULL)
        if not self.served:
            columns = [Column(event, LEFT + i * 188, 184, "event", (event,))
                       for i, event in enumerate(("on_connection", "on_resume", "on_interrupt"))]
        elif self.threads:
            columns = [Column("main", LEFT, 112, "main", ("on_connection",))]
            columns += [Column(client, LEFT + 116 + i * 150, 146, "worker", ("on_handover", "on_read"))
                        for i, client in enumerate(self.names)]
        else:
            width = 330 if len(self.names) == 1 else 254
            start = 90 + (510 - width * len(self.names)) / 2
            columns = [Column(client, start + i * width, width - 4, "client", first.clients[client].callbacks)
                       for i, client in enumerate(self.names)]
        self.columns = {c.name: c for c in columns}
        self.door = None if self.served and not self.threads else columns[0]

    def label(self, key, n=""):
        return label(key, self.language, n)

    def colour(self, client):
        return f"var(--{'abc'[self.names.index(client)]})"

    # ---- what never changes

    def stage(self):
        o = "".join(box(0, y, WIDTH, h, f"var(--{colour})", radius=0) for y, h, colour in ROWS.values())
        o += "".join(f'<text class="l" text-anchor="middle" transform="translate(18 {y + h / 2:g}) '
                     f'rotate(-90)">{self.label(row)}</text>'
                     for row, (y, h, _) in ROWS.items())
        top, roof = KERNEL_Y - TANK / 2, ROWS["kernel"][0] + 6
        pipes = [c.pipe for c in self.columns.values() if c.worker]
        for c in self.columns.values():
            if c.kind == "main":  # the way to the pipes
                way = "".join(f"M{x:g} {roof}V{top - 18}" for x in pipes)
                o += f'<path d="M{c.mid + 30:g} {ROWS["libevent"][0] - 8}V{roof}H{pipes[-1]:g}{way}" ' \
                     f'fill="none" stroke="var(--t)" stroke-width="3" stroke-opacity=".5"/>'
            if c is self.door:
                o += box(c.mid - 44, top, 88, TANK, "var(--bg)", "var(--t)", more=' stroke-dasharray="4 3"')
                o += text(c.mid - (14 if self.threads else 0), top - 5, self.label("backlog"), "b")
            if c.worker:
                o += box(c.x + 1, ROWS["libevent"][0] + 3, c.width - 2, 150, stroke="var(--t)", radius=9,
                         more=' stroke-opacity=".5" stroke-dasharray="4 3"')
            if c.kind in ("client", "worker"):
                o += self.ways(c)
            if c.worker:
                o += box(c.pipe - 12, top, 24, TANK, "var(--bg)", "var(--t)")
                o += text(c.pipe + 2, top - 5, self.label("pipe"), "b")
        return o

    def ways(self, c):
        """A client's way up and its way down, with their tanks."""
        o, stroke, top = "", self.colour(c.name), CODE_Y + 24
        for x, up, lib, kernel in ((c.left, 1, "input", "received"), (c.right, -1, "output", "underway")):
            o += box(x - 9, top, 18, CLIENT_Y - top, stroke, radius=0, more=' fill-opacity=".2"')
            for y in (ROWS["clients"][0] - 3, ROWS["libevent"][0] + 1):
                o += f'<path d="M{x - 5:g} {y + 3 * up}l5 {-5 * up}l5 {5 * up}" ' \
                     f'fill="none" stroke="{stroke}" stroke-width="2"/>'
            names = (lib[:-3], "") if c.worker else (lib, kernel)
            for y, name in zip((LIB_Y, KERNEL_Y), names):
                o += tank(x, y, c.tank, stroke, name and self.label(name))
        return o

    # ---- what changes

    def parts(self, moment):
        self.put, self.world = {}, moment["world"]
        for c in self.columns.values():
            self.put_callbacks(c)
            if c.kind in ("event", "main"):
                self.put_event(c)
            elif c.name in self.world.clients:
                self.put_client(c, self.world.clients[c.name])
        for i, c in enumerate(self.world.clients.values()):
            self.put_outside(c, i)
            self.put_number(c)
        for thread in self.world.threads.values():
            self.put_thread(thread)
        return self.put

    def column(self, t):
        """Where a thread is, if it is anywhere."""
        if self.threads:
            return self.columns[self.names[t.number - 1] if t.number else "main"]
        return self.columns.get(t.client if self.served else t.callback)

    def put_callbacks(self, c):
        """Your code, in which a thread is, or none."""
        t = next((t for t in self.world.threads.values()
                  if t.layer == "code" and t.callback and self.column(t) is c), None)
        small = f"font-size:{14 if c.worker else 12}px" if self.threads else ""
        o = box(-c.width / 2 + 4, 8, c.width - 8, 92, "var(--ts)" if t else "var(--code)",
                "var(--t)" if t else "var(--rule)", 11, f' stroke-width="{2 if t else 1}"')
        if self.threads:
            o += text(0, 26, self.label(c.kind, c.worker and self.names.index(c.name) + 1), "b")
        if t:
            o += text(0, 46 if self.threads else 30, t.callback, "n", style=small)
        for i, name in enumerate(() if t else c.idle):
            o += text(0, 64 + 19 * (i - (len(c.idle) - 1) / 2), name, "i", style=small)
        self.put["code " + c.name] = (c.mid, 0, o)

    def put_sign(self, name, x, on, ready, colour, what=""):
        """Whether an event is pending, or ready, with its name."""
        line, bar = colour if on or ready else "var(--dim)", "M0-6v12" if on or ready else "M-6 0h12"
        o = f'<circle r="17" fill="{colour}" fill-opacity=".25" stroke="{colour}"/>' if ready else ""
        o += f'<circle r="11" fill="{colour if ready else "var(--bg)" if on else "var(--band)"}" ' \
             f'stroke="{line}" stroke-width="2"/>'
        o += f'<path d="{bar}" stroke-width="3" stroke="{"var(--bg)" if ready else line}"/>'
        if what:
            o += text(0, 31, what, "e m", style="fill:" + line)
        self.put["event " + name] = (x, BAND_Y, o)

    def put_event(self, c):
        e = self.world.events.get(c.name if c.kind == "event" else "on_connection")
        ready = e and e["ready"]
        if c.kind == "main":
            self.put_sign("listener", c.mid + 8, bool(e), ready, "var(--t)")
            return
        due = e and e.get("due")
        state = self.label("due", f"{max(0, round(due - self.world.t, -5) // 1000):,}") if due else \
            self.label("pending" if e else "off")
        css, colour = ("c7", "var(--t)") if e else ("b", "var(--dim)")
        o = box(-80, -34, 160, 66, "var(--bg)" if e else "none", colour, 9,
                ' stroke-width="2"' if e else ' stroke-width="1.2" stroke-dasharray="5 4"')
        o += text(0, -6, self.label(c.name), css, style="font-size:16px")
        o += text(0, 18, state, css, style=f"fill:{colour}")
        self.put["card " + c.name] = (c.mid, LIB_Y - 8, o)
        if c.name != "on_resume":
            what = "EV_READ" if c.name == "on_connection" else "EV_SIGNAL"
            self.put_sign(c.name, c.mid, bool(e), ready, "var(--t)", what)

    def put_client(self, column, c):
        for sign, x, name in (("r", column.left, "EV_READ"), ("w", column.right, "EV_WRITE")):
            self.put_sign(f"{sign} {c.name}", x, c.phase == "served" and sign in c.asks, sign in c.ready,
                          self.colour(c.name), "" if column.worker else name)
        if c.sent > 64:
            self.put_levels(column, c)
        else:
            self.put_tiles(column, c)

    def put_levels(self, column, c):
        for key, x, y in (("received", column.left, KERNEL_Y), ("input", column.left, LIB_Y),
                          ("output", column.right, LIB_Y), ("underway", column.right, KERNEL_Y)):
            n = getattr(c, key)
            height = round(min(1, n / max(1, self.full[key])) * (TANK - 6))
            if n:
                self.put[f"level {key} {c.name}"] = (x, y + TANK / 2 - 3, box(
                    -column.tank / 2 + 2, -height, column.tank - 4, height, self.colour(c.name), radius=4,
                    more=' fill-opacity=".55"'))
                self.put[f"number {key} {c.name}"] = (x, y + 6, text(0, 0, f"{n:,}", "v"))
        if c.taken > c.given:
            self.put[f"hand {c.name}"] = (column.mid + 44, CODE_Y + 8,
                                          text(0, 0, f"{c.taken - c.given:,}", "v"))

    def put_tiles(self, column, c):
        """A tile for each character. What is in the same place stands below one another."""
        width, height, row = (20, 22, 2) if column.worker else (27, 24, 3)
        places = {}
        for i, (end, what) in enumerate(c.messages):
            place = next(at for n, at in (
                (c.got, None), (c.pushed, (column.right, KERNEL_Y)), (c.given, (column.right, LIB_Y)),
                (c.taken, (column.mid + (20 if column.worker else 46), CODE_Y + 4)),
                (c.pulled, (column.left, LIB_Y)), (c.sent, (column.left, KERNEL_Y))) if n >= end)
            places.setdefault(place, []).extend(
                (f"bytes {c.name} {i}", what.replace("\n", "⏎")[j:j + row])
                for j in range(0, len(what), row))
        places.pop(None, None)
        for (x, y), rows in places.items():
            for i, (part, characters) in enumerate(rows):
                o, dy = "", (i - (len(rows) - 1) / 2) * (height + 1)
                for j, character in enumerate(characters):
                    dx = (j - (len(characters) - 1) / 2) * width
                    o += box(dx - width / 2 + 1, dy - height / 2, width - 2, height, self.colour(c.name),
                             radius=4) + text(dx, dy + 5, character, "ch")
                self.put[part] = (x, y, self.put.get(part, ("", "", ""))[2] + o)

    def put_outside(self, c, i):
        """The client itself."""
        colour, column = self.colour(c.name), self.columns.get(c.name)
        x, width = (column.mid, column.width - 6) if column else (LEFT + 56 + i * 112, 106)
        left, right = -width / 2 + 9, width / 2 - 10
        o = box(-width / 2, 0, width, 78, "var(--bg)" if c.phase != "gone" else "none", colour, 8,
                ' stroke-width="1.5"')
        o += text(left, 19, self.label("client", c.fd) if c.fd > 0 else self.label("new"), "c7", "start",
                  style=f"fill:{colour}")
        state = "gone" if c.phase == "gone" else "blocked" if c.blocked else "half" if c.half else ""
        if state:
            o += text(right + 1, 19, self.label(state), "warn" if c.blocked else "b", "end")
        if c.sent > 64:
            o += text(left, 44, f"{self.label('sent')} {c.sent:,}", "", "start")
            o += text(left, 66, f"{self.label('got')} {c.got:,}", "", "start")
            own, n = (width - 150) * 0.9, c.own
            if self.full["own"]:
                o += box(right - own, 44, own, 26, "var(--out)", colour, 5, ' stroke-opacity=".6"')
                o += box(right - own, 44, own * n / self.full["own"], 26, colour, "", 5, ' fill-opacity=".55"')
                o += text(right - own / 2, 39, self.label("own"), "b")
            o += text(right - own / 2, 63, f"{n:,}", "v") if n else ""
        else:
            said = "".join(what for _, what in c.messages).replace("\n", "⏎")
            for y, arrow, what in ((44, "↑", said), (66, "↓", said[:c.got])):
                o += text(left, y, f"{arrow} {what}", "io", "start") if what else ""
        self.put["client " + c.name] = (x, CLIENT_Y + 2, o)

    def put_number(self, c):
        """A client that nobody serves yet."""
        if c.phase == "waiting" and self.door:
            waiting = [k.name for k in self.world.clients.values() if k.phase == "waiting"]
            x, y = self.door.mid + 34 * (waiting.index(c.name) - (len(waiting) - 1) / 2), KERNEL_Y
        elif c.phase == "in the pipe":
            x, y = self.columns[c.name].pipe, KERNEL_Y
        elif c.phase == "accepted" and self.threads:
            x, y = (self.columns[self.names[c.thread - 1]] if c.thread else self.door).mid + 22, CODE_Y + 12
        else:
            return
        self.put["number " + c.name] = (x, y, f'<circle r="13" fill="{self.colour(c.name)}"/>' + (
            text(0, 5, c.fd, "ch", style="font-size:13px") if c.fd > 0 else
            '<circle cy="-3" r="4" fill="var(--bg)"/><path d="M-7 8q0-7 7-7t7 7z" fill="var(--bg)"/>'))

    def put_thread(self, t):
        column, c = self.column(t), self.world.clients.get(t.client)
        if self.threads:
            x, y = column.pipe if t.number else column.mid - 32, BAND_Y
        else:
            x, y = LEFT + 29 if self.served else self.columns["on_resume"].mid, BAND_Y + 4
        if t.layer == "libevent" and column and self.served:
            x, y = column.pipe if t.number else column.mid, LIB_Y + 4
        elif t.layer == "code" and t.callback and column:
            hand = c and c.taken > c.given or any(
                k.phase == "accepted" and k.thread == t.number for k in self.world.clients.values())
            x, y = column.mid, CODE_Y + (14 if self.threads else 8)
            x -= (24 if self.threads else 46) * bool(hand)
        r = 14 if self.threads else 17
        o = f'<g class="thread"><circle r="{r}" fill="var(--t)" stroke="var(--bg)" stroke-width="1.5"/>'
        if t.layer == "asleep":
            o += '<path d="M-8 0q3 3 6 0M2 0q3 3 6 0" stroke="var(--bg)" stroke-width="2" fill="none"/>'
            o += text(r + 2, -9, "z", "z") + text(r + 9, -16, "z", "z", style="font-size:11px")
        else:
            o += "".join(f'<circle cx="{dx}" r="4" cy="-1" fill="var(--bg)"/>'
                         f'<circle cx="{dx + 1}" r="2" fill="var(--ink)"/>' for dx in (-5, 5))
        if t.layer in ("asleep", "awake") and not self.threads:  # elsewhere, there is no room
            o += text(0, 28, self.label("thread"), "e", style="fill:var(--t)")
        self.put[f"thread {t.number}"] = (x, y, o + "</g>")


class Chart:
    """Who waits, and for whom the one thread works, in time."""

    def __init__(self, moments, language):
        self.language, self.names = language, sorted(moments[-1]["world"].clients)
        self.first = next(w.t for w in moments[-1]["past"] if w.tag == "a connects")

    def label(self, key, n=""):
        return label(key, self.language, n)

    def x(self, t):
        return 100 + (t - self.first) / 1e6 * 40

    def y(self, i):
        return 30 + i * 58

    def bar(self, begin, end, y, fill="none", **more):
        return box(self.x(begin), y, self.x(end) - self.x(begin), 34, fill, **more)

    def middle(self, begin, end, y, what, css):
        return text(self.x((begin + end) / 2), y + 22, what, css)

    def after(self, t, y, key, css):
        """How many seconds have gone then."""
        return text(self.x(t) + 4, y + 23, self.label(key, int((t - self.first) / 1e6)), css, "start")

    def stage(self):
        o = box(0, 0, WIDTH, HEIGHT, "var(--out)", radius=0)
        for second in range(0, 12, 2):
            x = self.x(self.first + second * 1e6)
            o += f'<path d="M{x:g} 16V{self.y(6) + 30}" stroke="var(--rule)"/>'
            o += text(x, self.y(6) + 50, self.label("seconds", second), "b")
        for i, name in enumerate(self.names):
            o += text(14, self.y(i) + 24, self.label("client", name.upper()), "l", "start")
        return o + text(14, self.y(5) + 50, self.label("thread"), "l", "start")

    def parts(self, moment):
        now, spans, when, put = moment["world"].t, [], {}, {}
        for w in moment["past"]:
            when[w.tag] = w.t
            if w.tag.startswith("sleep "):
                spans.append([w.tag[6:], w.t, now])
            elif spans and spans[-1][2] == now and not w.threads[0].sleeps:
                spans[-1][2] = w.t
        for name in moment["world"].clients:
            y, begin = self.y(self.names.index(name)), when[f"{name} connects"]
            end, last = when.get(f"{name} reads", now), when.get(f"{name} ends", now)
            mine = [(a, b) for who, a, b in spans if who == name]
            o = self.bar(begin, end, y, "var(--band)")
            for a, b in mine:
                o += self.bar(a, b, y, "var(--t)")
                o += self.middle(a, b, y, "on_read", "e ch") if b - a > 1e6 else ""
            served = mine[0][0] if mine else end
            if served > begin + 1e6:
                o += self.middle(begin, served, y, self.label("waits"), "b")
            if f"{name} reads" in when:
                o += self.after(end, y, "answered", "c7")
                if last > end + 1e6:  # until its connection is closed
                    o += self.bar(end, last, y, stroke="var(--dim)", more=' stroke-dasharray="4 3"')
                    o += self.after(last, y, "ends", "b") if f"{name} ends" in when else ""
            put["chart " + name] = (0, 0, o)
        y = self.y(5) + 28
        put["chart thread"] = (0, 0, "".join(
            self.bar(a, b - 25000, y, "var(--t)") + self.middle(a, b, y, who.upper(), "ch")
            for who, a, b in spans if b > a))
        return put
