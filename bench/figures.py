"""From the raw figures in results.csv to charts, tables, and the numbers of the texts."""
import csv
import glob
import os
import re
import statistics
import subprocess
import sys
import tempfile
import textwrap
import unicodedata

HERE = os.path.dirname(os.path.abspath(__file__))

BACKENDS = ('epoll', 'poll', 'select')  # all with step 6
COMFORT = {
    'bare': 'bare epoll',
    'libuv': 'libuv, uv_write',
    'libuv-try': 'libuv, uv_try_write first',
    'step-6': 'step 6',
    'step-6-fast': 'step 6, fast path',
}
FILE = COMFORT | {
    'step-6-4096': 'step 6, chunks of 4,096',
    'step-6-no-copy': 'step 6, without copying',
}
SIZES = 62, 1000, 4096, 4097, 16384, 65536  # bytes of a request for whose echo one client waits
WAIT = {name: COMFORT[name] for name in ('bare', 'libuv', 'step-6', 'step-6-fast')} | {
    'step-6-nagle': 'step 6, no TCP_NODELAY',
}
CONNECTION = COMFORT | {'step-7-2': 'step 7, 2 workers'}
STORES = {
    'redis': 'redis-server',
    'store-1': 'exercise 7.5, 1 worker',
    'store-2': 'exercise 7.5, 2 workers',
}
OPERATIONS = {  # measure, load: title
    ('SET us', 1): 'SET',
    ('GET us', 1): 'GET',
    ('SET us', 16): 'SET, 16 at a time',
    ('GET us', 16): 'GET, 16 at a time',
}
CALLS = {  # system call: its column
    'read': 'read', 'readv': 'read', 'ioctl': 'FIONREAD', 'write': 'write', 'writev': 'write',
    'sendto': 'write', 'sendmsg': 'write', 'epoll_ctl': 'epoll_ctl', 'epoll_wait': 'wait',
    'epoll_pwait': 'wait', 'epoll_pwait2': 'wait',
}
ABOUT = ('{date}, {processor}, {cores} cores{note}, {kernel}, libevent {libevent}, '
         'libuv {libuv}, redis-benchmark {redis-benchmark}, {compiler}; medians of {rounds} rounds, '
         'least and most in brackets.')
NOTE = ' ({siblings} are threads of one core, which makes them slower)'
# The same in another language: what its text has in place of a title, or of a piece of one.
WORDS = {'README.zh-CN.md': {
    ABOUT: '{date}，{processor}，{cores} 个核{note}，{kernel}，libevent {libevent}\n'
           '和 libuv {libuv}，redis-benchmark {redis-benchmark}，{compiler}。\n各数取 {rounds} 轮的中位数，括号里是最小值和最大值。',
    NOTE: '（其中 {siblings} 是同一个核的线程，会慢一些）',
    'CPU µs an echo; idle clients:': '空闲客户端数（单位：CPU µs/次回显）',
    '200 µs of work an echo': '每次回显干 200 µs 的活',
    'no work': '不干活',
    'echoes a second': '每秒回显次数',
    'step 6 = 1': '第 6 步 = 1',
    '99 % within ms': 'P99（ms）',
    'an echo': '一次回显',
    'median wait in µs; bytes:': '等待的中位数（µs）；字节数：',
    '99 % within µs; bytes:': 'P99（µs）；字节数：',
    'step 6, no TCP_NODELAY': '第 6 步，没有 TCP_NODELAY',
    'a connection': '一个连接',
    'CPU µs': 'CPU µs',
    'CPU µs more than step 6': '比第 6 步多的 CPU µs',
    'CPU µs, 50 clients': 'CPU µs，50 个客户端',
    'CPU µs, 1,000': 'CPU µs，1,000 个',
    'bare epoll = 1': '裸 epoll = 1',
    'bytes an idle client': '每个空闲客户端的字节数',
    'a large file': '大文件',
    'CPU ms a MiB': '每 MiB 的 CPU ms',
    'system calls an echo': '每次回显的系统调用',
    'a MiB of the large file': '大文件，每 MiB',
    'all': '合计',
    'wait': '等待',
    'bare epoll': '裸 epoll',
    'libuv, uv_write': 'libuv，uv_write',
    'libuv, uv_try_write first': 'libuv，先 uv_try_write',
    'step 6': '第 6 步',
    'step 6, fast path': '第 6 步，快速路径',
    'step 6, chunks of 4,096': '第 6 步，每段 4,096',
    'step 6, without copying': '第 6 步，不复制',
    'step 7, 1 worker': '第 7 步，1 个工作线程',
    'CPU µs an operation': '每次操作的 CPU µs',
    'exercise 7.5, 1 worker': '练习 7.5，1 个工作线程',
    'exercise 7.5, 2 workers': '练习 7.5，2 个工作线程',
    'redis-server = 1': 'redis-server = 1',
    'SET, 16 at a time': 'SET，一次 16 个',
    'GET, 16 at a time': 'GET，一次 16 个',
    'bytes a key': '每个键的字节数',
    **{f'step 7, {n} workers': f'第 7 步，{n} 个工作线程' for n in (2, 4, 8, 16, 32)},
}}


