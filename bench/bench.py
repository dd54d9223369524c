#!/usr/bin/env python3
"""What a backend is worth, what threads give, what comfort and a store cost. "make bench" runs it.

It builds the servers (Makefile), puts each under the same loads, and writes the raw figures into
results.csv. figures.py makes the charts, the tables and the numbers of the texts of them.
"""
import argparse
import csv
import datetime
import glob
import os
import platform
import re
import resource
import shutil
import signal
import socket
import statistics
import struct
import subprocess
import sys
import tempfile
import time

from figures import (BACKENDS, CALLS, COMFORT, CONNECTION, DATA, FILE, HERE, SIZES, STORES, TABLES,
                     WAIT, Figures, answers, draw, fill_in, read, texts, threaded)

BUILD = os.path.normpath(os.path.join(HERE, '../build/bench'))
TEXT = 'x' * 41  # redis-benchmark makes 62 bytes of it: *2 $4 PING $41 xxx…
BUSY = 50  # clients with an echo under way
MANY = 1000
MOST_IDLE = 20000  # idle clients, where the limit on descriptors allows so many
NEEDED = {'redis-benchmark': 'redis-tools', 'redis-server': 'redis-server',
          'gnuplot': 'gnuplot-nox', 'strace': 'strace',
          'nc': 'netcat-openbsd', 'taskset': 'util-linux', 'pkg-config': 'pkg-config'}

# The load has the last core, and the server the first one. Only where threads are the question,
# the server has them all. On a machine with one core they share it.
CORES = sorted(os.sched_getaffinity(0))
SERVER_CORES, LOAD_CORES = CORES[:1], CORES[-1:]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--rounds', type=int, default=5)
    parser.add_argument('--quick', action='store_true', help='tiny counts: does it run at all?')
    parser.add_argument('--out', default=BUILD, help='where results.csv and the charts go')
    parser.add_argument('--record', action='store_true',
                        help='refresh the committed figures: the files beside this one, and texts')
    parser.add_argument('--render', action='store_true',
                        help='do not measure: charts and texts from the committed figures')
    options = parser.parse_args()
    if options.record or options.render:
        options.out = HERE

    os.makedirs(options.out, exist_ok=True)
    results = os.path.join(options.out, 'results.csv')
    if not options.render:
        build()
        os.sched_setaffinity(0, LOAD_CORES)  # ours, and those of all that we start
        rows = measure(options)
        with open(results, 'w', newline='') as file:
            writer = csv.writer(file, lineterminator='\n')
            writer.writerow(('measure', 'load', 'server', 'value'))
            writer.writerows(rows)
    figures = Figures(results)
    for question in DATA:
        draw(figures, question, os.path.join(options.out, f'{question}.svg'))
    if options.out == HERE:
        for path in texts():
            fill_in(path, figures)
    if not options.render:
        print(answers(figures))
        for table in TABLES:
            print('\n' + figures.text(table))
        print(f'\n{figures.text("about")}\n'
              f'raw figures: {os.path.relpath(results)}, pictures: *.svg beside it\n'
              f'{figures.warning()}')


def build():
    missing = [package for tool, package in NEEDED.items() if not shutil.which(tool)]
    missing += [package for library, package in (('libevent_core', 'libevent-dev'),
                                                 ('libuv', 'libuv1-dev'))
                if shutil.which('pkg-config')
                and subprocess.call(('pkg-config', '--exists', library))]
    if missing:
        sys.exit(f'make bench needs these packages (Debian\'s names): {" ".join(missing)}\n'
                 'make deps-check installs them.')
    servers = {*FILE, *WAIT, *CONNECTION, *threaded('work', len(CORES)),
               *threaded('step', len(CORES)), *STORES} - {'redis'}
    subprocess.check_call(('make', '-s', '-C', HERE, f'SERVERS={" ".join(servers)}'))


