"""What a recording tells: where each client, each byte and each thread is after each record.

The programs of the figures echo, so six counters say where a client's bytes are. What libevent
itself said of its two buffers must agree with them: else Untrue is raised."""

import copy
from dataclasses import dataclass, field


class Untrue(Exception):
    pass


@dataclass
class Client:
    name: str
    fd: int = -1
    port: int = 0
    phase: str = "absent"  # waiting, accepted, in the pipe, served, leaving, gone
    worker: int = 0
    thread: int = 0
    sent: int = 0    # by the client
    pulled: int = 0  # by libevent, into its input buffer
    taken: int = 0   # by the program
    given: int = 0   # by the program, into the output buffer
    pushed: int = 0  # by libevent, into the kernel
    got: int = 0     # by the client
    received: int = 0  # bytes in the server's kernel, both ways, as it said last
    unsent: int = 0
    asks: str = ""
    on: str = ""
    callbacks: tuple = ("on_read", "on_write")  # that may be called for it, the first two
    ready: str = ""
    blocked: bool = False
    half: bool = False
    messages: list = field(default_factory=list)  # (where it ends, text)

    @property
    def input(self):
        return self.pulled - self.taken

    @property
    def output(self):
        return self.given - self.pushed

    @property
    def own(self):  # what its own kernel could not send yet
        return max(0, self.sent - self.pulled - self.received)


@dataclass
class Thread:
    number: int
    layer: str = "code"  # or libevent, or kernel
    client: str = ""
    callback: str = ""
    asleep: bool = False
    sleeps: bool = False  # in the callback
    place: str = ""
    looping: bool = False


