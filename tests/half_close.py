#!/usr/bin/env python3
"""usage: half_close.py PORT

A client of the echo server there that sends 60,000 bytes, closes its sending half, and reads nothing:
the kernel takes only some of the answer, and the rest waits in the server. Prints "bytes wait" when the
server has read all, does nothing until its input ends, and then resets the connection.
"""
import select
import socket
import struct
import subprocess
import sys

client = socket.socket()
# Small segments make the server's kernel keep little for us, and so does a small buffer of our own.
client.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 88)
client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
client.connect(("127.0.0.1", int(sys.argv[1])))
client.sendall(bytes(60000))
client.shutdown(socket.SHUT_WR)


def unread():
    """How many bytes the server has not read, and one for the end of them. Its kernel knows."""
    own = f"sport = :{sys.argv[1]} and dport = :{client.getsockname()[1]}"
    found = subprocess.check_output(["ss", "-Htn", "state", "close-wait", own], text=True).split()
    return int(found[0]) if found else 60001


# The server may have gone without reading all.
while unread() > 0 and not select.select([sys.stdin], [], [], 0.02)[0]:
    pass
print("bytes wait", flush=True)
sys.stdin.read()
client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
client.close()
