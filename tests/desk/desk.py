"""Suites of the author's desk: the language server by a script and in neovim,
random edits, editor files, the documentation."""
import html.parser
import json
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
import time
import traceback

sys.path[:0] = [str(pathlib.Path(__file__).parent), str(pathlib.Path(__file__).parents[1])]
from client import Client
from run import Result

OPS, ARITH, INST = "rules/ops.rules", "rules/mid/arith.rules", "rules/x64/inst.rules"


def workspace():
    """A copy of the rules, so that a test may change files."""
    folder = tempfile.mkdtemp(prefix="rulec-desk-")
    shutil.copytree(pathlib.Path(__file__).parents[2] / "rules", pathlib.Path(folder) / "rules",
                    ignore=shutil.ignore_patterns("*.cache"))
    return folder


def want(condition, what):
    if not condition:
        raise AssertionError(what)


# --- what the server knows ------------------------------------------------------------

def knows_start(c):
    caps = c.capabilities["capabilities"]
    want(caps["positionEncoding"] == "utf-16" and caps["textDocumentSync"]["change"] == 2, caps)
    want(c.refused("initialize", {}) == "initialize comes once", "a second initialize")
    want(c.refused("textDocument/nothing", {}) == "no such method", "unknown method")


def knows_diagnostics(c):
    c.open(ARITH)
    c.settle()
    want(not any(c.shown.values()), f"our rules have {c.shown}")
    rule = "rule add-zero: (iadd.T x 0) => subsume x"
    at = c.texts[ARITH].index(rule) + len(rule) - 1
    c.edit(ARITH, at, at + 1, "z")  # unsaved: an unknown name
    c.settle()
    shown = c.shown[c.uri(ARITH)]
    want(c.settle() == shown, "what is told and what is asked for differ")
    want(len(shown) == 1 and shown[0]["severity"] == 1 and shown[0]["code"].startswith("E-"), shown)
    want(shown[0]["range"]["start"] == c.position(ARITH, at), shown)
    c.edit(ARITH, at, at + 1, "x")
    c.settle()
    want(c.shown[c.uri(ARITH)] == [], "the error stays though it is mended")


def knows_generators(c):
    """What only the writing of C finds out: an instruction between flags and their use."""
    lower = "rules/x64/lower.rules"
    c.open(lower)
    c.settle()
    text = c.texts[lower]
    rule = ("lower flags-lost: (select.i32 (icmp.eq.i32 x y) x y) prio 9 => {\n  f = (x64.cmp.i32 x y).f\n"
            "  z = (x64.add.i32 x y).d\n  (x64.cmov.e.i32 f z y) }\n")
    c.edit(lower, len(text), len(text), rule)
    c.settle()
    shown = c.shown[c.uri(lower)]
    c.edit(lower, len(text), len(text) + len(rule), "")
    c.close(lower)
    want(any(d["code"] == "E-FLAGS" for d in shown), shown)


def knows_other_files(c):
    c.open(OPS)
    at = c.texts[OPS].index("op iadd ") + 3
    c.edit(OPS, at, at + 4, "iplus")
    c.settle()
    want(c.shown.get(c.uri(ARITH)), "an op that is gone is no error where it was used")
    c.close(OPS)  # the file on disk counts again
    c.settle()
    want(c.shown[c.uri(ARITH)] == [] and not c.shown.get(c.uri(OPS)), c.shown)


def knows_hover(c):
    text = c.request("textDocument/hover", c.at(ARITH, "=> subsume (i^add x (iconst 0 - k))"))["contents"]["value"]
    want("op iadd {T: int}" in text and "pure" in text and "cost 3" in text, text)
    text = c.request("textDocument/hover", c.at(ARITH, "rule sub-c^onst:"))["contents"]["value"]
    (c.root / "rules/verify.cache").write_text("00112233445566aa proved rule sub-const T=i32\n"
                                               "00112233445566ab bounded rule sub-const T=i64\nodd\n")
    text = c.request("textDocument/hover", c.at(ARITH, "rule sub-c^onst:"))["contents"]["value"]
    want("last verdict: bounded (2 claims)" in text, text)
    want("rule sub-const:" in text and "expansion" in text and "\u2192" in text, text)
    text = c.request("textDocument/hover", c.at(ARITH, "(iconst ^k)) => subsume (iadd x (iconst 0 - k))"))["contents"]["value"]
    want("variable" in text and "32 bits" in text and "64 bits" in text, text)
    text = c.request("textDocument/hover", c.at(ARITH, "if is_^pow2(k)"))["contents"]["value"]
    want("One bit set" in text, text)
    text = c.request("textDocument/hover", c.at(ARITH, "=> sub^sume x"))["contents"]["value"]
    want("for good" in text, text)
    c.open(INST)
    text = c.request("textDocument/hover", c.at(INST, "inst x64.mov^zx32"))["contents"]["value"]
    want("lower half of 64 bits" in text, text)


