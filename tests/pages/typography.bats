# Chinese pages as autocorrect wants them, a linter that npm installs. What stands beside code is in
# chinese.bats.
load ../helper

AUTOCORRECT=${AUTOCORRECT:-$TOP/book/node_modules/.bin/autocorrect}

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
  [ -x "$AUTOCORRECT" ] || skip "autocorrect is missing: npm ci --prefix book"
  cd "$TOP"
  mapfile -t pages < <(git ls-files -co --exclude-standard '*.zh-CN.md')
  [ ${#pages[@]} -gt 0 ] || skip "there is no Chinese page"
  lint "${pages[@]}"
}
