#!/usr/bin/python3
"""usage: break.py 3.2 (make break-3.2)

Writes the edited program of an experiment to build/break-3.2, and shows the edit."""

import re
import shutil
import subprocess
import sys

import diffs
from pages import ROOT, STEPS, page, run


def main(number):
    step = int(number[0]) if re.fullmatch(r"\d\.\d+", number) else 0
    if step not in STEPS:
        sys.exit(f"make break-{number}: no such experiment; they are called N.K, N a step "
                 f"from 1 to {len(STEPS)}")
    readme = page(STEPS[step])
    with_diff = [n for n, s in readme.experiments().items() if s.blocks("diff")]
    if number not in with_diff:
        what = "this experiment changes no code, its text says what to do" \
            if number in readme.experiments() else "no such experiment"
        sys.exit(f"make break-{number}: {what}; there are {' '.join(with_diff) or 'none'}")
    edited = run("git", "status", "--porcelain", readme.main).stdout.strip()
    section = readme.experiments()[number]
    try:
        program = diffs.edit(readme, section.blocks("diff")[0])
    except diffs.DoesNotApply:
        sys.exit(f"make break-{number}: you have changed {readme.main}, and this experiment needs "
                 f"lines that are no longer there.\nKeep your change elsewhere if you want it, then "
                 f"get the step's program back: git restore {readme.main}")
    folder = ROOT / "build" / f"break-{number}"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "main.c").write_text(program)
    shutil.copy2(ROOT / STEPS[step] / "Makefile", folder)
    # To stderr: the program's output may go into a pipe.
    print(f"Experiment {section.title}", file=sys.stderr)
    if edited:
        print(f"(with your own changes: {readme.main} is not as it was)", file=sys.stderr)
    sys.stderr.flush()
    subprocess.run(["git", "--no-pager", "diff", "--no-index", readme.main,
                    folder.relative_to(ROOT) / "main.c"], cwd=ROOT, stdout=sys.stderr)


if __name__ == "__main__":
    main(sys.argv[1])
