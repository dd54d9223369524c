"""What a recording tells: where each client, each byte and each thread is after each record.

The programs of the figures echo, so counters say where a client's bytes are. What libevent itself
said of its two buffers must agree with them: else Untrue is raised."""

import copy


class Untrue(Exception):
    pass


class Client:
    fd, thread = -1, 0  # that has it, or is to have it
    phase = "waiting"   # then accepted, in the pipe, accepted again, served, leaving, gone
    # Bytes: sent and got by the client; pulled and pushed by libevent; taken and given by the program
    sent = pulled = taken = given = pushed = got = 0
    received = 0            # in the server's kernel, as it said last
    asks = on = ready = ""  # "r", "w" or "rw": pending, enabled, ready
    callbacks = ("on_read", "on_write")  # that may be called for it
    blocked = half = False  # half: it sends no more

    def __init__(self, name, port):
        self.name, self.port = name, port
        self.messages = []  # (where it ends, text)

    @property
    def input(self):
        return self.pulled - self.taken

    @property
    def output(self):
        return self.given - self.pushed

    @property
    def underway(self):  # in the two kernels, to the client
        return self.pushed - self.got

    @property
    def own(self):  # what its own kernel could not send yet
        return max(0, self.sent - self.pulled - self.received)


class Thread:
    layer = "code"  # or libevent; asleep or awake, in the kernel
    client = callback = place = ""
    sleeps = False  # in the callback

    def __init__(self, number):
        self.number = number


def function(place):
    return place.partition(":")[0]


