"""Draws a moment: a cross-section of the server, from your code down to the clients.

stage() is what never changes. parts() is the rest: a dict from a name to (x, y, SVG), so that a
part keeps its name from moment to moment, and can move. Units are those of the viewBox."""

from html import escape

from words import label

WIDTH = 600
LEFT = 34  # the rows' names
ROWS = {"code": (0, 108), "libevent": (108, 100), "band": (208, 56), "kernel": (264, 92),
        "clients": (356, 92)}
HEIGHT = 448
CODE_Y, LIB_Y, BAND_Y, KERNEL_Y, CLIENT_Y = 66, 168, 229, 318, 364
TANK = 58
FULL = 65536 * 1.2  # a little more than MAX_BUFFERED and MAX_UNSENT of the programs

LIGHT = dict(bg="#ffffff", ink="#24272c", dim="#555a63", rule="#d5d9df", code="#fffbee",
             lib="#eaf2fb", band="#d6e3f2", kern="#e5e7eb", out="#f5f5f6", t="#0f5db8",
             ts="#d9e9fc", a="#8340b0", b="#9c4700", c="#076a55", warn="#b8231a")
DARK = dict(bg="#0d1117", ink="#e8ebf0", dim="#a9b0bb", rule="#39414d", code="#211f19",
            lib="#132031", band="#1c3049", kern="#191d23", out="#10151b", t="#5aa9ff",
            ts="#15365c", a="#cf9cf5", b="#ffad66", c="#54d6b6", warn="#ff8178")


def theme(colours):
    return "".join(f"--{name}:{value};" for name, value in colours.items())


SANS = 'system-ui,-apple-system,"Segoe UI","Noto Sans","PingFang SC","Microsoft YaHei",' \
    '"Noto Sans CJK SC",sans-serif'
MONO = 'ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace'
RULES = {
    "text": f"font:14px {SANS};fill:var(--ink)",
    ".m,.n,.i,.ch,.io": f"font-family:{MONO}",
    ".n": "font-weight:700;font-size:16px;fill:var(--t)",
    ".b,.i": "fill:var(--dim)",
    ".l": "font-weight:600;fill:var(--dim)",
    ".ch": "font-size:15px;font-weight:700;fill:var(--bg)",
    ".v,.c7,.z,.e": "font-weight:700",
    ".z": "fill:var(--t)",
    ".v": "font-size:15px;paint-order:stroke;stroke:var(--bg);stroke-width:3px;stroke-linejoin:round",
    ".e": "font-size:12px",
    ".warn": "fill:var(--warn);font-weight:700",
}
STYLE = f":root{{{theme(LIGHT)}}}@media(prefers-color-scheme:dark){{:root{{{theme(DARK)}}}}}" + \
    "".join(f"{selector}{{{rule}}}" for selector, rule in RULES.items())
# For a page with other things in it, which has its own way to be dark.
PAGE_STYLE = "".join(f".story :is({selector}){{{rule}}}" for selector, rule in RULES.items())


# What lies on what, from below.
ORDER = "chart code client event card level number bytes hand thread".split()


def order(part):
    return ORDER.index(part.split()[0])


def text(x, y, what, css="", anchor="middle", **more):
    extra = "".join(f' {k.replace("_", "-")}="{v}"' for k, v in more.items())
    return f'<text x="{x:g}" y="{y:g}" class="{css}" text-anchor="{anchor}"{extra}>{escape(str(what))}</text>'


def box(x, y, width, height, fill="none", stroke="", radius=7, more=""):
    line = f' stroke="{stroke}"' if stroke else ""
    return f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="{radius}" ' \
           f'fill="{fill}"{line}{more}/>'


class Column:
    """Where things of a client, a worker or an event stand."""

    def __init__(self, name, x, width, kind):
        self.name, self.x, self.width, self.kind = name, x, width, kind
        self.mid = x + width / 2
        worker = kind == "worker"
        self.tank = 46 if worker else min(100, width * 0.4)
        self.left = x + (34 + self.tank / 2 if worker else width * 0.24)  # what goes up
        self.right = x + width - (9 + self.tank / 2 if worker else width * 0.24)
        self.pipe = x + 17
        self.tile = (20, 22, 2) if worker else (27, 24, 3)


