"""Random WebAssembly modules that end, mostly return values, and show what they do.

make(seed, idioms) gives (bytes, calls): a module and the calls to make of it, in order, on one
instance. Every export returns integers: floats come out as bits, NaNs made canonical
wherever bits can be seen (reinterpret, store, copysign, results), since which NaN an
engine makes is its own affair. A global holds fuel that loops and functions burn, so all
ends. Divisors are mostly odd and addresses mostly inside, so that most calls return and
some trap. Export "memory" sums the memory up, so that stores are seen too.
"""
import random
import struct

I32, I64, F32, F64 = 0x7F, 0x7E, 0x7D, 0x7C
NUM = (I32, I64, F32, F64)
NAMES = {I32: "i32", I64: "i64", F32: "f32", F64: "f64"}
INT_OF = {I32: I32, I64: I64, F32: I32, F64: I64}
FUEL, SEEN = 0, 5  # globals; SEEN mixes up what idioms gave, so that none is lost
FUNCS = 10
TABLE = 8
COVERED = 60  # idioms in each of the first two functions

UN = {I32: (0x67, 0x68, 0x69, 0xC0, 0xC1), I64: (0x79, 0x7A, 0x7B, 0xC2, 0xC3, 0xC4),
      F32: (0x8B, 0x8C, 0x8D, 0x8E, 0x8F, 0x90, 0x91), F64: (0x99, 0x9A, 0x9B, 0x9C, 0x9D, 0x9E, 0x9F)}
BIN = {I32: (0x6A, 0x6B, 0x6C, 0x71, 0x72, 0x73, 0x74, 0x75, 0x76, 0x77, 0x78),
       I64: (0x7C, 0x7D, 0x7E, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8A),
       F32: range(0x92, 0x98), F64: range(0xA0, 0xA6)}
DIV = {I32: range(0x6D, 0x71), I64: range(0x7F, 0x83)}
CMP = {I32: range(0x46, 0x50), I64: range(0x51, 0x5B), F32: range(0x5B, 0x61), F64: range(0x61, 0x67)}
EQZ = {I32: 0x45, I64: 0x50}
# conversions that never trap: result -> (opcode, operand)
CONV = {I32: ((0xA7, I64), ("sat", 0, F32), ("sat", 1, F32), ("sat", 2, F64), ("sat", 3, F64)),
        I64: ((0xAC, I32), (0xAD, I32), ("sat", 4, F32), ("sat", 5, F32), ("sat", 6, F64), ("sat", 7, F64)),
        F32: ((0xB2, I32), (0xB3, I32), (0xB4, I64), (0xB5, I64), (0xB6, F64), (0xBE, I32)),
        F64: ((0xB7, I32), (0xB8, I32), (0xB9, I64), (0xBA, I64), (0xBB, F32), (0xBF, I64))}
TRUNC = {I32: ((0xA8, F32), (0xA9, F32), (0xAA, F64), (0xAB, F64)),
         I64: ((0xAE, F32), (0xAF, F32), (0xB0, F64), (0xB1, F64))}
REINTERPRET = {I32: (0xBC, F32), I64: (0xBD, F64)}
LOADS = {I32: ((0x28, 4), (0x2C, 1), (0x2D, 1), (0x2E, 2), (0x2F, 2)),
         I64: ((0x29, 8), (0x30, 1), (0x31, 1), (0x32, 2), (0x33, 2), (0x34, 4), (0x35, 4)),
         F32: ((0x2A, 4),), F64: ((0x2B, 8),)}
STORES = {I32: ((0x36, 4), (0x3A, 1), (0x3B, 2)), I64: ((0x37, 8), (0x3C, 1), (0x3D, 2), (0x3E, 4)),
          F32: ((0x38, 4),), F64: ((0x39, 8),)}


def leb(n):
    out = bytearray()
    while True:
        b, n = n & 0x7F, n >> 7
        out.append(b | (0x80 if n else 0))
        if not n:
            return bytes(out)


def sleb(n):
    out = bytearray()
    while True:
        b, n = n & 0x7F, n >> 7
        done = (n == 0 and not b & 0x40) or (n == -1 and b & 0x40)
        out.append(b if done else b | 0x80)
        if done:
            return bytes(out)


def signed(n, bits):
    n &= (1 << bits) - 1
    return n - (1 << bits) if n >> (bits - 1) else n