class World:
    def __init__(self):
        self.clients, self.threads, self.events, self.pipes = {}, {0: Thread(0)}, {}, {}
        self.t, self.tag, self.n = 0, "", 0
        self.calls = {}  # of each thread, one that has not returned

    def client(self, fd):
        return next((c for c in self.clients.values() if c.fd == fd != -1 and c.phase != "gone"), None)

    def take(self, r):
        """Brings the world up to date, and sets self.tag, such as "readv a"."""
        self.t, self.n, thread = r["t"], r.get("r", 0), self.threads.get(r.get("th"))
        if thread:
            thread.place = r.get("at", thread.place)
        self.tag = getattr(self, "take_" + r["k"], lambda r, thread: None)(r, thread) or ""
        for s in r.get("clients", []):
            c = self.client(s["fd"])
            if c:
                c.received, c.asks, c.on = s["received"], s["asks"], s["on"]
                if (s["in"], s["out"]) != (c.input, c.output):
                    raise Untrue(f"record {r['n']}: libevent holds {s['in']} and {s['out']} bytes of "
                                 f"client {c.fd}, but {c.input} and {c.output} were counted")
        if "events" in r and thread.number == 0:
            before, self.events = self.events, {function(e["cb"]): dict(e) for e in r["events"]}
            for name, event in self.events.items():
                event["ready"] = before.get(name, {}).get("ready")

    def take_client(self, r, thread):
        does = r["does"]
        if does == "connects":
            self.clients[r["who"]] = Client(r["who"], r["port"])
        c = self.clients[r["who"]]
        if does == "sends":
            c.sent += r["r"]
            c.messages.append((c.sent, r.get("data", "")))
            if r["r"] <= 64:
                c.received += r["r"]
        if does == "reads":
            c.got += r["r"]
            c.blocked = False
        c.blocked |= does == "blocks"
        c.half |= does in ("shuts", "closes")
        return f"{c.name} {does}"

    def take_thread(self, r, thread):
        self.threads[r["new"]] = Thread(r["new"])

    def take_wait(self, r, thread):
        thread.layer, thread.client, thread.callback, self.n = "asleep", "", "", r["ms"]
        for c in self.clients.values():
            if c.phase == "leaving" and c.thread == thread.number:
                c.phase = "gone"
        return "wait"

    def take_ready(self, r, thread):
        if r["r"] < 0:
            return "interrupted"
        thread.layer = "awake"
        tag = "ready" if r["r"] else "time is up"
        for fd, what in r["fds"]:
            c = self.client(fd)
            if c:
                c.ready, tag = what.rstrip("x"), f"{tag} {c.name}"
            for e in self.events.values():
                e["ready"] = e["ready"] or e["fd"] == fd
        return tag

    def take_cb(self, r, thread):
        c, name = self.client(r["fd"]), function(r["cb"])
        thread.layer, thread.callback, thread.place = "code", name, r["cb"]
        thread.client = c.name if c else ""
        if name in self.events:
            self.events[name]["ready"] = False
        return f"{name} {thread.client}".strip()

    def take_cbend(self, r, thread):
        thread.layer, thread.callback, thread.sleeps = "libevent", "", False
        return f"end {function(r['cb'])} {thread.client}".strip()

    def take_sleep(self, r, thread):
        thread.sleeps, self.n = True, r["s"]
        return f"sleep {thread.client}"

    def take_call(self, r, thread):
        c, thread.sleeps = self.client(r.get("fd")), False
        if r["f"] == "bufferevent_write" and c:
            c.given += r["size"]
        if "r" in r:
            return self.returned(r, c, thread)
        self.calls[thread.number] = r

    def take_ret(self, r, thread):
        call = self.calls.pop(thread.number, None)
        return call and self.returned(dict(call, r=r["r"]), self.client(call.get("fd")), thread)

    def returned(self, r, c, thread):
        f, self.n = r["f"], r.get("ms", r["r"])
        if "cb" in r or not c:
            return f"{f} {function(r.get('cb', ''))}".strip()
        if f == "bufferevent_socket_new":
            c.phase, c.thread = "served", thread.number
        if f == "bufferevent_setcb":
            c.callbacks = tuple(function(cb) for cb in r["cbs"] if cb)[:2]
        if f == "bufferevent_read":
            c.taken += r["r"]
        if f == "bufferevent_free":
            c.phase, c.asks, c.on = "leaving", "", ""
        return f"{f} {c.name}" + (" empty" if f == "bufferevent_read" and not r["r"] else "")

    def take_sys(self, r, thread):
        f, fd, n = r["f"], r["fd"], r["r"]
        c = self.client(fd)
        if f == "pipe":
            self.pipes.update({end: len(self.pipes) // 2 + 1 for end in r["fds"]})
        if f == "accept" and n >= 0:
            c = next(c for c in self.clients.values() if c.port == r["peer"] and c.phase == "waiting")
            c.fd, c.phase, c.thread = n, "accepted", thread.number
            return f"accept {c.name}"
        if f in ("read", "write") and fd in self.pipes and n == 4:
            c = self.client(int.from_bytes(r["data"].encode("latin1"), "little"))
            c.phase, c.thread = "in the pipe" if f == "write" else "accepted", self.pipes[fd]
            return f"{f} pipe {c.name}"
        # libevent 2.2 reads into a single piece of memory with read()
        f = {"read": "readv", "recv": "readv", "write": "writev", "send": "writev"}.get(f, f)
        if not c or f not in ("readv", "writev"):
            return ""
        thread.layer, thread.client = "libevent", c.name
        c.ready = c.ready.replace("r" if f == "readv" else "w", "")
        if f == "readv" and n > 0:
            c.pulled += n
            c.received = max(0, c.received - n)
        if f == "writev" and n > 0:
            c.pushed += n
            c.asks = c.asks if c.output else c.asks.replace("w", "")
        return f"{f} {c.name}" + (" end" if n <= 0 else "")


def worlds(records):
    """The world after each record. The server's kernel says only now and then what it has received:
    what the client's own kernel still holds is taken from what it says next."""
    world, every, said, own = World(), [], [], {}
    for r in records:
        world.take(r)
        every.append(copy.deepcopy(world))
        said.append({s["fd"] for s in r.get("clients", [])})
    for world, fds in zip(reversed(every), reversed(said)):
        for c in world.clients.values():
            if c.fd in fds:
                own[c.name] = c.own
            if c.sent > c.pulled and c.name in own:
                c.received = c.sent - c.pulled - min(own[c.name], c.sent - c.pulled)
    return every
