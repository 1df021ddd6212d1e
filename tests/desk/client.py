"""A language client for tests: frames, requests, the text of a workspace."""
import json
import os
import pathlib
import select
import subprocess
import time


class Client:
    def __init__(self, rulec, root, **init):
        env = dict(os.environ, ASAN_OPTIONS="detect_leaks=0")
        self.p = subprocess.Popen([str(rulec), "lsp"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE, env=env)
        self.root, self.next, self.buffer = pathlib.Path(root), 0, b""
        self.shown, self.texts, self.errors = {}, {}, []
        if init.pop("start", True):
            self.capabilities = self.request("initialize", {"rootUri": self.uri(""), "capabilities": {}, **init})
            self.notify("initialized", {})

    def uri(self, path):
        return (self.root / path).resolve().as_uri()

    # --- frames
    def raw(self, data):
        self.p.stdin.write(data)
        self.p.stdin.flush()

    def send(self, message):
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self.raw(b"Content-Length: %d\r\n\r\n" % len(body) + body)

    def receive(self, limit=30):
        """The next message, or None when none came in time."""
        end = time.time() + limit
        while True:
            head, blank, rest = self.buffer.partition(b"\r\n\r\n")
            if blank:
                length = int(head.split(b":")[1])
                if len(rest) >= length:
                    self.buffer = rest[length:]
                    return json.loads(rest[:length])
            if not select.select([self.p.stdout], [], [], max(0, end - time.time()))[0]:
                return None
            data = os.read(self.p.stdout.fileno(), 1 << 16)
            if not data:
                raise EOFError("the server ended: " + self.p.stderr.read().decode()[-2000:])
            self.buffer += data

    def note(self, message):
        if message.get("method") == "textDocument/publishDiagnostics":
            self.shown[message["params"]["uri"]] = message["params"]["diagnostics"]
        elif message.get("id", 0) is None:
            self.errors.append(message["error"])

    def answer(self, number, limit=30):
        while True:
            m = self.receive(limit)
            if m is None:
                raise TimeoutError(f"no answer to {number}")
            if m.get("id") == number and "method" not in m:
                return m
            self.note(m)

    def ask(self, method, params):
        self.next += 1
        self.send({"id": self.next, "method": method, "params": params})
        return self.next

    def request(self, method, params):
        m = self.answer(self.ask(method, params))
        if "error" in m:
            raise RuntimeError(m["error"]["message"])
        return m["result"]

    def refused(self, method, params):
        m = self.answer(self.ask(method, params))
        return m["error"]["message"] if "error" in m else None

    def notify(self, method, params):
        self.send({"method": method, "params": params})

    def settle(self):
        """Everything sent was worked on; diagnostics are up to date."""
        path = next(iter(self.texts), "rules/ops.rules")
        return self.request("textDocument/diagnostic", {"textDocument": {"uri": self.uri(path)}})["items"]

    # --- documents
    def open(self, path, text=None):
        text = (self.root / path).read_text() if text is None else text
        self.texts[path] = text
        self.notify("textDocument/didOpen", {"textDocument": {
            "uri": self.uri(path), "languageId": "rules", "version": 1, "text": text}})

    def close(self, path):
        del self.texts[path]
        self.notify("textDocument/didClose", {"textDocument": {"uri": self.uri(path)}})

    def position(self, path, offset):
        before = self.texts[path][:offset]
        line = before.rsplit("\n", 1)[-1]
        return {"line": before.count("\n"), "character": len(line.encode("utf-16-le")) // 2}

    def edit(self, path, start, end, new):
        text = self.texts[path]
        change = {"range": {"start": self.position(path, start), "end": self.position(path, end)}, "text": new}
        self.texts[path] = text[:start] + new + text[end:]
        self.notify("textDocument/didChange", {"textDocument": {"uri": self.uri(path), "version": 2},
                                               "contentChanges": [change]})

    def at(self, path, word, skip=0):
        """Parameters of a request about a place: `word` with the cursor at its `^`."""
        offset = -1
        for _ in range(skip + 1):
            offset = self.texts[path].index(word.replace("^", ""), offset + 1)
        return {"textDocument": {"uri": self.uri(path)},
                "position": self.position(path, offset + max(0, word.find("^")))}

    def offset(self, path, position):
        lines = self.texts[path].split("\n")
        line = lines[position["line"]].encode("utf-16-le")[:2 * position["character"]].decode("utf-16-le")
        return sum(len(x) + 1 for x in lines[:position["line"]]) + len(line)

    def apply(self, path, edits):
        """The text after a list of TextEdits."""
        text = self.texts[path]
        for e in sorted(edits, key=lambda e: -self.offset(path, e["range"]["start"])):
            a, b = self.offset(path, e["range"]["start"]), self.offset(path, e["range"]["end"])
            text = text[:a] + e["newText"] + text[b:]
        return text

    def stop(self):
        self.request("shutdown", None)
        self.notify("exit", None)
        status = self.p.wait(10)
        for pipe in (self.p.stdin, self.p.stdout, self.p.stderr):
            pipe.close()
        return status