def threaded(kind, cores):
    """Step 6, and step 7 with more and more workers: "work" with work for each echo, or "step"."""
    counts = [count for count in (1, 2, 4, 8, 16, 32) if count <= max(4, cores)]
    return [f'{kind}-6', *(f'{kind}-7-{count}' for count in counts)]


class Figures:
    """The figures of results.csv, and the texts that are made of them."""

    def __init__(self, path, words={}):
        self.path, self.words = path, words
        self.values = {}  # (measure, load, server): the values of the rounds
        self.machine = {}
        for row in csv.DictReader(read(path).splitlines()):
            if row['measure'] == 'machine':
                self.machine[row['server']] = row['value']
            else:
                key = row['measure'], int(row['load']), row['server']
                self.values.setdefault(key, []).append(float(row['value']))
        self.cores = int(self.machine['cores'])

    # Numbers. Most are given as median, least and most of the rounds.

    def rounds(self, measure, load, server):
        values = self.values.get((measure, int(load), server), [])
        if not values:
            sys.exit(f'{self.path}: nothing measured for "{measure}", {load}, {server}')
        if len(values) != int(self.machine['rounds']):
            sys.exit(f'{self.path}: {len(values)} rounds were measured for "{measure}", {load}, '
                     f'{server}')
        return values

    def ratios(self, measure, load, server, base='bare'):
        """Round by round, compared with the base in the same round."""
        return [value / other for value, other in
                zip(self.rounds(measure, load, server), self.rounds(measure, load, base))]

    def median(self, measure, load, server):
        return statistics.median(self.rounds(measure, load, server))

    def idle_counts(self, backend='epoll'):
        return sorted(load for measure, load, server in self.values
                      if measure == 'us' and server == backend)

    def full(self, kind='work'):
        """Step 7 with a worker for each core."""
        return [server for server in threaded(kind, self.cores)[1:]
                if int(server.split('-')[-1]) <= max(2, self.cores)][-1]

    # What a text may claim: see tests/slow/bench.bats.

    def less(self, measure, load, one, other):
        """In every round."""
        return all(ratio < 1 for ratio in self.ratios(measure, load, one, other))

    def overlap(self, measure, load, one, other):
        one, other = self.rounds(measure, load, one), self.rounds(measure, load, other)
        return max(min(one), min(other)) <= min(max(one), max(other))

    # Texts. In "<!--=us 1000 poll-->24<!--=-->", us('1000', 'poll') makes the 24.

    def text(self, name):
        method, *arguments = name.split()
        return str(getattr(self, method.replace('-', '_'))(*arguments))

    def us(self, load, server):
        load = self.idle_counts()[-1] if load == 'most' else load
        return f'{self.median("us", load, server):.0f}'

    def most_idle(self):
        return f'{self.idle_counts()[-1]:,}'

    def times(self, load, server):
        return f'{statistics.median(self.ratios("us", load, server)):.1f}'

    def file(self, server):
        return f'{statistics.median(self.ratios("file ms", 1, server)):.1f}'

    def idle(self, server):
        load = next(load for measure, load, _ in self.values if measure == 'idle bytes')
        return f'{self.values["idle bytes", load, server][0]:,.0f}'

    def calls(self, load, server, column=None):
        """System calls an echo; load "file": a MiB of the large file."""
        measure, load = ('file calls', 1) if load == 'file' else ('calls', load)
        number = sum(self.values.get((f'{measure}: {call}', int(load), server), [0])[0]
                     for call in CALLS if column in (None, CALLS[call]))
        return f'{number:,.0f}' if measure == 'file calls' or not column else f'{number:.1f}'

    def operation(self, measure, load, server):
        """How many times the CPU time of redis-server a SET or GET needs."""
        ratios = self.ratios(f'{measure} us', load, server, 'redis')
        return f'{statistics.median(ratios):.1f}'

    def key(self, server):
        load = next(load for measure, load, _ in self.values if measure == 'key bytes')
        return f'{self.values["key bytes", load, server][0]:,.0f}'

    def server(self, name):
        """work-7-2 and step-7-2 are "step 7, 2 workers"."""
        _, _, name = name.partition('-')
        step, _, count = name.partition('-')
        return f'step {step}' + (f', {count} worker{"s" * (count != "1")}' if count else '')

    def workers(self):
        return self.full().split('-')[-1]

    def echoes(self, server):
        return f'{round(self.median("echoes", 50, self.named(server)), -2):,.0f}'

    def gain(self, kind='work'):
        """How many times the echoes of step 6 make step 7's threads, one for each core."""
        ratios = self.ratios('echoes', 50, self.full(kind), f'{kind}-6')
        return f'{statistics.median(ratios):.1f}'

    def ms(self, server):
        return f'{self.median("ms at 99 %", 50, self.named(server)):.0f}'

    def named(self, server):
        return self.full() if server == 'full' else server

    def wait(self, size, server):
        return f'{self.median("wait us", size, server):,.0f}'

    def wait_ms(self, size, server):
        return f'{self.median("wait us", size, server) / 1000:.0f}'

    def connection(self, server):
        return f'{self.median("connection us", 50, server):.0f}'

    def handover(self):
        """What step 7 needs for a connection more than step 6, round by round."""
        return f'{statistics.median(self.more("step-7-2")):.0f}'

    def more(self, server):
        return [one - other for one, other in zip(self.rounds('connection us', 50, server),
                                                  self.rounds('connection us', 50, 'step-6'))]

    def machine_has(self, what):
        return self.machine[what]

    def about(self):
        siblings = self.machine['siblings']
        note = (self.words.get(NOTE, NOTE).format(siblings=siblings)
                if len(re.findall(r'\d+', siblings)) > 1 else '')
        text = self.words.get(ABOUT, ABOUT).format(note=note, **self.machine)
        return '\n'.join(textwrap.fill(line, 80) for line in text.split('\n'))

    def warning(self):
        busy = self.median('busy %', 50, 'work-6')
        return '' if busy >= 95 else (
            f'Step 6 got {busy:.0f} % of a core when it had work for all of it: something else uses\n'
            'this machine. Measure again when it is quiet.')

    # Tables.

    def table(self, head, rows):
        """A Markdown table whose columns stand one below the other in a terminal, too."""
        rows = [[self.words.get(cell, cell) for cell in row] for row in (head, *rows)]
        widths = [max(columns(row[i]) for row in rows) for i in range(len(head))]
        space = [[' ' * (width - columns(cell)) for cell, width in zip(row, widths)] for row in rows]
        lines = ['| ' + ' | '.join(before + cell if i else cell + before
                                   for i, (cell, before) in enumerate(zip(row, spaces))) + ' |'
                 for row, spaces in zip(rows, space)]
        lines.insert(1, '|' + '|'.join('-' * (width + 1) + (':' if i else '-')
                                       for i, width in enumerate(widths)) + '|')
        return '\n'.join(lines)

    def backend_table(self):
        def cell(load, backend):
            return (spread(self.rounds('us', load, backend), 0)
                    if load in self.idle_counts(backend) else '')
        loads = sorted({load for backend in BACKENDS for load in self.idle_counts(backend)})
        return self.table(('CPU µs an echo; idle clients:', *BACKENDS),
                          ((f'{load:,}', *(cell(load, backend) for backend in BACKENDS))
                           for load in loads))

    def threads_table(self):
        return '\n\n'.join(self.table(
            (title, 'echoes a second', 'step 6 = 1', '99 % within ms'),
            ((self.server(server), f'{self.median("echoes", 50, server):,.0f}',
              spread(self.ratios('echoes', 50, server, f'{kind}-6'), 1),
              spread(self.rounds('ms at 99 %', 50, server), digits))
             for server in threaded(kind, self.cores)))
            for kind, title, digits in (('work', '200 µs of work an echo', 0),
                                        ('step', 'no work', 1)))

    def wait_table(self):
        def table(head, measure):
            return self.table((head, *(f'{size:,}' for size in SIZES)), (
                (title, *(f'{self.median(measure, size, server):,.0f}' for size in SIZES))
                for server, title in WAIT.items()))
        return (table('median wait in µs; bytes:', 'wait us') + '\n\n'
                + table('99 % within µs; bytes:', 'wait us at 99 %'))

    def connection_table(self):
        return self.table(
            ('a connection', 'CPU µs', 'CPU µs more than step 6'),
            ((title, spread(self.rounds('connection us', 50, server), 0),
              spread(self.more(server), 0) if server != 'step-6' else '')
             for server, title in CONNECTION.items()))

    def comfort_table(self):
        return self.table(
            ('an echo', 'CPU µs, 50 clients', 'bare epoll = 1', 'CPU µs, 1,000', 'bare epoll = 1',
             'bytes an idle client'),
            ((title, *(cell for load in (50, 1000) for cell in
                       (f'{self.median("us", load, server):.1f}',
                        spread(self.ratios('us', load, server), 1))), self.idle(server))
             for server, title in COMFORT.items()))

    def file_table(self):
        return self.table(
            ('a large file', 'CPU ms a MiB', 'bare epoll = 1'),
            ((title, f'{self.median("file ms", 1, server):.1f}',
              spread(self.ratios('file ms', 1, server), 1)) for server, title in FILE.items()))

    def store_table(self):
        ours = [server for server in STORES if server != 'redis']
        return self.table(
            ('CPU µs an operation', STORES['redis'],
             *(title for server in ours for title in (STORES[server], 'redis-server = 1'))),
            (*((title, f'{self.median(*what, "redis"):.2f}',
                *(cell for server in ours for cell in
                  (f'{self.median(*what, server):.2f}',
                   spread(self.ratios(*what, server, 'redis'), 1))))
               for what, title in OPERATIONS.items()),
             ('bytes a key', self.key('redis'),
              *(cell for server in ours for cell in (self.key(server), '')))))

    def calls_table(self):
        columns = list(dict.fromkeys(CALLS.values()))

        def rows(load, servers):
            return ((title, *(self.calls(load, server, column) for column in columns),
                     self.calls(load, server)) for server, title in servers.items())
        return '\n\n'.join(
            self.table((what, *columns, 'all'), rows(load, COMFORT))
            for what, load in (('system calls an echo', 1), ('a MiB of the large file', 'file')))


