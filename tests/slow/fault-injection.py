#!/usr/bin/env python3
"""usage: fault-injection.py calls MAIN
          fault-injection.py allocations MAIN LIBRARY

Runs the server MAIN again and again; each time one call that it makes fails, and the next time the
next. Meanwhile clients talk to it, and it gets a Ctrl-C. Prints each run that went wrong, then how
many runs there were. What must hold is in judge().
"""
import collections
import concurrent.futures
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time

DEADLINE = 5  # seconds that a client waits for an answer
CPU_LIMIT = 1  # seconds of CPU time; a run needs some hundredths

# The error that a call fails with: one that the kernel could give. All others: ENOMEM.
ERRORS = {
    "accept": ["EMFILE", "ECONNABORTED", "EINTR", "EPERM"],
    "bind": ["EADDRINUSE"],
    "epoll_create1": ["EMFILE"],
    "epoll_wait": ["EBADF", "EINTR"],
    "fcntl": ["EBADF"],
    "pipe2": ["EMFILE"],
    "read": ["EIO", "EINTR"],
    "readv": ["ECONNRESET", "EINTR"],
    "socket": ["EMFILE"],
    "write": ["EIO", "EINTR"],
    "writev": ["EPIPE", "EINTR"],
}
# They start or end the process or a handler; brk returns an address, which strace can't replace.
NO_FAULT = {"brk", "execve", "exit", "exit_group", "rt_sigreturn"}

# What a server can't mend: the run and its complaint, and where the fault went.
EXEMPT = {
    r"mmap .*: killed by signal 11": "the loader, before main",
    r"futex .*: killed by signal 6": "glibc: its lock can't work without",
    r"close .*: (a client got no answer|did not end)": "strace does not close; the kernel would have",
    r"epoll_ctl .*: a client got no answer": "libevent does not look, and never writes to that client",
    r"read .* evsig_cb: ": "libevent ends the process: it can't learn of signals any more",
    r"write .*: the first Ctrl-C was lost": "libevent's signal handler can't pass it on",
    r"evbuffer_add_cb .*: (a client got no answer|killed by signal 11)":
        "bufferevent_socket_new and bufferevent_setwatermark do not look at its result",
}


class Client:
    """Says words to the server, and knows what of them came back."""

    def __init__(self, port):
        self.said = self.heard = b""
        self.state = "open"  # or "closed" by the server, or "no answer" in time
        try:
            self.socket = socket.create_connection(("127.0.0.1", port), DEADLINE)
        except OSError:
            self.state = "closed"

    def say(self, word):
        if self.state != "open":
            return
        self.said += word
        try:
            self.socket.sendall(word)
        except OSError:
            self.state = "closed"

    def hear(self, wanted):
        """Reads until that much has come back."""
        while self.state == "open" and len(self.heard) < wanted:
            try:
                data = self.socket.recv(65536)
            except socket.timeout:
                self.state = "no answer"
                self.socket.close()
            except OSError:
                self.state = "closed"
            else:
                self.heard += data
                if not data:
                    self.state = "closed"

    def finish(self):
        """Closes the sending half, and waits for the server to close too."""
        if self.state != "open":
            return
        try:
            self.socket.shutdown(socket.SHUT_WR)
        except OSError:
            self.state = "closed"
        self.hear(float("inf"))


def talk(port, echoes):
    """What the clients do in each run: two at a time, and a third one later."""
    first = Client(port)
    for word in b"one", b"two", b"three":
        first.say(word)
        first.hear(len(first.said) if echoes else 0)
    second = Client(port)
    second.say(b"0123456789" * 300)
    second.finish()
    third = Client(port)
    third.say(b"still there?")
    third.finish()
    return [first, second, third]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def listens(port):
    with open("/proc/net/tcp") as table:
        return any(re.match(rf"\s*\d+: 0100007F:{port:04X} \S+ 0A ", line) for line in table)


Run = collections.namedtuple("Run", "status tries clients log errors cpu")


