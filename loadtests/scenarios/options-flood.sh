# SPDX-License-Identifier: Apache-2.0
#
# A flood of OPTIONS to the proxy, half of it from strangers and half from addresses of the carrier, beside whole calls.
#
# Must show: no call is lost; a call may be sent again.
proxy </dev/null
python3 - "$carrier" "${FLOOD:-20000}" "$((seconds + 2))" >"$dir/flood.txt" <<'PY' &
import socket, sys, time
port, rate, seconds = map(int, sys.argv[1:])
message = ("OPTIONS sip:127.0.0.1:{2} SIP/2.0\r\nVia: SIP/2.0/UDP {0}:5060;branch=z9hG4bK{1};rport\r\nMax-Forwards: 70\r\n"
           "From: <sip:scanner@{0}>;tag=1\r\nTo: <sip:100@127.0.0.1>\r\nCall-ID: {1}@{0}\r\nCSeq: 1 OPTIONS\r\n"
           "Content-Length: 0\r\n\r\n")
sockets = []
for number in range(20):
    host = f"127.{number % 2}.9.{number + 1}"
    sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sender.setblocking(False)
    sender.bind((host, 0))
    sender.connect(("127.0.0.1", port))
    sockets.append((sender, message.format(host, number, port).encode()))
start, sent = time.monotonic(), 0
while sent < rate * seconds:
    due = min(rate * seconds, int((time.monotonic() - start) * rate))
    for number in range(sent, due):
        sender, bytes = sockets[number % 20]
        try: sender.send(bytes)
        except OSError: pass
    sent = due
    time.sleep(0.001)
PY
flood=$!
pids+=("$flood")
sleep 1
load calls --answer "127.0.0.1:$pbx" --flow call --hold 500ms --rate "${RATE:-500}" --for "${seconds}s"
kill "$flood" 2>/dev/null || true
echo "OPTIONS and other messages that Stirrup received: $(metric 'stirrup_datagrams_received_total')"
must "no call is lost" is calls 'calls["lost"] == 0 and calls["answered"] == calls["placed"]'
must "strangers get silence" [ "$(metric 'stirrup_dropped_total\{reason="unknown_source"\}')" -gt "$((seconds * 1000))" ]
must "the flood was there" [ "$(metric 'stirrup_datagrams_received_total\{listener="outside"\}')" -gt "$((seconds * 2000))" ]
