#!/usr/bin/env python3
"""usage: mutation.py [--list] [STEP…]

Mutation testing: does each line of the programs earn its place? Makes mutants of each statement and each
condition that a step adds to the step before: without the statement; with the condition false, then
true; without an operand of && or ||. A mutant does not compile, or one of the step's tests fails, or one
of them does in valgrind, or it stands in EXEMPT with the reason why nobody can see the change. All else
is an error. (tests/slow/mutants/list has those that were made by hand.)

--list names the changes, and tries none. JOBS=… chooses how many are tried at a time.
"""
import concurrent.futures
import difflib
import glob
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
STEPS = [os.path.basename(folder) for folder in sorted(glob.glob(TOP + "/0?-*"))]
LIMIT = "300"  # seconds for one file of tests: who takes longer hangs, and a test has seen that

# The change, as --list names it, and why nobody can see it.
EXEMPT = {
    "01 main: without return EXIT_SUCCESS;":
        "C lets main return 0 at its end",
    "05 serve: without bufferevent_setwatermark(bev, EV_READ, 0, MAX_BUFFERED);":
        "the belt for an on_read that leaves bytes behind, as README 5 says; this one leaves none",
    "06 on_event: without bufferevent_setcb(bev, NULL, on_last_write, on_event, NULL);":
        "on_write then enables reading, which finds the end once more, with nothing left to send",
    "07 run_worker: without return NULL;":
        "pthread_join takes no result; the compiler warns",
}

# A program's text, token by token: blanks, comments and lines for the preprocessor; strings; words;
# operators that must not be taken for others; single characters.
TOKEN = re.compile(
    r"""(\s+|/\*.*?\*/|\#[^\n]*)|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|\w+|&&|\|\||->|[<>=!]=|.""", re.S)


class Changes:
    """All changes of one program. It is well formed, and formatted: this is no parser for C."""

    def __init__(self, source):
        self.source = source
        self.found = []  # (start, end, what stands there instead, the change's name)
        self.tokens = [match for match in TOKEN.finditer(source) if not match[1]]
        self.words = [match[0] for match in self.tokens]
        self.closing = {}  # from the index of each bracket to that of its partner
        opened = []
        for i, word in enumerate(self.words):
            if word in "([{":
                opened.append(i)
            elif word in ")]}":
                self.closing[opened.pop()] = i
        i = 0
        while i < len(self.words):
            if self.words[i] == "{" and self.words[i - 1] == ")":  # a function's body
                name = i - 1
                while self.closing.get(name) != i - 1:
                    name -= 1
                self.function = self.words[name - 1]
                self.statement(i)
            i = self.closing.get(i, i) + 1

    def text(self, i, j):
        return self.source[self.tokens[i].start():self.tokens[j - 1].end()]

    def change(self, i, j, replacement, name):
        self.found.append((self.tokens[i].start(), self.tokens[j - 1].end(), replacement,
                           f"{self.function}: {' '.join(name.split())}"))

    def find(self, word, i, j):
        """The places of that word between i and j, not those within brackets, and then j."""
        while i < j:
            if self.words[i] in word:
                yield i
            i = self.closing.get(i, i) + 1
        yield j

    def statement(self, i):
        """Notes what can be changed in the statement that begins there. Returns where it ends."""
        word = self.words[i]
        if word == "{":
            end = i + 1
            while self.words[end] != "}":
                end = self.statement(end)
            return end + 1
        if word in ("if", "while", "for"):
            first, close = i + 2, self.closing[i + 1]
            parts = list(self.find(";", first, close))
            if word == "for":
                self.expression(first, parts[0])
                if parts[2] > parts[1] + 1:
                    self.change(parts[1] + 1, close, "", f"without {self.text(parts[1] + 1, close)}")
                first, last = parts[0] + 1, parts[1]
            else:
                last = close
            self.condition(first, last)
            self.expression(first, last)
            header = end = close + 1
            end = self.statement(end)
            if self.words[end] == "else":
                end = self.statement(end + 1)
        else:
            header = end = next(self.find(";", i, len(self.words))) + 1
            self.expression(i, end - 1)
        if word != ";":
            self.change(i, end, ";", f"without {self.text(i, header)}")
        return end

    def condition(self, i, j):
        """It is still looked at, but what comes of that is false, or true."""
        text = self.text(i, j)
        self.change(i, j, f"(({text}), 0)", f"always false: {text}")
        self.change(i, j, f"(({text}), 1)", f"always true: {text}")

    def expression(self, i, j):
        for end in self.find((",", "?", ":", "=", "return"), i, j):
            self.operands(i, end, "||")
            if end < j and self.words[end] == "?":
                self.condition(i, end)
            i = end + 1

    def operands(self, i, j, operator):
        ends = list(self.find((operator,), i, j))
        starts = [i] + [end + 1 for end in ends[:-1]]
        for start, end in zip(starts, ends):
            if operator == "||":
                self.operands(start, end, "&&")
            if len(ends) > 1:
                first, last = (start, end + 1) if start == i else (start - 1, end)
                self.change(first, last, "", f"without {self.text(start, end)} in {self.text(i, j)}")
        if operator == "&&":
            for k in range(i, j):
                if self.words[k] in "([{" and k in self.closing:
                    self.expression(k + 1, self.closing[k])


