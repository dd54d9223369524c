# "make help" prints the lines that begin with ##.
STEPS := $(patsubst %/main.c,%,$(sort $(wildcard 0?-*/main.c)))
NUMBERS := $(foreach step,$(STEPS),$(patsubst 0%,%,$(firstword $(subst -, ,$(step)))))
MAINS = $(STEPS:%=%/main)
PORT ?= 10000

-include .deps/env.mk # where "make deps-home" has put what it brought

# $(call need,COMMAND,TARGET): says which target brings it
need = command -v $(1) >/dev/null || { echo "$(1) is missing: run 'make $(2)'" >&2; exit 1; }

# In a rule for step-%, $* is what stands for the %, such as 6. Then $(folder) is 06-write-back, and
# $(before) is 05-read-loop.
folder = $(or $(filter 0$*-%,$(STEPS)),$(error make $@: no such step; there are $(NUMBERS)))
before = $(and $(folder),$(word $*,none $(STEPS)))

## make               builds all steps
all: $(MAINS)

%/main: %/main.c %/Makefile
	@$(MAKE) --no-print-directory -C $* main

# A step's rule needs the step's program: the second expansion knows $*.
.SECONDEXPANSION:

## make step-N        builds and runs step N; PORT=7777 chooses another port than 10000
step-%: $$(folder)/main
	@tools/hint $@ $(folder)/README.md $(PORT)
	@exec $(folder)/main $(PORT)

## make diff-N        shows what step N adds to the step before it
diff-%:
	@$(call need,git,deps-test)
	@git diff --no-index --no-ext-diff $(before)/main.c $(folder)/main.c || test $$? -eq 1

diff-1:
	@echo "make diff-1: step 1 has none before it; there are diff-2 to diff-$(lastword $(NUMBERS))" >&2; exit 1

## make trace-N       runs step N and shows the system calls of its loop (Linux)
CALLS = socket,bind,listen,accept,readv,writev,ioctl,/^epoll
trace-%: $$(folder)/main
	@$(call need,strace,deps-test)
	@tools/hint $@ $(folder)/README.md $(PORT)
	@exec strace -f -q -e trace=$(CALLS) $(folder)/main $(PORT)

# Through pipes go clients, too; what is printed, and what the loader reads, is left out.
# The trap: Ctrl-C is for the program.
trace-7: 07-threads/main
	@$(call need,strace,deps-test)
	@tools/hint $@ 07-threads/README.md $(PORT)
	@exec strace -f -q -e trace=$(CALLS),/^pipe,read,write \
		-o "|trap '' INT; sed -u '/write(1,/d; /ELF/d' >&2" 07-threads/main $(PORT)

## make story-N       tells in words what step N's loop does, while you talk to it (Linux, glibc);
##                    STEP=1: a sentence at each Enter
## make story-N.K     tells experiment K of step N
story-%: build/story/recorder.so
	@tools/hint $(if $(findstring .,$*),break-$* $(or $(wildcard 0$(basename $*)-*/README.md),/dev/null),\
		step-$* $(folder)/README.md) $(PORT)
	@exec story/tell $(if $(STEP),--step) $* $(PORT)

build/story/recorder.so: story/recorder.c
	@mkdir -p $(@D)
	@$(CC) -Wall -Wextra -shared -fPIC -ftls-model=initial-exec $< \
		$$(pkg-config --cflags --libs libevent_core) -ldl -pthread -o $@

## make break-N.K     shows experiment K of step N's README, and runs the step with that edit
break-%:
	@tools/break $*
	@$(MAKE) --no-print-directory -s -C build/break-$* WARNINGS= main
	@tools/hint $@ 0$(firstword $(subst ., ,$*))-*/README.md $(PORT)
	@exec build/break-$*/main $(PORT)

## make start-N.K     copies step N into my/N.K, where you solve exercise K
start-%:
	@exercises/exercise start $*

## make exercise-N.K  builds that copy and tells whether it solves the exercise; exercise-N tries all
exercise-%:
	@exercises/exercise check $*