def knows_definition(c):
    place = c.request("textDocument/definition", c.at(ARITH, "=> subsume (i^add x (iconst 0 - k))"))
    want(place["uri"] == c.uri(OPS), place)
    text = (c.root / OPS).read_text().split("\n")[place["range"]["start"]["line"]]
    want(text.startswith("op iadd "), text)
    place = c.request("textDocument/definition", c.at(ARITH, "subsume (ineg (ishl x (iconst log2(^n))))"))
    want(c.texts[ARITH][c.offset(ARITH, place["range"]["start"]) - 4:].startswith("let n ="), place)
    c.open("rules/x64/lower.rules")
    lower = "rules/x64/lower.rules"
    place = c.request("textDocument/definition", c.at(lower, "(x64.cmov.^e.T f n"))
    want(place["uri"] == c.uri(INST) and "code cc" in c.texts[INST].split("\n")[place["range"]["start"]["line"] - 1], place)


def knows_references(c):
    params = {**c.at(ARITH, "(i^sub.T x 0)"), "context": {"includeDeclaration": True}}
    places = c.request("textDocument/references", params)
    files = {p["uri"] for p in places}
    want(c.uri(OPS) in files and c.uri(ARITH) in files and c.uri("rules/x64/lower.rules") in files, files)
    for p in places:
        path = str(pathlib.Path(p["uri"].removeprefix("file://")).relative_to(c.root.resolve()))
        line = (c.root / path).read_text().split("\n")[p["range"]["start"]["line"]]
        got = line[p["range"]["start"]["character"]:p["range"]["end"]["character"]]
        want(got == "isub", f"{path}: {got} in {line}")
    here = c.request("textDocument/documentHighlight", c.at(ARITH, "rule sub-const: (isub.T ^x"))
    want(len(here) == 2, here)


def knows_rename(c):
    edit = c.request("textDocument/rename", {**c.at(ARITH, "(i^sub.T x 0)"), "newName": "iminus"})
    want(len(edit["changes"]) >= 3, list(edit["changes"]))
    text = c.apply(ARITH, edit["changes"][c.uri(ARITH)])
    want("isub" not in text and "(iminus.T x 0)" in text, "isub is left")
    edit = c.request("textDocument/rename", {**c.at(ARITH, "rule sub-const: (isub.T x (iconst ^k)"), "newName": "amount"})
    text = c.apply(ARITH, edit["changes"][c.uri(ARITH)])
    want("rule sub-const: (isub.T x (iconst amount)) => subsume (iadd x (iconst 0 - amount))" in text, text[:900])
    want(text.count("amount") == 2, "more than the rule's own k was renamed")
    for name, why in (("iadd", "taken"), ("9a", "no name"), ("pure", "word"), ("a b", "no name"), ("", "no name")):
        said = c.refused("textDocument/rename", {**c.at(ARITH, "(i^sub.T x 0)"), "newName": name})
        want(said and why in said, f"{name!r}: {said}")
    said = c.refused("textDocument/rename", {**c.at(INST, "inst x64.add {T: int} (^a: gpr"), "newName": "q"})
    want(said and "encodings" in said, said)


def knows_completion(c):
    rule = "rule add-zero: (iadd.T x 0)"
    at = c.texts[ARITH].index(rule) + len(rule) - 1
    c.edit(ARITH, at, at, " (um")
    got = c.request("textDocument/completion", {"textDocument": {"uri": c.uri(ARITH)}, "position": c.position(ARITH, at + 4)})
    op = next(i for i in got["items"] if i["label"] == "umulhi")
    want(op["detail"] == "(x: T, y: T) -> T", op)
    want(any(i["label"] == "x" for i in got["items"]), "the rule's variable is not offered")
    c.edit(ARITH, at, at + 4, " (icmp.")
    got = c.request("textDocument/completion", {"textDocument": {"uri": c.uri(ARITH)}, "position": c.position(ARITH, at + 7)})
    want({"slt", "i32"} <= {i["label"] for i in got["items"]}, got)
    c.edit(ARITH, at, at + 7, "")
    c.edit(ARITH, 0, 0, "ru\n")
    got = c.request("textDocument/completion", {"textDocument": {"uri": c.uri(ARITH)}, "position": {"line": 0, "character": 2}})
    want({"rule", "skeleton", "op"} <= {i["label"] for i in got["items"]} and len(got["items"]) < 20, got)
    c.edit(ARITH, 0, 3, "")


def knows_symbols(c):
    got = c.request("textDocument/documentSymbol", {"textDocument": {"uri": c.uri(INST)}})
    code = next(s for s in got if s["name"] == "cc")
    want([m["name"] for m in code["children"]][:3] == ["o", "no", "b"], code)
    want(any(s["name"] == "x64.add" for s in got), "no x64.add")
    got = c.request("workspace/symbol", {"query": "POW2"})
    want(any(s["name"] == "mul-pow2" for s in got), got)


