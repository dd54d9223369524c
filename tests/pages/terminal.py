"""Runs the transcripts of one section of a page, as a reader would: each terminal is an interactive
bash in a pseudo-terminal, without echo and colour, in a scratch copy of the repository.

README.md beside this file has the form of a transcript.
"""

import codecs
import fcntl
import os
import pty
import re
import secrets
import select
import signal
import socket
import struct
import subprocess
import termios
import time
from collections import deque

LINE_DEADLINE = float(os.environ.get("LINE_DEADLINE", 20))  # seconds to wait for a line
SECTION_DEADLINE = 120
# Lines that come or not, and that the text need not show: GNU make 4.3 says these at times when a
# Ctrl-C ends both make and its program; nc -z says this from its Debian version 1.229 on.
NOISE = re.compile(r"make: \*\*\* wait: No child processes\..*"
                   r"|make: \*\*\* Waiting for unfinished jobs\..*"
                   r"|Connection to \S+ \d+ port \[tcp/.*\] succeeded!"
                   # A timer came due a moment after the wait for it.
                   r"|epoll_wait\(3, \[\], 32, 1\) += 0")
NUMBER = r"(?<![\d.])\d+(?:\.\d+)?(?!\d)"
SETTLE = 0.3  # seconds after which a command that has not ended counts as one that stays


class Mismatch(Exception):
    """What a terminal printed is not what the text says. Carries the line of the page."""

    def __init__(self, line, expected, found):
        super().__init__(f"expected {expected}, found {found}")
        self.line = line


def claim_port():
    """A port that is free now, with five digits as 10000 has, and none that a client may get; and a
    socket whose name keeps it from all other sections, those of another run, too, until it is closed."""
    while True:
        port = 10001 + secrets.randbelow(20000)
        claim = socket.socket(socket.AF_UNIX)
        with socket.socket() as probe:
            try:
                claim.bind(f"\0port {port} of a section")
                probe.bind(("127.0.0.1", port))
                return port, claim
            except OSError:
                claim.close()


def matcher(text, bounds):
    """The test whether a line is the expected one: … is anything, any white space is a space, and
    a number with a bound is any number within it. (libevent 2.2 may say its own name.)"""
    expression, limits = "", []
    text = text.replace("libevent 2.1.…", "libevent 2.…")
    for n, piece in enumerate(re.split(f"({NUMBER})", normal(text))):
        if n % 2 and piece in bounds:
            limits.append(bounds[piece])
            expression += f"({NUMBER})"
        else:
            expression += re.escape(piece).replace(r"\ ", " ")
    expression = re.sub("( ?)…( ?)",
                        lambda m: " (?:.* )?" if m[1] and m[2] else m[1] + ".*" + m[2], expression)

    def matches(line):
        match = re.fullmatch(expression, normal(line))
        return match and all(limit.holds(n) for limit, n in zip(limits, match.groups()))

    return matches


def normal(text):
    return re.sub(r"\s+", " ", text.rstrip())


