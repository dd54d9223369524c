# Exercise 2.1: Who was waiting?
# ★
load ../exercise

# is_idle: it has used less than 0.2 s of the processor, however long it has run.
is_idle() {
  [ "$(cpu_ticks)" -lt $(($(getconf CLK_TCK) / 5)) ]
}

# expect_count N [ADVICE]: the program, where N clients wait, prints N.
expect_count() {
  local got advice='accept() waits for one more client: it must not. Which call makes a socket non-blocking?'
  soon ended || {
    is_idle || advice='It is busy: your loop does not end. On an empty queue accept() returns -1, and -1 is "true", too.'
    wrong "$1 clients connected, then Enter." 'the program ends' 'it still runs' "$advice"
  }
  got=$(sed -n 's/^clients that were waiting: //p' "$LOG")
  case $got in
  "$1") return ;;
  '') advice='Print the line after getchar() has returned, and in just these words.' ;;
  *)
    advice='One accept() takes one client out of the queue: call it again until it fails.'
    [ "$got" = $(($1 + 1)) ] && advice='Do you count the call that fails? It has not brought a client.'
    [[ $got -ge 0 && $got -lt 99 ]] || advice='Is your counter set to 0 before it counts? (This build fills what is not set with a pattern.)'
    [ "$got" != 0 ] || advice='Count when getchar() has returned. Before that, nobody had come yet.'
    [ -z "$2" ] || advice=$2
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

@test "counts twenty clients, though it may have only sixteen descriptors" {
  WRAP='prlimit --nofile=16'
  start
  for i in {1..20}; do connect c$i; done
  echo >&"$STDIN"
  expect_count 20 'accept() gives you a descriptor for each client, and there are no more: close() each when it is counted.'
}

@test "counts a client that has left again" {
  start
  connect client
  disconnect client
  echo >&"$STDIN"
  expect_count 1
}

@test "counts no client where nobody waits" {
  start
  echo >&"$STDIN"
  expect_count 0
}

@test "counts at the end of its input as it does after Enter" {
  run timeout 5 "$MAIN" 0 </dev/null
  [[ $status = 0 && $output = *'clients that were waiting: 0' ]] ||
    wrong 'Ran the program with no input (</dev/null).' 'clients that were waiting: 0' "$output" \
      'getchar() returns at the end of the input, too: do the same then.'
}
