STEPS = 01-event-init 02-listen-socket 03-event-add 04-accept-bufferevent 05-read-loop \
	06-write-back 07-threads
NUMBERS = 1 2 3 4 5 6 7
PORT ?= 10000

MAINS = $(STEPS:%=%/main)
# $(call step,6) is 06-write-back, $(call before,6) is 05-read-loop,
# $(call later,6) is 07-threads, $(call targets,step) is step-1 step-2 …
step = $(word $(1),$(STEPS))
before = $(word $(1),none $(STEPS))
later = $(wordlist $(1),7,$(wordlist 2,7,$(STEPS)))
targets = $(NUMBERS:%=$(1)-%)

.SECONDEXPANSION:

## make               builds all steps
all: $(MAINS)

$(MAINS): %: %.c $$(@D)/Makefile
	@$(MAKE) --no-print-directory -C $(@D) main

# "make -j deps step-6" installs first, and then builds.
$(MAINS): | $(filter deps deps-check,$(MAKECMDGOALS))

## make step-N        builds and runs step N; PORT=7777 chooses another port than 10000
$(call targets,step): step-%: $$(call step,$$*)/main
	@echo "In a second terminal: $(hint_$*)"
	@exec $< $(if $(filter-out 1,$*),$(PORT))

hint_1 = nothing to do, this step prints one line and ends
hint_2 = nc -N 127.0.0.1 $(PORT)   (it connects, and that is all)
hint_3 = nc -N 127.0.0.1 $(PORT)   (and look here)
hint_4 = nc -N 127.0.0.1 $(PORT)   (type a line, look here, then Ctrl-D)
hint_5 = printf '%3000d' 1 | nc -N 127.0.0.1 $(PORT)
hint_6 = nc -N 127.0.0.1 $(PORT)   (type a line, then Ctrl-D)
hint_7 = nc -N 127.0.0.1 $(PORT)   (and the same in a third)

## make diff-N        shows what step N adds to the step before it
DIFFS = $(filter-out diff-1,$(call targets,diff))
$(DIFFS): diff-%:
	@git diff --no-index --no-ext-diff $(call before,$*)/main.c $(call step,$*)/main.c || test $$? -eq 1

## make trace-N       runs step N and shows the system calls of its loop (Linux)
$(call targets,trace): trace-%: $$(call step,$$*)/main
	@echo "In a second terminal: $(hint_$*)"
	@exec strace -f -q -e trace=$(CALLS) $< $(if $(filter-out 1,$*),$(PORT))

# "?": not every processor has all of them.
CALLS = socket,bind,listen,accept,readv,writev,ioctl,epoll_ctl,$\
	?epoll_create,?epoll_create1,?epoll_wait,?epoll_pwait,?epoll_pwait2

## make break-N.K     shows experiment K of step N's README, and runs the step with that edit
break-%:
	@tests/readme.py break $*
	@$(MAKE) --no-print-directory -s -C build/break-$* WARNINGS= main
	@echo "In a second terminal: $(hint_$(basename $*))"
	@exec build/break-$*/main $(if $(filter-out 1,$(basename $*)),$(PORT))

EXERCISES = $(sort $(foreach name,$(notdir $(wildcard exercises/?.?-*)),$(firstword $(subst -, ,$(name)))))

## make exercise-N.K  tells whether your edit of step N solves exercise K, and exercise-N tries all
$(EXERCISES:%=exercise-%): exercise-%: $$(call step,$$(basename $$*))/main
	@exercises/exercise check $*

$(call targets,exercise): exercise-%: $$(call step,$$*)/main
	@exercises/exercise check $(filter $*.%,$(EXERCISES))

## make answer-N.K    shows an answer to the exercise
$(EXERCISES:%=answer-%): answer-%:
	@exercises/exercise answer $*

## make exercises     lists the exercises, with a tick at those that you have solved
exercises:
	@exercises/exercise list

## make test          runs all tests of the steps, their READMEs and this Makefile; TESTS=… some
TESTS = $(wildcard tests/*.bats tests/text/*.bats tests/repo/*.bats tests/walkthrough/*.bats)
test: all
	@tests/run $(TESTS)

## make test-N        runs the tests of step N
$(call targets,test): test-%: $$(call step,$$*)/main
	@tests/run $(wildcard tests/0$*-*.bats tests/readme-$*.bats tests/text/*$*.bats)

## make check         runs all tests and the slow proofs
ALONE = tests/slow/statements.bats # it keeps the processors busy by itself
check: all
	@tests/run $(TESTS) $(filter-out $(ALONE),$(wildcard tests/slow/*.bats tests/check/*.bats))
	@tests/run $(ALONE)

## make bench         measures what libevent costs, and what threads give; ROUNDS=9 for less noise
ROUNDS = 5
bench:
	@tests/bench/bench.py --rounds $(ROUNDS)

## make bench-record  for maintainers: the same, into the figures and texts of tests/bench
bench-record:
	@tests/bench/bench.py --rounds $(ROUNDS) --record

## make carry-N       for maintainers: carries the uncommitted change of step N into later steps
$(call targets,carry): carry-%:
	@tests/repo/carry $(call step,$*) $(call later,$*)

## make deps          installs what building, running and "make test" need
deps:
	@./deps.sh test

## make deps-check    installs what "make check" and "make bench" need besides
deps-check:
	@./deps.sh test check

## make clean         removes what was built
clean:
	rm -rf $(MAINS) tests/walkthrough/server build

## make help          prints this list
help:
	@sed -n 's/^## //p' Makefile

# Only a number without a rule of its own comes here. One pattern a rule: two in one would be made
# together, and answer-5 would build what exercise-5 needs.
define no_such
$(1)-%:
	@echo "make $$@: no such $(2); there are $(3)" >&2; exit 1
endef
$(foreach name,step trace test carry,$(eval $(call no_such,$(name),step,$(NUMBERS))))
$(eval $(call no_such,diff,step,$(filter-out 1,$(NUMBERS))))
$(foreach name,exercise answer,$(eval $(call no_such,$(name),exercise,$(EXERCISES))))

.PHONY: all test check bench bench-record deps deps-check clean help exercises $(DIFFS) \
	$(EXERCISES:%=exercise-%) $(EXERCISES:%=answer-%) \
	$(foreach target,step trace test carry exercise,$(call targets,$(target)))