def knows_format(c):
    same = c.request("textDocument/formatting", {"textDocument": {"uri": c.uri(ARITH)}, "options": {}})
    want(same == [], same)
    whole = c.texts[ARITH]
    at = whole.index("rule sub-zero:") + 5
    c.edit(ARITH, at, at, "   ")
    edits = c.request("textDocument/formatting", {"textDocument": {"uri": c.uri(ARITH)}, "options": {}})
    want(len(edits) == 1 and len(edits[0]["newText"]) < 200, edits)
    want(c.apply(ARITH, edits) == whole, "formatting does not give the file back")
    c.edit(ARITH, at, at + 3, "")
    c.edit(ARITH, at, at, ")")
    said = c.refused("textDocument/formatting", {"textDocument": {"uri": c.uri(ARITH)}, "options": {}})
    want(said and "syntax" in said, said)
    c.edit(ARITH, at, at + 1, "")


def knows_utf16(c):
    c.edit(ARITH, 0, 0, "; \U0001d54f\u00e9 rule\nrule cafe: (iadd.T q 0) => subsume w ; \U0001d54f\n")
    c.settle()
    shown = c.shown[c.uri(ARITH)]
    want(any(d["range"]["start"]["line"] == 1 for d in shown), shown)
    c.edit(ARITH, c.texts[ARITH].index("subsume w") + 8, c.texts[ARITH].index("subsume w") + 9, "q")
    at = c.texts[ARITH].index("\u00e9")
    c.edit(ARITH, at, at + 1, "e")  # behind a character of two units
    got = c.request("textDocument/hover", c.at(ARITH, "rule c^afe:"))["contents"]["value"]
    want("rule cafe:" in got, got)
    c.edit(ARITH, 0, c.texts[ARITH].index("; Integer arithmetic"), "")


def knows_zero(c):
    """A zero byte is part of the text, and an error in it."""
    c.open("zero.rules", "rule zero: (icmp.slt.i32 (iadd x y) (iadd x z)) => subsume (icmp.slt.i32 y z)\n")
    c.edit("zero.rules", 5, 5, "\0")
    c.settle()
    want(c.shown[c.uri("zero.rules")], "no error")
    c.edit("zero.rules", 5, 6, "")
    c.settle()
    want(c.shown[c.uri("zero.rules")] == [], "text and positions went apart")
    c.close("zero.rules")


def knows_solo(c):
    c.open("elsewhere.rules", "rule mine: (iadd.T x 0) => subsume y\n")
    c.settle()
    want(len(c.shown[c.uri("elsewhere.rules")]) == 1, c.shown)
    place = c.request("textDocument/definition", c.at("elsewhere.rules", "(i^add.T"))
    want(place["uri"] == c.uri(OPS), place)
    c.close("elsewhere.rules")
    c.settle()
    want(c.shown[c.uri("elsewhere.rules")] == [], "diagnostics of a closed buffer")