class Terminal:
    def __init__(self, folder, port):
        self.prompt = f"\x1e{secrets.token_hex(4)}\x1e"  # bash prints it when a command has ended
        settings = folder + ".bashrc"
        with open(settings, "w") as file:
            file.write(f"PS1='{self.prompt}' PS2= PROMPT_COMMAND=; unset HISTFILE\n")
        environment = {
            name: value for name, value in os.environ.items()
            if not name.startswith(("BATS", "MAKE", "MFLAGS", "GIT_", "LC_", "LANGUAGE"))
        } | {"TERM": "dumb", "LANG": "C.UTF-8", "PAGER": "cat", "GIT_PAGER": "cat", "NO_COLOR": "1",
             "PORT": str(port)}
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            try:
                os.closerange(3, 256)
                mode = termios.tcgetattr(0)
                mode[1] &= ~termios.OPOST
                # NOFLSH: else a ^C throws away what was printed and not yet read.
                mode[3] = mode[3] & ~termios.ECHO | termios.NOFLSH
                termios.tcsetattr(0, termios.TCSANOW, mode)
                fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 100, 0, 0))
                os.chdir(folder)
                signal.signal(signal.SIGINT, signal.SIG_DFL)
                signal.signal(signal.SIGPIPE, signal.SIG_DFL)
                os.execvpe("bash", ["bash", "--noediting", "--rcfile", settings, "-i"], environment)
            finally:
                os._exit(127)
        self.decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self.rest = ""         # the last line, not complete yet
        self.unread = deque()  # complete lines that no expected line has met yet
        self.command = None    # the last command and its line in the page
        self.gone = False      # bash itself has ended
        self.reset()

    def reset(self):
        self.ended = False
        self.expected = []  # (line in the page, text, matcher) since the command was typed
        self.states = {0}   # how many of the expected lines the output may have met so far
        self.seen = deque(maxlen=3)
        self.first = None   # the first line that was compared with the last expected one
        self.last = None    # a program may print one line a million times: compare it once

    def feed(self):
        """Reads what has been printed. Blank lines do not count, and a prompt ends a line."""
        try:
            data = os.read(self.fd, 65536)
        except OSError:
            data = b""
        text = self.rest + self.decoder.decode(data)
        self.gone = not data
        if self.prompt in text or self.gone:
            self.ended = True
            text = text.replace(self.prompt, "\n")
        *lines, self.rest = text.replace("\r", "").split("\n")
        self.unread.extend(line for line in lines if line.strip())

    def type(self, text):
        os.write(self.fd, text.encode())

    def add(self, line, text, bounds):
        within = [f"{n}: {bounds[n].words}" for n in re.findall(NUMBER, text) if n in bounds]
        shown = f"{text} ({', '.join(within)})" if within else text
        self.expected.append((line, shown, None if text == "…" else matcher(text, bounds)))
        self.states |= self.skipping(self.states)
        self.first = None

    def skipping(self, states):
        """A … may also stand for no line at all."""
        result = set(states)
        for n in range(len(self.expected)):
            if n in result and self.expected[n][2] is None:
                result.add(n + 1)
        return result

    def met(self):
        return len(self.expected) in self.states

    def take_line(self):
        """Compares one more line of output with the expected ones."""
        found = self.unread.popleft()
        if self.last == (found, self.states, len(self.expected)):
            return
        noise = NOISE.fullmatch(found)
        states = set(self.states) if noise else set()
        for n in self.states:
            if n < len(self.expected):
                matches = self.expected[n][2]
                if matches is None:
                    states.add(n)
                elif matches(found):
                    states.add(n + 1)
        self.first = self.first or (None if noise else found)
        if not states:
            self.fail(f'"{found}"')
        states = self.skipping(states)
        if states == self.states:
            self.last = found, states, len(self.expected)
        self.states = states
        self.seen.append(found)

    def fail(self, found):
        if self.met():
            line, text = self.expected[-1][:2] if self.expected else self.command
            more = "more after" if self.expected else "of"
            raise Mismatch(line, f'nothing {more} "{text}"', found)
        line, text = self.expected[-1][:2]
        if len(self.expected) > 1 and self.expected[-2][2] is None:
            found += ' after "' + '", "'.join(self.seen) + '"' if self.seen else ""
        elif self.first is not None:  # not where a … further up ended its search
            found = f'"{self.first}"'
        raise Mismatch(line, f'"{text}"', found)

    def kill(self):
        """Ends all that was started here: it has the session of this bash."""
        os.close(self.fd)  # hangs up, which ends most
        for _ in range(3):
            found = subprocess.run(["pgrep", "-s", str(self.pid)], capture_output=True, text=True)
            for pid in found.stdout.split():
                try:
                    os.kill(int(pid), signal.SIGKILL)
                except ProcessLookupError:
                    pass
        os.waitpid(self.pid, 0)


