"""A server that answers like a healthy service, in one file that needs nothing but Python: it stands in for services
in containers (`python3 -c SOURCE http:8080 grpc:9090 tcp:5432 udp:8125`) and beside the tests on loopback.

Port 0 means a free one; once it listens, it prints each listener with its port on one line. SIGTERM ends it."""

from __future__ import annotations

import argparse
import base64
import functools
import re
import signal
import socketserver
import ssl
import tempfile
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from io import BufferedIOBase
from typing import Any
from urllib.parse import unquote

# Nobody trusts this certificate and its key is no secret: probes ask over TLS without checking whom they reach.
CERTIFICATE = """
MIIBGjCBwQIUR6bH19p73G4+W1JDDzAEMXqKp8swCgYIKoZIzj0EAwIwDzENMAsGA1UEAwwEc3R1YjAgFw0yNjExMjIyMDQ4MDRaGA85OTY2MTAyODIw
NDgwNFowDzENMAsGA1UEAwwEc3R1YjBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABJIIAosiCDxvY1RSRyRVvd4SeuIzYP+FlsKaa447l3+gOEWrtWA3
S/oWD8nWz+mAwDYukArsURrA+L8hfGPdGYUwCgYIKoZIzj0EAwIDSAAwRQIhAKiAGSem8CULNzAh3UINy4q6GcKhkhyMDJiNlky4gTo9AiBVU456jEwB
732DKLntpjyaBn1ZqmbiB0Ow10fR3ht4aQ=="""
KEY = """
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgut8W3pr92fvAloURM2F2sRmzoRfnpbw6NQ+lRC2EMoKhRANCAASSCAKLIgg8b2NUUkck
Vb3eEnriM2D/hZbCmmuOO5d/oDhFq7VgN0v6Fg/J1s/pgMA2LpAK7FEawPi/IXxj3RmF"""

FORBIDDEN = re.compile(r'[^!-~]|["#<>\\^`{|}\[\]]')
"""What no request may hold in its path or query (RFC 9112)."""

# HTTP/2 (RFC 9113): the frames and flags that a health check needs.
DATA, HEADERS, SETTINGS, PING, GOAWAY = 0, 1, 4, 6, 7
ACK, END_STREAM, END_HEADERS = 1, 1, 4
CLIENT_PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
# HPACK (RFC 7541): `:status: 200` and `content-type` by their numbers in the static table, the rest in letters.
GRPC_HEADERS = b"\x88\x0f\x10\x10application/grpc"
GRPC_TRAILERS = b"\x00\x0bgrpc-status\x010"


@dataclass(frozen=True)
class Answer:
    """What HTTP and gRPC are told: `status` for `path` (decoded; empty: any) with these headers; else 404."""

    status: int = 200
    path: str = ""
    headers: tuple[tuple[str, str], ...] = ()

    def to(self, target: str, headers: Any) -> int:
        """The status for that request; 400 where a strict server refuses it."""
        if FORBIDDEN.search(target) or len(headers.get_all("Host", ())) > 1:
            return 400
        here = self.path in ("", unquote(target))
        return self.status if here and all(sent(headers, name) == [value] for name, value in self.headers) else 404


def sent(headers: Any, name: str) -> list[str]:
    """The values of a header, whose bytes Python takes for Latin-1."""
    return [value.encode("latin-1").decode() for value in headers.get_all(name, ())]


class Web(BaseHTTPRequestHandler):
    """HTTP, over TLS where a context is given; and gRPC on the same port, known by HTTP/2's first words."""

    def __init__(self, answer: Answer, tls: ssl.SSLContext | None, *args: Any) -> None:
        self.answer, self.tls = answer, tls
        super().__init__(*args)

    def setup(self) -> None:
        if self.tls:
            self.request = self.tls.wrap_socket(self.request, server_side=True)
        super().setup()

    def handle(self) -> None:
        if self.rfile.peek(3)[:3] == CLIENT_PREFACE[:3]:  # type: ignore[attr-defined]  # it is buffered
            check_health(self.rfile, self.connection.sendall, self.answer.status == 200)
        else:
            super().handle()

    def do_GET(self) -> None:
        """The path as it was sent: `self.path` has been tidied."""
        self.send_response(self.answer.to(self.requestline.split(" ")[1], self.headers))
        self.send_header("Content-Length", "0")
        self.end_headers()

    def do_HEAD(self) -> None:
        self.do_GET()

    def log_message(self, *_: Any) -> None:
        """Nothing: probes come every few seconds."""


