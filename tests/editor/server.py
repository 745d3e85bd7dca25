"""A language server over stdio, asked as an editor asks it."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

Message: TypeAlias = dict[str, Any]

CAPABILITIES = {
    "textDocument": {
        "hover": {"contentFormat": ["markdown"]},
        "completion": {"completionItem": {"snippetSupport": True, "documentationFormat": ["markdown"]}},
    }
}
SETTINGS = {"yaml": {"validate": True, "hover": True, "completion": True, "schemaStore": {"enable": False}}}


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """What the server has to say about a place: its line and column, from 1, and the words."""

    line: int
    column: int
    message: str


class Server:
    """A running server. Each text is a new document; `|` in it is where the cursor stands."""

    def __init__(self, command: Sequence[str], folder: Path) -> None:
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=folder)
        self._folder = folder
        self._asked = self._opened = 0
        self._marks: dict[str, list[Mark]] = {}
        self._ask("initialize", processId=None, rootUri=folder.as_uri(), capabilities=CAPABILITIES)
        self._tell("initialized")
        self._tell("workspace/didChangeConfiguration", settings=SETTINGS)

    def completions(self, text: str) -> dict[str, Message]:
        """What is offered at the cursor, by label."""
        answer = self._ask("textDocument/completion", **self._at(text))
        return {item["label"]: item for item in (answer["items"] if isinstance(answer, dict) else answer)}

    def hover(self, text: str) -> str:
        """What is shown under the cursor."""
        answer = self._ask("textDocument/hover", **self._at(text))
        return str(answer["contents"]["value"]) if answer else ""

    def marks(self, text: str) -> list[Mark]:
        """What is wrong with the document."""
        uri = self._open(text)
        while uri not in self._marks:
            self._handle(self._read())
        return self._marks[uri]

    def stop(self) -> int:
        """The server's exit code, once it has ended."""
        self._ask("shutdown")
        self._tell("exit")
        self._process.communicate(timeout=30)
        return self._process.returncode

    def _at(self, text: str) -> Message:
        before, after = text.split("|")
        place = {"line": before.count("\n"), "character": len(before.rpartition("\n")[2])}
        return {"textDocument": {"uri": self._open(before + after)}, "position": place}

    def _open(self, text: str) -> str:
        self._opened += 1
        uri = (self._folder / f"{self._opened}.yaml").as_uri()
        self._tell("textDocument/didOpen", textDocument={"uri": uri, "languageId": "yaml", "version": 1, "text": text})
        return uri

    def _ask(self, method: str, **params: Any) -> Any:
        self._asked += 1
        self._send({"id": self._asked, "method": method, "params": params})
        while True:
            message = self._read()
            if message.get("id") == self._asked and "method" not in message:
                assert "error" not in message, message
                return message["result"]
            self._handle(message)

    def _tell(self, method: str, **params: Any) -> None:
        self._send({"method": method, "params": params})

    def _handle(self, message: Message) -> None:
        """Answers what the server asks, and keeps what it says of documents."""
        if "id" in message:
            wanted = message["method"] == "workspace/configuration"
            self._send({"id": message["id"], "result": [{} for _ in message["params"]["items"]] if wanted else None})
        elif message["method"] == "textDocument/publishDiagnostics":
            self._marks[message["params"]["uri"]] = [_mark(each) for each in message["params"]["diagnostics"]]

    def _send(self, message: Message) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        assert self._process.stdin is not None
        self._process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        self._process.stdin.flush()

    def _read(self) -> Message:
        assert self._process.stdout is not None
        length = 0
        while (line := self._process.stdout.readline()).strip():
            name, _, value = line.partition(b":")
            length = int(value) if name.lower() == b"content-length" else length
        assert length, "the server has ended"
        message: Message = json.loads(self._process.stdout.read(length))
        return message


def _mark(diagnostic: Message) -> Mark:
    start = diagnostic["range"]["start"]
    return Mark(line=start["line"] + 1, column=start["character"] + 1, message=diagnostic["message"])