def run(command, echoes, **environment):
    """One run of the server. Where it does not end after Ctrl-C, it gets two more, as each of two
    threads may lose one; then SIGKILL."""
    port = free_port()
    with tempfile.TemporaryFile("w+") as log, tempfile.TemporaryFile("w+") as errors:
        server = subprocess.Popen(
            command + [str(port)],
            stdin=subprocess.DEVNULL, stdout=log, stderr=errors,
            env={**os.environ, **environment},
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )
        ended = lambda: os.waitid(os.P_PID, server.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        clients = []
        end = time.monotonic() + DEADLINE
        while time.monotonic() < end and not listens(port) and not ended():
            time.sleep(0.005)
        if not ended():
            clients = talk(port, echoes)
        if not ended():
            os.kill(server.pid, signal.SIGINT)  # send_signal() would reap it
        if clients:
            clients[0].say(b"bye")
            clients[0].finish()
        tries = 0
        while not ended() and tries < 4:
            end = time.monotonic() + DEADLINE
            while time.monotonic() < end and not ended():
                time.sleep(0.005)
            if not ended():
                tries += 1
                os.kill(server.pid, signal.SIGINT if tries < 3 else signal.SIGKILL)
        _, status, usage = os.wait4(server.pid, 0)
        server.returncode = os.waitstatus_to_exitcode(status)
        log.seek(0)
        errors.seek(0)
        return Run(server.returncode, tries, clients, log.read(), errors.read(),
                   usage.ru_utime + usage.ru_stime)


def judge(run, echoes, call):
    """Returns what is wrong with a run in which this call failed, or None."""
    if run.tries and run.status == 0:
        return "the first Ctrl-C was lost"
    if run.tries:
        return "did not end after Ctrl-C"
    if run.status < 0:
        return f"killed by signal {-run.status}"
    if run.cpu > CPU_LIMIT:
        return f"used {run.cpu:.1f} s of CPU time"
    if run.status > 0:
        if not run.errors:
            return f"ended with {run.status} and no word why"
        if "client" in run.log and call != "epoll_wait":
            return f"ended with {run.status} in the middle of its service: {run.errors.strip()}"
        return None
    lost = 0
    for client in run.clients:
        want = client.said if echoes else b""
        if not want.startswith(client.heard):
            return f"a hole: {client.heard[:40]} came back of {client.said[:40]}"
        if client.state == "no answer":
            return "a client got no answer"
        lost += client.heard != want
    if lost > 1:
        return f"{lost} clients were lost"
    return None


def calls(main, echoes):
    """Yields (name, command, environment) for each system call that the server makes."""
    with tempfile.TemporaryDirectory() as folder:
        log = folder + "/calls"
        # -D: the server is our child, not the child of strace, which ends a little later.
        clean = run(["strace", "-D", "-f", "-o", log, main], echoes)
        while "+++ exited with 0 +++" not in open(log).read().splitlines()[-1]:
            time.sleep(0.01)
        made = collections.Counter(re.findall(r"^(\d+) +(\w+)\(", open(log).read(), re.M))
    assert clean.status == 0 and not judge(clean, echoes, ""), clean
    most = {}  # strace counts the calls of each thread by itself
    for (thread, call), n in made.items():
        most[call] = max(n, most.get(call, 0))
    for call in sorted(most.keys() - NO_FAULT):
        for error in ERRORS.get(call, ["ENOMEM"]):
            for k in range(1, most[call] + 1):
                yield f"{call} {k} {error}", [
                    "strace", "-D", "-f", "-qq", "-o", "/dev/null", f"--trace={call}",
                    f"--inject={call}:error={error}:when={k}", main], {}


def allocations(main, echoes, library):
    """The same for each allocation. The name gets the functions that it was made for, after the run."""
    with tempfile.NamedTemporaryFile("r") as report:
        clean = run([main], echoes, LD_PRELOAD=library, ALLOCATIONS=report.name)
        assert clean.status == 0 and not judge(clean, echoes, ""), clean
        n = int(report.read())
    for k in range(1, n + 1):
        yield f"allocation {k}", [main], {"LD_PRELOAD": library, "FAIL_AT": str(k)}


def main():
    echoes = not re.search("/0[45]-", sys.argv[2])
    cases = {"calls": calls, "allocations": allocations}[sys.argv[1]](
        sys.argv[2], echoes, *sys.argv[3:])

    def one(case):
        name, command, environment = case
        with tempfile.NamedTemporaryFile("r") as report:
            result = run(command, echoes, ALLOCATIONS=report.name, **environment)
            return name + report.read().rstrip(), judge(result, echoes, name.split()[0])

    runs = wrong = exempt = 0
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for name, complaint in pool.map(one, cases):
            runs += 1
            line = f"{name} : {complaint}"
            if complaint and any(re.search(pattern, line) for pattern in EXEMPT):
                exempt += 1
                print("exempt:", line)
            elif complaint:
                wrong += 1
                print("WRONG:", line)
    print(f"{runs} runs, {wrong} wrong, {exempt} exempt")
    sys.exit(wrong > 0)


main()
