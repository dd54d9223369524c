# What make story-N tells. The slow proofs are in ../slow/story.bats.
load helper

# line TEXT: the number of the first line of step 6 that has this text
line() {
  grep -n -m 1 -F -- "$1" "$TOP/06-write-back/main.c" | cut -d : -f 1
}

@test "an echo is told from the kernel to the callback and back, as README.md shows it" {
  tell 6 0
  echo hello | nc -N 127.0.0.1 "$PORT"
  told 'prints “client 7: closed”'
  # Each line of README's block, where … stands for the number of a line. libevent 2.2 calls epoll_pwait2,
  # read and write.
  readarray -t lines < <(sed -n '/^```text/,/^```/{/^```/d; s/^ *//; s/[()]/./g; s/…  */[0-9]+ +/
    s/epoll_wait/epoll_p?wait2?/; s/readv/&?/; p}' "$TOP/story/README.md")
  assert [ "${#lines[@]}" -eq 8 ]
  in_order "${lines[@]}" "writev? puts 6 bytes into client 7's kernel buffer" \
    'CALLBACK on_write for client 7' 'CALLBACK on_event for client 7: it sends no more'
  in_order "on_read:$(line 'n = bufferevent_read(') " "on_read:$(line 'if (bufferevent_write(') "
  assert [ "$(sed -n '/ready:/,/closed”/p' "$LOG" | wc -l)" -le 45 ]
}

@test "there is a message where there is nothing to tell" {
  run "$TOP/story/tell" 1
  assert_failure
  assert_output --partial 'steps 3 to 7 have a loop'
}

@test "each sentence of the figures has the same holes in both languages" {
  run python3 -c '
import re, sys
sys.path.insert(0, sys.argv[1])
import scenes, words
both = list(words.LABELS.items())
for name, scene in scenes.SCENES.items():
    both += [(name, scene.titles)] + [(f"{name}: {tag}", says) for tag, says in scene.moments]
for key, texts in both:
    assert len(texts) == 2 and len({tuple(sorted(re.findall(r"{\w+}", t))) for t in texts}) == 1, key
    assert all(t.count("**") % 2 == 0 for t in texts), key' "$TOP/story"
  assert_success
}
