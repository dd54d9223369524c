"""usage: client.py PORT SCENARIO [ARGUMENT…]
Clients for check.bats. Each prints what came back, or "ok" if all was as it should be."""
import os
import re
import socket
import struct
import sys
import threading
import time

PORT = int(sys.argv[1])
DEADLINE = float(os.environ.get('DEADLINE', 5))


def connect():
    return socket.create_connection(('127.0.0.1', PORT), DEADLINE)


def shown(data, most=300):
    data = re.sub(rb"', with args beginning with: [^\r]*", b"'", data)  # Redis adds this to an unknown command
    names = {9: '\\t', 10: '\\n', 13: '\\r', 0: '\\0', 92: '\\\\'}
    text = ''.join(names.get(b) or (chr(b) if 32 <= b < 127 else f'\\x{b:02x}') for b in data[:most])
    return text + (f'… ({len(data):,} bytes)' if len(data) > most else '')


def request(*words):
    words = [w if isinstance(w, bytes) else str(w).encode() for w in words]
    return b'*%d\r\n' % len(words) + b''.join(b'$%d\r\n%s\r\n' % (len(w), w) for w in words)


class Answers:
    """Reads answers one by one. An error, and an end that comes too soon, is an exception."""

    def __init__(self, sock):
        self.file = sock.makefile('rb')

    def next(self):
        line = self.file.readline()
        if not line.endswith(b'\r\n'):
            raise EOFError(f'the end, after {shown(line)}' if line else 'the end of the connection')
        if line[:1] == b'$':
            n = int(line[1:])
            return None if n < 0 else self.file.read(n + 2)[:-2]
        return int(line[1:]) if line[:1] == b':' else line[:-2]


def rest(sock):
    """Returns all that comes until the end, and how that was."""
    data = b''
    try:
        while piece := sock.recv(1 << 16):
            data += piece
        return data, ''
    except socket.timeout:
        return data, f' and then nothing, and no end, for {DEADLINE:.0f} seconds'
    except ConnectionResetError:
        return data, ' and then a reset'


def in_background(sock, data):
    """Sends, however long the other side does not read."""

    def send():
        try:
            sock.sendall(data)
        except OSError:
            pass

    threading.Thread(target=send, daemon=True).start()


def ask():
    """Sends its input, closes its half, and prints all answers."""
    sock = connect()
    in_background(sock, sys.stdin.buffer.read())
    time.sleep(0.02)
    try:
        sock.shutdown(socket.SHUT_WR)
    except OSError:
        pass
    data, how = rest(sock)
    print(shown(data) + how if data or how else 'nothing')


def stays():
    """The same, but keeps its half open: only what the server says can end this."""
    sock = connect()
    in_background(sock, sys.stdin.buffer.read())
    data, how = rest(sock)
    print(shown(data) + how if data or how else 'nothing')


def pieces():
    """Sends its input byte by byte, eight clients in turn, and expects the same answers for all."""
    data, clients = sys.stdin.buffer.read(), [connect() for _ in range(8)]
    for sock in clients:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for i in range(len(data)):
        for number, sock in enumerate(clients):  # each one is at another place
            at = i - 3 * number
            if at >= 0:
                sock.send(data[at:at + 1])
        time.sleep(0.0005)
    for number, sock in enumerate(clients):
        sock.sendall(data[max(0, len(data) - 3 * number):])
        sock.shutdown(socket.SHUT_WR)
    print('\n'.join(sorted({shown(answers) + how or 'nothing' for answers, how in map(rest, clients)})))


def pipeline():
    """2,000 requests in one piece."""
    sock = connect()
    in_background(sock, b''.join(b'ECHO %d\r\n' % i for i in range(2000)))
    answers = Answers(sock)
    for i in range(2000):
        try:
            answer = answers.next()
        except (EOFError, OSError) as error:
            return f'{i} answers, and then {error}'
        if answer != b'%d' % i:
            return f'answer {i + 1}: {shown(answer)}'


def memory(server):
    with open(f'/proc/{server}/statm') as file:
        return int(file.read().split()[1]) * os.sysconf('SC_PAGESIZE') // 1024


def at_rest(server):
    def ticks():
        with open(f'/proc/{server}/stat') as file:
            return sum(map(int, file.read().rsplit(')', 1)[1].split()[11:13]))

    for _ in range(40):
        before = ticks()
        time.sleep(0.25)
        if ticks() == before:
            return