def const(t, bits):
    if t == I32:
        return b"\x41" + sleb(signed(bits, 32))
    if t == I64:
        return b"\x42" + sleb(signed(bits, 64))
    return (b"\x43" + struct.pack("<I", bits)) if t == F32 else (b"\x44" + struct.pack("<Q", bits))


def number(r, t):
    """Bits of a value of t: corners as often as anything."""
    w = 32 if t in (I32, F32) else 64
    if t in (F32, F64) and r.random() < 0.6:
        x = r.choice((0.0, -0.0, 1.0, -1.0, 0.5, 1.5, 2.5, 255.0, 2147483648.0, -2147483648.0, 1e10, 1e-40,
                      float("inf"), float("-inf"), 9.3e18, r.uniform(-100, 100)))
        return struct.unpack("<I", struct.pack("<f", x))[0] if t == F32 else struct.unpack("<Q", struct.pack("<d", x))[0]
    k = r.randrange(6)
    if k == 0:
        n = r.choice((0, 1, -1, 1 << (w - 1), (1 << (w - 1)) - 1, 2, 3, 10, 255, 65535))
    elif k == 1:
        n = (1 << r.randrange(w)) + r.choice((-1, 0, 1))
    elif k == 2:
        n = -(1 << r.randrange(w))
    elif k < 5:
        n = r.randrange(-128, 128)
    else:
        n = r.getrandbits(w)
    n &= (1 << w) - 1
    exponent, fraction = (0x7F800000, 0x7FFFFF) if t == F32 else (0x7FF << 52, (1 << 52) - 1)
    if t in (F32, F64) and n & exponent == exponent and n & fraction:
        n = exponent | (fraction + 1) >> 1  # the canonical NaN
    return n