## make watch-N.K     does so each time you save
watch-%:
	@exercises/exercise watch $*

## make answer-N.K    explains an answer to the exercise, and shows it
answer-%:
	@exercises/exercise answer $*

## make exercises     lists the exercises: how hard they are, which you have started and solved
exercises:
	@exercises/exercise list

## make test          runs all tests of the steps, their READMEs and this Makefile; TESTS=… some
# A README.md stands for the tests of that page. The longest come first.
TESTS = $(sort $(wildcard 0?-*/README.md)) $(wildcard tests/questions/*.bats tests/*.bats) README.md \
	tests/pages/*.bats tests/repository/*.bats tests/walkthrough/*.bats tests/story/*.bats
test: all
	@tests/run --filter-tags '!slow' $(TESTS)

## make test-N        runs the tests of step N
test-%: $$(folder)/main
	@tests/run $(folder)/README.md tests/$(folder).bats

## make check         runs all tests and the slow proofs
ALONE = tests/slow/exercises.bats tests/slow/mutation.bats # each keeps the processors busy itself
check: all
	@tests/run $(TESTS) tests/checker/*.bats $(filter-out $(ALONE),$(wildcard tests/slow/*.bats))
	@LIMIT=3000 tests/run $(firstword $(ALONE))
	@tests/run $(lastword $(ALONE))

## make check-systems for maintainers: README.md's commands on bare Debians (root)
check-systems:
	@tools/fresh-system/check

## make bench         measures what libevent costs, and what threads give; ROUNDS=9 for less noise
ROUNDS = 5
bench:
	@bench/bench.py --rounds $(ROUNDS)

## make bench-record  for maintainers: the same, into the figures and texts of bench/
bench-record:
	@bench/bench.py --rounds $(ROUNDS) --record

## make figures       for maintainers: records the figures in motion anew, and draws them; FIGURES=echo one
figures: build/story/recorder.so
	@story/draw $(FIGURES)

## make fix           for maintainers: writes what the pages take from programs and other pages; shows it
fix:
	@tools/fix

## make carry-N       for maintainers: carries the uncommitted change of step N into later steps
carry-%:
	@tools/carry $(folder)

## make book          makes web pages of these texts, in build/book; BASE=/name/ if they lie below that
BASE ?= /
book: book/node_modules
	@BASE=$(BASE) node book/make.js

## make book-serve    shows them while you write: what you save, the browser shows
book-serve: book/node_modules
	@node book/make.js --serve

## make check-book    makes them at / and below a path, and tests them in a browser
check-book: book/node_modules
	@node --test --test-reporter=spec book/book.test.js

book/node_modules: book/package-lock.json
	@$(call need,npm,deps-book)
	@cd book && npm ci --no-audit --no-fund && touch node_modules

## make deps          installs what building, running and talking to a step needs
deps:
	@./deps.sh run

## make deps-test     installs what "make test", exercises and traces need besides
deps-test:
	@./deps.sh run test

## make deps-check    installs what "make check" and "make bench" need besides
deps-check:
	@./deps.sh run test check

## make deps-home     the same as deps and deps-test, without root: unpacks it into .deps
deps-home:
	@./deps.sh home run test

## make deps-book     installs what "make book" and "make check-book" need: node, npm, a browser
deps-book:
	@./deps.sh book

## make clean         removes what was built
clean:
	rm -rf $(MAINS) tests/walkthrough/server $(basename $(wildcard docs/questions/*.c)) build

## make help          prints this list
help:
	@sed -n 's/^## //p' Makefile

# These are no files. (Nor is step-6, but make takes no pattern here.)
.PHONY: all exercises test check check-systems bench bench-record figures fix book
.PHONY: book-serve check-book deps deps-test deps-check deps-home deps-book clean help
# "make -j deps step-6" installs first, and then builds.
.NOTPARALLEL:
# None of make's own rules: it would take "break-" for a program to link.
.SUFFIXES:
