"""The stories of the figures: what the clients do, and which moments are shown.

A scene plays the clients, and holds the server where a race is the point. Its moments are the
records that are shown, in order, by the tags of world.py, each with its sentence in words.py."""

import signal
import socket
import subprocess
import time

import recording
import world

LIMIT = 20  # seconds that a scene may take, also when the program is wrong
CROWD = ("a", "b", "c")
HELD = ("two-clients", "handover")  # where a race is the point
NEW = ("pause", "handover")  # they begin before the first client has come


class Failed(Exception):
    pass


class Stage:
    """A server under the recorder, and its clients. All that happens is in .records.

    held: the server waits after each record until we go on."""

    def __init__(self, program, held=False):
        self.records, self.world = [], world.World()
        self.end = time.monotonic() + LIMIT
        self.run = recording.Run(program, "0", held=held, stdout=subprocess.DEVNULL)
        self.source = self.run.records()
        self.held = None
        self.until("listen", tag=lambda r: r.get("f"))
        self.until("listening", tag=lambda r: r.get("text", "").partition(" ")[0])
        self.port = int(self.records[-1]["text"].rpartition(":")[2])
        self.asleep()

    def take(self):
        """Takes the next record, if there is one. If the server is to be held, it is, after it."""
        if time.monotonic() > self.end:
            raise Failed(f"not within {LIMIT} seconds")
        record = next(self.source, None)
        if record:
            self.world.take(record)
            self.records.append(record)
        return record

    def pump(self):
        """Lets the server go on, and takes the next record, if there is one."""
        if self.held:
            self.run.go_on(self.held["th"])
        record = self.held = self.take()
        return record

    def lockstep(self, threads, done):
        """Several threads go on side by side, until it is done: when each has made a record, all go
        on."""
        while not done():
            here, last = [], time.monotonic()
            while len(here) < threads or time.monotonic() - last < 0.05:
                record = self.take()
                if record:
                    here.append(record)
                    last = time.monotonic()
            for record in here:
                self.run.go_on(record["th"])
            threads = sum(r["k"] != "wait" for r in here)

    def until(self, wanted, tag=None):
        while True:
            record = self.pump()
            if record and (tag(record) if tag else self.world.tag) == wanted:
                return
            if not record and self.run.process.poll() is not None:
                raise Failed(f"the program has ended, before “{wanted}”")

    def asleep(self, after="", quiet=0.05):
        """Lets the server run until that has happened, and all its threads wait."""
        if after:
            self.until(after)
        last = time.monotonic()
        while time.monotonic() - last < quiet or not all(
                t.asleep or t.sleeps for t in self.world.threads.values()):
            if self.pump():
                last = time.monotonic()

    def note(self, who, does, **more):
        now = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000 - self.records[0]["clock"]
        record = dict(t=now, k="client", who=who, does=does, **more)
        self.world.take(record)
        before = self.records[-1]
        if does == "reads" and (before.get("who"), before.get("does")) == (who, does):
            before["r"] += record["r"]
        else:
            self.records.append(record)

    def connect(self, who, small=False):
        return Player(self, who, small)

    def stop(self):
        self.asleep()
        self.run.process.send_signal(signal.SIGINT)
        while not self.run.file.closed:
            self.pump()
        if self.run.process.returncode != 0:
            raise Failed(f"the program ended with {self.run.process.returncode}")