class Function:
    """One body: emits code into self.code while it keeps what is in scope."""

    def __init__(self, module, index, params, results):
        self.m, self.r, self.index = module, module.r, index
        self.results = results
        self.params = params
        self.locals = list(params) + [self.r.choice(NUM) for _ in range(self.r.randrange(7))]
        self.temp = {}
        for t in (F32, F64, I32, I64):
            self.temp[t] = len(self.locals)
            self.locals.append(t)
        self.counter = len(self.locals)
        self.locals += [I32] * 3  # loop counters by depth
        self.code = bytearray()
        self.known = {}  # constants so far, by type
        self.budget = self.r.choice((20, 60, 150, 400))
        self.labels = 0
        self.loops = 0

    def emit(self, *parts):
        for p in parts:
            self.code += bytes((p,)) if isinstance(p, int) else p

    def a_local(self, t):
        # The temporaries and counters are not for everyone.
        return [k for k, x in enumerate(self.locals[:self.temp[F32]]) if x == t]

    def burn(self):
        self.emit(0x23, leb(FUEL), const(I32, 1), 0x6B, 0x24, leb(FUEL))
        self.emit(0x23, leb(FUEL), const(I32, 0), 0x48, 0x04, 0x40, 0x00, 0x0B)

    def canonical(self, t):
        k = leb(self.temp[t])
        nan = 0x7FC00000 if t == F32 else 0x7FF8000000000000
        self.emit(0x22, k, const(t, nan), 0x20, k, 0x20, k, 0x5B if t == F32 else 0x61, 0x1B)

    def note(self, t):
        """Mixes the value on the stack into SEEN and leaves it there."""
        if t in (F32, F64):
            self.canonical(t)
        k = leb(self.temp[t])
        self.emit(0x22, k, 0x20, k)
        self.emit(*{I32: (0xAD,), I64: (), F32: (0xBC, 0xAD), F64: (0xBD,)}[t])
        self.emit(0x23, leb(SEEN), const(I64, 7), 0x89, 0x85, 0x24, leb(SEEN))

    def address(self, depth):
        self.expr(I32, depth)
        if self.r.random() < 0.97:
            self.emit(const(I32, self.r.choice((0xFF, 0x1FF, 0xFFF8, 0x7FFC))), 0x71)

    def access(self, choices):
        op, size = self.r.choice(choices)
        align = self.r.randrange(size.bit_length())
        offset = self.r.choice((0, 0, 4, 8, self.r.randrange(300)))
        return op, leb(align) + leb(offset)

    def leaf(self, t):
        k = self.a_local(t)
        if k and self.r.random() < 0.65:
            self.emit(0x20, leb(self.r.choice(k)))
        elif self.r.random() < 0.15:
            self.emit(0x23, leb(1 + NUM.index(t)))
        else:
            self.emit(self.constant(t))

    def constant(self, t):
        """Often one that was there before, or its neighbour: rules look for those."""
        known = self.known.setdefault(t, [])
        if known and self.r.random() < 0.5:
            return const(t, self.r.choice(known))
        n = number(self.r, t)
        if t in (I32, I64) and self.r.random() < 0.3:
            n = self.r.randrange(32 if t == I32 else 64)
        known.append(n)
        return const(t, n)

    def arguments(self, params, depth):
        for p in params:
            self.expr(p, depth)

    def call(self, want, depth):
        """A call that gives exactly `want`; False if nothing does."""
        able = [k for k in range(self.index) if self.m.sigs[k][1] == want]
        if not able:
            return False
        k = self.r.choice(able)
        params = self.m.sigs[k][0]
        self.arguments(params, depth)
        if self.r.random() < 0.4:
            # A slot below TABLE holds the functions 0..; only older ones are reachable.
            slots = [i for i, f in enumerate(self.m.table) if f is not None and f < self.index
                     and self.m.sigs[f] == self.m.sigs[k]]
            if slots:
                self.emit(const(I32, self.r.choice(slots)))
                if self.r.random() < 0.03:
                    self.emit(const(I32, self.r.choice((1, TABLE, -1))), 0x6A)
                self.emit(0x11, leb(self.m.type_of(*self.m.sigs[k])), 0x00)
                return True
        self.emit(0x10, leb(k))
        return True

    def expr(self, t, depth):
        self.budget -= 1
        if depth <= 0 or self.budget <= 0:
            return self.leaf(t)
        k = self.r.randrange(20)
        d = depth - 1
        if self.m.idioms.get(t) and self.r.random() < 0.2:
            self.m.write(self, self.r.choice(self.m.idioms[t]), t, {}, d)
            self.note(t)
        elif k < 2:
            self.leaf(t)
        elif k < 9:
            op = self.r.choice(BIN[t])
            self.expr(t, d)
            if self.r.random() < 0.4:
                self.emit(self.constant(t))
            else:
                self.expr(t, d)
            self.emit(op)
            if t in DIV and self.r.random() < 0.25:
                self.emit(self.constant(t), self.r.choice(BIN[t]))
        elif k == 9:
            self.expr(t, d)
            self.emit(self.r.choice(UN[t]))
        elif k == 10 and t in DIV:
            self.expr(t, d)
            self.expr(t, d)
            if self.r.random() < 0.95:
                self.emit(const(t, self.r.choice((1, 1, 3, 16))), 0x72 if t == I32 else 0x84)
            self.emit(self.r.choice(DIV[t]))
        elif k == 10:  # copysign sees the sign of a NaN
            self.expr(t, d)
            self.canonical(t)
            self.expr(t, d)
            self.canonical(t)
            self.emit(0x98 if t == F32 else 0xA6)
            self.canonical(t)
        elif k == 11 and t == I32:
            of = self.r.choice(NUM)
            self.expr(of, d)
            if self.r.random() < 0.4:
                self.emit(self.constant(of))
            else:
                self.expr(of, d)
            self.emit(self.r.choice(CMP[of]))
        elif k == 11 and t == I64 and self.r.random() < 0.5:
            self.expr(I32, d)
            self.emit(self.r.choice((0xAC, 0xAD)))
        elif k < 14:
            c = self.r.choice(CONV[t])
            self.expr(c[-1], d)
            self.emit(*(((0xFC, leb(c[1]))) if c[0] == "sat" else (c[0],)))
            if c[0] in (0xBE, 0xBF):
                self.canonical(t)
        elif k == 14 and t in REINTERPRET:
            op, of = self.r.choice((REINTERPRET[t],) * 9 + (self.r.choice(TRUNC[t]),))
            self.expr(of, d)
            if op in (0xBC, 0xBD):
                self.canonical(of)
            self.emit(op)
        elif k < 17:
            self.address(d)
            self.emit(*self.access(LOADS[t]))
            if t in (F32, F64):
                self.canonical(t)
        elif k == 17:
            self.expr(t, d)
            self.expr(t, d)
            self.expr(I32, d)
            self.emit(0x1B)
        elif k == 18:
            if not self.call((t,), d):
                self.leaf(t)
        else:
            self.expr(I32, d)
            self.emit(0x04, t)
            self.labels += 1
            self.expr(t, d)
            self.emit(0x05)
            self.expr(t, d)
            self.labels -= 1
            self.emit(0x0B)

    def block(self, depth):
        for _ in range(self.r.randrange(1, 5)):
            if self.budget > 0:
                self.statement(depth)

    def statement(self, depth):
        self.budget -= 1
        k = self.r.randrange(16)
        t = self.r.choice(NUM)
        mine = self.a_local(t)
        if k < 5 and mine:
            self.expr(t, 4)
            self.emit(0x21, leb(self.r.choice(mine)))
        elif k < 6:
            self.expr(t, 4)
            self.emit(0x24, leb(1 + NUM.index(t)))
        elif k < 9:
            self.address(3)
            self.expr(t, 3)
            if t in (F32, F64):
                self.canonical(t)
            self.emit(*self.access(STORES[t]))
        elif k == 9:
            want = self.r.choice(((), (t,)))
            if self.call(want, 3) and want:
                self.emit(0x1A)
        elif k == 10 and self.r.random() < 0.3:
            self.bulk()
        elif depth > 0 and k in (11, 12):
            self.expr(I32, 3)
            self.emit(0x04, 0x40)
            self.labels += 1
            self.block(depth - 1)
            if self.r.random() < 0.5:
                self.emit(0x05)
                self.block(depth - 1)
            self.labels -= 1
            self.emit(0x0B)
        elif depth > 0 and k == 13 and self.loops < 3:
            self.loop(depth - 1)
        elif depth > 0 and k == 14:
            self.emit(0x02, 0x40)
            self.labels += 1
            self.block(depth - 1)
            self.expr(I32, 3)
            self.emit(0x0D, leb(0))
            self.block(depth - 1)
            self.labels -= 1
            self.emit(0x0B)
        elif depth > 0:
            self.switch(depth - 1)

    def bulk(self):
        for _ in range(2):
            self.address(2)
        self.expr(I32, 1)
        self.emit(const(I32, 0x3F), 0x71)
        self.emit(*((0xFC, leb(11), 0x00) if self.r.random() < 0.5 else (0xFC, leb(10), 0x00, 0x00)))

    def loop(self, depth):
        k = leb(self.counter + self.loops)
        self.emit(const(I32, self.r.randrange(1, 9)), 0x21, k, 0x03, 0x40)
        self.loops += 1
        self.labels += 1
        self.burn()
        self.block(depth)
        self.emit(0x20, k, const(I32, 1), 0x6B, 0x22, k, 0x0D, leb(0))
        self.labels -= 1
        self.loops -= 1
        self.emit(0x0B)

    def switch(self, depth):
        n = self.r.randrange(1, 6)
        self.emit(*([0x02, 0x40] * (n + 1)))
        self.expr(I32, 3)
        self.emit(const(I32, 7), 0x71, 0x0E, leb(n))
        for _ in range(n):
            self.emit(leb(self.r.randrange(n + 1)))
        self.emit(leb(n), 0x0B)
        for k in range(n):
            self.labels += n - k
            self.block(depth)
            if self.r.random() < 0.5:
                self.emit(0x0C, leb(self.r.randrange(n - k)))
            self.labels -= n - k
            self.emit(0x0B)

    def body(self):
        self.burn()
        while self.budget > 15:
            self.statement(3)
        for t in self.results:
            self.budget = max(self.budget, 12)
            self.expr(t, 5)
        return self.finish(len(self.params))

    def cover(self, first):
        """A body of idioms one after the other, from the first on: all have their turn."""
        for t, p in (self.m.turns * 2)[first:first + COVERED]:
            self.m.write(self, p, t, {}, 0)
            self.note(t)
            self.emit(0x1A)
        for t in self.results:
            self.leaf(t)
        return self.finish(len(self.params))

    def finish(self, nparams):
        groups = b"".join(leb(1) + bytes((t,)) for t in self.locals[nparams:])
        code = leb(len(self.locals) - nparams) + groups + bytes(self.code) + b"\x0b"
        return leb(len(code)) + code


