#!/usr/bin/env python3
"""usage: half_close.py PORT

A client of the echo server there that sends until nothing more goes, closes its sending half, and reads
just until the server has seen that, while bytes still wait for the client. Prints "bytes wait", does
nothing until its input ends, and then resets the connection.
"""
import socket
import struct
import subprocess
import sys

client = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
client.settimeout(1)
try:
    while True:
        client.send(bytes(65536))
except socket.timeout:
    pass
client.shutdown(socket.SHUT_WR)


def server_has_seen_the_end():
    """Its socket has the end of our bytes, and none of them is unread; the kernel knows."""
    own = f"sport = :{sys.argv[1]} and dport = :{client.getsockname()[1]}"
    found = subprocess.check_output(["ss", "-Htn", "state", "close-wait", own], text=True).split()
    return found and int(found[0]) <= 1


while not server_has_seen_the_end():
    client.recv(16384) or sys.exit("all has come, and nothing waits")
print("bytes wait", flush=True)
sys.stdin.read()
client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
client.close()
