#!/usr/bin/env python3
"""What does libevent's comfort cost, and what do threads give? "make bench" runs this file.

It builds the servers (Makefile), puts each under the same loads, and writes the raw figures
(results.csv), a chart (chart.svg) and the tables of README.md, which are printed, too.
Everything is computed from results.csv: --render does that again without measuring.
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
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
BUILD = os.path.normpath(os.path.join(HERE, '../../build/bench'))

# name: (title, binary, environment)
SERVERS = {
    'epoll': ('bare epoll', 'epoll', {}),
    'libuv': ('libuv, uv_write', 'libuv', {}),
    'libuv-try': ('libuv, uv_try_write first', 'libuv-try', {}),
    'step-6': ('step 6', 'step-6', {}),
    'step-6-changelist': ('step 6, changelist', 'step-6', {'EVENT_EPOLL_USE_CHANGELIST': '1'}),
    'step-6-fast': ('step 6, fast path', 'step-6-fast', {}),
    'step-7-1': ('step 7, 1 worker', 'step-7-1', {}),
    'step-7-2': ('step 7, 2 workers', 'step-7-2', {}),
    'step-7-4': ('step 7, 4 workers', 'step-7-4', {}),
}
LOADS = (50, 1000)  # clients
TEXT = 'x' * 41     # redis-benchmark makes 62 bytes of it: *2 $4 PING $41 xxx…
NEEDED = {'redis-benchmark': 'redis-tools', 'gnuplot': 'gnuplot-nox', 'strace': 'strace',
          'nc': 'netcat-openbsd', 'taskset': 'util-linux', 'pkg-config': 'pkg-config'}

CORES = sorted(os.sched_getaffinity(0))
# The server gets the first core (step 7: one for each worker, but no more than half of them all),
# the load generator the rest. On a machine with one core they share it.
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
        check_needed()
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
        for part in 'about', 'ratios_table', 'limit', 'threads', 'absolute', 'calls', 'memory':
            print('\n' + figures.text(part))
        print(f'\nraw figures: {os.path.relpath(results)}, chart: chart.svg beside it')


def check_needed():
    missing = [package for tool, package in NEEDED.items() if not shutil.which(tool)]
    missing += [package for library, package in (('libevent_core', 'libevent-dev'),
                                                 ('libuv', 'libuv1-dev'))
                if shutil.which('pkg-config')
                and subprocess.call(('pkg-config', '--exists', library))]
    if missing:
        sys.exit(f'make bench needs these packages (Debian\'s names): {" ".join(missing)}\n'
                 'make deps-check installs them.')
    subprocess.check_call(('make', '-s', '-C', HERE))


# ---- measuring


class Server:
    """A server that runs, on its own core."""

    def __init__(self, name, wrap=()):
        _, binary, environment = SERVERS[name]
        workers = int(name[-1]) if name.startswith('step-7') else 1
        self.cores = CORES[:max(1, min(workers, len(CORES) // 2))]
        # A session of its own: stop() can then reach the server behind strace.
        self.process = subprocess.Popen(
            (*pinned(self.cores), *wrap, os.path.join(BUILD, binary), '0'), text=True,
            stdout=open(os.path.join(BUILD, 'log'), 'w'), env=os.environ | environment,
            start_new_session=True)
        self.pid = self.process.pid
        self.port = wait_until(self.find_port)

    def find_port(self):
        with open(os.path.join(BUILD, 'log')) as log:
            found = re.search(r'^listening on 127.0.0.1:(\d+)\n', log.read(), re.M)
        return found and int(found[1])

    def cpu_seconds(self):
        """CPU time so far, of all threads. schedstat counts nanoseconds."""
        return sum(int(read(file).split()[0])
                   for file in glob.glob(f'/proc/{self.pid}/task/*/schedstat')) / 1e9

    def memory(self):
        return 1024 * int(re.search(r'VmRSS:\s*(\d+)', read(f'/proc/{self.pid}/status'))[1])

    def descriptors(self):
        return len(os.listdir(f'/proc/{self.pid}/fd'))

    def stop(self):
        os.killpg(self.pid, signal.SIGINT)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(self.pid, signal.SIGKILL)
            sys.exit(f'{self.process.args}: does not end on an interrupt')


def measure(options):
    """Returns the raw figures as rows: measure, clients, server, round, value."""
    rows = [('machine', '', what, '', value) for what, value in machine().items()]
    rows.append(('machine', '', 'rounds', '', options.rounds))
    requests = 2000 if options.quick else 50000
    connecting = {}
    for name in SERVERS:
        progress(f'warming up: {SERVERS[name][0]}')
        server = Server(name)
        for clients in LOADS:
            connecting[name, clients] = load(server, clients, clients)
        server.stop()
    for number in range(1, options.rounds + 1):
        # Alternating: whatever slows the machine for a while meets every server.
        for name in SERVERS:
            progress(f'round {number} of {options.rounds}: {SERVERS[name][0]}')
            server = Server(name)
            for clients in LOADS:
                result = load(server, clients, requests).without(connecting[name, clients])
                rows += [(what, clients, name, number, value)
                         for what, value in result.figures(server).items()]
            server.stop()

    idle = 100 if options.quick else allowed_clients(10000)
    size = (1 if options.quick else 256) << 20
    for name in SERVERS:
        if name == 'step-6-changelist':
            continue
        progress(f'memory and a large file: {SERVERS[name][0]}')
        server = Server(name)
        connected, echoed = idle_memory(server, idle)
        rows.append(('idle bytes', idle, name, 1, round(connected)))
        rows.append(('idle bytes after an echo', idle, name, 1, round(echoed)))
        for number in range(1, 4):
            speed, cpu = transfer(server, size)
            rows.append(('file MiB/s', 1, name, number, round(speed)))
            rows.append(('file ms of CPU a MiB', 1, name, number, round(cpu, 3)))
        server.stop()

    echoes = 200 if options.quick else 4000
    for name in SERVERS:
        progress(f'system calls: {SERVERS[name][0]}')
        for clients in 1, LOADS[0]:
            for call, count in system_calls(name, clients, echoes).items():
                rows.append((f'calls: {call}', clients, name, 1, round(count / echoes, 3)))
    progress('')
    return rows


class Load:
    """What a run of redis-benchmark cost, and what it reported."""

    def __init__(self, echoes, cpu, own_cpu, report):
        self.echoes, self.cpu, self.own_cpu, self.report = echoes, cpu, own_cpu, report

    def without(self, short):
        """Takes off a run of one echo a client: what is left is echoes, and no connecting."""
        return Load(self.echoes - short.echoes, self.cpu - short.cpu, self.own_cpu - short.own_cpu,
                    self.report)

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
            'load busy %': round(100 * self.own_cpu / seconds / len(LOAD_CORES)),
        }


def load(server, clients, echoes):
    """Has so many clients send so many requests in all, and take their echoes."""
    threads = ('--threads', str(len(LOAD_CORES))) if len(LOAD_CORES) > 1 else ()
    cpu, own_cpu = server.cpu_seconds(), children_cpu()
    result = subprocess.run(
        (*pinned(LOAD_CORES), 'redis-benchmark', '-p', str(server.port), '-c', str(clients),
         '-n', str(echoes), *threads, '--csv', 'PING', TEXT),
        capture_output=True, text=True, timeout=120)
    if result.returncode:
        sys.exit(f'{server.process.args}: {result.stderr}')
    report = next(csv.reader(result.stdout.splitlines()[-1:]))
    return Load(echoes, server.cpu_seconds() - cpu, children_cpu() - own_cpu, report)


def idle_memory(server, count):
    """Returns the bytes of memory a client that is connected, and one that has echoed once."""
    memory, descriptors = server.memory(), server.descriptors()
    clients = [socket.create_connection(('127.0.0.1', server.port)) for _ in range(count)]
    wait_until(lambda: server.descriptors() >= descriptors + count)
    connected = server.memory() - memory
    for client in clients:
        client.sendall(TEXT.encode())
    for client in clients:
        client.recv(len(TEXT), socket.MSG_WAITALL)
    echoed = server.memory() - memory
    for client in clients:
        client.close()
    wait_until(lambda: server.descriptors() <= descriptors)
    return connected / count, echoed / count


def transfer(server, size):
    """Sends a file there and back with nc; returns MiB/s, and the server's CPU time in ms a MiB."""
    cpu = server.cpu_seconds()
    with tempfile.TemporaryFile() as file:
        file.truncate(size)
        start = time.monotonic()
        output = subprocess.check_output(
            (*pinned(LOAD_CORES), 'sh', '-c', f'nc -N 127.0.0.1 {server.port} | wc -c'),
            stdin=file, timeout=120)
        seconds = time.monotonic() - start
    if int(output) != size:
        sys.exit(f'{server.process.args}: {int(output)} of {size} bytes came back')
    return size / 2**20 / seconds, (server.cpu_seconds() - cpu) * 1e3 / (size / 2**20)


