"""Runs a program under the recorder, and gives its records in order. README.md explains them."""

import json
import os
import pathlib
import re
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
THREADS = 16  # that can be held
RECORDER = ROOT / "build" / "story" / "recorder.so"


def build(step, flags="", name=""):
    """Builds a copy of a step, or of an experiment of it ("6.2"), so that each call keeps its line."""
    number, _, experiment = step.partition(".")
    folders = list(ROOT.glob(f"0{number}-*"))
    if not folders or not re.fullmatch(r"[3-9](\.\d+)?", step):
        raise SystemExit(f"make story-{step}: there is nothing to tell; steps 3 to 7 have a loop")
    source = folders[0]
    if experiment:
        if subprocess.run([ROOT / "tools" / "break", step],
                          stderr=subprocess.DEVNULL if name else None).returncode != 0:
            raise SystemExit(1)
        source = ROOT / "build" / f"break-{step}"
    copy = ROOT / "build" / "story" / (name or step)
    copy.mkdir(parents=True, exist_ok=True)
    for file in ("main.c", "Makefile"):
        text = (source / file).read_text()
        if not (copy / file).exists() or (copy / file).read_text() != text:
            (copy / file).write_text(text)
    make = ["make", "-s", "-C", copy, "CFLAGS=-O0 -g", "WARNINGS=", *flags.split(), "main"]
    if subprocess.run(make).returncode != 0:
        raise SystemExit(f"the program of {source.name} can't be built")
    return copy / "main"


class Places:
    """What stands at an address of the program, such as on_read:104."""

    def __init__(self, program):
        self.known = {}
        self.asked = subprocess.Popen(["addr2line", "-f", "-e", program], text=True, bufsize=1,
                                      stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                      preexec_fn=os.setpgrp)  # Ctrl-C is for the program

    def name(self, address):
        if address not in self.known:
            self.asked.stdin.write(f"0x{address}\n")
            function, line = (self.asked.stdout.readline().strip() for _ in range(2))
            line = re.sub(r".*:| .*", "", line)
            self.known[address] = f"{function}:{line}" if function != "??" else ""
        return self.known[address]

    def put_into(self, line):
        return re.sub('"@([0-9a-f]+)"', lambda m: f'"{self.name(m.group(1))}"', line)

    def close(self):
        self.asked.stdin.close()
        self.asked.wait()
        self.asked.stdout.close()


class Run:
    """A program under the recorder. Iterating over it yields the records while it runs.

    held: after each record, its thread waits until go_on() is called."""

    def __init__(self, program, *arguments, held=False, **popen):
        self.folder = tempfile.TemporaryDirectory(prefix="story-")
        folder = pathlib.Path(self.folder.name)
        # LD_PRELOAD takes no path with a space or a colon.
        (folder / "recorder.so").symlink_to(RECORDER)
        environment = dict(os.environ, LD_PRELOAD=str(folder / "recorder.so"),
                           STORY=str(folder / "recording"))
        self.file = open(folder / "recording", "w+")
        self.holds = []  # of each thread, a FIFO
        for number in range(THREADS if held else 0):
            os.mkfifo(folder / str(number))
            self.holds.append(os.open(folder / str(number), os.O_RDWR))
            environment["STORY_HOLD"] = str(folder)
        self.places = Places(program)
        self.process = subprocess.Popen([program, *arguments], env=environment, **popen)

    def go_on(self, thread):
        if thread < len(self.holds):
            os.write(self.holds[thread], b".")

    def __iter__(self):
        return self.records(wait=True)

    def records(self, wait):
        """wait: until the program ends. Otherwise None says that nothing has come for now."""
        early, expected, rest = {}, 0, ""
        try:
            while True:
                alive = self.process.poll() is None
                new = self.file.read()
                *lines, rest = (rest + new).split("\n")
                for line in lines:
                    record = json.loads(self.places.put_into(line))
                    early[record["n"]] = record
                # A thread may be late with what came first, but if it is stuck there, the story goes on.
                if new or not early:
                    patience = time.monotonic() + 0.5
                elif time.monotonic() > patience:
                    expected = min(early)
                while expected in early:
                    yield early.pop(expected)
                    expected += 1
                if not new and not alive:
                    break
                if not new:
                    time.sleep(0.002)
                    if not wait:
                        yield None
            yield from (early[n] for n in sorted(early))
        finally:
            self.end()
        while not wait:
            yield None

    def end(self):
        if self.file.closed:
            return
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.places.close()
        self.file.close()
        for fifo in self.holds:
            os.close(fifo)
        self.folder.cleanup()