def changes(step):
    """Yields (name, program) for each change of what the step adds."""
    source = open(f"{TOP}/{step}/main.c").read()
    before = STEPS[STEPS.index(step) - 1] if step != STEPS[0] else None
    old = open(f"{TOP}/{before}/main.c").read().splitlines() if before else []
    blocks = difflib.SequenceMatcher(None, old, source.splitlines(), False).get_opcodes()
    added = {line for tag, _, _, first, last in blocks if tag != "equal" for line in range(first, last)}
    for start, end, replacement, name in Changes(source).found:
        lines = range(source.count("\n", 0, start), source.count("\n", 0, end) + 1)
        if not added.isdisjoint(lines):
            yield name, source[:start] + replacement + source[end:]


def build(folder, step, program, flags):
    """Returns the program's binary, or None if it does not compile."""
    place = f"{folder}/{step}"
    os.makedirs(place)
    shutil.copy(f"{TOP}/{step}/Makefile", place)
    with open(place + "/main.c", "w") as file:
        file.write(program)
    made = subprocess.run(["make", "-C", place, "main"], env={**os.environ, "CFLAGS": flags},
                          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return place + "/main" if made.returncode == 0 else None


def end_processes(folder):
    """Ends what still runs of the binaries in that folder."""
    for process in glob.glob("/proc/[0-9]*"):
        try:
            if os.readlink(process + "/exe").startswith(folder):
                os.kill(int(process[6:]), signal.SIGKILL)
        except OSError:
            pass  # it has ended, or is somebody else's


def failing_test(folder, arguments, **environment):
    """Runs bats until a test fails. Returns that test's name, or None if all pass."""
    bats = subprocess.Popen(
        [TOP + "/tests/bats", "--tap", *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True, errors="replace", env={**os.environ, "LIMIT": LIMIT, "DEADLINE": "5", **environment})
    failed = None
    for line in bats.stdout:
        if line.startswith("not ok"):
            failed = line.split(maxsplit=3)[3].strip()
            break
    if failed:
        bats.terminate()
    status = bats.wait()
    end_processes(folder)
    return failed or {0: None, 124: "does not end"}.get(status, "bats failed")


def attempt(step, name, program):
    """Returns who sees the change: "compiler", "tests", "slow", or "" for nobody; and which test."""
    tests = f"{TOP}/tests/{step}.bats"
    with tempfile.TemporaryDirectory(prefix="mutation-") as folder:
        main = build(folder + "/plain", step, program, "-g -O1")
        if not main:
            return "compiler", ""
        failed = failing_test(folder, [tests], MAIN=main)
        if failed:
            return "tests", failed
        # What the step's tests can't see: memory that is not freed, descriptors that stay open.
        failed = failing_test(
            folder, ["--filter", "valgrind", TOP + "/tests/slow/run-variants.bats"],
            BINARIES=folder + "/plain")
        return ("slow", failed) if failed else ("", "")


def main():
    wanted = [argument for argument in sys.argv[1:] if argument != "--list"]
    steps = [step for step in STEPS if not wanted or str(int(step[:2])) in wanted]
    cases = [(step, *change) for step in steps for change in changes(step)]
    if "--list" in sys.argv:
        for step, name, _ in cases:
            print(step[:2], name)
        return
    # The tests mostly wait, hence more at a time than there are processors. First the programs as they
    # are, so that no test fails for another reason.
    jobs = int(os.environ.get("JOBS", 4 * os.cpu_count()))
    unchanged = [(step, "UNCHANGED", open(f"{TOP}/{step}/main.c").read()) for step in steps]
    count = dict.fromkeys(["compiler", "tests", "slow", "exempt", "wrong"], 0)
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        for (step, name, _), (seen, test) in zip(
                unchanged + cases, pool.map(lambda case: attempt(*case), unchanged + cases)):
            change = f"{step[:2]} {name}"
            if name == "UNCHANGED":
                verdict = f"FAILS: {test}" if seen else ""
                count["wrong"] += bool(verdict)
            elif change in EXEMPT:
                verdict = f"SEEN AFTER ALL, by {seen}: {test}" if seen else f"exempt: {EXEMPT[change]}"
                count["wrong" if seen else "exempt"] += 1
            else:
                verdict = {"": "SURVIVES", "compiler": "does not compile"}.get(seen, f"{seen}: {test}")
                count[seen or "wrong"] += 1
            if verdict:
                print(f"{change}\n    {verdict}", flush=True)
    for change in EXEMPT.keys() - {f"{step[:2]} {name}" for step, name, _ in cases}:
        if change[:2] in {step[:2] for step in steps}:
            print(f"{change}\n    EXEMPT, BUT NO CHANGE OF A STEP")
            count["wrong"] += 1
    print("{} tried: {compiler} do not compile, {tests} fail the step's tests, {slow} a slow proof, "
          "{exempt} exempt, {wrong} wrong".format(len(cases), **count))
    sys.exit(count["wrong"] > 0)


main()
