"""usage: client.py PORT SERVER SCENARIO [ARGUMENT…]
Clients for check.bats. Each prints "ok" if all was as it should be, or else what has come."""
import os
import random
import socket
import sys
import threading
import time

PORT, SERVER = int(sys.argv[1]), sys.argv[2]
DEADLINE = float(os.environ.get('DEADLINE', 5))


def connect():
    sock = socket.create_connection(('127.0.0.1', PORT), DEADLINE)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock


def in_background(sock, data, half=False):
    """Sends, however long the other side does not read."""

    def send():
        try:
            sock.sendall(data)
            if half:
                sock.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    threading.Thread(target=send, daemon=True).start()


def requests(numbers):
    return b''.join(b'%d\n' % n for n in numbers)


class Reader:
    """Reads answers, and compares them with those that are expected."""

    def __init__(self, sock, numbers, reads=1 << 20):
        self.sock, self.numbers, self.reads = sock, numbers, reads
        self.count, self.part = 0, 0  # whole answers, and bytes of the next one

    def read(self, ends):
        """Returns what is wrong, or None. ends: whether the server must close behind the last one."""
        while ends or self.count < len(self.numbers):
            try:
                piece = self.sock.recv(self.reads)
            except socket.timeout:
                missing = 'no end' if self.count == len(self.numbers) else 'nothing'
                at_work = '' if at_rest(3) else ', and the program works without end'
                return self.so_far(f'{missing} for {DEADLINE:.0f} seconds{at_work}')
            except OSError as error:
                return self.so_far(error.strerror)
            if not piece:
                break
            if piece.count(b'x') + piece.count(b'\n') != len(piece):
                return self.so_far('bytes that are neither x nor a newline')
            first, *rest = piece.split(b'\n')
            self.part += len(first)
            for more in rest:
                if self.count == len(self.numbers) or self.part != self.numbers[self.count]:
                    got, self.part = self.part, 0
                    return self.so_far(f'one of {got:,} bytes')
                self.count, self.part = self.count + 1, len(more)
        if self.count < len(self.numbers) or self.part:
            return self.so_far('the end of the connection')

    def so_far(self, then):
        part = f' and {self.part:,} bytes of the next' if self.part else ''
        return f'{self.count:,} of {len(self.numbers):,} answers{part}, then {then}'


def memory():
    with open(f'/proc/{SERVER}/statm') as file:
        return int(file.read().split()[1]) * os.sysconf('SC_PAGESIZE') // 1024


def at_rest(tries=30):
    def ticks():
        with open(f'/proc/{SERVER}/stat') as file:
            return sum(map(int, file.read().rsplit(')', 1)[1].split()[11:13]))

    for _ in range(tries):
        time.sleep(0.05)
        before = ticks()
        time.sleep(0.3)
        if ticks() == before:
            return True
    return False


def ask(numbers, half='half'):
    """Sends these requests in one piece, reads at once, and closes its half or not."""
    numbers = [int(n) for n in numbers.split()]
    sock = connect()
    in_background(sock, requests(numbers), half == 'half')
    return Reader(sock, numbers).read(half == 'half')


def text(data, answers):
    """Sends this text and stays: only the server can end that."""
    sock = connect()
    in_background(sock, data.encode().decode('unicode_escape').encode('latin-1'))
    return Reader(sock, [int(n) for n in answers.split()]).read(True)


def endless():
    """Sends 100,000 digits, one after another, and no newline."""
    sock = connect()
    in_background(sock, b'1\n' + b'1' * 100000)
    problem = Reader(sock, [1]).read(True)
    # A close() while bytes are unread is a reset.
    return problem if problem and 'reset' not in problem else None


def never_reads(count, size, half, most):
    """Sends all requests in one piece, and reads later. most: KiB that this may cost."""
    numbers = [int(size)] * int(count)
    before = memory()
    sock = connect()
    in_background(sock, requests(numbers), half == 'half')
    rests = at_rest()
    more = memory() - before
    if more > int(most) and "INSTRUMENTED" not in os.environ:  # else it is not only the program's
        return f'{more:,} KiB more'
    if not rests:
        return 'the program works without end'
    other = connect()
    other.sendall(b'5\n')
    problem = Reader(other, [5]).read(False)
    if problem:
        return f'another client got {problem}'
    other.close()
    return Reader(sock, numbers).read(half == 'half')


def pieces():
    """Two clients send byte by byte, in turn, and each is at another place of its line."""
    numbers = [3, 12, 0, 300, 7, 1000, 1]
    data, clients = requests(numbers), [connect(), connect()]
    for i in range(len(data) + 1):
        for sock, at in zip(clients, (i, i - 1)):
            if 0 <= at < len(data):
                sock.send(data[at:at + 1])
        time.sleep(0.002)
    for sock in clients:
        sock.shutdown(socket.SHUT_WR)
    return next(filter(None, (Reader(sock, numbers).read(True) for sock in clients)), None)


def crowd():
    """Clients of all kinds at once: cut anywhere, closing half or not, slow and fast."""
    problems = []

    def one(seed):
        chance = random.Random(seed)
        numbers = [int(10 ** chance.uniform(0, 5.5)) for _ in range(chance.randint(1, 40))]
        data, half = requests(numbers), seed % 2 == 0
        sock = connect()
        if seed % 3 == 0:
            sock.sendall(data[:len(data) // 2])
            time.sleep(chance.uniform(0, 0.3))
            data = data[len(data) // 2:]
        in_background(sock, data, half)
        time.sleep(chance.uniform(0, 0.3))
        problem = Reader(sock, numbers, chance.choice((1000, 20000, 1 << 20))).read(half)
        if problem:
            problems.append(problem)
        sock.close()

    threads = [threading.Thread(target=one, args=(seed,)) for seed in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return f'{len(problems)} of 40 clients lost something; one got {problems[0]}' if problems else None


try:
    print(globals()[sys.argv[3]](*sys.argv[4:]) or 'ok')
except OSError as error:
    print(error.strerror or 'no answer')
