#!/usr/bin/env python3
"""usage: rude_clients.py PORT KIND COUNT [echo]

Clients that behave badly, or are many. COUNT of a storm may be "endless". With "echo" each wants its own
bytes back, all and in order.
"""
import itertools
import os
import resource
import signal
import socket
import struct
import sys
import time

port = int(sys.argv[1])
kind = sys.argv[2]
count = None if sys.argv[3] == "endless" else int(sys.argv[3])
echo = "echo" in sys.argv
RESET = struct.pack("ii", 1, 0)  # linger for 0 seconds: close() resets the connection


def connect(receive_buffer=None):
    client = socket.socket()
    client.settimeout(60)
    if receive_buffer:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    client.connect(("127.0.0.1", port))
    return client


def reset(client):
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    client.close()


def wait_until_refused():
    """The server has seen its Ctrl-C: it no longer listens."""
    end = time.monotonic() + 60
    try:
        while time.monotonic() < end:
            connect().close()
            time.sleep(0.02)
    except ConnectionError:  # refused, or reset if it closed meanwhile
        return
    sys.exit("still listens, a minute after Ctrl-C")


def expect(client, data):
    """These bytes come back."""
    if echo:
        while data:
            answer = client.recv(min(len(data), 65536))
            assert answer and data.startswith(answer), f"came back: {answer[:40]}"
            data = data[len(answer):]


def expect_close(client):
    assert client.recv(1) == b"", "more came back than was sent"


def send_until_stuck(client):
    """Returns all that the server took while nobody read what came back."""
    data = b"".join(b"%d\n" % i for i in range(100000))
    sent = b""
    client.settimeout(1)
    try:
        while len(sent) < 1 << 26:
            sent += data[:client.send(data)]
    except socket.timeout:
        pass
    client.settimeout(60)
    return sent


if kind == "storm":  # connect and reset, some in the middle of their words
    for i in itertools.count() if count is None else range(count):
        client = connect()
        if i % 2:
            client.send(b"in the middle of")
        reset(client)

elif kind == "reset":  # while megabytes go to and fro
    for _ in range(count):
        client = connect(4096)
        client.settimeout(0.2)
        try:
            client.sendall(b"x" * 8_000_000)
        except socket.timeout:
            pass
        reset(client)

elif kind == "crowd":  # all at once
    resource.setrlimit(resource.RLIMIT_NOFILE, [resource.getrlimit(resource.RLIMIT_NOFILE)[1]] * 2)
    clients = [connect() for _ in range(count)]
    for i, client in enumerate(clients):
        client.sendall(b"%05d" % i * 20)
    for i, client in enumerate(clients):
        expect(client, b"%05d" % i * 20)

elif kind == "queue":  # one after another
    for i in range(count):
        with connect() as client:
            client.sendall(b"%05d" % i * 20)
            client.shutdown(socket.SHUT_WR)
            expect(client, b"%05d" % i * 20)
            expect_close(client)

elif kind == "bytes":  # one at a time, each in a packet of its own
    with connect() as client:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for i in range(count):
            client.sendall(bytes([i % 256]))
            expect(client, bytes([i % 256]))
        client.shutdown(socket.SHUT_WR)
        expect_close(client)

elif kind == "half-close":  # with megabytes pending; a Ctrl-C for the process COUNT, unless it is 0
    with connect(4096) as client:
        sent = send_until_stuck(client)
        assert len(sent) > 1_000_000, len(sent)
        client.shutdown(socket.SHUT_WR)
        if count:
            os.kill(count, signal.SIGINT)
            wait_until_refused()
        expect(client, sent)
        expect_close(client)

else:
    sys.exit(__doc__)