def processor_time(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def knows_speed(c):
    """A keystroke in the whole set, answered: processor time, as tests run side by side."""
    count, begin = 20, processor_time(c.p.pid)
    for i in range(count):
        at = c.texts[ARITH].index("rule add-zero")
        c.edit(ARITH, at, at, ";")
        c.edit(ARITH, at, at + 1, "")
        c.request("textDocument/hover", c.at(ARITH, "rule add-z^ero"))
    each = (processor_time(c.p.pid) - begin) / count
    slow = 8 if "asan" in str(c.p.args) else 1
    want(each < 0.25 * slow, f"{each * 1000:.0f} ms for a keystroke")
    return f"{each * 1000:.0f} ms for a keystroke, whole set"


# --- what does not belong -------------------------------------------------------------

def survives_frames(c):
    c.raw(b"Content-Length: 7\r\n\r\n{broken")
    c.raw(b"Content-Type: x\r\n\r\nContent-Length: 2\r\n\r\n{}")
    c.raw(b"Content-Length: nonsense\r\n\r\n")
    c.raw(b"Content-Length: 99999999999\r\n\r\n" if False else b"X" * 5000 + b"\r\n\r\n")
    c.raw(b"content-length: 4\r\nOther: 1\r\n\r\nnull")
    body = b'{"jsonrpc":"2.0","id":777,"method":"workspace/symbol","params":{"query":"add-zero"}}'
    frame = b"Content-Length: %d\r\n\r\n" % len(body) + body
    for i in range(0, len(frame), 9):  # in pieces
        c.raw(frame[i:i + 9])
        time.sleep(0.005)
    want(c.answer(777)["result"], "no answer behind broken frames")
    want(len(c.errors) >= 4, c.errors)


def survives_types(c):
    for method in ("textDocument/hover", "textDocument/rename", "textDocument/completion", "textDocument/formatting",
                   "textDocument/documentSymbol", "textDocument/codeAction", "workspace/symbol", "textDocument/references"):
        for params in (None, [], 7, "x", {}, {"textDocument": 3}, {"textDocument": {"uri": "file:///none"}},
                       {"textDocument": {"uri": c.uri(ARITH)}, "position": {"line": -1, "character": 1 << 60}},
                       {"textDocument": {"uri": c.uri(ARITH)}, "position": {"line": 1 << 40, "character": 3}, "newName": 5}):
            c.answer(c.ask(method, params))
    for params in (None, {"textDocument": {"uri": 1}}, {"textDocument": {"uri": c.uri(ARITH)}, "contentChanges": [
            {"range": {"start": {"line": 5, "character": 0}, "end": {"line": 2, "character": 0}}, "text": "x"},
            {"range": 3, "text": "y"}, {"text": 4}, 5]}):
        c.notify("textDocument/didChange", params)
        c.notify("textDocument/didOpen", params)
        c.notify("textDocument/didClose", {"textDocument": {"uri": "file:///none"}})
    text = c.request("textDocument/hover", c.at(ARITH, "rule add-z^ero"))["contents"]["value"]
    want("rule add-zero: (iadd.T x 0) => subsume x" in text, "an edit without sense changed the text")


def survives_cancel(c):
    c.edit(ARITH, 0, 0, "; x\n")
    numbers = [c.next + 1 + i for i in range(20)]
    body = b""
    for n in numbers:
        one = json.dumps({"jsonrpc": "2.0", "id": n, "method": "workspace/symbol", "params": {"query": "a"}}).encode()
        body += b"Content-Length: %d\r\n\r\n" % len(one) + one
    one = json.dumps({"jsonrpc": "2.0", "method": "$/cancelRequest", "params": {"id": numbers[-1]}}).encode()
    c.raw(body + b"Content-Length: %d\r\n\r\n" % len(one) + one)
    c.next = numbers[-1]
    answers = {}
    while len(answers) < len(numbers):
        m = c.receive()
        if m.get("id") in numbers:
            answers[m["id"]] = m
        else:
            c.note(m)
    want("error" in answers[numbers[-1]] and answers[numbers[-1]]["error"]["code"] == -32800, answers[numbers[-1]])
    want("result" in answers[numbers[0]], answers[numbers[0]])
    c.edit(ARITH, 0, 4, "")


def survives_size(c):
    rules = "".join(f"rule big-{i}: (iadd.T (imul x (iconst {i})) y) => (iadd y x)\n" for i in range(20000))
    c.open("big.rules", rules + "x" * 3000000)
    c.notify("textDocument/didChange", {"textDocument": {"uri": c.uri("big.rules")}, "contentChanges": [{"text": "(" * 1000000}]})
    c.close("big.rules")
    want(c.request("workspace/symbol", {"query": "add-zero"}), "no answer after a large file")


# --- a file outside any project: beside the built-in rules -----------------------------

MINE = "mine.rules"
TEXT = """; Mine.
fn big_one(k) = k == 77
rule my-mul: (imul.T x (iconst k)) if big_one(k) => (isub (ishl.T x (iconst 6)) x)
rule my-add: (iadd.T x (iconst k)) if k == 0 => subsume y
"""


def alone_diagnostics(c):
    c.open(MINE, TEXT)
    c.settle()
    shown = c.shown[c.uri(MINE)]
    errors = [d for d in shown if d["severity"] == 1]
    want([d["code"] for d in errors] == ["E-NAME"] and "y" in errors[0]["message"], shown)
    at = c.texts[MINE].rindex("y")
    c.edit(MINE, at, at + 1, "x")
    c.settle()
    shown = c.shown[c.uri(MINE)]  # the second position is in the built-in rules
    want(any("add-zero" in json.dumps(d) for d in shown), shown)
    c.edit(MINE, c.texts[MINE].index("rule my-add"), len(c.texts[MINE]), "")
    c.settle()
    want(c.shown[c.uri(MINE)] == [], c.shown)
    want([u for u, d in c.shown.items() if d] == [], "diagnostics of what is built in")


def builtin_line(c, place):
    """The line of a place, which must be in the file of the built-in rules."""
    want(place["uri"].endswith("gen/builtin.rules"), place)
    path = pathlib.Path(place["uri"].removeprefix("file://"))
    return path, path.read_text().split("\n")[place["range"]["start"]["line"]]


def alone_names(c):
    text = c.request("textDocument/hover", c.at(MINE, "(i^mul.T"))["contents"]["value"]
    want("op imul {T: int}" in text and "cost" in text, text)
    text = c.request("textDocument/hover", c.at(MINE, "(iconst ^k)"))["contents"]["value"]
    want("variable" in text and "64 bits" in text, text)
    path, line = builtin_line(c, c.request("textDocument/definition", c.at(MINE, "(i^shl.T")))
    want(line.startswith("op ishl "), line)
    place = c.request("textDocument/definition", c.at(MINE, "if big^_one"))
    want(place["uri"] == c.uri(MINE) and place["range"]["start"]["line"] == 1, place)
    places = c.request("textDocument/references", {**c.at(MINE, "(i^shl.T"), "context": {"includeDeclaration": True}})
    mine = [p for p in places if p["uri"] == c.uri(MINE)]
    lines = [builtin_line(c, p)[1] for p in places if p not in mine]
    want(len(mine) == 1 and len(lines) > 5 and all("ishl" in line for line in lines), places)
    got = c.request("textDocument/completion", c.at(MINE, "(isub (ish^l.T"))
    want({"ishl", "big_one", "magnitude"} <= {i["label"] for i in got["items"]}, "the built-in names are not offered")
    got = c.request("workspace/symbol", {"query": "udiv-pow2"})
    want(got and all(builtin_line(c, s["location"]) for s in got), got)


def alone_rename(c):
    said = c.refused("textDocument/rename", {**c.at(MINE, "(i^shl.T"), "newName": "shift"})
    want(said and "`ishl` is built into wb (rules/ops.rules)" in said, said)
    said = c.refused("textDocument/prepareRename", c.at(MINE, "(i^shl.T"))
    want(said and "built into wb" in said, said)
    edit = c.request("textDocument/rename", {**c.at(MINE, "fn big^_one"), "newName": "magic"})["changes"]
    want(list(edit) == [c.uri(MINE)] and len(edit[c.uri(MINE)]) == 2, edit)
    said = c.refused("textDocument/rename", {**c.at(MINE, "fn big^_one"), "newName": "magnitude"})
    want(said and "taken" in said, said)


def alone_replaced(c):
    """A rule with the name of a built-in one stands in its place: said for information."""
    c.open("copy.rules", "rule mul-pow2: (icmp.slt.i32 (iadd x y) (iadd x z)) => subsume (icmp.slt.i32 y z)\n")
    c.settle()
    shown = [d for d in c.shown[c.uri("copy.rules")] if d["severity"] == 3]
    want(len(shown) == 1 and "in place of the rule of that name in rules/mid/arith.rules" in shown[0]["message"], shown)
    want(builtin_line(c, shown[0]["relatedInformation"][0]["location"])[1].startswith("rule mul-pow2:"), shown)
    c.close("copy.rules")


def alone_actions(c):
    """What mends a diagnostic: the text after each offer, and that nothing is left to say."""
    text = "rule same-sums: (icmp.slt.i32 (iaddd x y) (iadd x z)) => (icmp.slt.i32 y z)\n"
    c.open("fix.rules", text)
    for title in ("write iadd", "subsume what the left stands for"):
        c.settle()
        shown = c.shown[c.uri("fix.rules")]
        got = c.request("textDocument/codeAction", {"textDocument": {"uri": c.uri("fix.rules")}, "range": shown[-1]["range"],
                                                    "context": {"diagnostics": shown}})
        one = [a for a in got if a["title"] == title]
        want(one, (title, shown, got))
        text = c.apply("fix.rules", one[0]["edit"]["changes"][c.uri("fix.rules")])
        c.edit("fix.rules", 0, len(c.texts["fix.rules"]), text)
    c.settle()
    want("(iadd x y) (iadd x z)) => subsume (icmp" in text, text)
    want(not any(d["code"] in ("E-NAME", "E-DROP") for d in c.shown[c.uri("fix.rules")] if "code" in d), c.shown)
    c.close("fix.rules")


def alone_lowering(c):
    """Machine things are known as soon as a line starts with `lower`, right or not."""
    text = "lower my-add: (iadd.T x (iconst 5)) prio 9 => (x64.add.T x 5).d\n"
    c.open("low.rules", text)
    c.settle()
    want(c.shown.get(c.uri("low.rules"), []) == [], c.shown)
    path, line = builtin_line(c, c.request("textDocument/definition", c.at("low.rules", "(x64.a^dd")))
    want(line.startswith("inst x64.add "), line)
    c.edit("low.rules", text.index(".d"), len(text), "")
    c.edit("low.rules", text.index(" 5)."), text.index(" 5).") + 3, " (x64.le")
    got = c.request("textDocument/completion", c.at("low.rules", "(x64.le^"))
    want(any(i["label"] == "x64.lea" for i in got["items"]), "no x64.lea")
    c.close("low.rules")


def alone_ops(c):
    """What declares ops that are built in is a set of its own; a new op stands beside."""
    c.open("ops.rules", "types int = i32 i64\nop iadd {T: int} (x: T, y: T) -> T pure cost 3 = x + y\n"
                        "rule one: (iadd.T x y) => (imul x y)\n")
    c.settle()
    want(any(d["code"] == "E-NAME" for d in c.shown[c.uri("ops.rules")]), c.shown)
    place = c.request("textDocument/definition", c.at("ops.rules", "(i^add.T"))
    want(place["uri"] == c.uri("ops.rules"), place)
    c.close("ops.rules")
    c.open("more.rules", "op avg {T: int} (x: T, y: T) -> T pure cost 9 = (x & y) + ((x ^ y) >>u 1)\n"
                         "rule avg-same: (avg.T x x) => subsume x\n")
    c.settle()
    want(not any(d["severity"] == 1 for d in c.shown.get(c.uri("more.rules"), [])), c.shown)
    c.close("more.rules")


def alone_lowers(c):
    """A set of lowering alone: its rules have no cost, and there is no rewrite to take one from."""
    c.open("lowers.rules", "".join((pathlib.Path(__file__).parents[2] / f).read_text() for f in (OPS, INST))
           + "lower my-add: (iadd.T x y) => (x64.add.T x y).d\n")
    c.settle()
    text = c.request("textDocument/hover", c.at("lowers.rules", "lower my-^add:"))["contents"]["value"]
    want("2 expansions" in text and "cost" not in text, text)
    c.close("lowers.rules")


def alone_mark(c):
    """A byte order mark is no part of the text, but of its first line's positions."""
    c.open("mark.rules", "\ufeffrule one: (iadd.T q 0) => subsume w  ; \u00e9\n")
    c.settle()
    shown = c.shown[c.uri("mark.rules")]
    at = c.texts["mark.rules"].index("w  ;")
    want(len(shown) == 1 and shown[0]["range"]["start"] == c.position("mark.rules", at), shown)
    text = c.request("textDocument/hover", c.at("mark.rules", "(i^add.T"))["contents"]["value"]
    want("op iadd" in text, text)
    edits = c.request("textDocument/formatting", {"textDocument": {"uri": c.uri("mark.rules")}, "options": {}})
    want(edits == [], edits)
    c.edit("mark.rules", 1, 6, "rule   ")
    edits = c.request("textDocument/formatting", {"textDocument": {"uri": c.uri("mark.rules")}, "options": {}})
    want(c.apply("mark.rules", edits).startswith("\ufeffrule one: "), edits)
    c.close("mark.rules")


def alone_file(c):
    """The file of the built-in rules itself: to look at, not to change."""
    place = c.request("textDocument/definition", c.at(MINE, "(i^shl.T"))
    path, line = builtin_line(c, place)
    name = os.path.relpath(path, c.root)
    c.open(name, path.read_text())
    c.settle()
    want(c.shown.get(c.uri(name), []) == [], c.shown)
    said = c.refused("textDocument/rename", {"textDocument": {"uri": c.uri(name)}, "newName": "shift",
                                             "position": place["range"]["start"]})
    want(said and "built into wb" in said, said)
    said = c.refused("textDocument/formatting", {"textDocument": {"uri": c.uri(name)}, "options": {}})
    want(said and "built into wb" in said, said)
    c.close(name)


def alone_speed(c):
    count, begin = 8, processor_time(c.p.pid)
    for i in range(count):
        at = c.texts[MINE].index("rule my-mul")
        c.edit(MINE, at, at, ";")
        c.edit(MINE, at, at + 1, "")
        c.settle()
    each = (processor_time(c.p.pid) - begin) / count
    want(each < 0.4 * (8 if "asan" in str(c.p.args) else 1), f"{each * 1000:.0f} ms for a keystroke")
    return f"{each * 1000:.0f} ms for a keystroke and all checks"


KNOWS = [knows_start, knows_diagnostics, knows_generators, knows_other_files, knows_hover, knows_definition, knows_references,
         knows_rename, knows_completion, knows_symbols, knows_format, knows_utf16, knows_zero, knows_solo, knows_speed,
         survives_frames, survives_types, survives_cancel, survives_size]


ALONE = [alone_diagnostics, alone_names, alone_rename, alone_replaced, alone_actions, alone_lowering, alone_ops, alone_lowers, alone_mark, alone_file, alone_speed]


def lsp(root, out):
    return questions(out, workspace(), KNOWS, "lsp") + questions(out, tempfile.mkdtemp(prefix="rulec-alone-"), ALONE, "lsp outside")


def questions(out, folder, asked, name):
    """One server, every question in turn."""
    results = []
    c = Client(out / "rulec", folder)
    try:
        for f in asked:
            begin = time.time()
            try:
                said = f(c) or ""
                results.append(Result(f"desk {name} " + f.__name__, "pass", said, time.time() - begin))
            except Exception:
                results.append(Result(f"desk {name} " + f.__name__, "fail", traceback.format_exc(limit=-3)))
        status = c.stop()
        results.append(Result(f"desk {name} ends", "pass" if status == 0 else "fail", f"status {status}" if status else ""))
    finally:
        c.p.kill()
        shutil.rmtree(folder)
    return results


# --- random edits ---------------------------------------------------------------------

def edits(root, out, count=None, seed=1):
    """Random edits of a file of the set, with questions between; then the text is
    what the client thinks it is."""
    count = count or (400 if "asan" in str(out) else 1500)
    folder, r, begin = workspace(), random.Random(seed), time.time()
    files = [OPS, ARITH, INST, "rules/x64/lower.rules", "rules/mid/div.rules"]
    bits = ["(", ")", "{", "}", "[", "]", " ", "\n", "\n\n", ";", " ; c\n", "=>", "x", "iadd", ".T", "rule q: ", "let a = ",
            "0x", "-1", "\"", ":", "|", "?", "@", "\u00e9", "\U0001d54f", "\t", "\x00", "enc ", "op ", "subsume "]
    c = Client(out / "rulec", folder)
    try:
        for f in files:
            c.open(f)
        for i in range(count):
            f = r.choice(files)
            text = c.texts[f]
            a = r.randrange(len(text) + 1)
            b = min(len(text), a + (r.randrange(40) if r.random() < 0.4 else 0))
            if r.random() < 0.3:
                s = r.randrange(len(text) + 1)
                new = text[s:s + r.randrange(60)]
            else:
                new = r.choice(bits)
            c.edit(f, a, b, new)
            if i % 7 == 0:
                params = {"textDocument": {"uri": c.uri(f)}, "position": c.position(f, a), "newName": "zz", "query": "a"}
                method = r.choice(["hover", "definition", "references", "completion", "documentSymbol", "formatting",
                                   "rename", "codeAction", "documentHighlight", "prepareRename"])
                c.answer(c.ask("textDocument/" + method, {**params, "range": {"start": params["position"], "end": params["position"]}}))
            if i % 100 == 99:  # start over: a text that is broken all over says little
                f = r.choice(files)
                c.close(f)
                c.open(f)
        for f in files:
            n = len(c.texts[f])
            c.edit(f, 0, n, "rule whole: (iadd.T x 0) => subsume x\n")
        got = c.request("textDocument/documentSymbol", {"textDocument": {"uri": c.uri(ARITH)}})
        want([s["name"] for s in got] == ["whole"], got)
        status = c.stop()
        want(status == 0, f"status {status}")
        return [Result("desk lsp edits", "pass", f"{count} random edits", time.time() - begin)]
    except Exception:
        return [Result("desk lsp edits", "fail", f"seed {seed}\n" + traceback.format_exc(limit=-3))]
    finally:
        c.p.kill()
        shutil.rmtree(folder)


# --- a real editor --------------------------------------------------------------------

def neovim(root, out):
    """The same from neovim, headless: tests/desk/nvim.lua."""
    if not shutil.which("nvim"):
        return [Result("desk neovim", "skip", "no nvim (apt-get install neovim)")]
    subprocess.run([str(out / "rulec"), "grammar", "vim", "-o", str(out / "editors/vim")], check=True)
    folder, begin = workspace(), time.time()
    said = pathlib.Path(folder) / "said"
    env = dict(os.environ, DESK_ROOT=folder, DESK_RULEC=str(out / "rulec"), DESK_OUT=str(said),
               DESK_VIM=str(out / "editors/vim"), XDG_STATE_HOME=folder, XDG_CACHE_HOME=folder,
               XDG_DATA_HOME=folder, ASAN_OPTIONS="detect_leaks=0")
    try:
        p = subprocess.run(["nvim", "--headless", "-n", "-u", "NONE", "-i", "NONE", "-S",
                            str(root / "tests/desk/nvim.lua")], env=env, capture_output=True, text=True,
                           stdin=subprocess.DEVNULL, timeout=180)
        steps = said.read_text() if said.exists() else ""
        good = p.returncode == 0 and "FAIL" not in steps and steps.count("ok ") >= 24
        return [Result("desk neovim", "pass" if good else "fail",
                       f"{steps.count('ok ')} steps" if good else steps + p.stdout + p.stderr, time.time() - begin)]
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def editors(root, out):
    """Editor files as rulec makes them now, in the editors."""
    import colours
    missing = {"vim": "no vim", "tree-sitter": "no tree-sitter (cargo install tree-sitter-cli)"}
    for kind in ("vim", "textmate", "tree-sitter"):
        subprocess.run([str(out / "rulec"), "grammar", kind, "-o", str(out / "editors" / kind)], check=True)
    return [Result("desk editors " + name, "skip" if wrong is None else "fail" if wrong else "pass",
                   missing[name] if wrong is None else "\n".join(wrong[:12])) for name, wrong in colours.check(root, out)]


# --- the documentation ----------------------------------------------------------------

def rule_files(root):
    files = sorted(str(p.relative_to(root)) for p in root.glob("rules/**/*.rules"))
    files.remove(OPS)
    return [OPS] + files


def rulec(root, out, *args):
    env = dict(os.environ, ASAN_OPTIONS="detect_leaks=0", LC_ALL="C")
    p = subprocess.run([str(out / "rulec"), *args], cwd=root, env=env, capture_output=True, text=True, timeout=300)
    if p.returncode:
        raise RuntimeError(p.stderr[-2000:])
    return p.stdout


def ops_page(root, out):
    """docs/ops.md says what the rules say."""
    page, got = root / "docs/ops.md", rulec(root, out, "doc", "--ops", *rule_files(root))
    if os.environ.get("RW_ACCEPT"):
        page.write_text(got)
    same = page.read_text() == got
    return [Result("desk docs/ops.md", "pass" if same else "fail", "" if same else
                   "docs/ops.md is not what `rulec doc --ops` writes: ninja docs-ops")]


class Page(html.parser.HTMLParser):
    """Anchors, links to them, open tags, text."""
    def __init__(self):
        super().__init__()
        self.ids, self.links, self.open, self.outside, self.text, self.badges = [], set(), [], [], [], []

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        if "id" in attrs:
            self.ids.append(attrs["id"])
        if tag == "a" and attrs.get("href", "").startswith("#"):
            self.links.add(attrs["href"][1:])
        for key in ("src", "href"):
            if attrs.get(key, "#")[0] != "#":
                self.outside.append(attrs[key])
        if "badge" in (attrs.get("class") or "").split():
            self.badges.append((self.ids[-1], attrs["class"].split()[1], attrs["title"]))
        if tag not in ("meta", "input", "link", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        want(self.open and self.open[-1] == tag, f"</{tag}> closes {self.open[-3:]} at {self.getpos()}")
        self.open.pop()

    def handle_data(self, data):
        self.text.append(data)


def rules_page(root, out):
    """The HTML page: whole, its links lead somewhere, verdicts and counts are those of the files."""
    begin = time.time()
    with tempfile.TemporaryDirectory() as d:
        stats, cache, page = (pathlib.Path(d) / n for n in ("stats.json", "verify.cache", "rules.html"))
        inputs = [{"rules": {"add-zero": [9, 5, 1, 0, 5, 2]}}, {"rules": {"add-zero": [1, 0, 0, 0, 0, 0]}}, {"status": "failed"}]
        stats.write_text(json.dumps({"schema": "wb.stats/1", "inputs": inputs}))
        cache.write_text("0123456789abcdef proved rule add-zero T=i32\n0123456789abcdef bounded rule add-zero T=i64\n"
                         "0123456789abcdef proved op iadd T=i32\nnonsense\n")
        rulec(root, out, "doc", "--stats", str(stats), "--verdicts", str(cache), "-o", str(page), *rule_files(root))
        p = Page()
        p.feed(page.read_text())
        p.close()
    want(p.open == [], p.open)
    want(len(p.ids) == len(set(p.ids)), [i for i in p.ids if p.ids.count(i) > 1][:5])
    want(p.links <= set(p.ids), sorted(p.links - set(p.ids))[:5])
    want(p.outside == [], p.outside)
    mine = {kind: title for i, kind, title in p.badges if i == "rule-add-zero"}
    want(mine.get("bounded") == "1 of 2 claims proved", mine)
    want("tried 10, matched 5" in mine.get("fires", "") and mine["fires"].endswith("1 of 2 programs"), mine)
    text = "".join(p.text)
    names = [line.split()[1].rstrip(":") for f in rule_files(root) for line in (root / f).read_text().split("\n")
             if line.startswith(("rule ", "skeleton ", "lower ", "op ", "inst ", "seq "))]
    want(len(names) > 500 and all(n in text for n in names), [n for n in names if n not in text][:5])
    return [Result("desk rules.html", "pass", f"{len(names)} rules, {len(p.links)} links", time.time() - begin)]


SUITES = [("desk doc", ops_page), ("desk rules page", rules_page), ("desk editors", editors), ("desk lsp", lsp), ("desk lsp edits", edits), ("desk neovim", neovim)]

if __name__ == "__main__":  # desk.py OUT COUNT SEED: the long run
    place = pathlib.Path(sys.argv[1]).resolve()
    for k in range(int(sys.argv[3]) if len(sys.argv) > 3 else 1):
        for result in edits(None, place, int(sys.argv[2]), k + 1):
            print(result.state, result.detail)
            if result.state == "fail":
                sys.exit(1)
