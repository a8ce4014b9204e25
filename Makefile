# SPDX-License-Identifier: Apache-2.0
#
# make demo      see it work, with nothing prepared
# make test      build and run the tests
# make build     the release build: .build/release/stirrup
# make lint      formatting
# make sipp      a real SIP program on both sides (needs sip-tester)
# make bench     CPU per message, measured on this machine
# make install   into DESTDIR/usr/local, with the systemd unit; needs no Swift where it is installed

SHELL := /bin/bash
SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo)
PREFIX ?= /usr/local
DESTDIR ?=

.PHONY: all demo test build lint sipp bench install packages clean

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

install: packages
	swift build -c release --product stirrup --static-swift-stdlib --scratch-path .build/static
	install -D -m 755 .build/static/release/stirrup $(DESTDIR)$(PREFIX)/bin/stirrup
	install -d $(DESTDIR)/etc/stirrup/example
	cp -R conf/. $(DESTDIR)/etc/stirrup/example/
	install -D -m 644 deploy/stirrup.service $(DESTDIR)/usr/lib/systemd/system/stirrup.service
	install -D -m 644 deploy/stirrup.sysusers $(DESTDIR)/usr/lib/sysusers.d/stirrup.conf

clean:
	swift package clean