class Player:
    """A client. Where it is small, its kernel takes little, so that the way is full soon."""

    def __init__(self, stage, who, small):
        self.stage, self.who, self.socket = stage, who, socket.socket()
        if small:
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 88)
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 8192)
        self.socket.settimeout(LIMIT)
        self.socket.connect(("127.0.0.1", stage.port))
        stage.note(who, "connects", port=self.socket.getsockname()[1])

    def sends(self, data):
        n = self.socket.send(data)
        self.stage.note(self.who, "sends", r=n, **({"data": data.decode()} if n <= 64 else {}))
        return n

    def sends_until_blocked(self):
        self.socket.setblocking(False)
        last = time.monotonic()
        # Until the server reads no more; and now and then the kernels find some more room.
        while self.stage.world.clients[self.who].on != "w" or time.monotonic() < last + 0.6:
            try:
                self.sends(b"x" * 16384)
                last = time.monotonic()
            except BlockingIOError:
                before = len(self.stage.records)
                self.stage.asleep()
                if len(self.stage.records) > before:
                    last = time.monotonic()
        self.socket.settimeout(LIMIT)
        self.stage.note(self.who, "blocks")

    def takes_more(self):
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 18)

    def reads(self, size=65536):
        n = len(self.socket.recv(size))
        self.stage.note(self.who, "reads", r=n)
        return n

    def is_closed(self):
        """Whether the server has closed the connection, too: nc -N ends only then."""
        self.socket.setblocking(False)
        try:
            closed = not self.socket.recv(1)
        except BlockingIOError:
            return False
        if closed:
            self.stage.note(self.who, "ends")
        return closed

    def shuts(self):
        self.stage.note(self.who, "shuts")
        self.socket.shutdown(socket.SHUT_WR)

    def closes(self):
        self.stage.note(self.who, "closes")
        self.socket.close()


def echo(stage):
    a = stage.connect("a")
    stage.asleep(after="bufferevent_enable a")
    a.sends(b"hello\n")
    stage.asleep(after="on_write a")
    a.reads()
    a.closes()


def reads(stage):
    a = stage.connect("a")
    stage.asleep(after="bufferevent_enable a")
    for data in (b"hi\n", b"yo\n"):
        a.sends(data)
        stage.asleep(after="end on_read a")
    a.shuts()
    stage.asleep(after="bufferevent_free a")
    a.closes()


def two_clients(stage):
    a = stage.connect("a")
    stage.asleep(after="bufferevent_enable a")
    b = stage.connect("b")
    stage.asleep(after="bufferevent_enable b")
    a.sends(b"hello\n")
    stage.until("bufferevent_read a")
    b.sends(b"hi\n")  # while the server is held, in the middle of on_read
    stage.asleep(after="on_write b")
    a.reads()
    b.reads()
    a.closes()
    b.closes()


def pause(stage):
    a = stage.connect("a")
    stage.asleep(after="event_del on_connection")
    time.sleep(0.4)
    b = stage.connect("b")
    stage.until("time is up")
    stage.asleep(after="event_del on_connection")
    a.closes()
    b.closes()


def never_reads(stage):
    a = stage.connect("a", small=True)
    stage.asleep(after="bufferevent_enable a")
    b = stage.connect("b")
    stage.asleep(after="bufferevent_enable b")
    a.sends_until_blocked()
    b.sends(b"hi\n")
    stage.asleep(after="on_write b")
    b.reads()
    a.takes_more()
    while stage.world.clients["a"].on == "w" or stage.world.clients["a"].output:
        a.reads()  # until the server reads from it again
        stage.asleep(quiet=0.002)
    a.closes()
    b.closes()


def half_close(stage):
    a = stage.connect("a", small=True)
    stage.asleep(after="bufferevent_enable a")
    a.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
    sent = a.sends(bytes(60000))
    a.shuts()
    stage.asleep(after="bufferevent_setcb a")
    a.takes_more()
    while sent > 0:
        sent -= a.reads()
        stage.asleep(quiet=0.002)
    a.closes()


def handover(stage):
    clients = []
    for who in CROWD:
        clients.append(stage.connect(who))
        stage.asleep(after=f"bufferevent_enable {who}")
    for client, word in zip(clients, (b"hi\n", b"yo\n", b"ok\n")):
        client.sends(word)
    stage.lockstep(len(clients),
                   lambda: all(c.pushed == c.sent for c in stage.world.clients.values()))
    stage.asleep()
    for client in clients:
        client.reads()
    for client in clients:
        client.closes()