def check_health(received: BufferedIOBase, send: Any, serving: bool) -> None:
    """Answers every call of an HTTP/2 connection as grpc.health.v1.Health/Check answers."""
    received.read(len(CLIENT_PREFACE))
    send(frame(SETTINGS, 0, 0))
    while len(head := received.read(9)) == 9:
        kind, flags, stream = head[3], head[4], int.from_bytes(head[5:9], "big")
        payload = received.read(int.from_bytes(head[:3], "big"))
        if kind in (SETTINGS, PING) and not flags & ACK:
            send(frame(kind, ACK, 0, payload if kind == PING else b""))
        if kind in (HEADERS, DATA) and flags & END_STREAM:
            send(health(stream, serving))
        if kind == GOAWAY:
            return


def health(stream: int, serving: bool) -> bytes:
    """The frames of one answer: `status` SERVING (1) or NOT_SERVING (2) in protobuf, five bytes of gRPC before it."""
    message = b"\x00\x00\x00\x00\x02\x08" + (b"\x01" if serving else b"\x02")
    return (
        frame(HEADERS, END_HEADERS, stream, GRPC_HEADERS)
        + frame(DATA, 0, stream, message)
        + frame(HEADERS, END_HEADERS | END_STREAM, stream, GRPC_TRAILERS)
    )


def frame(kind: int, flags: int, stream: int, payload: bytes = b"") -> bytes:
    """One HTTP/2 frame."""
    return len(payload).to_bytes(3, "big") + bytes([kind, flags]) + stream.to_bytes(4, "big") + payload


class Silent(socketserver.StreamRequestHandler):
    """TCP: listens until the caller is done, and says nothing."""

    def handle(self) -> None:
        while self.rfile.read1():
            pass


class Echo(socketserver.DatagramRequestHandler):
    """UDP: sends back what came."""

    def handle(self) -> None:
        self.wfile.write(self.rfile.read())


class Streams(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, *_: Any) -> None:
        """Nothing: a TCP probe hangs up in the middle of a handshake, and is right to."""


class Datagrams(socketserver.ThreadingUDPServer):
    daemon_threads = True


def listen(listener: str, address: str, answer: Answer) -> str:
    """Starts `protocol:port` (http, https, grpc, tcp or udp) in the background; its protocol with the port it got."""
    protocol, _, port = listener.partition(":")
    web = functools.partial(Web, answer, tls() if protocol == "https" else None)
    handlers: dict[str, Any] = {"http": web, "https": web, "grpc": web, "tcp": Silent, "udp": Echo}
    kind = Datagrams if protocol == "udp" else Streams
    server = kind((address, int(port)), handlers[protocol])
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"{protocol}:{server.server_address[1]}"


def tls() -> ssl.SSLContext:
    """A context with the certificate above."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_ciphers("DEFAULT@SECLEVEL=0")  # busybox before 1.36 asks for nothing newer than SHA-1
    with tempfile.NamedTemporaryFile("w") as file:
        for kind, text in (("CERTIFICATE", CERTIFICATE), ("PRIVATE KEY", KEY)):
            file.write(ssl.DER_cert_to_PEM_cert(base64.b64decode(text)).replace("CERTIFICATE", kind))
        file.flush()
        context.load_cert_chain(file.name)
    return context


def main() -> None:
    """Listens until SIGTERM."""
    parser = argparse.ArgumentParser()
    parser.add_argument("listeners", nargs="*", metavar="PROTOCOL:PORT")
    parser.add_argument("--bind", default="0.0.0.0", help="the address")
    parser.add_argument("--status", type=int, default=200, help="what HTTP answers; gRPC serves with 200 alone")
    parser.add_argument("--path", default="", help="the only path there is")
    parser.add_argument("--header", action="append", default=[], help="NAME:VALUE that must come with the request")
    options = parser.parse_args()
    headers = [header.partition(":") for header in options.header]
    answer = Answer(options.status, options.path, tuple((name, value) for name, _, value in headers))
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})  # in every thread: it waits for `sigwait`
    print(*(listen(listener, options.bind, answer) for listener in options.listeners), flush=True)
    signal.sigwait({signal.SIGTERM})


if __name__ == "__main__":
    main()
