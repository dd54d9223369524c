# Chinese pages as autocorrect wants them, a linter that npm installs. What stands beside code is in
# chinese.bats.
load ../checker/fixture

AUTOCORRECT=${AUTOCORRECT:-$TOP/book/node_modules/.bin/autocorrect}

needs_autocorrect() {
  [ -x "$AUTOCORRECT" ] || skip "autocorrect is missing: npm ci --prefix book"
}

# lint PAGE…: prints each line that autocorrect would write in another way, and fails if there is one.
lint() {
  "$AUTOCORRECT" --lint --format json --config "$TOP/tests/pages/autocorrectrc" "$@" | python3 -c '
import json, sys
pages = json.load(sys.stdin)["messages"]
for page in pages:
    for line in page["lines"]:
        print(page["filepath"] + ":{l}: {old}\n  should be: {new}".format(**line))
sys.exit(len(pages) > 0)'
}

@test "every Chinese page has its spaces and full-width marks" {
  needs_autocorrect
  cd "$TOP"
  mapfile -t pages < <(git ls-files -co --exclude-standard '*.zh-CN.md')
  [ ${#pages[@]} -gt 0 ] || skip "there is no Chinese page"
  lint "${pages[@]}"
}

@test "a page that is right is not changed" {
  needs_autocorrect
  with_twin
  lint "$README"
}

@test "finds a half-width comma between Chinese words, a missing space, a space too many" {
  needs_autocorrect
  for line in '先读,再写。' '用libevent读。' '读 ，再写。'; do
    echo "$line" >page.md
    run lint page.md
    assert_failure
    assert_line --partial "page.md:1: $line"
  done
}

@test "leaves code alone" {
  needs_autocorrect
  printf '用 `读,写`。\n\n```console\n先读,再用libevent写\n```\n' >page.md
  lint page.md
}