def sleeps(stage):
    """Experiment 6.6: five clients, a tenth of a second apart."""
    clients = {}
    for who in "abcde":
        clients[who] = stage.connect(who)
        clients[who].sends(b"hi\n")
        clients[who].shuts()
        stage.asleep(quiet=0.1)
    while clients:
        stage.pump()
        for who in list(clients):
            c = stage.world.clients[who]
            if c.pushed > c.got:
                clients[who].reads()
            elif c.got and clients[who].is_closed():
                del clients[who]


# (step, what plays it, (what is shown, its sentence)…). "a … b": the last a before the next b.
# "each x": x of all clients, at the same time.
SCENES = {
    "echo": ("6", echo, (
        ("wait", "wait.first"), ("ready a", "send"), ("readv a", "pull"), ("on_read a", "on_read"),
        ("bufferevent_read a", "take"), ("bufferevent_write a", "give"), ("ready a", "ready.w"),
        ("writev a", "push"), ("on_write a", "on_write"), ("wait", "wait"), ("a reads", "recv"))),
    "two-clients": ("6", two_clients, (
        ("wait", "wait.first"), ("ready a", "send"), ("readv a", "pull"),
        ("bufferevent_read a", "take.called"), ("b sends", "send.busy"),
        ("bufferevent_write a", "give"), ("end on_read a", "return"), ("ready a b", "ready.two"),
        ("writev a", "push"), ("readv b", "pull"), ("on_read b", "on_read.last"))),
    "reads": ("4", reads, (
        ("wait", "wait.first"), ("ready a", "send"), ("readv a", "pull"), ("on_read a", "on_read"),
        ("end on_read a", "kept"), ("wait", "kept.wait"), ("ready a", "send"), ("readv a", "pull"),
        ("on_read a", "kept.more"), ("a shuts", "shut.word"), ("on_event a", "on_event"),
        ("bufferevent_free a", "free.own"))),
    "pause": ("3", pause, (
        ("wait", "wait.listen"), ("ready", "connect"), ("on_connection", "on_connection"),
        ("event_add on_resume", "timer"), ("event_del on_connection", "listener.off"),
        ("wait", "wait.timer"), ("b connects", "connect.unheard"), ("time is up", "time.up"),
        ("on_resume", "on_resume"), ("event_add on_connection", "listener.on"),
        ("ready", "ready.listener"), ("event_del on_connection", "listener.off.again"))),
    "never-reads": ("6", never_reads, (
        ("wait", "wait.both"), ("a sends … readv a", "send.much"), ("readv a", "pull"),
        ("bufferevent_write a … writev a", "drain"), ("writev a", "push.some"),
        ("bufferevent_write a … bufferevent_disable a", "fold.out"),
        ("bufferevent_disable a", "read.off"), ("a blocks", "blocks"), ("b sends", "send.other"),
        ("b reads", "recv.other"), ("ready a", "recv.much"), ("writev a … on_write a", "fold.drain"),
        ("bufferevent_enable a", "read.on"), ("readv a", "pull.again"))),
    "half-close": ("6", half_close, (
        ("wait", "wait.one"), ("a sends", "send.all"), ("a shuts", "shut"), ("readv a", "pull"),
        ("bufferevent_write a … on_event a", "fold.in"), ("on_event a", "on_event"),
        ("bufferevent_setcb a", "setcb"), ("wait … a reads", "wait.full"),
        ("ready a", "recv.much"), ("writev a", "push.left"),
        ("writev a … on_last_write a", "fold.drain"), ("bufferevent_free a", "free"),
        ("a closes", "recv.all"))),
    "handover": ("7", handover, (
        ("wait", "wait.all"), ("ready", "connect.main"), ("accept a", "accept"),
        ("write pipe a", "handover"), ("read pipe a", "takeover"),
        ("bufferevent_enable a", "serve"), ("bufferevent_enable c", "serve.all"),
        ("each ready", "each.sends"), ("each readv", "each.pull"), ("each on_read", "each.on_read"),
        ("each bufferevent_write", "each.give"), ("each writev", "each.push"),
        ("each reads", "each.recv"))),
    "sleeps": ("6.6", sleeps, (
        ("e connects", "sleeps"), ("a reads", "sleeps.one"), ("b reads", "sleeps.two"),
        ("b ends", "sleeps.close"), ("e reads", "sleeps.last"))),
}

