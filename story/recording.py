"""Runs a program under the recorder, and gives its records in order. README.md explains them."""

import functools
import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
THREADS = 16  # that can be held


def build(step, flags="", name=""):
    """Builds a copy of a step, or of an experiment of it ("6.2"), so that each call keeps its line."""
    source = next(ROOT.glob(f"0{step[0]}-*"), None)
    if not source or not re.fullmatch(r"[3-9](\.\d+)?", step):
        raise SystemExit(f"make story-{step}: there is nothing to tell; steps 3 to 7 have a loop")
    if "." in step:
        if subprocess.run([ROOT / "tools" / "break", step],
                          stderr=subprocess.DEVNULL if name else None).returncode != 0:
            raise SystemExit(1)
        source = ROOT / "build" / f"break-{step}"
    copy = ROOT / "build" / "story" / (name or step)
    copy.mkdir(parents=True, exist_ok=True)
    for file in ("main.c", "Makefile"):
        shutil.copy(source / file, copy)
    make = ["make", "-Bs", "-C", copy, "CFLAGS=-O0 -g", "WARNINGS=", *flags.split(), "main"]
    if subprocess.run(make).returncode != 0:
        raise SystemExit(f"the program of {source.name} can't be built")
    return copy / "main"


class Run:
    """A program under the recorder. held: after each record, its thread waits until go_on() is called."""

    def __init__(self, program, *arguments, held=False, **popen):
        self.program, self.folder = program, tempfile.TemporaryDirectory(prefix="story-")
        folder = pathlib.Path(self.folder.name)
        # LD_PRELOAD takes no path with a space or a colon.
        (folder / "recorder.so").symlink_to(ROOT / "build" / "story" / "recorder.so")
        environment = dict(os.environ, LD_PRELOAD=str(folder / "recorder.so"),
                           STORY=str(folder / "recording"))
        self.file = open(folder / "recording", "w+")
        self.holds = []  # of each thread, a FIFO
        for number in range(THREADS if held else 0):
            os.mkfifo(folder / str(number))
            self.holds.append(os.open(folder / str(number), os.O_RDWR))
            environment["STORY_HOLD"] = str(folder)
        self.process = subprocess.Popen([program, *arguments], env=environment, **popen)

    def go_on(self, thread):
        if thread < len(self.holds):
            os.write(self.holds[thread], b".")

    @functools.cache
    def place(self, address):
        """What stands at an address of the program, such as on_read:104."""
        asked = subprocess.run(["addr2line", "-f", "-e", self.program, f"0x{address}"],
                               text=True, stdout=subprocess.PIPE)
        function, line, *_ = (asked.stdout + "??\n??").splitlines()
        return "" if function == "??" else f"{function}:{re.sub('.*:| .*', '', line)}"

    def records(self):
        """Yields the records while the program runs, and None when nothing has come for now."""
        early, expected, rest, new, alive = {}, 0, "", "", True
        try:
            while alive or new:
                alive = self.process.poll() is None
                new = self.file.read()
                *lines, rest = (rest + new).split("\n")
                for line in lines:
                    record = json.loads(re.sub('"@([0-9a-f]+)"', lambda m: f'"{self.place(m[1])}"', line))
                    early[record["n"]] = record
                # A thread may be late with what came first, but if it is stuck there, the story goes on.
                if new or not early:
                    patience = time.monotonic() + 0.5
                elif time.monotonic() > patience:
                    expected = min(early)
                while expected in early:
                    yield early.pop(expected)
                    expected += 1
                if not new:
                    time.sleep(0.002)
                    yield None
            yield from (early[n] for n in sorted(early))
        finally:
            self.end()

    def end(self):
        if not self.file.closed:
            self.process.kill()
            self.process.wait()
            self.file.close()
            for fifo in self.holds:
                os.close(fifo)
            self.folder.cleanup()