class World:
    def __init__(self):
        self.clients, self.threads, self.events, self.pipes = {}, {0: Thread(0)}, {}, {}
        self.t, self.tag, self.n = 0, "", 0
        self.calls = {}

    def client(self, fd):
        for c in self.clients.values():
            if c.fd == fd and c.phase != "gone":
                return c
        return None

    def take(self, r):
        """Brings the world up to date, and sets self.tag, such as "readv a"."""
        self.t, self.tag, self.n = r["t"], "", r.get("r", 0)
        if r["k"] == "client":
            return self.take_client(r)
        thread = self.threads[r["th"]]
        if r.get("at"):
            thread.place = r["at"]
        self.tag = getattr(self, "take_" + r["k"], lambda r, thread: "")(r, thread) or ""
        self.take_state(r, thread)

    def take_client(self, r):
        c, does = self.clients.setdefault(r["who"], Client(r["who"])), r["does"]
        self.tag = f"{c.name} {does}"
        if does == "connects":
            c.phase, c.port = "waiting", r["port"]
        if does == "sends":
            c.sent += r["r"]
            c.messages.append((c.sent, r.get("data", "")))
            if r["r"] <= 64:
                c.received += r["r"]
        if does == "reads":
            c.got += r["r"]
            c.unsent, c.blocked = min(c.unsent, c.pushed - c.got), False
        c.blocked |= does == "blocks"
        c.half |= does in ("shuts", "closes")

    def take_state(self, r, thread):
        for s in r.get("clients", []):
            c = self.client(s["fd"])
            if not c:
                continue
            c.received, c.unsent = s["received"], s["unsent"]
            c.asks, c.on = s["asks"], s["on"]
            if (s["in"], s["out"]) != (c.input, c.output):
                raise Untrue(f"record {r['n']}: libevent holds {s['in']} and {s['out']} bytes of "
                             f"client {c.fd}, but {c.input} and {c.output} were counted")
        if "events" in r and thread.number == 0 and thread.looping:
            ready = {name for name, e in self.events.items() if e.get("ready")}
            self.events = {e["cb"].partition(":")[0]: dict(e) for e in r["events"]}
            for name in ready & set(self.events):
                self.events[name]["ready"] = True

    def take_thread(self, r, thread):
        self.threads[r["new"]] = Thread(r["new"])

    def take_loop(self, r, thread):
        thread.looping = True

    def take_wait(self, r, thread):
        thread.layer, thread.client, thread.callback, thread.asleep = "kernel", "", "", True
        self.n = r["ms"]
        for c in self.clients.values():
            if c.phase == "leaving" and c.thread == thread.number:
                c.phase = "gone"
        return "wait" + (f" worker {thread.number}" if thread.number else "")

    def take_ready(self, r, thread):
        if r["r"] < 0:
            return "interrupted"
        thread.asleep = False
        for fd, what in r["fds"]:
            if self.client(fd):
                self.client(fd).ready = what.rstrip("x")
            for e in self.events.values():
                e["ready"] = e.get("ready") or e["fd"] == fd
        return " ".join(["ready" if r["r"] else "time is up"] +
                        [self.client(fd).name for fd, _ in r["fds"] if self.client(fd)])

    def take_cb(self, r, thread):
        c, name = self.client(r["fd"]), r["cb"].partition(":")[0]
        thread.layer, thread.callback, thread.place = "code", name, r["cb"]
        thread.client = c.name if c and r["fd"] > 2 else ""
        if name in self.events:
            self.events[name]["ready"] = False
        return f"{name} {thread.client}".strip()

    def take_cbend(self, r, thread):
        thread.layer, thread.callback, thread.sleeps = "libevent", "", False
        return f"end {r['cb'].partition(':')[0]} {thread.client}".strip()

    def take_sleep(self, r, thread):
        thread.sleeps, self.n = True, r["s"]
        return f"sleep {thread.client}"

    def take_call(self, r, thread):
        thread.sleeps = False
        if "r" in r:
            return self.called(r, thread)
        self.calls[thread.number] = r
        c = self.client(r.get("fd"))
        if r["f"] == "bufferevent_write" and c:
            c.given += r["size"]

    def take_ret(self, r, thread):
        call = self.calls.pop(thread.number, None)
        if call:
            if call["f"] == "bufferevent_write" and self.client(call["fd"]):
                self.client(call["fd"]).given -= call["size"]
            return self.called(dict(call, r=r["r"]), thread)

    def called(self, r, thread):
        f, c, self.n = r["f"], self.client(r.get("fd")), r["r"]
        if "cb" in r:
            self.n = r.get("ms", 0)
            return f"{f} {r['cb'].partition(':')[0]}"
        if not c:
            return f
        if f == "bufferevent_socket_new":
            c.phase, c.thread = "served", thread.number
        if f == "bufferevent_setcb":
            c.callbacks = tuple(cb.partition(":")[0] for cb in r["cbs"] if cb)[:2]
        if f == "bufferevent_read":
            c.taken += r["r"]
            if r["r"] == 0:
                return f"{f} {c.name} empty"
        if f == "bufferevent_write" and r["r"] == 0:
            c.given += r["size"]
            self.n = r["size"]
        if f == "bufferevent_free":
            c.phase, c.asks, c.on = "leaving", "", ""
        return f"{f} {c.name}"

    def take_sys(self, r, thread):
        f, fd, n = r["f"], r["fd"], r["r"]
        if f == "pipe":
            self.pipes.update({end: len(self.pipes) // 2 + 1 for end in r["fds"]})
        if f == "accept" and n >= 0:
            for c in self.clients.values():
                if c.port == r["peer"] and c.phase == "waiting":
                    c.fd, c.phase, c.thread = n, "accepted", thread.number
                    return f"accept {c.name}"
        if f in ("read", "write") and fd in self.pipes and n == 4:
            c = self.client(int.from_bytes(r["data"].encode("latin1"), "little"))
            c.phase, c.worker = ("in the pipe", self.pipes[fd]) if f == "write" else (
                "accepted", thread.number)
            c.thread = thread.number
            return f"{f} pipe {c.name}"
        c = self.client(fd)
        if r.get("by") != "libevent" or not c or f not in ("readv", "writev"):
            return ""
        thread.layer, thread.client = "libevent", c.name
        c.ready = c.ready.replace("r" if f == "readv" else "w", "")
        if f == "readv" and n > 0:
            c.pulled += n
            c.received = max(0, c.received - n)
        if f == "writev" and n > 0:
            c.pushed += n
            c.unsent += n
            if not c.output:
                c.asks = c.asks.replace("w", "")
        return f"{f} {c.name}" + (" end" if n <= 0 else "")


def worlds(records):
    """The world after each record. The server's kernel says only now and then what it has received:
    what the client's own kernel still holds is taken from what it says next."""
    world, every, said = World(), [], []
    for r in records:
        world.take(r)
        every.append(copy.deepcopy(world))
        said.append({s["fd"] for s in r.get("clients", [])})
    own = {}
    for world, fds in zip(reversed(every), reversed(said)):
        for c in world.clients.values():
            if c.fd in fds:
                own[c.name] = c.own
            if c.sent > c.pulled and c.name in own:
                c.received = c.sent - c.pulled - min(own[c.name], c.sent - c.pulled)
    return every
