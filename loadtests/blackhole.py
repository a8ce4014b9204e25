#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Calls whose certificate servers never answer, beside good ones: are the good ones lost or late?

    loadtests/blackhole.py --stirrup .build/release/stirrup [--rate 1000] [--seconds 20] [--holes 400]

Starts the proxy on loopback with one carrier and one PBX, both played here, and sends it, after a warm-up, in turn:

    alone      RATE good signed INVITEs a second, 50 certificates, all of them known
    ordinary   the same, and RATE more of them
    holes      the same, and RATE INVITEs a second that name black holes: servers on HOLES loopback addresses that accept a
               connection and never answer; each INVITE names a URL of its own

all from one peer and one address. In each phase one good INVITE a second names a certificate that was never seen before, on
the server that delivered the others. Prints a line for each phase; ends with status 1 if a good call was lost, or came
through unverified. Needs `cryptography`; everything stays on loopback.
"""
import argparse
import base64
import contextlib
import datetime
import http.server
import json
import multiprocessing
import os
import pathlib
import selectors
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.x509.oid import NameOID, ObjectIdentifier

OUTSIDE, INSIDE, CARRIER, PBX, WEB = "127.2.10.1", "127.2.10.2", "127.2.20.1", "127.2.30.1", "127.2.50.1"
CALLER, CALLEE = "12025550142", "12155550100"
CERTIFICATES = 50
FRESHNESS = 3600


# ------------------------------------------------------------------------------------------------------------ signing

def compact(value):
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def text(value):
    return compact(json.dumps(value, sort_keys=True, separators=(",", ":")).encode())


class Authority:
    """A root, and a SHAKEN certificate that all URLs deliver."""

    def __init__(self):
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.root = self.issue("Load Test Root", self.key, is_authority=True)
        self.signer_key = ec.generate_private_key(ec.SECP256R1())

    def issue(self, name, key, is_authority=False):
        now = datetime.datetime.now(datetime.timezone.utc)
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Load Test Root")])
        builder = (
            x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key.public_key())
            .serial_number(x509.random_serial_number()).not_valid_before(now - datetime.timedelta(days=1))
            .not_valid_after(now + datetime.timedelta(days=30))
            .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()), critical=False)
            .add_extension(x509.KeyUsage(not is_authority, False, False, False, False, is_authority, is_authority, False, False),
                           critical=True))
        if not is_authority:
            tn_auth_list = bytes.fromhex("3008a006160437303944")                        # a service provider code, 709D
            builder = builder.add_extension(
                x509.UnrecognizedExtension(ObjectIdentifier("1.3.6.1.5.5.7.1.26"), tn_auth_list), critical=False)
        return builder.sign(self.key, hashes.SHA256())

    def chain(self):
        return self.issue("SHAKEN 709D", self.signer_key).public_bytes(serialization.Encoding.PEM)

    def identity(self, url):
        """An Identity value that verifies with what `url` delivers."""
        signed = claims(url)
        r, s = decode_dss_signature(self.signer_key.sign(signed.encode(), ec.ECDSA(hashes.SHA256())))
        return f"{signed}.{compact(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))};info=<{url}>;alg=ES256;ppt=shaken"


def claims(url):
    header = {"alg": "ES256", "ppt": "shaken", "typ": "passport", "x5u": url}
    payload = {"attest": "A", "dest": {"tn": [CALLEE]}, "iat": int(time.time()), "orig": {"tn": CALLER},
               "origid": "123e4567-e89b-12d3-a456-426655440000"}
    return f"{text(header)}.{text(payload)}"


def unsigned_identity(url):
    """One that only its signature is wrong of: that is looked at once the certificate is there."""
    return f"{claims(url)}.{compact(bytes(range(64)))};info=<{url}>;alg=ES256;ppt=shaken"


def invite(kind, number, identity):
    name = f"{kind}-{number}"
    return (f"INVITE sip:+{CALLEE}@{OUTSIDE} SIP/2.0\r\nVia: SIP/2.0/UDP {CARRIER}:5060;branch=z9hG4bK{name};rport\r\n"
            f"Max-Forwards: 70\r\nFrom: <sip:+{CALLER}@carrier.example.com;user=phone>;tag={name}\r\n"
            f"To: <sip:+{CALLEE}@pbx.example.net;user=phone>\r\nCall-ID: {name}@load.example.com\r\nCSeq: 1 INVITE\r\n"
            f"Contact: <sip:{CARRIER}:5060>\r\nX-Sent: @@@@@@@@@@@@@@@@@@@@\r\nIdentity: {identity}\r\n"
            f"Content-Length: 0\r\n\r\n").encode()


# ---------------------------------------------------------------------------------------------------- servers, peers

class Web(http.server.ThreadingHTTPServer):
    """Delivers the certificate under every URL."""
    request_queue_size = 256

    def __init__(self, body):
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        super().__init__((WEB, 0), Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()


def black_holes(count, told):
    """Accepts on `count` addresses of 127.1/16 and never answers."""
    selector, open_connections, ports = selectors.DefaultSelector(), [], []
    for number in range(count):
        listener = socket.create_server((f"127.1.{number // 250}.{number % 250 + 1}", 0), backlog=64)
        listener.setblocking(False)
        selector.register(listener, selectors.EVENT_READ)
        ports.append(listener.getsockname())
    told.send(ports)
    while True:
        for key, _ in selector.select():
            with contextlib.suppress(BlockingIOError):
                open_connections.append(key.fileobj.accept())
        del open_connections[:-800]                                                   # the proxy has given these up


LATE = 0.02


def send(messages, rate, start, target, source):
    """Sends at an even pace, whether or not anything comes back. After a pause of its own it does not make up for it: the
    burst would be another test."""
    out = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    out.bind(source)
    for number, message in enumerate(messages):
        wait = start + number / rate - time.monotonic()
        if wait > 0:
            time.sleep(wait)
        elif wait < -LATE:
            start -= wait
        out.sendto(message.replace(b"@@@@@@@@@@@@@@@@@@@@", b"%020d" % time.monotonic_ns(), 1), target)


def receive(told):
    """The PBX: notes of each call how long it took and whether it was verified; says so when asked."""
    inward = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    inward.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
    inward.bind((PBX, 5060))
    inward.settimeout(0.05)
    seen = {}
    while True:
        try:
            datagram = inward.recv(65535)
            now = time.monotonic_ns()
            at = datagram.index(b"\r\nCall-ID: ") + 11
            call = datagram[at:datagram.index(b"@", at)].decode()
            at = datagram.index(b"\r\nX-Sent: ") + 10
            seen.setdefault(call, (now - int(datagram[at:at + 20]), b"TN-Validation-Passed" in datagram))
        except socket.timeout:
            pass
        if told.poll():
            told.recv()
            told.send(seen)
            seen = {}


def drops_of_pbx():
    wanted = struct.pack("<I", int.from_bytes(socket.inet_aton(PBX), "big")).hex().upper() + ":13C4"
    rows = [line.split() for line in open("/proc/net/udp")][1:]
    return sum(int(row[-1]) for row in rows if row[1] == wanted)


# ------------------------------------------------------------------------------------------------------------- proxy

class Proxy:
    def __init__(self, binary, folder, authority):
        trust = folder / "root.pem"
        trust.write_bytes(authority.root.public_bytes(serialization.Encoding.PEM))
        admin = free_port()
        configuration = folder / "stirrup.yaml"
        configuration.write_text(f"""
