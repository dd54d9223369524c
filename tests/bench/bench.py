#!/usr/bin/env python3
"""What does libevent's comfort cost, and what do threads give? "make bench" runs this file.

It builds the servers (Makefile), puts each under the same loads, and writes the raw figures into
results.csv. figures.py makes the tables, the chart and the numbers of README.md of them.
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
import subprocess
import sys
import tempfile
import time

from figures import CALLS, HERE, LOADS, SERVERS, Figures, draw, fill_in, read

BUILD = os.path.normpath(os.path.join(HERE, '../../build/bench'))
TEXT = 'x' * 41  # redis-benchmark makes 62 bytes of it: *2 $4 PING $41 xxx…
NEEDED = {'redis-benchmark': 'redis-tools', 'gnuplot': 'gnuplot-nox', 'strace': 'strace',
          'nc': 'netcat-openbsd', 'taskset': 'util-linux', 'pkg-config': 'pkg-config'}

# The server gets the first core (step 7: one for each worker, but no more than half of them all),
# the load generator the others. On a machine with one core they share it.
CORES = sorted(os.sched_getaffinity(0))
LOAD_CORES = CORES[1:] or CORES


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--rounds', type=int, default=5)
    parser.add_argument('--quick', action='store_true', help='tiny counts: does it run at all?')
    parser.add_argument('--out', default=BUILD, help='where results.csv and chart.svg go')
    parser.add_argument('--record', action='store_true',
                        help='refresh the committed figures: the files beside this one')
    parser.add_argument('--render', action='store_true',
                        help='do not measure: the chart and README.md from the committed figures')
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
            writer.writerow(('measure', 'clients', 'server', 'round', 'value'))
            writer.writerows(rows)
    figures = Figures(results)
    draw(figures, os.path.join(options.out, 'chart.svg'))
    if options.out == HERE:
        fill_in(os.path.join(HERE, 'README.md'), figures)
    if not options.render:
        for part in 'about', 'relative', 'limit', 'threads', 'absolute', 'calls', 'memory':
            print('\n' + figures.text(part))
        print(f'\nraw figures: {os.path.relpath(results)}, chart: chart.svg beside it')


def build():
    missing = [package for tool, package in NEEDED.items() if not shutil.which(tool)]
    missing += [package for library, package in (('libevent_core', 'libevent-dev'),
                                                 ('libuv', 'libuv1-dev'))
                if shutil.which('pkg-config')
                and subprocess.call(('pkg-config', '--exists', library))]
    if missing:
        sys.exit(f'make bench needs these packages (Debian\'s names): {" ".join(missing)}\n'
                 'make deps-check installs them.')
    subprocess.check_call(('make', '-s', '-C', HERE))


class Server:
    """A server that runs as long as a "with", on cores of its own."""

    def __init__(self, name, wrap=()):
        _, binary, environment = SERVERS[name]
        workers = int(name[-1]) if name.startswith('step-7') else 1
        self.cores = CORES[:max(1, min(workers, len(CORES) // 2))]
        self.log = os.path.join(BUILD, 'log')
        with open(self.log, 'w') as log:
            # In a session of its own: the interrupt then reaches the server behind strace.
            self.process = subprocess.Popen(
                ('taskset', '-c', ','.join(map(str, self.cores)), *wrap,
                 os.path.join(BUILD, binary), '0'),
                stdout=log, env=os.environ | environment, start_new_session=True)
        self.pid = self.process.pid

    def __enter__(self):
        try:
            line = wait_until(lambda: re.search(r'listening on 127.0.0.1:(\d+)\n', read(self.log)))
        except BaseException:
            self.__exit__()
            raise
        self.port = int(line[1])
        return self

    def __exit__(self, *_):
        os.killpg(self.pid, signal.SIGINT)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(self.pid, signal.SIGKILL)
            sys.exit(f'{self.process.args}: does not end on an interrupt')

    def cpu_seconds(self):
        """CPU time so far, of all threads. schedstat counts nanoseconds."""
        return sum(int(read(file).split()[0])
                   for file in glob.glob(f'/proc/{self.pid}/task/*/schedstat')) / 1e9

    def memory(self):
        return 1024 * int(re.search(r'VmRSS:\s*(\d+)', read(f'/proc/{self.pid}/status'))[1])

    def descriptors(self):
        return len(os.listdir(f'/proc/{self.pid}/fd'))


def measure(options):
    """Returns the raw figures as rows: measure, clients, server, round, value."""
    rows = [('machine', '', what, '', value) for what, value in machine().items()]
    rows.append(('machine', '', 'rounds', '', options.rounds))

    requests = 2000 if options.quick else 40000
    connecting = {}
    for name, (title, _, _) in SERVERS.items():
        progress(f'warming up: {title}')
        with Server(name) as server:
            for clients in LOADS:
                connecting[name, clients] = load(server, clients, clients)
    for number in range(1, options.rounds + 1):
        # Alternating: whatever slows the machine for a while meets every server.
        for name, (title, _, _) in SERVERS.items():
            progress(f'round {number} of {options.rounds}: {title}')
            with Server(name) as server:
                for clients in LOADS:
                    cost = load(server, clients, requests).minus(connecting[name, clients])
                    for what, value in cost.figures(server).items():
                        rows.append((what, clients, name, number, value))

    idle = 100 if options.quick else allowed_clients(10000)
    size = (1 if options.quick else 256) << 20
    for name, (title, _, _) in SERVERS.items():
        progress(f'memory, and a large file: {title}')
        with Server(name) as server:
            rows.append(('idle bytes', idle, name, 1, round(idle_memory(server, idle))))
            for number in range(1, 4):
                for what, value in transfer(server, size).items():
                    rows.append((what, 1, name, number, value))

    echoes = 200 if options.quick else 4000
    for name, (title, _, _) in SERVERS.items():
        progress(f'system calls: {title}')
        for clients in 1, LOADS[0]:
            for call, count in system_calls(name, clients, echoes).items():
                rows.append((f'calls: {call}', clients, name, 1, round(count / echoes, 3)))
    progress('')
    return rows


class Cost:
    """What a run of redis-benchmark cost, and what it reported."""

    def __init__(self, echoes, cpu, load_cpu, report):
        self.echoes, self.cpu, self.load_cpu, self.report = echoes, cpu, load_cpu, report

    def minus(self, short):
        """Without a run of one echo a client: what is left is echoes, and no connecting."""
        return Cost(self.echoes - short.echoes, self.cpu - short.cpu,
                    self.load_cpu - short.load_cpu, self.report)

    def figures(self, server):
        # test, echoes a second, latency in ms: average, least, 50 %, 95 %, 99 %, most
        _, speed, _, _, middle, _, slow, _ = self.report
        seconds = self.echoes / float(speed)
        return {
            'echoes/s': round(float(speed)),
            'us of CPU an echo': round(self.cpu / self.echoes * 1e6, 3),
            'ms at 50 %': float(middle),
            'ms at 99 %': float(slow),
            'server busy %': round(100 * self.cpu / seconds / len(server.cores)),
            'load busy %': round(100 * self.load_cpu / seconds / len(LOAD_CORES)),
        }


def load(server, clients, echoes):
    """Has the clients send so many requests in all, and take their echoes."""
    threads = ('--threads', str(len(LOAD_CORES))) if len(LOAD_CORES) > 1 else ()
    command = ('redis-benchmark', '-p', str(server.port), '-c', str(clients), '-n', str(echoes),
               *threads, '--csv', 'PING', TEXT)
    cpu, load_cpu = server.cpu_seconds(), children_cpu()
    result = subprocess.run(command, capture_output=True, text=True, timeout=120)
    if result.returncode:
        sys.exit(f'{server.process.args}: {result.stderr}')
    report = next(csv.reader(result.stdout.splitlines()[-1:]))
    return Cost(echoes, server.cpu_seconds() - cpu, children_cpu() - load_cpu, report)


def idle_memory(server, count):
    """Returns the bytes of memory a client that has had an echo and is idle now."""
    memory, descriptors = server.memory(), server.descriptors()
    clients = []
    for _ in range(count):
        clients.append(socket.create_connection(('127.0.0.1', server.port)))
        clients[-1].sendall(TEXT.encode())
        clients[-1].recv(len(TEXT), socket.MSG_WAITALL)
    memory = server.memory() - memory
    for client in clients:
        client.close()
    wait_until(lambda: server.descriptors() <= descriptors)
    return memory / count


def transfer(server, size):
    """Sends a file there and back with nc."""
    cpu, start = server.cpu_seconds(), time.monotonic()
    with tempfile.TemporaryFile() as file:
        file.truncate(size)
        output = subprocess.check_output(
            ('sh', '-c', f'nc -N 127.0.0.1 {server.port} | wc -c'), stdin=file, timeout=120)
    if int(output) != size:
        sys.exit(f'{server.process.args}: {int(output)} of {size} bytes came back')
    mebibytes, seconds = size / 2**20, time.monotonic() - start
    return {'file MiB/s': round(mebibytes / seconds),
            'file ms of CPU a MiB': round((server.cpu_seconds() - cpu) / mebibytes * 1e3, 3)}


def system_calls(name, clients, echoes):
    """Returns how often the server made each of the calls that an echo may need."""
    summary = os.path.join(BUILD, 'strace')
    with Server(name, ('strace', '-f', '-c', '-o', summary)) as server:
        load(server, clients, echoes)
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


def allowed_clients(wanted):
    """So many clients as the limit on descriptors allows; the servers inherit it."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return wanted if hard == resource.RLIM_INFINITY else min(wanted, hard - 100)


def children_cpu():
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


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
