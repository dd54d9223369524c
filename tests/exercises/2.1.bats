# Exercise 2.1: Who was waiting?
load exercise

# expect_count N: the program, where N clients wait, prints N.
expect_count() {
  local got advice
  soon ended || wrong "$1 clients connected, then Enter." 'the program ends' 'it still runs' \
    'accept() waits for one more client: it must not. Which call makes a socket non-blocking?'
  got=$(sed -n 's/^clients that were waiting: //p' "$LOG")
  case $got in
  "$1") return ;;
  '') advice='Print the line after getchar() has returned.' ;;
  *)
    advice='One accept() takes one client out of the queue: call it again until it fails.'
    [ "$got" -lt "$1" ] || advice='Do you count the call that fails? It has not brought a client.'
    ;;
  esac
  wrong "$1 clients connected, then Enter." "clients that were waiting: $1" "$(printed)" "$advice"
}

@test "counts three clients that wait" {
  start
  for name in a b c; do connect $name; done
  echo >&"$STDIN"
  expect_count 3
}

@test "counts none where nobody waits" {
  start
  echo >&"$STDIN"
  expect_count 0
}

@test "counts at the end of its input, too" {
  run timeout 5 "$MAIN" 0 </dev/null
  [[ $status = 0 && $output = *'clients that were waiting: 0' ]] ||
    wrong 'Ran the program with no input (</dev/null).' 'clients that were waiting: 0' "$output" \
      'getchar() returns at the end of the input, too: do the same then.'
}