class Section:
    """The terminals of one section. blocks: (terminal's name, [(line in the page, text)])."""

    def __init__(self, folder, bounds):
        self.folder = folder
        self.bounds = bounds
        self.port, self.claim = claim_port()
        self.terminals = {}
        self.end = time.monotonic() + SECTION_DEADLINE

    def run(self, blocks):
        try:
            for name, lines in blocks:
                self.run_block(name, lines)
            for terminal in self.terminals.values():
                if terminal.ended:
                    self.expect_no_more(terminal)
        except Mismatch as error:
            if str(self.port) in str(error):
                error.args = (f"{error} ({self.port} stands for 10000 here)",)
            raise
        finally:
            for terminal in self.terminals.values():
                terminal.kill()
            self.claim.close()

    def run_block(self, name, lines):
        if name not in self.terminals:
            self.terminals[name] = Terminal(self.folder, self.port)
            self.wait(lambda: self.terminals[name].ended, LINE_DEADLINE)
            self.terminals[name].unread.clear()  # what the system's bashrc may have said
        terminal = self.terminals[name]
        for line, text in self.commands(lines):
            text = re.sub(r"\b10000\b", str(self.port), text)
            if text.startswith("$ "):
                self.expect_end(terminal, line, text)
                terminal.reset()
                terminal.command = line, text
                terminal.type(text[2:] + "\n")
            elif not terminal.command:
                raise Mismatch(line, f'a "$ " line first in terminal {name}', f'"{text}"')
            elif text in ("^C", "^D") or text.endswith("⏎"):
                if self.wait(lambda: terminal.ended, SETTLE):
                    raise Mismatch(line, "a running program to type that to",
                                   f'that "{terminal.command[1]}" has ended')
                keys = {"^C": "\x03", "^D": "\x04"}
                terminal.type(keys.get(text) or text[:-1].rstrip() + "\n")
            elif text.strip():
                terminal.add(line, text, self.bounds)
                self.expect(terminal)
        self.wait(lambda: terminal.ended, SETTLE)

    def commands(self, lines):
        """Joins a command and the lines "> …" that continue it."""
        result = []
        for line, text in lines:
            if text.startswith("> ") and result and result[-1][1].startswith("$ "):
                result[-1] = result[-1][0], result[-1][1] + "\n" + text[2:]
            else:
                result.append((line, text))
        return result

    def expect(self, terminal):
        """Waits until the last expected line is met."""
        def met_or_ended():
            while not terminal.met() and terminal.unread:
                terminal.take_line()
            return terminal.met() or terminal.ended

        reached = self.wait(met_or_ended, LINE_DEADLINE)
        if not terminal.met():
            more = f'"{terminal.rest}" (no end of line yet)' if terminal.rest else "no more output"
            terminal.fail("the end of the command" if reached else
                          f"{more} in {LINE_DEADLINE:.0f} seconds")

    def expect_end(self, terminal, line, text):
        """The command before must have ended, and printed nothing but what the text shows."""
        if not self.wait(lambda: terminal.ended, LINE_DEADLINE):
            raise Mismatch(line, f'a prompt to type "{text}" at',
                           f'that "{terminal.command[1]}" still runs')
        self.expect_no_more(terminal)

    def expect_no_more(self, terminal):
        first = f'"{terminal.unread[0]}"' if terminal.unread else ""
        states = terminal.states
        while terminal.unread:
            terminal.take_line()
        if not terminal.met():  # a … may have taken some lines
            terminal.states = states
            terminal.fail(first)

    def wait(self, condition, seconds):
        """Reads from all terminals until the condition holds. False: not in that time."""
        end = min(time.monotonic() + seconds, self.end)
        while not condition():
            left = end - time.monotonic()
            if left <= 0:
                return False
            by_fd = {t.fd: t for t in self.terminals.values() if not t.gone}
            for fd in select.select(list(by_fd), [], [], min(left, 1))[0]:
                by_fd[fd].feed()
        return True
