"""From the raw figures in results.csv to tables, a chart, and the numbers of README.md."""
import csv
import os
import re
import statistics
import subprocess
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))

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
CALLS = {  # system call: its column
    'read': 'read', 'readv': 'read', 'ioctl': 'FIONREAD', 'write': 'write', 'writev': 'write',
    'sendto': 'write', 'sendmsg': 'write', 'epoll_ctl': 'epoll_ctl', 'epoll_wait': 'wait',
    'epoll_pwait': 'wait', 'epoll_pwait2': 'wait',
}


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
        clients, server = int(words[0]), words[1]
        if kind == 'calls':
            return f'{self.calls_an_echo(server, clients):.0f}'
        if kind == 'idle':
            return f'{self.median("idle bytes", clients, server):,.0f}'
        if kind == 'file':
            return f'{statistics.median(self.ratios("file ms of CPU a MiB", 1, server)):.1f}'
        ratio = statistics.median(self.ratios('us of CPU an echo', clients, server))
        if kind == 'capacity':
            return f'{100 / ratio:.0f}'
        if kind == 'extra':
            return f'{self.median("us of CPU an echo", clients, server) * (1 - 1 / ratio):.1f}'
        return f'{ratio:.2f}'

    def calls_an_echo(self, server, clients, column=None):
        return sum(self.values.get((f'calls: {call}', clients, server), [0])[0]
                   for call in CALLS if column in (None, CALLS[call]))

    # The texts that stand on lines of their own:

    def about(self):
        m = self.machine
        note = ''
        if len(re.findall(r'\d+', m['siblings'])) > 1:
            note = f' ({m["siblings"]} are threads of one core, which makes them slower)'
        return (f'{self.machine_line()}{note}, redis-benchmark {m["redis-benchmark"]}, '
                f'{m["compiler"]}; medians of {m["rounds"]} rounds, least and most in brackets.')

    def machine_line(self):
        return ('{date}, {processor}, {cores} cores, {kernel}, libevent {libevent}, libuv {libuv}'
                .format(**self.machine))

    def relative(self):
        def cell(measure, clients, server):
            ratios = self.ratios(measure, clients, server)
            star = '*' if measure == 'echoes/s' and self.limited(clients, server) else ''
            return (f'{statistics.median(ratios):.2f}{star} '
                    f'({min(ratios):.2f}–{max(ratios):.2f})')
        columns = [(what, measure, clients) for what, measure in
                   (('CPU time', 'us of CPU an echo'), ('throughput', 'echoes/s'))
                   for clients in LOADS]
        return table(
            ('bare epoll = 1; clients:', *(f'{what}, {clients:,}' for what, _, clients in columns)),
            ((title, *(cell(measure, clients, server) for _, measure, clients in columns))
             for server, (title, _, _) in SERVERS.items()))

    def limit(self):
        cases, loads = [], []
        for clients in LOADS:
            waited = [server for server in SERVERS if self.limited(clients, server)]
            if not waited:
                continue
            busy = [self.median('server busy %', clients, server) for server in waited]
            loads += [self.median('load busy %', clients, server) for server in waited]
            cases.append(f'with {clients:,} clients {len(waited)} of {len(SERVERS)} servers were '
                         f'busy {min(busy):.0f} to {max(busy):.0f} % of the time')
        if not cases:
            return 'The servers were the limit, and not the load generator.'
        text = f'\\* Not the limit: {", and ".join(cases)}. '
        if statistics.median(loads) >= 90:
            return text + ('The load generator was the limit, so there the throughput says how fast '
                           'redis-benchmark is: compare the CPU time.')
        return text + (f'The load generator was busy {min(loads):.0f} to {max(loads):.0f} % of the '
                       'time only: something else used the machine. Measure again when it is quiet.')

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
        def row(clients, server):
            def value(measure):
                return self.median(measure, clients, server)
            return (f'{value("us of CPU an echo"):.2f}', f'{value("echoes/s"):,.0f}',
                    f'{value("ms at 50 %"):.2f}', f'{value("ms at 99 %"):.2f}',
                    f'{value("server busy %"):.0f} %', f'{value("load busy %"):.0f} %')
        return '\n\n'.join(
            table((f'{clients:,} clients', 'CPU µs an echo', 'echoes a second', 'median ms',
                   'ms at 99 %', 'server busy', 'load busy'),
                  ((title, *row(clients, server)) for server, (title, _, _) in SERVERS.items()))
            for clients in LOADS)

    def calls(self):
        columns = list(dict.fromkeys(CALLS.values()))
        return table(
            ('system calls an echo', *columns, 'all', f'all, {LOADS[0]} clients'),
            ((title, *(f'{self.calls_an_echo(server, 1, column):.1f}' for column in columns),
              f'{self.calls_an_echo(server, 1):.1f}',
              f'{self.calls_an_echo(server, LOADS[0]):.1f}')
             for server, (title, _, _) in SERVERS.items()))

    def memory(self):
        clients = next(key[1] for key in self.values if key[0] == 'idle bytes')
        few = '' if clients >= 10000 else '; 10,000 need a limit (ulimit -Hn) of 10,100 descriptors'
        return table(
            ('', 'bytes an idle client', 'file: CPU, bare epoll = 1', 'CPU ms a MiB', 'MiB/s'),
            ((title, self.text(f'idle {clients} {server}'), self.text(f'file 1 {server}'),
              f'{self.median("file ms of CPU a MiB", 1, server):.2f}',
              f'{self.median("file MiB/s", 1, server):,.0f}')
             for server, (title, _, _) in SERVERS.items())
        ) + f'\n\nThere were {clients:,} idle clients{few}.'


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


def read(path):
    with open(path) as file:
        return file.read()


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
        subprocess.check_call((
            'gnuplot', '-e', f'data="{data.name}"; out="{path}"; about="{figures.machine_line()}"',
            os.path.join(HERE, 'chart.gp')))

