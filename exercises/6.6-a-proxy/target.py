"""usage: target.py echo|lines|count|deaf|greet|flood|full|nobody
The server to which the proxy connects its clients. Prints its port, and then what it has seen."""
import socket
import sys
import threading
import time


def read_all(client):
    count = 0
    while data := client.recv(65536):
        count += len(data)
    return count


def echo(client):
    while data := client.recv(65536):
        client.sendall(data)


def lines(client):
    for line in client.makefile("rb"):
        client.sendall(line)


def count(client):
    client.sendall(b"%d\n" % read_all(client))


def deaf(client):
    time.sleep(1000)


def greet(client):
    client.sendall(b"welcome\n")
    client.shutdown(socket.SHUT_WR)
    print("target has got", read_all(client), "bytes", flush=True)


def flood(client):
    client.sendall(bytes(67108864))


def serve(client):
    try:
        with client:
            globals()[sys.argv[1]](client)
    except OSError:
        pass


listener = socket.socket()
if sys.argv[1] == "deaf":
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
listener.bind(("127.0.0.1", 0))
if sys.argv[1] == "full":
    # Whoever comes after these gets no answer.
    listener.listen(0)
    waiting = [socket.socket() for i in range(3)]
    for client in waiting:
        client.setblocking(False)
        client.connect_ex(listener.getsockname())
elif sys.argv[1] != "nobody":
    listener.listen(100)
print(listener.getsockname()[1], flush=True)
if sys.argv[1] in ("full", "nobody"):
    time.sleep(1000)
while True:
    threading.Thread(target=serve, args=[listener.accept()[0]], daemon=True).start()
