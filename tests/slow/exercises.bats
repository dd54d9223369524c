# Each exercise is proven both ways: the step fails it as it is, an answer passes it, and wrong
# answers fail it with words that point the right way.
load ../helper

# exercises: those with an answer; one with a check alone is somebody's own.
exercises() {
  (cd "$TOP/exercises" && dirname */answer.patch)
}

# step N.K…: its folder's name
step() {
  basename "$TOP/0${1%%.*}-"*
}

@test "each step has two exercises or more, and each of them two wrong answers or more" {
  for step in $(steps); do
    echo "$step"
    number=${step%%-*}
    assert [ "$(exercises | grep -c "^${number#0}\.")" -ge 2 ]
  done
  for exercise in $(exercises); do
    assert [ "$(ls "$TOP/exercises/$exercise/wrong" | wc -l)" -ge 2 ]
  done
}

# in_readme EXERCISE: its part of the step's README
in_readme() {
  sed -n "/^### $(sed -n '1s/^# //p' "$TOP/exercises/$1/check.bats")\$/,/^##/p" "$TOP/$(step "$1")/README.md"
}

# numbered: the items of a numbered list, one a line however they are wrapped, and the sentence above
# the edge cases
numbered() {
  awk '/^[0-9]+\. / { if (item) print item; item = $0; next }
    /^   +[^ ]/ && item { sub(/^ +/, ""); item = item " " $0; next }
    { if (item) print item; item = "" }
    /^The check also looks at edge cases:$/'
}

# points EXERCISE: the list that its text must have
points() {
  awk '/^# edge cases$/ { print "The check also looks at edge cases:" }
    sub(/^@test "/, "") { sub(/" \{$/, ""); print ++n ". " $0 }' "$TOP/exercises/$1/check.bats"
}

@test "the list in a README is the check's own, with the check's numbers" {
  for exercise in $(exercises); do
    run diff -u --label "$(step "$exercise")/README.md has" --label "it must have, as $exercise/check.bats does" \
      <(in_readme "$exercise" | numbered) <(points "$exercise")
    assert_output ''
  done
}

@test "a Chinese README numbers as many points" {
  for exercise in $(exercises); do
    run grep -c '^[0-9]*\. ' <(sed -n "/^### 练习 ${exercise%%-*}：/,/^##/p" "$TOP/$(step "$exercise")/README.zh-CN.md")
    assert_output "$(grep -c '^@test' "$TOP/exercises/$exercise/check.bats")"
  done
}

# A long exercise has stages: the word before the name of a point.
@test "at most six points are the task, or a stage of it, and the others are edge cases" {
  for exercise in $(exercises); do
    run awk '/^# edge cases$/ { exit } /^@test / { ++points[/^@test "[a-z]+: / ? $2 : ""] }
      END { for (stage in points) if (points[stage] > 6) print points[stage], stage }' "$TOP/exercises/$exercise/check.bats"
    assert_output ''
  done
}

@test "each answer opens with a few sentences, and each wrong one with what is wrong and what the check says" {
  for exercise in $(exercises); do
    assert [ "$(sed '/^--- a/,$d' "$TOP/exercises/$exercise/answer.patch" | wc -w)" -ge 30 ]
    for patch in "$TOP/exercises/$exercise"/wrong/*.patch; do
      run sed -n '2p' "$patch"
      assert_output --regexp '^The message says: .'
    done
  done
}

# The first two lines of check.bats are where a title and its stars are at home.
@test "each has its place in the step's README and in the list of all, with its title and stars" {
  for exercise in $(exercises); do
    number=${exercise%%-*} page=$(step "$exercise")/README.md
    title=$(sed -n '1s/^# //p' "$TOP/exercises/$exercise/check.bats")
    stars=$(sed -n '2s/^# //p' "$TOP/exercises/$exercise/check.bats")
    row="| [$number](../$page#exercises) | ${title#*: } | $stars | [$exercise]($exercise) |"
    grep -A 2 -F -x "### $title" "$TOP/$page" | grep -q "^$stars " ||
      fail "$page needs the heading '### $title', and below it a paragraph that begins with $stars"
    grep -q -F -x "$row" "$TOP/exercises/README.md" || fail "exercises/README.md needs the row: $row"
    grep -q "^| \[$number\](../$(step "$exercise")/README.zh-CN.md#.* | $stars | \[$exercise\]($exercise) |\$" \
      "$TOP/exercises/README.zh-CN.md" || fail "exercises/README.zh-CN.md needs a row for $number with $stars"
  done
  assert_equal "$(cat "$TOP"/0*/README.md | grep -c '^### Exercise ')" "$(exercises | wc -l)"
}

@test "each is proven: the step fails, the answer passes and is clean, wrong ones are told why" {
  run "$TOP/exercises/exercise" prove $(exercises | cut -d- -f1)
  assert_success
}