class Module:
    def __init__(self, seed, idioms, write):
        self.idioms, self.write, self.seed = idioms, write, seed
        self.turns = [(t, p) for t in NUM for p in idioms.get(t, ())]
        self.r = r = random.Random(seed)
        self.types = []
        self.sigs = []
        for _ in range(FUNCS):
            if len(self.sigs) < 2 and idioms:  # these hold idioms
                self.sigs.append((NUM + (I32, I64), (I32,)))
                continue
            if self.sigs and r.random() < 0.3:
                self.sigs.append(r.choice(self.sigs))
                continue
            results = tuple(r.choice(NUM) for _ in range(r.choice((0, 1, 1, 1, 1, 2))))
            self.sigs.append((tuple(r.choice(NUM) for _ in range(r.randrange(6))), results))
        self.table = [r.randrange(FUNCS) if r.random() < 0.9 else None for _ in range(TABLE)]

    def type_of(self, params, results):
        if (params, results) not in self.types:
            self.types.append((params, results))
        return self.types.index((params, results))

    def wrapper(self, k):
        """(params as they are) -> results as integers, with fuel."""
        params, results = self.sigs[k]
        f = Function(self, 0, params, ())
        f.locals = list(params) + [F32, F64]
        f.temp = {F32: len(params), F64: len(params) + 1}
        holders = []
        for t in results:
            holders.append(len(f.locals))
            f.locals.append(t)
        f.emit(const(I32, 300), 0x24, leb(FUEL))
        for i in range(len(params)):
            f.emit(0x20, leb(i))
        f.emit(0x10, leb(k))
        for h in reversed(holders):
            f.emit(0x21, leb(h))
        for h, t in zip(holders, results):
            f.emit(0x20, leb(h))
            if t in (F32, F64):
                f.canonical(t)
                f.emit(0xBC if t == F32 else 0xBD)
        return self.type_of(params, tuple(INT_OF[t] for t in results)), f.finish(len(params))

    def memory_sum(self):
        """FNV-1a over the first 65,536 bytes, eight at a time, and the globals."""
        f = Function(self, 0, (), ())
        f.locals = [I32, I64]
        f.emit(const(I64, 0xCBF29CE484222325), 0x21, leb(1), 0x03, 0x40)
        f.emit(0x20, leb(1), 0x20, leb(0), 0x29, leb(3), leb(0), 0x85, const(I64, 0x100000001B3), 0x7E, 0x21, leb(1))
        f.emit(0x20, leb(0), const(I32, 8), 0x6A, 0x22, leb(0), const(I32, 65536), 0x49, 0x0D, leb(0), 0x0B)
        f.emit(0x20, leb(1), 0x23, leb(1), 0xAD, 0x85, 0x23, leb(2), 0x85, 0x23, leb(SEEN), 0x85)
        return self.type_of((), (I64,)), f.finish(0)

    def calls(self):
        out = []
        for k in range(FUNCS):
            for _ in range(10 if k < 2 and self.turns else 4):
                out.append((f"f{k}", [(t, number(self.r, t)) for t in self.sigs[k][0]],
                            [INT_OF[t] for t in self.sigs[k][1]]))
            out.append(("memory", [], [I64]))
        return out

    def build(self):
        bodies = []
        for k in range(FUNCS):
            f = Function(self, k, *self.sigs[k])
            covers = k < 2 and self.turns
            bodies.append(f.cover((2 * self.seed + k) * COVERED % len(self.turns)) if covers else f.body())
        kinds = [self.type_of(*s) for s in self.sigs]
        for kind, body in [self.wrapper(k) for k in range(FUNCS)] + [self.memory_sum()]:
            kinds.append(kind)
            bodies.append(body)
        names = [f"f{k}".encode() for k in range(FUNCS)] + [b"memory"]

        def section(n, items):
            data = leb(len(items)) + b"".join(items)
            return bytes((n,)) + leb(len(data)) + data

        def vec(ts):
            return leb(len(ts)) + bytes(ts)

        zero = {I32: const(I32, 5), I64: const(I64, 7), F32: const(F32, 0x3F800000), F64: const(F64, 0)}
        elems = [b"\x00" + const(I32, i) + b"\x0b" + leb(1) + leb(f)
                 for i, f in enumerate(self.table) if f is not None]
        return b"\0asm\1\0\0\0" + b"".join((
            section(1, [b"\x60" + vec(p) + vec(q) for p, q in self.types]),
            section(3, [leb(k) for k in kinds]),
            section(4, [b"\x70\x00" + leb(TABLE)]),
            section(5, [b"\x01" + leb(1) + leb(1)]),
            section(6, [bytes((I32, 1)) + const(I32, 0) + b"\x0b"] + [bytes((t, 1)) + zero[t] + b"\x0b" for t in NUM + (I64,)]),
            section(7, [leb(len(n)) + n + b"\x00" + leb(FUNCS + k) for k, n in enumerate(names)]),
            section(9, elems),
            section(10, bodies)))


def make(seed, idioms=None, write=None):
    """idioms: {type: [pattern]}, and write(function, pattern, type, {}, depth) for one."""
    m = Module(seed, idioms or {}, write)
    return m.build(), m.calls()
