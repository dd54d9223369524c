"""Plays the scenes of scenes.txt, and picks their moments out of the recordings."""

import pathlib
import select
import signal
import socket
import subprocess
import time
from collections import namedtuple

import recording
import world

HERE = pathlib.Path(__file__).resolve().parent
LIMIT = 20  # seconds that a scene may take, also when the program is wrong
Scene = namedtuple("Scene", "titles step held stills play moments")


def read_scenes():
    scenes, said = {}, {}
    for part in (HERE / "scenes.txt").read_text().split("\n# ")[1:]:
        (heading,), (how, *play), rows = (p.strip().split("\n") for p in part.split("\n\n"))
        (name, *titles), moments = heading.split(" | "), []
        for tag, *says in (row.split(" | ") for row in rows):
            moments.append((tag, says or said[tag]))
            said.setdefault(tag, says)
        stills = [int(i) for i in how.partition("still ")[2].split()]
        scenes[name] = Scene(titles, how.split()[1].strip(","), "held" in how, stills,
                             "; ".join(play).split("; "), moments)
    return scenes


SCENES = read_scenes()


class Failed(Exception):
    pass


class Stage:
    """A server under the recorder, and its clients. All that happens is in .records.

    held: the server waits after each record until we go on."""

    def __init__(self, program, held):
        self.records, self.world, self.sockets = [], world.World(), {}
        self.end = time.monotonic() + LIMIT
        self.run = recording.Run(program, "0", held=held, stdout=subprocess.DEVNULL)
        self.source, self.held = self.run.records(), None

    def play(self, commands):
        while not self.records or not self.records[-1].get("text", "").startswith("listening"):
            self.pump()
        self.port = int(self.records[-1]["text"].rpartition(":")[2])
        self.idle()
        for who, *what in (command.split() for command in commands):
            if who in ("until", "after"):
                self.until(" ".join(what))
            if who in ("idle", "after"):
                self.idle(0.05 if who == "after" else float(what[0]))
            elif who != "until":
                getattr(self, what[0])(who, *what[1:])
        self.idle()
        self.run.process.send_signal(signal.SIGINT)
        while not self.run.file.closed:
            self.pump()
        if self.run.process.returncode != 0:
            raise Failed(f"the program ended with {self.run.process.returncode}")

    # ---- the server

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
        self.held = self.take()
        return self.held

    def until(self, tag):
        while not self.pump() or self.world.tag != tag:
            if self.run.file.closed:
                raise Failed(f"the program has ended, before “{tag}”")

    def idle(self, seconds=0.05):
        """Lets the server run until all its threads wait, and nothing comes for some time."""
        last = time.monotonic()
        while time.monotonic() - last < seconds or not all(
                t.layer == "asleep" or t.sleeps for t in self.world.threads.values()):
            if self.pump():
                last = time.monotonic()

    def step(self, everybody):
        """The threads go on side by side until all is echoed: when each has made a record, all go on."""
        threads = len(self.sockets)
        while any(c.pushed < c.sent for c in self.world.clients.values()):
            here, last = [], time.monotonic()
            while len(here) < threads or time.monotonic() - last < 0.05:
                record = self.take()
                if record:
                    here.append(record)
                    last = time.monotonic()
            for record in here:
                self.run.go_on(record["th"])
            threads = sum(r["k"] != "wait" for r in here)
        self.idle()

    # ---- the clients

    def note(self, who, does, **more):
        now = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000 - self.records[0]["clock"]
        record, before = dict(t=now, k="client", who=who, does=does, **more), self.records[-1]
        self.world.take(record)
        if does == "reads" and (before.get("who"), before.get("does")) == (who, does):
            before["r"] += record["r"]
        else:
            self.records.append(record)

    def connects(self, who, small=False):
        s = self.sockets[who] = socket.socket()
        if small:  # its kernel takes little, so that the way is full soon
            s.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 88)
            s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
            s.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 8192)
        s.settimeout(LIMIT)
        s.connect(("127.0.0.1", self.port))
        self.note(who, "connects", port=s.getsockname()[1])

    def sends(self, who, what):
        """what: a word, or how many bytes, which its kernel takes all at once."""
        data, more = (what + "\n").encode(), dict(data=what + "\n")
        if what.isdigit():
            data, more = bytes(int(what)), {}
            self.sockets[who].setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
        self.note(who, "sends", r=self.sockets[who].send(data), **more)

    def floods(self, who):
        """Sends until the server reads no more; and now and then the kernels find some more room."""
        last, s = time.monotonic(), self.sockets[who]
        while self.world.clients[who].on != "w" or time.monotonic() < last + 0.6:
            before = len(self.records)
            if select.select([], [s], [], 0)[1]:
                self.note(who, "sends", r=s.send(b"x" * 16384))
            else:
                self.idle()
            if len(self.records) > before:
                last = time.monotonic()
        self.note(who, "blocks")

    def reads(self, who):
        self.note(who, "reads", r=len(self.sockets[who].recv(65536)))

    def drains(self, who):
        """Reads until the server reads from it again, or all if it sends no more."""
        self.sockets[who].setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 18)
        c = self.world.clients[who]
        while c.on == "w" or c.output or c.half and c.got < c.sent:
            self.reads(who)
            self.idle(0.002)

    def finish(self, everybody):
        """All read, each when it can, until the server has closed their connections, too: as nc -N."""
        while self.sockets:
            self.pump()
            for who, s in list(self.sockets.items()):
                c = self.world.clients[who]
                if c.pushed > c.got:
                    self.reads(who)
                elif c.got and select.select([s], [], [], 0)[0]:
                    self.note(who, "ends")
                    self.sockets.pop(who).close()

    def shuts(self, who):
        self.note(who, "shuts")
        self.sockets[who].shutdown(socket.SHUT_WR)

    def closes(self, who):
        self.note(who, "closes")
        self.sockets.pop(who).close()