def columns(text):
    """How wide it is in a terminal: a Chinese character takes two columns."""
    return sum(2 if unicodedata.east_asian_width(c) in 'WF' else 1 for c in text)


def spread(values, digits):
    middle, least, most = (f'{round(value, digits) + 0:.{digits}f}' for value in  # + 0: not "-0"
                           (statistics.median(values), min(values), max(values)))
    return f'{middle} ({least}–{most})'


def read(path):
    with open(path) as file:
        return file.read()


def texts():
    """The texts that have figures in them."""
    return [path for path in glob.glob(f'{HERE}/README*.md') + glob.glob(f'{HERE}/../0*/README*.md')
            if '<!--=' in read(path)]


def filled_in(path, figures):
    figures = Figures(figures.path, WORDS.get(os.path.basename(path), {}))

    def replace(match):
        return f'<!--={match[1]}-->{match[2]}{figures.text(match[1])}{match[2]}<!--=-->'
    return re.sub(r'<!--=(\S.*?)-->(\n?).*?<!--=-->', replace, read(path), flags=re.S)


def fill_in(path, figures):
    text = filled_in(path, figures)
    with open(path, 'w') as file:
        file.write(text)


def answers(figures):
    """README.md's first section with these figures, as plain sentences."""
    text = filled_in(os.path.join(HERE, 'README.md'), figures)
    text = re.search(r'^## The answers\n(.*?)^## ', text, flags=re.S | re.M)[1]
    text = re.sub(r'<!--.*?-->|<details>.*?</details>|!\[.*?\)|\*\*', '', text, flags=re.S)
    text = re.sub(r'\[(.*?)\]\(.*?\)', r'\1', text, flags=re.S)
    return '\n\n'.join(textwrap.fill(paragraph.strip(), 80) for paragraph in text.split('\n\n')
                       if paragraph.strip())


