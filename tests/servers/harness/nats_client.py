"""One request to a NATS server, by hand: `nats_client.py ADDRESS USER PASSWORD SUBJECT BODY` prints the answer."""

from __future__ import annotations

import json
import socket
import sys


def main(address: str, user: str, password: str, subject: str, body: str) -> None:
    """The answer's body; an error of the server ends the program."""
    # A cluster that has no leader yet drops the request: the caller asks again.
    with socket.create_connection((address, 4222), timeout=15) as connection, connection.makefile("rwb") as wire:
        login = json.dumps({"user": user, "pass": password, "verbose": False, "headers": True})
        data = body.encode()
        wire.write(f"CONNECT {login}\r\nSUB answers 1\r\nPUB {subject} answers {len(data)}\r\n".encode())
        wire.write(data + b"\r\nPING\r\n")
        wire.flush()
        for line in wire:
            words = line.decode().split()
            if words[0] == "-ERR":
                sys.exit(line.decode())
            if words[0] == "PING":
                wire.write(b"PONG\r\n")
                wire.flush()
            if words[0] in {"MSG", "HMSG"}:
                print(wire.read(int(words[-1])).decode())
                return


if __name__ == "__main__":
    main(*sys.argv[1:])