def record(name):
    """Plays the scene to the program as it is now, and returns the records."""
    scene = SCENES[name]
    # Three workers are enough for three clients, and a figure has room for them.
    program = recording.build(scene.step, "CPPFLAGS=-DWORKERS=3" if scene.step == "7" else "", name)
    stage = Stage(program, scene.held)
    try:
        stage.play(scene.play)
    except (Failed, world.Untrue, OSError) as why:
        raise Failed(f"{name}: the scene does not play any more: {why}") from None
    finally:
        stage.run.end()
    return stage.records


def pick(name, records):
    """The moments: a dict each, with the world as it was then, and all worlds before it."""
    every = world.worlds(records)
    tags = [w.tag for w in every]
    moments, at, of = [], 0, {}  # of: where a client was last, among those of all of them

    def find(tag, start):
        if tag not in tags[start:]:
            raise Failed(f"{name}: “{tag}” does not come any more, after "
                         f"“{moments[-1]['tag'] if moments else 'the beginning'}”")
        return tags.index(tag, start)

    for wanted, says in SCENES[name].moments:
        times, (what, _, before) = 1, wanted.partition(" … ")
        if what.startswith("each "):
            what = what[5:]
            crowd = every[at].clients
            found = [find(f"{who} {what}" if f"a {what}" in tags else f"{what} {who}", of.get(who, at))
                     for who in crowd]
            if any(f"end {what} {who}" in tags[i:max(found)] for who, i in zip(crowd, found)):
                raise Failed(f"{name}: {what} was not called at the same time on all threads")
            at, of = max(found), {who: i + 1 for who, i in zip(crowd, found)}
            for who, i in zip(crowd, found):  # nobody can see the order between the threads
                c = every[at].clients[who] = every[i].clients[who]
                every[at].threads[c.thread] = every[i].threads[c.thread]
        else:
            found = find(what, at)
            if before:
                found = max(i for i in range(found, find(before, found)) if tags[i] == what)
                times = sum(tag.startswith("on_read") for tag in tags[at:found + 1])
            at = found
        moments.append({"says": says, "tag": wanted, "world": every[at], "times": times,
                        "past": every[:at + 1]})
        at += 1
    return moments


def outline(records):
    """What a change of the program changes, and chance does not: what it calls, and where."""
    return {f"{w.tag or 'prints'} at {r.get('at') or r.get('cb') or w.threads[r['th']].place}"
            for w, r in zip(world.worlds(records), records)
            if w.tag and r["k"] in ("call", "ret", "cb", "sleep") or r["k"] == "print"}