def draw(figures, question, path):
    """A chart, by gnuplot. Its program gets a line for each row of data."""
    with tempfile.NamedTemporaryFile('w', suffix='.dat') as data:
        for title, *values in DATA[question](figures):
            print(f'"{title}"', *values, file=data)
        data.flush()
        subprocess.check_call(('gnuplot', '-e', f'data="{data.name}"; out="{path}"',
                               os.path.join(HERE, f'{question}.gp')), cwd=HERE)
    # gnuplot knows no dark mode: what is black, white or gray here changes with the page.
    style = '''<style>
[stroke="gray"] { stroke: #d0d7de }
@media (prefers-color-scheme: dark) {
  [fill="#ffffff"] { fill: #0d1117 } [fill="black"] { fill: #e6edf3 }
  [color="black"] { color: #e6edf3 } [stroke="black"] { stroke: #e6edf3 }
  [stroke="gray"] { stroke: #444c56 }
}
</style>'''
    svg = re.sub(r'rgb\( *0, *0, *0\)', 'black', read(path).replace('rgb(190, 190, 190)', 'gray'))
    with open(path, 'w') as file:
        file.write(svg.replace('<defs>', f'{style}\n<defs>', 1))


def three(values):
    return statistics.median(values), min(values), max(values)


DATA = {
    'backend': lambda f: ((backend, load, *three(f.rounds('us', load, backend)))
                          for backend in BACKENDS for load in f.idle_counts(backend)),
    'threads': lambda f: ((f.server(server), *three(f.rounds('echoes', 50, server)),
                           f'"{f.echoes(server)}"', f.ms(server))
                          for server in threaded('work', f.cores)),
    'comfort': lambda f: ((title, *three(f.ratios('us', 50, server)),
                           *three(f.ratios('us', 1000, server)),
                           *three(f.ratios('file ms', 1, server)))
                          for server, title in COMFORT.items()),
    'wait': lambda f: ((server, size, *three(f.rounds('wait us', size, server)))
                       for server in WAIT for size in SIZES),
    'store': lambda f: ((title, *three(f.ratios(*what, 'store-1', 'redis')),
                         *three(f.ratios(*what, 'store-2', 'redis')))
                        for what, title in OPERATIONS.items()),
}
TABLES = ('backend-table', 'threads-table', 'comfort-table', 'file-table', 'connection-table',
          'wait-table', 'store-table', 'calls-table')