class Picture:
    def __init__(self, moments, language):
        self.language = language
        first, last = moments[0]["world"], moments[-1]["world"]
        self.names = sorted(last.clients)
        self.callbacks = {name: c.callbacks for name, c in first.clients.items()}
        self.threads = len(last.threads) > 1
        self.served = any(c.phase == "served" for m in moments for c in m["world"].clients.values())
        self.big = max((c.sent for c in last.clients.values()), default=0) > 64
        self.most = {k: max(getattr(c, k) for m in moments for c in m["world"].clients.values())
                     for k in ("received", "unsent", "own")}
        self.columns = {}
        if not self.served:
            for i, event in enumerate(("on_connection", "on_resume", "on_interrupt")):
                self.columns[event] = Column(event, LEFT + i * 188, 184, "event")
        elif self.threads:
            self.columns["main"] = Column("main", LEFT, 112, "main")
            for i, client in enumerate(self.names):
                self.columns[client] = Column(client, LEFT + 116 + i * 150, 146, "worker")
        else:
            width = 330 if len(self.names) == 1 else 254
            start = 90 + (510 - width * len(self.names)) / 2
            for i, client in enumerate(self.names):
                self.columns[client] = Column(client, start + i * width, width - 4, "client")

    def label(self, key, n=None):
        return label(key, self.language, n)

    def colour(self, client):
        return f"var(--{'abc'[self.names.index(client)]})"

    # ---- what never changes

    def stage(self):
        colours = {"libevent": "lib", "kernel": "kern", "clients": "out"}
        o = "".join(box(0, y, WIDTH, h, f"var(--{colours.get(row, row)})", radius=0)
                    for row, (y, h) in ROWS.items())
        for row, (y, h) in ROWS.items():
            if row != "band":
                o += f'<text class="l" text-anchor="middle" transform="translate(18 {y + h / 2:g}) ' \
                     f'rotate(-90)">{self.label(row)}</text>'
        for column in self.columns.values():
            o += getattr(self, "stage_" + column.kind)(column)
        return o

    def tank(self, x, y, width, stroke, name=""):
        return box(x - width / 2, y - TANK / 2, width, TANK, "var(--bg)", stroke,
                   more=' stroke-opacity=".6" stroke-width="1.3"') + (
            text(x, y - TANK / 2 - 5, name, "b") if name else "")

    def stage_client(self, c):
        o, stroke = "", self.colour(c.name)
        top = CODE_Y + 24
        for x, up, names in ((c.left, 1, ("input", "received")), (c.right, 0, ("output", "unsent"))):
            o += box(x - 9, top, 18, CLIENT_Y - top, stroke, radius=0, more=' fill-opacity=".2"')
            for y in (ROWS["clients"][0] - 3, ROWS["libevent"][0] + 1):
                o += f'<path d="M{x - 5:g} {y + (3 if up else -3):g}l5 {-5 if up else 5}l5 {5 if up else -5}"' \
                     f' fill="none" stroke="{stroke}" stroke-width="2"/>'
            for y, name in zip((LIB_Y, KERNEL_Y), names):
                shown = "" if c.kind == "worker" and y == KERNEL_Y else self.label(
                    {"input": "in", "output": "out"}.get(name, name) if c.kind == "worker" else name)
                o += self.tank(x, y, c.tank, stroke, shown)
        return o

    def stage_worker(self, c):
        return box(c.x + 1, ROWS["libevent"][0] + 3, c.width - 2, 150, stroke="var(--t)", radius=9,
                   more=' stroke-opacity=".5" stroke-dasharray="4 3"') + self.stage_client(c) + \
            box(c.pipe - 12, KERNEL_Y - TANK / 2, 24, TANK, "var(--bg)", "var(--t)") + \
            text(c.pipe + 2, KERNEL_Y - TANK / 2 - 5, self.label("pipe"), "b")

    def stage_main(self, c):
        y, last = ROWS["kernel"][0] + 6, list(self.columns.values())[-1]
        way = f"M{c.mid + 30:g} {ROWS['libevent'][0] - 8}V{y}H{last.pipe:g}" + "".join(
            f"M{w.pipe:g} {y}V{KERNEL_Y - TANK / 2 - 18}" for w in self.columns.values()
            if w.kind == "worker")
        return f'<path d="{way}" fill="none" stroke="var(--t)" stroke-width="3" ' \
               f'stroke-opacity=".5"/>' + self.backlog(c)

    def stage_event(self, c):
        return self.backlog(c) if c.name == "on_connection" else ""

    def backlog(self, c):
        return box(c.mid - 44, KERNEL_Y - TANK / 2, 88, TANK, "var(--bg)", "var(--t)",
                   more=' stroke-dasharray="4 3"') + text(
            c.mid - (14 if self.threads else 0), KERNEL_Y - TANK / 2 - 5, self.label("backlog"), "b")

    # ---- what changes

    def parts(self, moment):
        self.put, self.world, self.t = {}, moment["world"], moment["world"].t
        for column in self.columns.values():
            self.put_callbacks(column)
            getattr(self, "put_" + column.kind)(column)
        for i, name in enumerate(self.names):
            if name in self.world.clients:
                self.put_outside(self.world.clients[name], i)
        for thread in self.world.threads.values():
            self.put_thread(thread)
        return self.put

    def running(self, column):
        """The thread that is in a callback there."""
        for t in self.world.threads.values():
            where = t.callback if column.kind == "event" else "main" if self.threads and not t.number \
                else self.names[t.number - 1] if self.threads else t.client
            if t.layer == "code" and t.callback and where == column.name:
                return t
        return None

    def put_callbacks(self, c):
        t = self.running(c)
        idle = {"client": self.callbacks.get(c.name, ()), "worker": ("on_handover", "on_read"),
                "main": ("on_connection",), "event": (c.name,)}[c.kind]
        small = dict(style="font-size:12px") if c.kind in ("worker", "main") else {}
        o = box(-c.width / 2 + 4, 8, c.width - 8, 92, "var(--ts)" if t else "var(--code)",
                "var(--t)" if t else "var(--rule)", 11, f' stroke-width="{2 if t else 1}"')
        if self.threads:
            number = self.names.index(c.name) + 1 if c.kind == "worker" else 0
            o += text(0, 26, self.label("worker" if number else "main", number or None), "b")
        if t:
            o += text(0, 46 if self.threads else 30, t.callback, "n", **small)
        else:
            for i, name in enumerate(idle):
                o += text(0, 64 + 19 * (i - (len(idle) - 1) / 2), name, "i", **small)
        self.put["code " + c.name] = (c.mid, 0, o)

    def put_event_sign(self, name, x, on, ready, colour, what):
        """Whether an event is pending, or ready, with its name."""
        o = f'<circle r="17" fill="{colour}" fill-opacity=".25" stroke="{colour}"/>' if ready else ""
        o += f'<circle r="11" fill="{colour if ready else "var(--bg)" if on else "var(--band)"}" ' \
             f'stroke="{colour if on or ready else "var(--dim)"}" stroke-width="2"/>'
        o += f'<path d="{"M0-6v12" if on or ready else "M-6 0h12"}" stroke-width="3" ' \
             f'stroke="{"var(--bg)" if ready else colour if on else "var(--dim)"}"/>'
        if what:
            o += text(0, 31, what, "e m", style="fill:" + (colour if on or ready else "var(--dim)"))
        self.put["event " + name] = (x, BAND_Y, o)

    def put_client(self, column):
        c = self.world.clients.get(column.name)
        if not c:
            return
        colour, open_ = self.colour(c.name), c.phase == "served"
        small = column.kind == "worker"
        for sign, x in (("r", column.left), ("w", column.right)):
            self.put_event_sign(f"{sign} {c.name}", x, open_ and sign in c.asks, sign in c.ready, colour,
                                "" if small else {"r": "EV_READ", "w": "EV_WRITE"}[sign])
        if self.big and c.sent > 64:
            self.put_levels(column, c, colour)
        else:
            self.put_tiles(column, c, colour)

    def put_levels(self, column, c, colour):
        full = {"received": self.most["received"], "unsent": self.most["unsent"],
                "input": FULL, "output": FULL}
        for key, x, y in (("received", column.left, KERNEL_Y), ("input", column.left, LIB_Y),
                          ("output", column.right, LIB_Y), ("unsent", column.right, KERNEL_Y)):
            n = getattr(c, key)
            height = round(min(1, n / max(1, full[key])) * (TANK - 6))
            self.put[f"level {key} {c.name}"] = (
                x, y + TANK / 2 - 3, box(-column.tank / 2 + 2, -height, column.tank - 4, height, colour,
                                         radius=4, more=' fill-opacity=".55"') if n else "")
            self.put[f"number {key} {c.name}"] = (x, y + 6, text(0, 0, f"{n:,}", "v") if n else "")
        if c.taken > c.given:
            self.put[f"hand {c.name}"] = (column.mid + 44, CODE_Y + 8,
                                          text(0, 0, f"{c.taken - c.given:,}", "v"))

    def put_tiles(self, column, c, colour):
        width, height, row = column.tile
        places = {}  # what is in the same place stands below one another
        for i, (end, what) in enumerate(c.messages):
            if c.got >= end:
                continue
            x, y = (column.right, KERNEL_Y) if c.pushed >= end else \
                (column.right, LIB_Y) if c.given >= end else \
                (column.mid + (20 if column.kind == "worker" else 46), CODE_Y + 4) if c.taken >= end else \
                (column.left, LIB_Y) if c.pulled >= end else (column.left, KERNEL_Y)
            places.setdefault((x, y), []).append((i, what.replace("\n", "⏎")))
        for (x, y), messages in places.items():
            below = -sum(-(-len(characters) // row) for _, characters in messages) / 2
            for i, characters in messages:
                o = ""
                for j, character in enumerate(characters):
                    in_row = min(row, len(characters) - j // row * row)
                    dx = (j % row - (in_row - 1) / 2) * width
                    dy = (below + 0.5 + j // row) * (height + 1)
                    o += box(dx - width / 2 + 1, dy - height / 2, width - 2, height, colour, radius=4)
                    o += text(dx, dy + 5, character, "ch")
                below += -(-len(characters) // row)
                self.put[f"bytes {c.name} {i}"] = (x, y, o)

    put_worker = put_client

    def put_main(self, column):
        e = self.world.events.get("on_connection")
        self.put_event_sign("listener", column.mid + 8, bool(e), e and e["ready"], "var(--t)", "")

    def put_event(self, c):
        e = self.world.events.get(c.name)
        due = e and e.get("due")
        state = self.label("due", f"{max(0, round(due - self.t, -5) // 1000):,}") if due else \
            self.label("pending" if e else "off")
        o = box(-80, -34, 160, 66, "var(--bg)" if e else "none", "var(--t)" if e else "var(--dim)", 9,
                f' stroke-width="{2 if e else 1.2}"' + ("" if e else ' stroke-dasharray="5 4"'))
        o += text(0, -6, self.label(c.name), "c7" if e else "b", style="font-size:16px")
        o += text(0, 18, state, "c7" if e else "b", style=f"fill:var(--{'t' if e else 'dim'})")
        self.put["card " + c.name] = (c.mid, LIB_Y - 8, o)
        what = {"on_connection": "EV_READ", "on_interrupt": "EV_SIGNAL"}.get(c.name)
        if what:
            self.put_event_sign(c.name, c.mid, bool(e), e and e["ready"], "var(--t)", what)

    def put_outside(self, c, i):
        """The client itself, and its number until it is served."""
        if c.phase == "absent":
            return
        colour = self.colour(c.name)
        column = self.columns.get(c.name) or self.columns["on_connection"]
        width = column.width - 6 if c.name in self.columns else 106
        x = column.mid if c.name in self.columns else LEFT + 56 + i * 112
        title = self.label("client", c.fd) if c.fd > 0 else self.label("new")
        o = box(-width / 2, 0, width, 78, "var(--bg)" if c.phase != "gone" else "none", colour, 8,
                ' stroke-width="1.5"')
        o += text(-width / 2 + 9, 19, title, "c7", "start", style=f"fill:{colour}")
        state = "blocked" if c.blocked else "half" if c.half and self.big else ""
        if state:
            o += text(width / 2 - 9, 19, self.label(state), "warn" if c.blocked else "b", "end")
        if self.big and c.sent > 64:
            for y, key, n in ((44, "sent", c.sent), (66, "got", c.got)):
                o += text(-width / 2 + 9, y, f"{self.label(key)} {n:,}", "", "start")
            full = max(1, self.most["own"])
            tank = (width - 150) * 0.9
            o += box(width / 2 - tank - 10, 44, tank, 26, "var(--out)", colour, 5, ' stroke-opacity=".6"')
            o += box(width / 2 - tank - 10, 44, tank * min(1, c.own / full), 26, colour, "", 5,
                     ' fill-opacity=".55"')
            o += text(width / 2 - tank / 2 - 10, 39, self.label("own"), "b")
            o += text(width / 2 - tank / 2 - 10, 63, f"{c.own:,}", "v") if c.own else ""
        else:
            said = "".join(what for _, what in c.messages).replace("\n", "⏎")
            for y, arrow, what in ((44, "↑", said), (66, "↓", said[:c.got])):
                if what:
                    o += text(-width / 2 + 9, y, f"{arrow} {what}", "io", "start")
        self.put["client " + c.name] = (x, CLIENT_Y + 2, o)
        number = f'<circle r="13" fill="{colour}"/>' + (
            text(0, 5, c.fd, "ch", style="font-size:13px") if c.fd > 0 else
            '<circle cy="-3" r="4" fill="var(--bg)"/><path d="M-7 8q0-7 7-7t7 7z" fill="var(--bg)"/>')
        door = self.columns.get("main") or self.columns.get("on_connection")
        waiting = [k for k in self.names if self.world.clients.get(k) and
                   self.world.clients[k].phase == "waiting"]
        if c.phase == "waiting" and door:
            self.put["number " + c.name] = (
                door.mid + 34 * (waiting.index(c.name) - (len(waiting) - 1) / 2), KERNEL_Y, number)
        elif c.phase == "in the pipe":
            self.put["number " + c.name] = (column.pipe, KERNEL_Y, number)
        elif c.phase == "accepted" and self.threads:
            at = self.columns[self.names[c.thread - 1]] if c.thread else door
            self.put["number " + c.name] = (at.mid + 22, CODE_Y + 12, number)

    def put_thread(self, t):
        if self.threads:
            column = self.columns[self.names[t.number - 1]] if t.number else self.columns["main"]
        elif not self.served:
            column = self.columns.get(t.callback)
        else:
            column = self.columns.get(t.client)
        bed = (column.pipe if t.number else column.mid - 32, BAND_Y) if self.threads else \
            (LEFT + 29, BAND_Y + 4) if self.served else (self.columns["on_resume"].mid, BAND_Y + 4)
        x, y = bed
        if t.layer == "libevent" and column and self.served:
            x, y = column.pipe if self.threads and t.number else column.mid, LIB_Y + 4
        elif t.layer == "code" and t.callback and column:
            c = self.world.clients.get(t.client)
            hand = c and c.taken > c.given or any(
                k.phase == "accepted" and k.thread == t.number for k in self.world.clients.values())
            x = column.mid - ((24 if self.threads else 46) if hand else 0)
            y = CODE_Y + (14 if self.threads else 8)
        asleep, r = t.layer == "asleep", 14 if self.threads else 17
        o = f'<g class="thread"><circle r="{r}" fill="var(--t)" stroke="var(--bg)" stroke-width="1.5"/>'
        if asleep:
            o += '<path d="M-8 0q3 3 6 0M2 0q3 3 6 0" stroke="var(--bg)" stroke-width="2" fill="none"/>'
            o += text(r + 2, -9, "z", "z") + text(r + 9, -16, "z", "z", style="font-size:11px")
        else:
            o += "".join(f'<circle cx="{dx}" r="4" cy="-1" fill="var(--bg)"/>'
                         f'<circle cx="{dx + 1}" r="2" fill="var(--ink)"/>' for dx in (-5, 5))
        self.put[f"thread {t.number}"] = (x, y, o + "</g>")


class Chart:
    """Who waits, and for whom the one thread works, in time."""

    FROM, SECOND, ROW = 100, 40, 58

    def __init__(self, moments, language):
        self.language = language
        self.names = sorted(moments[-1]["world"].clients)
        self.first = next(w.t for w in moments[-1]["past"] if w.tag == "a connects")

    def x(self, t):
        return self.FROM + (t - self.first) / 1e6 * self.SECOND

    def y(self, i):
        return 30 + i * self.ROW

    def stage(self):
        o = box(0, 0, WIDTH, HEIGHT, "var(--out)", radius=0)
        for second in range(0, 12, 2):
            x = self.FROM + second * self.SECOND
            o += f'<path d="M{x} 16V{self.y(6) + 30:g}" stroke="var(--rule)"/>'
            o += text(x, self.y(6) + 50, label("seconds", self.language, second), "b")
        for i, name in enumerate(self.names):
            o += text(14, self.y(i) + 24, label("client", self.language, name.upper()), "l", "start")
        return o + text(14, self.y(5) + 50, label("thread", self.language), "l", "start")

    def parts(self, moment):
        now, spans, connected, answered, ended = moment["world"].t, [], {}, {}, {}
        for w in moment["past"]:
            who, _, does = w.tag.partition(" ")
            if does == "connects":
                connected[who] = w.t
            if does == "reads":
                answered[who] = w.t
            if does == "ends":
                ended[who] = w.t
            if who == "sleep":
                spans.append([does, w.t, now])
            elif spans and spans[-1][2] == now and not w.threads[0].sleeps:
                spans[-1][2] = w.t
        put = {}
        for name, begin in connected.items():
            i, end = self.names.index(name), answered.get(name, now)
            o = box(self.x(begin), self.y(i), self.x(end) - self.x(begin), 34, "var(--band)")
            for who, a, b in spans:
                if who == name:
                    o += box(self.x(a), self.y(i), self.x(b) - self.x(a), 34, "var(--t)")
                    o += text(self.x((a + b) / 2), self.y(i) + 22, "on_read", "e ch") if b - a > 1e6 else ""
            served = next((a for who, a, _ in spans if who == name), end)
            if served > begin + 1e6:
                o += text(self.x((begin + served) / 2), self.y(i) + 22, label("waits", self.language), "b")
            if name in answered:
                seconds = label("seconds", self.language, int((end - self.first) / 1e6))
                o += text(self.x(end) + 7, self.y(i) + 23, "✓ " + seconds, "c7", "start")
                last = ended.get(name, now)
                if last > end + 1e6:  # its connection is not closed yet
                    o += box(self.x(end), self.y(i), self.x(last) - self.x(end), 34, stroke="var(--dim)",
                             more=' stroke-dasharray="4 3"')
                if ended.get(name, 0) > end + 1e6:
                    o += text(self.x(last) + 7, self.y(i) + 23, label(
                        "ends", self.language, int((last - self.first) / 1e6)), "b", "start")
            put["chart " + name] = (0, 0, o)
        put["chart thread"] = (0, 0, "".join(
            box(self.x(a), self.y(5) + 28, self.x(b) - self.x(a) - 1, 34, "var(--t)") +
            text(self.x((a + b) / 2), self.y(5) + 50, who.upper(), "ch") for who, a, b in spans if b > a))
        return put
