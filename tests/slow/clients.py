#!/usr/bin/env python3
"""usage: clients.py PORT COUNT

Makes COUNT connections, sends a line on each and expects it back, prints "ready", keeps them
until its input ends, and sends and expects a line on each again, on all at once.
"""
import resource
import socket
import sys

port, count = int(sys.argv[1]), int(sys.argv[2])
hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def answer(clients, word):
    for number, client in enumerate(clients):
        client.sendall(b"%s %d\n" % (word, number))
    for number, client in enumerate(clients):
        expected, got = b"%s %d\n" % (word, number), b""
        while len(got) < len(expected):
            got += client.recv(4096) or sys.exit(f"client {number}: closed")
        got == expected or sys.exit(f"client {number}: {got!r}")


clients = [socket.create_connection(("127.0.0.1", port), 60) for _ in range(count)]
for first in range(0, count, 100):  # all at once would leave memory behind that the idle don't need
    answer(clients[first:first + 100], b"first")
print("ready", flush=True)
sys.stdin.read()
answer(clients, b"last")