def never_reads(server, half):
    """A thousand answers of 100,000 bytes that nobody reads for a while."""
    value = bytes(i % 251 for i in range(100000))
    sock = connect()
    sock.sendall(request('SET', 'big', value))
    Answers(sock).next()
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
    sock.settimeout(DEADLINE)
    sock.connect(('127.0.0.1', PORT))
    before = memory(server)
    in_background(sock, request('GET', 'big') * 1000)
    time.sleep(0.2)
    if half == 'half':
        sock.shutdown(socket.SHUT_WR)
    at_rest(server)
    grown = memory(server) - before
    if grown > 4096:
        return f'it has grown by {grown:,} KiB'
    answers = Answers(sock)
    for i in range(1000):
        try:
            answer = answers.next()
        except socket.timeout:
            return f'{i} of 1,000 answers, and then nothing for {DEADLINE:.0f} seconds'
        except (EOFError, OSError) as error:
            return f'{i} of 1,000 answers, and then {error}'
        if answer != value:
            return f'answer {i + 1} is another: {shown(answer, 40)}'
    if half == 'half':
        data, how = rest(sock)
        return (shown(data) + how) and f'1,000 answers, and then {shown(data)}{how}'


def last_words():
    """Answers that are read late, while more is sent after an error."""
    client, value = connect(), b'v' * 1000
    client.sendall(request('SET', 'k', value))
    Answers(client).next()
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    sock.settimeout(DEADLINE)
    sock.connect(('127.0.0.1', PORT))
    sock.sendall(request('GET', 'k') * 60 + b'*nonsense\r\n')
    in_background(sock, b'and more\r\n' * 20000)
    time.sleep(0.5)
    answers = Answers(sock)
    for i in range(61):
        try:
            answer = answers.next()
        except (EOFError, OSError) as error:
            return f'answer {i + 1} of 61: {error}'
        if i < 60 and answer != value:
            return f'answer {i + 1} of 61: {shown(answer or b"nothing", 60)}'
    if not answer.startswith(b'-ERR Protocol error'):
        return f'the last answer: {shown(answer)}'


def stays_after_quit():
    """Says QUIT, and then neither closes nor stops sending: how many seconds does that last?"""
    sock, began = connect(), time.time()
    sock.sendall(b'QUIT\r\n')
    while time.time() < began + 12:
        try:
            sock.sendall(b'PING\r\n')
        except OSError:
            return
        time.sleep(0.1)
    return 'after 12 seconds the server still reads what it sends'


def forty():
    """How long a GET of 40,000 bytes takes, at the median of 21."""
    sock, times = connect(), []
    answers = Answers(sock)
    sock.sendall(request('SET', 'k', b'v' * 40000))
    answers.next()
    for _ in range(21):
        began = time.time()
        sock.sendall(request('GET', 'k'))
        answers.next()
        times.append(time.time() - began)
    took = sorted(times)[10]
    if took > 0.03:
        return f'{took * 1000:.0f} milliseconds'


def idle():
    """The server allows 2 seconds. One client is silent, one asks, two read their answers slowly: a long
    one, and one of less than 64 KiB."""
    silent, asks = connect(), connect()
    readers = []
    for size, piece_size in (1000000, 30000), (60000, 1500):
        slow = socket.socket()
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192 if size > 65536 else 4096)
        slow.settimeout(DEADLINE)
        slow.connect(('127.0.0.1', PORT))
        asks.sendall(request('SET', f'k{size}', b'v' * size))
        Answers(asks).next()
        slow.sendall(request('GET', f'k{size}'))
        readers.append([slow, piece_size, size + len(f'${size}\r\n\r\n'), 0])
    began, answers = time.time(), Answers(asks)
    while time.time() < began + 5:
        asks.sendall(b'PING\r\n')
        try:
            answers.next()
        except (EOFError, OSError) as error:
            return f'the client that asks gets {error}'
        for reader in readers:
            slow, piece_size, size, got = reader
            if got < size:
                try:
                    piece = slow.recv(piece_size)
                except OSError:
                    piece = b''
                reader[3] += len(piece)
                if not piece:
                    return f'the client that reads slowly gets {got:,} of {size:,} bytes'
        time.sleep(0.1)
    silent.settimeout(0.1)
    try:
        if silent.recv(1):
            return 'the silent client gets an answer'
    except socket.timeout:
        return 'the silent client is still connected after 5 seconds'
    for slow, _, size, got in readers:
        while got < size:
            piece = slow.recv(1 << 16)
            if not piece:
                return f'the client that reads slowly gets {got:,} of {size:,} bytes'
            got += len(piece)


def resets(server):
    """Clients that break off in the middle of a request."""

    def some(count):
        for _ in range(count):
            sock = connect()
            sock.sendall(b'*2\r\n$4\r\nECHO\r\n$1000\r\n')
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
            sock.close()
        at_rest(server)
        return memory(server)

    before = some(300)
    grown = some(1500) - before
    if grown > 6144:
        return f'it has grown by {grown:,} KiB'