listen:
  outside: {{ address: "{OUTSIDE}:5060" }}
  inside: {{ address: "{INSIDE}:5060" }}
secret: {folder}/secret
peers:
  carrier: {{ role: carrier, listen: outside, sources: [{CARRIER}], targets: ["{CARRIER}:5060"], probe: 0 }}
  pbx: {{ role: pbx, listen: inside, sources: [{PBX}], targets: ["{PBX}:5060"], probe: 0 }}
stir:
  verify:
    trust: [root.pem]
    freshness: {FRESHNESS}s
    replay_limit: 0
    certificates: {{ cache: cache, schemes: [http], private_addresses: allow, ports: [] }}
log: {{ calls: {folder}/calls.jsonl }}
admin: {{ http: "127.0.0.1:{admin}" }}
""")
        self.metrics_url = f"http://127.0.0.1:{admin}/metrics"
        self.process = subprocess.Popen([binary, "run", "--config", str(configuration)], stderr=open(folder / "log", "w"))
        deadline = time.monotonic() + 20
        while True:
            try:
                self.metrics()
                break
            except OSError:
                if time.monotonic() > deadline or self.process.poll() is not None:
                    sys.exit(f"the proxy does not start:\n{(folder / 'log').read_text()}")
                time.sleep(0.1)

    def metrics(self):
        with urllib.request.urlopen(self.metrics_url, timeout=5) as answer:
            rows = [line.rsplit(" ", 1) for line in answer.read().decode().splitlines() if not line.startswith("#")]
        return {name: int(value) for name, value in rows}

    def resident(self):
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0]) / 1024

    def processor_seconds(self):
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


# ------------------------------------------------------------------------------------------------------------ phases

class Test:
    def __init__(self, options, folder):
        self.options = options
        authority = Authority()
        self.web = Web(authority.chain())
        self.authority = authority
        self.proxy = Proxy(options.stirrup, folder, authority)
        self.pbx, theirs = multiprocessing.Pipe()
        self.helpers = [multiprocessing.Process(target=receive, args=(theirs,), daemon=True)]
        holes, theirs = multiprocessing.Pipe()
        self.helpers.append(multiprocessing.Process(target=black_holes, args=(options.holes, theirs), daemon=True))
        for helper in self.helpers:
            helper.start()
        self.holes = holes.recv()
        self.identities = [authority.identity(self.url(f"c{number}")) for number in range(CERTIFICATES)]

    def url(self, path):
        return f"http://{WEB}:{self.web.server_address[1]}/{path}"

    def good(self, kind, count):
        return [invite(kind, number, self.identities[number % CERTIFICATES]) for number in range(count)]

    def lost_in_holes(self, kind, count):
        urls = ("http://%s:%d/%s%d.pem" % (*self.holes[number % len(self.holes)], kind, number) for number in range(count))
        return [invite(kind, number, unsigned_identity(url)) for number, url in enumerate(urls)]

    def run(self, phase, beside=()):
        options = self.options
        count = options.rate * options.seconds
        fresh = [self.authority.identity(self.url(f"{phase}/{number}")) for number in range(options.seconds)]
        streams = [(self.good(f"{phase}.good", count), options.rate), (beside, options.rate),
                   ([invite(f"{phase}.fresh", number, identity) for number, identity in enumerate(fresh)], 1)]
        before, processor, dropped = self.proxy.metrics(), self.proxy.processor_seconds(), drops_of_pbx()
        start = time.monotonic() + 0.5
        senders = [
            multiprocessing.Process(target=send, args=(messages, rate, start, (OUTSIDE, 5060), (CARRIER, 5060 + number)))
            for number, (messages, rate) in enumerate(streams) if messages]
        for sender in senders:
            sender.start()
        resident = 0
        while any(sender.is_alive() for sender in senders):
            resident = max(resident, self.proxy.resident())
            time.sleep(0.25)
        time.sleep(3)                                                    # what is held is let go after two seconds
        seen = self.calls()
        after = self.proxy.metrics()
        change = {name: after[name] - before.get(name, 0) for name in after}
        return self.report(phase, count, seen, resident, self.proxy.processor_seconds() - processor, change,
                           drops_of_pbx() - dropped)

    def calls(self):
        """What the PBX has seen since the last time."""
        self.pbx.send("all")
        if not self.pbx.poll(30):
            sys.exit("the PBX of this test does not answer")
        return self.pbx.recv()

    def report(self, phase, count, seen, resident, processor, change, dropped):
        def of(kind):
            return [value for call, value in seen.items() if call.startswith(f"{phase}.{kind}-")]
        good, fresh, others = of("good"), of("fresh"), of("beside")
        times = sorted(took for took, _ in good) or [0]
        fresh_times = sorted(took for took, _ in fresh) or [0]
        lost, unverified = count - len(good), sum(not passed for _, passed in good)
        fresh_bad = self.options.seconds - sum(passed for _, passed in fresh)
        print(f"{phase:9} good: sent {count}, lost {lost}, unverified {unverified}, "
              f"p50 {times[len(times) // 2] / 1e6:.2f} ms, p99 {times[len(times) * 99 // 100] / 1e6:.2f} ms, "
              f"max {times[-1] / 1e6:.1f} ms; new certificates: {len(fresh)}, not verified {fresh_bad}, "
              f"median {fresh_times[len(fresh_times) // 2] / 1e6:.1f} ms, max {fresh_times[-1] / 1e6:.0f} ms; "
              f"beside: {len(others)} forwarded; RSS {resident:.0f} MB, CPU {processor:.1f} s", flush=True)
        wanted = ("stirrup_dropped_total", "stirrup_kernel", "stirrup_held", "stirrup_shed", "stirrup_certificate",
                  "stirrup_call_records_lost")
        print("          " + ", ".join(f"{name.removeprefix('stirrup_')} {value}" for name, value in change.items()
                                       if value and name.startswith(wanted)), flush=True)
        if dropped:
            print(f"          the load test itself lost {dropped} datagrams: its receive buffer was full", flush=True)
        return lost - dropped > 0 or unverified > 0 or fresh_bad > 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stirrup", required=True)
    parser.add_argument("--rate", type=int, default=1000)
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--holes", type=int, default=400)
    parser.add_argument("--rounds", type=int, default=1, help="how often the phases are run")
    options = parser.parse_args()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="stirrup-blackhole-"))
    test = Test(options, folder)
    try:
        warm_up = test.good("warm", CERTIFICATES * 4)
        send(warm_up, 100, time.monotonic(), (OUTSIDE, 5060), (CARRIER, 5059))
        time.sleep(1)
        test.calls()
        count, failed = options.rate * options.seconds, False
        for round in range(options.rounds):
            failed |= test.run(f"alone{round}")
            failed |= test.run(f"ordinary{round}", test.good(f"ordinary{round}.beside", count))
            failed |= test.run(f"holes{round}", test.lost_in_holes(f"holes{round}.beside", count))
        print(f"RSS at the end {test.proxy.resident():.0f} MB")
        return failed
    finally:
        test.proxy.process.terminate()
        test.proxy.process.wait(10)
        for helper in test.helpers:
            helper.terminate()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(1 if main() else 0)