# The four moments that are shown where motion is unwanted.
STILLS = {
    "echo": (1, 2, 5, 7), "two-clients": (1, 4, 7, 10), "reads": (1, 2, 4, 10),
    "pause": (1, 4, 6, 9),
    "never-reads": (1, 5, 7, 12), "half-close": (2, 4, 6, 12), "handover": (3, 5, 9, 12),
    "sleeps": (0, 1, 3, 4),
}


def record(name):
    """Plays the scene to the program as it is now, and returns the records."""
    step, play, _ = SCENES[name]
    # Three workers are enough for three clients, and a figure has room for them.
    program = recording.build(step, "CPPFLAGS=-DWORKERS=3" if step == "7" else "", name)
    stage = None
    try:
        stage = Stage(program, name in HELD)
        play(stage)
        stage.stop()
    except (Failed, world.Untrue, OSError) as why:
        raise Failed(f"{name}: the scene does not play any more: {why}") from None
    finally:
        if stage:
            stage.run.end()
    return stage.records


def pick(name, records):
    """The moments: a dict each, with the world as it was then, and the places where threads were."""
    every = world.worlds(records)
    tags = [w.tag for w in every]
    begin = next(i for i, w in enumerate(every) if w.threads[0].looping and w.threads[0].asleep)
    moments, at, of = [], begin, {}  # of: where a client was last, among those of all of them
    script = SCENES[name][2]

    def find(tag, start):
        try:
            return tags.index(tag, start)
        except ValueError:
            raise Failed(f"{name}: “{tag}” does not come any more, after "
                         f"“{moments[-1]['tag'] if moments else 'the beginning'}”") from None

    if script[0][0] == "wait":  # the last before a client does something
        first = next(i for i in range(begin, len(tags)) if tags[i] in
                     ("a sends", "a connects") and (name in NEW or tags[i] == "a sends"))
        at = max(i for i in range(begin, first) if tags[i].startswith("wait"))
        tags[at] = "wait"
    for wanted, key in script:
        times = 1
        if wanted.startswith("each "):
            what = wanted[5:]
            found = [find(f"{who} {what}" if f"a {what}" in tags else f"{what} {who}", of.get(who, at))
                     for who in CROWD]
            if any(tags.index(f"end {what} {who}", i) < max(found) for who, i in zip(CROWD, found)
                   if f"end {what} {who}" in tags):
                raise Failed(f"{name}: {what} was not called at the same time on all threads")
            moment, at = merge(every, found), max(found)
            of = {who: i + 1 for who, i in zip(CROWD, found)}
        else:
            last, _, before = wanted.partition(" … ")
            found = find(last, at)
            if before:
                end = find(before, found)
                found = max(i for i in range(found, end) if tags[i] == last)
                times = sum(tags[i].startswith("on_read") for i in range(at, found + 1))
            moment, at = every[found], found
        moments.append({"key": key, "tag": wanted, "world": moment, "times": times,
                        "past": every[begin:at + 1]})
        at += 1
    return moments


def merge(every, found):
    """One world of several moments on different threads: nobody can see the order between them."""
    base = every[max(found)]
    for i in found:
        name = next(word for word in every[i].tag.split() if word in every[i].clients)
        thread = every[i].clients[name].thread
        base.clients[name] = every[i].clients[name]
        base.threads[thread] = every[i].threads[thread]
    return base


def outline(records):
    """What a change of the program changes, and chance does not: what it calls, and where."""
    lines = set()
    every = world.worlds(records)
    for w, r in zip(every, records):
        if w.tag and r["k"] in ("call", "ret", "cb", "sleep") or r["k"] == "print":
            at = r.get("at") or r.get("cb") or w.threads[r["th"]].place
            lines.add(f"{w.tag or 'prints'} at {at}")
    return lines