def system_calls(name, clients, echoes):
    """Returns how often the server made each system call, those aside that start and stop it."""
    summary = os.path.join(BUILD, 'strace')
    server = Server(name, ('strace', '-f', '-c', '-o', summary))
    load_all = ('redis-benchmark', '-p', str(server.port), '-c', str(clients),
                '-n', str(echoes), '--csv', 'PING', TEXT)
    subprocess.run(load_all, check=True, capture_output=True, timeout=120)
    server.stop()
    counts = {}
    for line in read(summary).splitlines():
        words = line.split()
        if re.fullmatch('read|readv|write|writev|sendto|sendmsg|ioctl|epoll_ctl|epoll_p?wait',
                        words[-1] if words else ''):
            counts[words[-1]] = int(words[3])
    return counts


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


def pinned(cores):
    return ('taskset', '-c', ','.join(map(str, cores)))


def allowed_clients(wanted):
    """So many clients as the limit on descriptors allows; the servers inherit it."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return wanted if hard == resource.RLIM_INFINITY else min(wanted, hard - 100)


def children_cpu():
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def read(path):
    with open(path) as file:
        return file.read()


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


# ---- from results.csv to text and picture


class Figures:
    """The figures of results.csv, and the texts that are made of them."""

    def __init__(self, path):
        self.values = {}  # (measure, clients, server): the values of the rounds
        self.machine = {}
        with open(path, newline='') as file:
            for row in csv.DictReader(file):
                if row['measure'] == 'machine':
                    self.machine[row['server']] = row['value']
                else:
                    key = row['measure'], int(row['clients']), row['server']
                    self.values.setdefault(key, []).append(float(row['value']))
        self.cores = int(self.machine['cores'])

    def median(self, measure, clients, server):
        return statistics.median(self.values[measure, clients, server])

    def ratios(self, measure, clients, server):
        """Round by round, against bare epoll in the same round."""
        return [value / base for value, base in
                zip(self.values[measure, clients, server], self.values[measure, clients, 'epoll'])]

    def limited(self, clients, server):
        """The server waited: its throughput is not the most that it can do."""
        return self.median('server busy %', clients, server) < 95

    def text(self, name):
        """What stands in README.md between <!-- name --> and <!-- / -->."""
        kind, *words = name.split()
        if not words:
            return getattr(self, kind)()
        if kind == 'calls':
            return f'{self.calls_an_echo(words[1], int(words[0])):.2f}'
        if kind == 'idle':
            measure, clients = self.idle_measure(words[0])
            return f'{self.median(measure, clients, words[1]):,.0f}'
        measure = 'file ms of CPU a MiB' if kind == 'file' else 'us of CPU an echo'
        clients, server = int(words[0]), words[1]
        ratio = statistics.median(self.ratios(measure, clients, server))
        if kind == 'capacity':
            return f'{100 / ratio:.0f}'
        if kind == 'extra':
            return f'{self.median(measure, clients, server) * (1 - 1 / ratio):.1f}'
        return f'{ratio:.2f}'

    def machine_line(self):
        return '{date}, {processor}, {cores} cores'.format(**self.machine)

    def idle_measure(self, when):
        """The measure's whole name and the number of clients that it was taken with."""
        name = {'connected': 'idle bytes', 'echoed': 'idle bytes after an echo'}[when]
        return next(key[:2] for key in self.values if key[0] == name)

    def calls_an_echo(self, server, clients, call=None):
        return sum(self.median(*key) for key in self.values
                   if key[1:] == (clients, server) and key[0].startswith('calls: ')
                   and call in (None, key[0].removeprefix('calls: ')))

    # The texts that stand on lines of their own:

    def about(self):
        m = self.machine
        note = ''
        if len(re.findall(r'\d+', m['siblings'])) > 1:
            note = f' (cores {m["siblings"]} are threads of one core: figures are lower)'
        return (f'{m["date"]}, {m["processor"]}, {m["cores"]} cores{note}, {m["kernel"]}, '
                f'libevent {m["libevent"]}, libuv {m["libuv"]}, '
                f'redis-benchmark {m["redis-benchmark"]}, {m["compiler"]}; '
                f'medians of {m["rounds"]} rounds, least and most in brackets.')

    def ratios_table(self):
        def cell(measure, clients, server):
            ratios = self.ratios(measure, clients, server)
            star = ' *' if measure == 'echoes/s' and self.limited(clients, server) else ''
            return (f'{statistics.median(ratios):.2f}{star} '
                    f'({min(ratios):.2f}–{max(ratios):.2f})')
        return table(
            ('bare epoll = 1', *(f'{what}, {clients:,} clients'
                                 for what in ('CPU time an echo', 'throughput')
                                 for clients in LOADS)),
            ((title, *(cell(measure, clients, server)
                       for measure in ('us of CPU an echo', 'echoes/s') for clients in LOADS))
             for server, (title, _, _) in SERVERS.items()))

    def limit(self):
        if not any(self.limited(clients, server) for clients in LOADS for server in SERVERS):
            return 'The servers, and not the load generator, were the limit everywhere.'
        lines = []
        for clients in LOADS:
            waited = [server for server in SERVERS if self.limited(clients, server)]
            busy = [self.median('server busy %', clients, server) for server in waited]
            load = [self.median('load busy %', clients, server) for server in waited]
            if waited:
                lines.append(f'with {clients:,} clients {len(waited)} of {len(SERVERS)} servers, '
                             f'busy {min(busy):.0f} to {max(busy):.0f} % of the time '
                             f'(the load generator {min(load):.0f} to {max(load):.0f} %)')
        return ('\\* The load generator was the limit, and not the server: ' + '; '.join(lines) +
                '. There the throughput says how fast redis-benchmark is; '
                'compare the CPU time instead.')

    def threads(self):
        if self.cores == 1:
            return ('There is one core here, and the load generator shares it with the server: '
                    'threads cannot show what they give, only what they cost.')
        if self.cores < 4:
            return (f'There are {self.cores} cores here, one for the server: the workers of step 7 '
                    'take turns on it. So this shows what threads cost, and cannot show what '
                    'they give.')
        return (f'Step 7 had a core for each worker, up to {self.cores // 2}: '
                'its throughput shows what threads give.')

    def absolute(self):
        return table(
            ('', *(f'{what}, {clients:,}' for clients in LOADS for what in
                   ('CPU µs an echo', 'echoes/s', 'ms at 50 %', 'ms at 99 %', 'server busy'))),
            ((title, *(cell for clients in LOADS for cell in (
                f'{self.median("us of CPU an echo", clients, server):.2f}',
                f'{self.median("echoes/s", clients, server):,.0f}',
                f'{self.median("ms at 50 %", clients, server):.2f}',
                f'{self.median("ms at 99 %", clients, server):.2f}',
                f'{self.median("server busy %", clients, server):.0f} %')))
             for server, (title, _, _) in SERVERS.items()))

    def calls(self):
        kinds = {'read': ('read', 'readv'), 'FIONREAD': ('ioctl',),
                 'write': ('write', 'writev', 'sendto', 'sendmsg'), 'epoll_ctl': ('epoll_ctl',),
                 'wait': ('epoll_wait', 'epoll_pwait')}
        return table(
            ('system calls an echo', *kinds, 'all', f'all, {LOADS[0]} clients'),
            ((title,
              *(f'{sum(self.calls_an_echo(server, 1, call) for call in calls):.2f}'
                for calls in kinds.values()),
              f'{self.calls_an_echo(server, 1):.2f}',
              f'{self.calls_an_echo(server, LOADS[0]):.2f}')
             for server, (title, _, _) in SERVERS.items()))

    def memory(self):
        clients = self.idle_measure('connected')[1]
        lines = table(
            ('', 'bytes an idle client', 'after an echo', 'large file, MiB/s',
             'CPU ms a MiB', 'ratio'),
            ((title, f'{self.median("idle bytes", clients, server):,.0f}',
              f'{self.median("idle bytes after an echo", clients, server):,.0f}',
              f'{self.median("file MiB/s", 1, server):,.0f}',
              f'{self.median("file ms of CPU a MiB", 1, server):.2f}',
              f'{statistics.median(self.ratios("file ms of CPU a MiB", 1, server)):.2f}')
             for server, (title, _, _) in SERVERS.items()
             if ('idle bytes', clients, server) in self.values))
        few = '' if clients >= 10000 else ' (as many as the limit on descriptors allows)'
        return f'{lines}\n\nIdle clients: {clients:,}{few}.'


