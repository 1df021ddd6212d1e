"""The editor files: vim and a TextMate tokenizer see the same faces at the same
words; every rule file of ours goes through; tree-sitter parses them all."""
import json
import pathlib
import re
import shutil
import subprocess
import tempfile

SAMPLE = """; A comment; of two parts
types int = i32 i64
code cc (f: flags) enc 4 = o: f.o | no: !f.o
op iadd {T: int} (x: T, y: T) -> T      pure sym (iadd y x) cost 3 = x + y
rule mul-pow2: (imul.T x (iconst k)) if is_pow2(k) && k >u 0x1f => subsume (ishl.T x (iconst log2(k)))
rule told: (iadd.T x -1) allow(E-GAP) "why; so" => x
fn wide(d) = let w = 2 * bits(d); trunc(zext(d, w) >>u 1, 8) + (d & w)
inst x64.add {T: int} (a: gpr.T, b: imm.s32 | m.T) -> (d: gpr.T = a)
  asm "add{T}"
  d = nan(a, b: fp.add(a, b))
  enc imm MI(d, b) REX.T 83 /0 ib if fits_s(b, 8)
      m gpr RM(d, b) 0F 40+C /r
cost imul 4
data cond = one(f: flags) means f.z
seq x64.s (f: flags) means true
{ jcc ne f done
  done: }
"""

# line, word and which of them on it, face (the suffix of vim's group)
FACES = [
    (1, "; A", 0, "Comment"), (1, "two", 0, "Comment"), (2, "types", 0, "Decl"), (2, "int", 0, "Name"), (2, "i32", 0, "Type"),
    (2, "=", 0, "Operator"), (3, "code", 0, "Decl"), (3, "flags", 0, "Kind"), (4, "iadd", 0, "Name"), (4, "iadd", 1, "Head"),
    (4, "pure", 0, "Keyword"), (4, "cost", 0, "Keyword"), (4, "3", 0, "Number"), (4, "->", 0, "Operator"),
    (4, "x", 0, ""), (5, "k", 0, ""), (5, "k)", 1, ""), (7, "d &", 0, ""), (11, "ib", 0, "Enc"), (5, "rule", 0, "Decl"), (5, "mul-pow2", 0, "Name"), (5, "pow2", 0, "Name"), (5, "imul", 0, "Head"), (5, ".T", 0, "Param"),
    (5, "if", 0, "Keyword"), (5, "is_pow2", 0, "Builtin"), (5, ">u", 0, "Operator"), (5, "0x1f", 0, "Number"),
    (5, "subsume", 0, "Keyword"), (5, "log2", 0, "Builtin"), (6, "-1", 0, "Number"), (6, "E-GAP", 0, "Code"),
    (6, "so", 0, "String"), (6, "allow", 0, "Keyword"), (7, "fn", 0, "Decl"), (7, "wide", 0, "Name"), (7, "let", 0, "Keyword"),
    (7, "bits", 0, "Builtin"), (7, "trunc", 0, "Builtin"), (8, "x64.add", 0, "Name"), (8, "gpr", 0, "Kind"),
    (9, "add", 0, "String"), (10, "nan", 0, "Builtin"), (10, "fp.add", 0, "Builtin"), (10, "add", 0, "Builtin"),
    (11, "enc", 0, "Keyword"), (11, "MI", 0, "Enc"), (11, "REX.T", 0, "Enc"), (11, "83", 0, "Enc"), (11, "/0", 0, "Enc"),
    (11, "if", 0, "Keyword"), (11, "8)", 0, "Number"), (12, "40+C", 0, "Enc"), (12, "/r", 0, "Enc"), (13, "cost", 0, "Decl"),
    (13, "imul", 0, "Name"), (14, "data", 0, "Decl"), (14, "one", 0, "Call"), (14, "means", 0, "Keyword"),
    (15, "true", 0, "Constant"), (16, "jcc", 0, "Keyword"),
]


def column(text, line, word, skip):
    row, at = text.split("\n")[line - 1], -1
    for _ in range(skip + 1):
        at = row.index(word, at + 1)
    return at


# --- vim ------------------------------------------------------------------------------

