# What make prints before it runs a step or an experiment.
load fixture

@test "the hint is the first command that the text types in terminal 2, with the port" {
  run tools/hint step-2 "$README" 7777
  assert_output 'In a second terminal: echo 7777 "$PORT"'
}

@test "a command of several lines is shown whole" {
  plant 's/^\$ echo 10000.*/$ for i in 1 2; do\n> echo $i; done/'
  run tools/hint step-2 "$README" 10000
  assert_output 'In a second terminal: for i in 1 2; do
echo $i; done'
}

@test "where nothing is typed in terminal 2 there is no hint" {
  run tools/hint break-2.1 "$README" 10000
  assert_output ''
}

@test "an experiment's hint is its own" {
  plant 's/^^D/&\n```\n**Terminal 2**:\n```console\n$ echo bye/'
  run tools/hint break-2.1 "$README" 10000
  assert_output 'In a second terminal: echo bye'
}

@test "make break-N.K shows the edit" {
  run make -s break-2.1 </dev/null
  assert_success
  assert_line --index 0 'Experiment 2.1 Another word'
  assert_line --partial 'printf("steady\n");'
  assert_line 'steady'
}

@test "make break-N.K says that main.c is edited" {
  git add -A
  git -c user.name=test -c user.email=test@localhost commit -qm all
  run make -s break-2.1 </dev/null
  refute_output --partial changes
  sed -i 's/a line/some line/' 02-two/main.c
  run make -s break-2.1 </dev/null
  assert_success
  assert_line '(with your own changes: 02-two/main.c is not as it was)'
}

@test "make break-N.K tells a reader what to do when the edit no longer fits" {
  sed -i 's/"ready/"Ready/' 02-two/main.c
  run make -s break-2.1
  assert_failure
  assert_line --index 0 --partial 'you have changed 02-two/main.c, and this experiment needs lines that are no longer there.'
  assert_line --index 1 --partial 'git restore 02-two/main.c'
  refute_output --partial README.md:
}

@test "without the parser of Markdown, one line names make deps-test" {
  echo 'raise ImportError' >tests/pages/markdown_it.py
  run tools/break 2.1
  assert_failure
  assert_output "python3-markdown-it is missing: run 'make deps-test'"
}

@test "make break-N.K names the experiments where there is no such one" {
  run tools/break 2.9
  assert_failure
  assert_output 'make break-2.9: no such experiment; there are 2.1'
  run make -C "$TOP" break-9.1
  assert_failure
  assert_output --partial 'make break-9.1: no such experiment; they are called N.K'
}