class Server:
    """A server that runs as long as a "with", after it has shown that it echoes."""

    def __init__(self, binary, cores=SERVER_CORES, environment={}, wrap=(), arguments=('0',)):
        self.clients = 0
        self.log = os.path.join(BUILD, 'log')
        with open(self.log, 'w') as log:
            # In a session of its own: the interrupt then reaches the server behind strace.
            self.process = subprocess.Popen(
                ('taskset', '-c', ','.join(map(str, cores)), *wrap,
                 os.path.join(BUILD, binary), *arguments),
                stdout=log, env=os.environ | environment, start_new_session=True)
        self.pid = self.process.pid

    def __enter__(self):
        try:
            self.port = int(wait_until(self.listens))
            self.try_it()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        os.killpg(self.pid, signal.SIGINT)
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(self.pid, signal.SIGKILL)
            sys.exit(f'{self.process.args}: does not end on an interrupt')

    def listens(self):
        line = re.search(r'listening on 127.0.0.1:(\d+)\n', read(self.log))
        return line and line[1]

    def try_it(self):
        self.connect_idle()[0].close()

    def connect_idle(self, count=1):
        """Returns idle clients. The last has had an echo, so all have been accepted."""
        clients = []
        for _ in range(count):
            # From a few addresses: the ports of one (28,000, as a rule) get scarce.
            source = f'127.0.0.{2 + self.clients % 4}', 0
            client = socket.create_connection(('127.0.0.1', self.port), 30, source)
            # Close by a reset, which leaves no port in TIME_WAIT.
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
            clients.append(client)
            self.clients += 1
        clients[-1].sendall(TEXT.encode())
        if clients[-1].recv(len(TEXT), socket.MSG_WAITALL) != TEXT.encode():
            sys.exit(f'{self.process.args}: does not echo')
        return clients

    def cpu_seconds(self):
        """CPU time so far, of all threads. schedstat counts nanoseconds."""
        return sum(int(read(file).split()[0])
                   for file in glob.glob(f'/proc/{self.pid}/task/*/schedstat')) / 1e9

    def memory(self):
        return 1024 * int(re.search(r'VmRSS:\s*(\d+)', read(f'/proc/{self.pid}/status'))[1])


class Store(Server):
    """A server with keys and values: exercise 7.5's, or redis-server, which then saves nothing."""

    def __init__(self, name):
        self.given = free_port() if name == 'redis' else None
        if name == 'redis':
            super().__init__(shutil.which('redis-server'), arguments=(
                '--port', str(self.given), '--bind', '127.0.0.1', '--save', ''))
        else:  # more than one worker need more than one core, even if the load has to share it
            super().__init__(name, cores=SERVER_CORES if name == 'store-1' else CORES)

    def listens(self):
        return self.given if 'Ready to accept' in read(self.log) else super().listens()

    def try_it(self):
        if self.ask(b'SET k v\r\nGET k\r\nFLUSHALL\r\n', 3) != b'+OK\r\n$1\r\nv\r\n+OK\r\n':
            sys.exit(f'{self.process.args}: does not store')

    def ask(self, requests, answers):
        """Sends requests whose answers have no line ends in them, and returns the answers."""
        with socket.create_connection(('127.0.0.1', self.port), 30) as client:
            client.sendall(requests)
            data = b''
            while data.count(b'\r\n') < answers + data.count(b'$'):
                data += client.recv(1 << 16)
            return data


def free_port():
    with socket.socket() as other:
        other.bind(('127.0.0.1', 0))
        return other.getsockname()[1]


def measure(options):
    """Returns the raw figures as rows: measure, load, server, value; a row for each round."""
    rows = [('machine', '', what, value) for what, value in machine().items()]
    rows.append(('machine', '', 'rounds', options.rounds))
    # Alternating: whatever slows the machine for a while meets every server.
    jobs = list(once(options)) + [job for _ in range(options.rounds) for job in each_round(options)]
    expected, done, start = sum(seconds for seconds, *_ in jobs), 0, time.monotonic()
    for seconds, question, server, *arguments in jobs:
        spent = time.monotonic() - start
        left = (expected - done) * (spent / done if done else 1)
        progress(f'about {left:.0f} seconds left: {question.__name__.replace("_", " ")}, {server}')
        for name, load, value in question(server, *arguments):
            rows.append((name, load, server, value))
        done += seconds
    progress('')
    return rows


def each_round(options):
    """The jobs of a round: about how many seconds each takes, the function, and its arguments."""
    few = 50 if options.quick else 1  # divides the loads
    for server in COMFORT:
        yield 2, comfort, server, 40000 // few
    for server in FILE:
        yield 1, large_file, server, (256 << 20) // few
    for server in WAIT:
        # Without TCP_NODELAY a request may take 40 ms: a few show it.
        yield 1, wait, server, (10 if server == 'step-6-nagle' else 1000) // min(few, 10)
    for server in CONNECTION:
        yield 1, connection, server, 4000 // few
    for server in threaded('work', len(CORES)):
        yield 2, threads, server, 6000 // few
    for server in threaded('step', len(CORES)):
        yield 1, threads, server, 20000 // few
    for server in STORES:
        yield 3, store, server, 40000 // few