def vim(out, editor, folder):
    """Asks the editor for the face at each place; what differs."""
    sample, script, said = folder / "sample.rules", folder / "ask.vim", folder / "said"
    sample.write_text(SAMPLE)
    rules = folder / "rules"
    (rules / "mid").mkdir(parents=True, exist_ok=True)
    (rules / "ops.rules").write_text("")
    asks = "".join(f"call add(g:out, synIDattr(synID({line}, {column(SAMPLE, line, word, skip) + 1}, 1), 'name'))\n"
                   for line, word, skip, _ in FACES)
    script.write_text(f"set nocompatible\nset rtp^={out}/editors/vim\nfiletype plugin on\nsyntax on\nedit {sample}\n"
                      f"let g:out = [&filetype, &formatprg, &makeprg]\n{asks}"
                      f"edit {rules}/mid/one.rules\ncall add(g:out, &makeprg)\n"
                      f"call setqflist([], ' ', {{'lines': ['x.rules:3:7: error[E-NAME]: `y`', '    rule', '1 error'], 'efm': &l:efm}})\n"
                      f"call add(g:out, string(map(getqflist(), '[v:val.lnum, v:val.col, v:val.type, v:val.text]')))\n"
                      f"call writefile(g:out, '{said}')\nqall!\n")
    args = ["--headless"] if editor == "nvim" else ["-es"]
    subprocess.run([editor, *args, "-u", "NONE", "-i", "NONE", "-n", "-S", str(script)], stdin=subprocess.DEVNULL,
                   capture_output=True, timeout=60)
    got = said.read_text().split("\n") if said.exists() else []
    if got[:3] != ["rules", "rulec fmt -", "rulec check --builtin %:S"]:
        return [f"{editor} says {got[:3]}"]
    make, errors = got[3 + len(FACES):][:2]
    if make != f"rulec check {rules}/ops.rules {rules}/*/*.rules" or errors != "[[3, 7, 'e', '[E-NAME]: `y`']]":
        return [f"{editor} makes {make}: {errors}"]
    return [f"{editor}: line {line} `{word}` is {name}, not rules{face}"
            for (line, word, _, face), name in zip(FACES, got[3:]) if name != (face and "rules" + face)]


# --- TextMate -------------------------------------------------------------------------

def scopes(grammar, line):
    """(from, to, scope) of a line, as an editor finds them: the leftmost match, of
    those the first pattern. All our patterns are of one line."""
    at, found = 0, []
    patterns = [(re.compile(p["match"]), p) for p in grammar["patterns"]]
    while at <= len(line):
        best = None
        for r, p in patterns:
            m = r.search(line, at)
            if m and m.end() > m.start() and (best is None or m.start() < best[0].start()):
                best = (m, p)
        if not best:
            return found
        m, p = best
        if "captures" in p:
            found += [(m.start(int(k)), m.end(int(k)), c["name"]) for k, c in p["captures"].items() if m.group(int(k))]
        else:
            found.append((m.start(), m.end(), p["name"]))
        at = m.end()
    return found


SCOPES = {"Decl": "keyword.declaration", "Keyword": "keyword.other", "Type": "storage.type", "Kind": "support.type",
          "Builtin": "support.function", "Constant": "constant.language", "Comment": "comment.line", "String": "string.quoted",
          "Number": "constant.numeric", "Operator": "keyword.operator", "Name": "entity.name.function",
          "Head": "entity.name.function.call", "Call": "entity.name.function.call", "Param": "variable.parameter",
          "Enc": "constant.other.encoding", "Code": "constant.other.diagnostic"}


def textmate(out, files):
    grammar = json.loads((out / "editors/textmate/syntaxes/rules.tmLanguage.json").read_text())
    package = json.loads((out / "editors/textmate/package.json").read_text())
    path = package["contributes"]["grammars"][0]["path"]
    wrong = [] if (out / "editors/textmate" / path).is_file() else [f"package.json names {path}"]
    rows = SAMPLE.split("\n")
    for line, word, skip, face in FACES:
        at = column(SAMPLE, line, word, skip)
        got = [s for a, b, s in scopes(grammar, rows[line - 1]) if a <= at < b]
        if got if not face else not got or not got[0].startswith(SCOPES[face]):
            wrong.append(f"TextMate: line {line} `{word}` is {got}, not {SCOPES.get(face)}")
    for f in files:  # comments are comments to their end, words have faces
        for number, row in enumerate(f.read_text().split("\n"), 1):
            found = scopes(grammar, row)
            if row.startswith(";") and [(0, len(row))] != [(a, b) for a, b, _ in found]:
                wrong.append(f"TextMate: {f}:{number}: {found}")
    return wrong


# --- tree-sitter ----------------------------------------------------------------------

def tree_sitter(out, files, folder):
    """What has no tree; None if there is no tree-sitter."""
    tool = shutil.which("tree-sitter")
    if not tool:
        return None
    place = folder / "tree"
    shutil.copytree(out / "editors/tree-sitter", place)
    (place / "tree-sitter.json").write_text(json.dumps({
        "grammars": [{"name": "rules", "scope": "source.rules", "path": ".", "file-types": ["rules"]}],
        "metadata": {"version": "1.0.0", "license": "MIT", "description": "rules", "links": {"repository": "none"}}}))
    made = subprocess.run([tool, "generate"], cwd=place, capture_output=True, text=True, timeout=300)
    if made.returncode:
        return [made.stdout + made.stderr]
    parsed = subprocess.run([tool, "parse", "--quiet", *map(str, files)], cwd=place, capture_output=True, text=True, timeout=300)
    return [parsed.stdout + parsed.stderr] if parsed.returncode else []


def check(root, out):
    """(name, what is wrong, or None with why it was left out)."""
    files = sorted(root.glob("rules/**/*.rules"))
    with tempfile.TemporaryDirectory() as d:
        folder = pathlib.Path(d)
        for editor in ("vim", "nvim"):
            if shutil.which(editor):
                yield editor, vim(out, editor, folder)
        if not shutil.which("vim") and not shutil.which("nvim"):
            yield "vim", None
        yield "textmate", textmate(out, files)
        yield "tree-sitter", tree_sitter(out, files, folder)