def table(head, rows):
    """A Markdown table whose columns stand one below the other in a terminal, too."""
    rows = [head, *rows]
    widths = [max(len(row[i]) for row in rows) for i in range(len(head))]
    lines = ['| ' + ' | '.join(cell.rjust(width) if i else cell.ljust(width)
                               for i, (cell, width) in enumerate(zip(row, widths))) + ' |'
             for row in rows]
    lines.insert(1, '|' + '|'.join('-' * (width + 1) + (':' if i else '-')
                                   for i, width in enumerate(widths)) + '|')
    return '\n'.join(lines)


def fill_in(path, figures):
    """Puts the figures into a text: after each <!-- name -->, up to the next <!-- / -->."""
    def replace(match):
        text = figures.text(match[1])
        return f'<!-- {match[1]} -->{match[2]}{text}{match[2]}<!-- / -->'
    text = re.sub(r'<!-- ([^/\n]+?) -->(\n?).*?<!-- / -->', replace, read(path), flags=re.S)
    with open(path, 'w') as file:
        file.write(text)


def draw(figures, path):
    """The chart, by gnuplot: for each server and load the CPU time and the throughput."""
    with tempfile.NamedTemporaryFile('w', suffix='.dat') as data:
        for server, (title, _, _) in SERVERS.items():
            print(f'"{title}"', end='', file=data)
            for measure in 'us of CPU an echo', 'echoes/s':
                for clients in LOADS:
                    ratios = figures.ratios(measure, clients, server)
                    print('', statistics.median(ratios), min(ratios), max(ratios),
                          int(measure == 'echoes/s' and figures.limited(clients, server)),
                          end='', file=data)
            print(file=data)
        data.flush()
        limited = any(figures.limited(clients, server) for clients in LOADS for server in SERVERS)
        throughput = ('Throughput: more is better' +
                      ('\\n(pale: the load generator was the limit)' if limited else ''))
        subprocess.check_call(('gnuplot', '-e',
                               f'data="{data.name}"; out="{path}"; throughput="{throughput}"; '
                               f'about="{figures.machine_line()}"', os.path.join(HERE, 'chart.gp')))


if __name__ == '__main__':
    main()