def once(options):
    """Jobs of their own. To connect all those idle clients takes poll long: once is enough."""
    few = 50 if options.quick else 1
    for server, seconds in ('epoll', 5), ('poll', 40), ('select', 2):
        yield seconds, backend, server, idle_clients(server, options.quick), options.rounds
    for server in COMFORT:
        yield 2, memory, server, 5000 // few
        yield 2, system_calls, server, 4000 // few, (16 << 20) // few
    for server in STORES:
        yield 1, keys, server, 100000 // few


def idle_clients(backend, quick):
    """So many idle clients as the limit on descriptors allows; the server inherits it."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    most = MOST_IDLE if hard == resource.RLIM_INFINITY else min(MOST_IDLE, hard - 200)
    if quick:
        most = 1000
    if backend == 'select':
        most = min(most, 900)  # the library aborts at descriptor 1,024
    most = most // 100 * 100
    return [count for count in (0, 100, 1000, 10000) if count < most] + [most]


def backend(name, idle_counts, rounds):
    """The cost of an echo of step 6 beside more and more idle clients."""
    others = {f'EVENT_NO{other.upper()}': '1' for other in BACKENDS if other != name}
    with Server('step-6', environment=others) as server:
        if f'chose {name} ' not in read(server.log):
            sys.exit(f'step 6 did not choose {name}')
        idle = []
        for count in idle_counts:
            while len(idle) < count:
                idle += server.connect_idle(min(100, count - len(idle)))
            # Where each takes long, few will do.
            echoes = 20000 if name == 'epoll' else 20000000 // (1000 + count)
            for _ in range(rounds):
                yield 'us', count, per_echo(load(server, BUSY, echoes))
        for client in idle:
            client.close()


def comfort(name, echoes):
    """The cost of an echo, with few clients and with many."""
    with Server(name) as server:
        for clients in BUSY, MANY:
            cost = load(server, clients, echoes)
            yield 'us', clients, per_echo(cost)
            yield 'busy %', clients, round(100 * cost['cpu'] / cost['seconds'])


def threads(name, echoes):
    """How many echoes a second, and how late the slowest, where the server has all cores."""
    with Server(name, cores=CORES) as server:
        cost = load(server, BUSY, echoes)
        yield 'echoes', BUSY, round(cost['echoes'] / cost['seconds'])
        yield 'ms at 99 %', BUSY, cost['ms at 99 %']
        yield 'busy %', BUSY, round(100 * cost['cpu'] / cost['seconds'])


def wait(name, count):
    """How long one client waits for its echo: half of the times, and 99 of 100. By size."""
    with Server(name) as server, socket.create_connection(('127.0.0.1', server.port), 30) as client:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for size in SIZES:
            times = sorted(one_wait(client, b'x' * size) for _ in range(count))
            yield 'wait us', size, round(statistics.median(times) * 1e6, 1)
            yield 'wait us at 99 %', size, round(times[count * 99 // 100] * 1e6, 1)


def one_wait(client, request):
    start, left = time.perf_counter(), len(request)
    client.sendall(request)
    while left:
        left -= len(client.recv(left))
    return time.perf_counter() - start


def connection(name, count):
    """The cost of a client that connects, has one echo, and closes."""
    with Server(name) as server:
        cost = echo(server, BUSY, count, '-k', '0')
        yield 'connection us', BUSY, per_echo(cost)


def store(name, operations):
    """The cost of SET and GET, one by one and 16 at a time: of 100,000 keys, 100 bytes each."""
    with Store(name) as server:
        for pipeline, count in (1, operations), (16, operations * 5):
            for command in 'SET', 'GET':
                cpu = server.cpu_seconds()
                subprocess.run(('redis-benchmark', '-p', str(server.port), '-c', str(BUSY),
                                '-t', command.lower(), '-r', '100000', '-d', '100',
                                '-n', str(count), '-P', str(pipeline), '--csv'),
                               check=True, capture_output=True, timeout=120)
                yield f'{command} us', pipeline, round((server.cpu_seconds() - cpu) / count * 1e6, 3)


def keys(name, count):
    """The memory of a key of 16 bytes with its value of 100."""
    with Store(name) as server:
        before = server.memory()
        for first in range(0, count, 1000):
            server.ask(b''.join(b'SET key:%012d %s\r\n' % (first + i, b'v' * 100)
                                for i in range(1000)), 1000)
        yield 'key bytes', count, round((server.memory() - before) / count)


def large_file(name, size):
    """The cost of a file that nc sends, and takes back."""
    with Server(name) as server:
        cpu, start = server.cpu_seconds(), time.monotonic()
        transfer(server, size)
        cpu, seconds = server.cpu_seconds() - cpu, time.monotonic() - start
        yield 'file ms', 1, round(cpu / (size / 2**20) * 1e3, 3)
        yield 'file busy %', 1, round(100 * cpu / seconds)


def memory(name, count):
    """The memory of an idle client."""
    with Server(name) as server:
        before = server.memory()
        clients = [server.connect_idle()[0] for _ in range(count)]
        yield 'idle bytes', count, round((server.memory() - before) / count)
        for client in clients:
            client.close()


def system_calls(name, echoes, size):
    """How often the server makes each of the calls that an echo may need; and for a MiB."""
    for clients in 1, BUSY:
        for call, count in traced(name, lambda server: echo(server, clients, echoes)).items():
            yield f'calls: {call}', clients, round(count / echoes, 3)
    for call, count in traced(name, lambda server: transfer(server, size)).items():
        yield f'file calls: {call}', 1, round(count / (size / 2**20), 1)


def load(server, clients, echoes):
    """What so many echoes cost, without connecting: a run of one echo a client is taken off."""
    connecting, all_of_it = echo(server, clients, clients), echo(server, clients, echoes + clients)
    for what in 'echoes', 'cpu', 'seconds':
        all_of_it[what] -= connecting[what]
    return all_of_it


def per_echo(cost):
    return round(cost['cpu'] / cost['echoes'] * 1e6, 3)


def echo(server, clients, echoes, *options):
    """Has the clients send so many requests in all, and take their echoes."""
    command = ('redis-benchmark', '-p', str(server.port), '-c', str(clients), '-n', str(echoes),
               *options, '--csv', 'PING', TEXT)
    cpu = server.cpu_seconds()
    result = subprocess.run(command, capture_output=True, text=True, timeout=120)
    if result.returncode:
        sys.exit(f'{server.process.args}: {result.stderr}')
    # test, echoes a second, latency in ms: average, least, 50 %, 95 %, 99 %, most
    _, speed, *_, slow, _ = next(csv.reader(result.stdout.splitlines()[-1:]))
    return {'echoes': echoes, 'seconds': echoes / float(speed), 'ms at 99 %': float(slow),
            'cpu': server.cpu_seconds() - cpu}


def transfer(server, size):
    with tempfile.TemporaryFile() as file:
        file.truncate(size)
        output = subprocess.check_output(
            ('sh', '-c', f'nc -N 127.0.0.1 {server.port} | wc -c'), stdin=file, timeout=120)
    if int(output) != size:
        sys.exit(f'{server.process.args}: {int(output)} of {size} bytes came back')


def traced(name, use):
    """Returns how often the server makes each of the calls that matter, in that use."""
    summary = os.path.join(BUILD, 'strace')
    with Server(name, wrap=('strace', '-f', '-c', '-o', summary)) as server:
        use(server)
    # % of time, seconds, microseconds a call, calls, errors (or nothing), name
    rows = [line.split() for line in read(summary).splitlines()]
    return {row[-1]: int(row[3]) for row in rows if row and row[-1] in CALLS}


def machine():
    cpus = re.findall(r'^model name\s*:\s*(.*)', read('/proc/cpuinfo'), re.M)
    siblings = f'/sys/devices/system/cpu/cpu{CORES[0]}/topology/thread_siblings_list'
    return {
        'date': datetime.date.today().isoformat(),
        'processor': cpus[0] if cpus else platform.machine(),
        'cores': len(CORES),
        'siblings': read(siblings).strip() if os.path.exists(siblings) else '',
        'kernel': f'{platform.system()} {platform.release()}',
        'libevent': version('pkg-config', '--modversion', 'libevent_core'),
        'libuv': version('pkg-config', '--modversion', 'libuv'),
        'redis-benchmark': version('redis-benchmark', '--version').split()[-1],
        'compiler': version(os.environ.get('CC', 'cc'), '--version').splitlines()[0],
    }


def version(*command):
    return subprocess.check_output(command, text=True).strip()


def wait_until(condition):
    end = time.monotonic() + 30
    while not (value := condition()):
        if time.monotonic() > end:
            sys.exit('a server did not do its part within 30 seconds')
        time.sleep(0.01)
    return value


def progress(text):
    if sys.stderr.isatty():
        print(f'\r\033[K{text}', end='', file=sys.stderr, flush=True)
    elif text:
        print(text, file=sys.stderr)


if __name__ == '__main__':
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
