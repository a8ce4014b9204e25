# SPDX-License-Identifier: Apache-2.0
#
# make demo      see it work, with nothing prepared
# make test      build and run the tests
# make build     the release build: .build/release/stirrup
# make lint      formatting
# make sipp      a real SIP program on both sides (needs sip-tester)
# make bench     CPU per message, measured on this machine
# make scenario  a story under load: NAME=robocall-storm; without NAME the list of them
# make fuzz      every fuzzer for SECONDS=60, what they find in .build/fuzz-findings
# make sanitize  the tests under the address and the thread sanitizer
# make install   into DESTDIR/usr/local, with the systemd unit; needs no Swift where it is installed

SHELL := /bin/bash
SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo)
PREFIX ?= /usr/local
DESTDIR ?=

.PHONY: all demo test build lint sipp bench scenario fuzz sanitize install packages clean

all: build

# Debian's packages that the build needs; what is there already is not installed again, so that no network is needed then.
packages:
	@missing=""; for p in libssl-dev libsystemd-dev pkg-config; do \
	  dpkg-query -W -f '$${Status}' $$p 2>/dev/null | grep -q "ok installed" || missing="$$missing $$p"; done; \
	if [ -n "$$missing" ]; then echo "installing$$missing"; \
	  $(SUDO) apt-get install -y -qq $$missing >/dev/null 2>&1 || \
	  { $(SUDO) apt-get update -qq && $(SUDO) apt-get install -y -qq $$missing >/dev/null; }; fi

build: packages
	swift build -c release --product stirrup
	swift build -c release --product stirload

demo: build
	@.build/release/stirrup demo

test: packages
	swift build --build-tests
	swift test --skip-build

lint:
	swift format lint --strict --recursive Sources Tests Package.swift

sipp: build
	loadtests/sipp.sh .build/release/stirrup

bench: build
	loadtests/bench.sh .build/release/stirrup

scenario: build
	loadtests/scenario $(NAME)

# Fuzzers with the most octets that an input of theirs may have. New inputs are kept in FUZZ_CORPUS from run to run; one that
# breaks a claim is run again with FUZZ_BUILD/release/<name> <file>.
FUZZERS ?= FuzzMessageIndex:65507 FuzzAddresses:8192 FuzzForward:65507 FuzzResponse:65507 FuzzIdentity:20000 \
  FuzzPASSporT:9000 FuzzTNAuthList:4096 FuzzCertificates:66000
SECONDS ?= 60
FUZZ_BUILD ?= .build/fuzz
FUZZ_CORPUS ?= .build/fuzz-corpus

# Swift's own backtracer waits for ever in a process that the address sanitizer watches.
fuzz: export SWIFT_BACKTRACE = enable=no
fuzz: packages
	@mkdir -p .build/fuzz-findings; failed=0; for fuzzer in $(FUZZERS); do \
	  name=$${fuzzer%%:*}; mkdir -p $(FUZZ_CORPUS)/$$name; \
	  FUZZ=1 swift build -c release --scratch-path $(FUZZ_BUILD) --product $$name -Xswiftc -sanitize=fuzzer,address \
	    -Xswiftc -enable-testing -Xswiftc -use-ld=lld --quiet || exit 1; \
	  echo "$$name, $(SECONDS) s"; \
	  nice $(FUZZ_BUILD)/release/$$name $(FUZZ_CORPUS)/$$name Tests/Fuzzers/Seeds/$$name -dict=Tests/Fuzzers/sip.dict \
	    -max_total_time=$(SECONDS) -max_len=$${fuzzer##*:} -timeout=60 -rss_limit_mb=4096 -detect_leaks=0 \
	    -artifact_prefix=.build/fuzz-findings/$$name- >.build/fuzz-findings/$$name.log 2>&1 || \
	    { failed=1; grep -aE 'CLAIM|SUMMARY|Test unit' .build/fuzz-findings/$$name.log; }; \
	  grep -a cov: .build/fuzz-findings/$$name.log | tail -n 1; \
	done; exit $$failed

# Memory and leaks: everything but the formatting of files and the counting of allocations, which the sanitizer changes.
# Threads: the targets that have some; what is no race stands in races.txt.
sanitize: export SWIFT_BACKTRACE = enable=no
sanitize: export LSAN_OPTIONS = suppressions=$(CURDIR)/Tests/Fuzzers/leaks.txt:print_suppressions=0
sanitize: export TSAN_OPTIONS = suppressions=$(CURDIR)/Tests/Fuzzers/races.txt:print_suppressions=0
sanitize: packages
	@echo "address sanitizer: all tests but FormattingTests and AllocationTests"
	swift test --sanitize=address --scratch-path .build/asan --skip FormattingTests --skip AllocationTests
	@echo "thread sanitizer: NetTests, ServerTests"
	swift test --sanitize=thread --scratch-path .build/tsan --filter 'NetTests|ServerTests'

install: packages
	swift build -c release --product stirrup --static-swift-stdlib --scratch-path .build/static
	install -D -m 755 .build/static/release/stirrup $(DESTDIR)$(PREFIX)/bin/stirrup
	install -d $(DESTDIR)/etc/stirrup/example
	cp -R conf/. $(DESTDIR)/etc/stirrup/example/
	install -D -m 644 deploy/stirrup.service $(DESTDIR)/usr/lib/systemd/system/stirrup.service
	install -D -m 644 deploy/stirrup.sysusers $(DESTDIR)/usr/lib/sysusers.d/stirrup.conf

clean:
	swift package clean