def many(work, count=8):
    """Runs work(number, connection, its answers) in so many threads at once; returns what they said."""
    said = []

    def run(number):
        try:
            sock = connect()
            said.append(work(number, sock, Answers(sock)))
        except (EOFError, OSError, ValueError) as error:
            said.append(f'client {number}: {error}')

    threads = [threading.Thread(target=run, args=(i,)) for i in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return next(filter(None, said), None)


def incr_race(times):
    """Eight clients increment one number, each sends all of it in one piece."""
    times, barrier = int(times), threading.Barrier(8)

    def work(number, sock, answers):
        barrier.wait()
        in_background(sock, request('INCR', 'n') * times)
        for i in range(times):
            if answers.file.readline()[:1] != b':':
                return f'client {number}: {i} answers, and then another'

    says = many(work)
    sock = connect()
    sock.sendall(request('GET', 'n'))
    got = Answers(sock).next()
    return says or (got != b'%d' % (8 * times) and shown(got or b'no such key'))


def torn(rounds):
    """Half of the clients set a key, half get it: a value is of one letter, and of one of two lengths."""

    def work(number, sock, answers):
        for i in range(int(rounds)):
            letter = b'%c' % (97 + i % 26)
            ask = request('SET', 'k', letter * (20000 if i % 2 else 100)) if number % 2 else request('GET', 'k')
            sock.sendall(ask * 4)
            for _ in range(4):
                value = answers.next()
                if number % 2:
                    if value != b'+OK':
                        return f'an answer to SET: {shown(value or b"none", 60)}'
                elif value is not None and (len(value) not in (100, 20000) or value.strip(value[:1])):
                    return f'a value of {len(value):,} bytes, {value[:1].decode()} and others: torn'

    return many(work)


def all_at_once():
    """All commands, from all clients at once, on the same few keys."""

    def work(number, sock, answers):
        for i in range(60):
            sock.sendall(request('SET', 'k%d' % (i % 3), number) + request('GET', 'k%d' % (i % 3)) +
                         request('INCR', 'k1') + request('DEL', 'k0', 'k1') + request('EXISTS', 'k0', 'k2') +
                         request('FLUSHALL'))
            for _ in range(6):
                answers.next()

    return many(work)


def hold(count):
    """Connects so many clients, says "connected", and waits until all are closed."""
    clients = [connect() for _ in range(int(count))]
    for sock in clients:
        sock.sendall(b'PING\r\n')
        sock.recv(100)
    print('connected', flush=True)
    for sock in clients:
        sock.settimeout(30)
        try:
            sock.recv(1)
        except OSError:
            pass
    return 'all closed'


def twins():
    """Keys that differ only behind a zero byte."""
    sock = connect()
    answers = Answers(sock)
    sock.sendall(b''.join(request('SET', b'k\0%d' % i, i) for i in range(400)))
    for _ in range(400):
        answers.next()
    sock.sendall(b''.join(request('GET', b'k\0%d' % i) for i in range(400)))
    for i in range(400):
        value = answers.next()
        if value != b'%d' % i:
            return f'the value of k\\0{i} is {shown(value or b"none")}'


def binary():
    sock = connect()
    answers = Answers(sock)
    for value in (b'', b'\0', b'a\0b', b'\r\n', bytes(range(256)) * 300, b'x' * 1000000):
        sock.sendall(request('SET', 'k', value) + request('GET', 'k'))
        answers.next()
        got = answers.next()
        if got != value:
            return f'{len(value):,} bytes, {shown(value, 20)}, come back as {"none" if got is None else shown(got, 60)}'


def limits():
    """What is just small enough, and what is not."""
    cases = (('1,024 words', request('PING', *['k'] * 1023), b'-ERR wrong number of arguments'),
             ('1,025 words', request('PING', *['k'] * 1024), b'-ERR Protocol error: invalid multibulk length'),
             ('1,048,000 bytes', request('ECHO', b'x' * 1048000), b'$1048000'),
             ('two words of 600,000 bytes', request('SET', b'x' * 600000, b'x' * 600000),
              b'-ERR Protocol error: invalid bulk length'),
             ('a word of 4,294,967,300 bytes', b'*2\r\n$4\r\nECHO\r\n$4294967300\r\nabcd\r\n',
              b'-ERR Protocol error: invalid bulk length'),
             ('an array of 4,294,967,297 words', b'*4294967297\r\n$4\r\nPING\r\n',
              b'-ERR Protocol error: invalid multibulk length'),
             ('a line of 65,000 bytes', b'PING "%s"\r\n' % (b'x' * 65000), b'$65000'),
             ('70,000 bytes and no end of a line', b'x' * 70000, b'-ERR Protocol error: too big inline request'),
             ('"*" and 70,000 digits', b'*' + b'1' * 70000, b'-ERR Protocol error: too big mbulk count string'))
    for name, data, expected in cases:
        sock = connect()
        in_background(sock, data)
        try:
            line = sock.makefile('rb').readline(200)
        except OSError as error:
            line = str(error).encode()
        if not line.startswith(expected):
            return f'{name}: {shown(line or b"the connection ends")}\ninstead of {shown(expected)}'


def main():
    scenario = globals()[sys.argv[2]]
    said = scenario(*sys.argv[3:])
    if sys.argv[2] not in ('ask', 'stays', 'pieces'):
        print(said or 'ok')


try:
    main()
except (EOFError, OSError) as error:
    print(error)
