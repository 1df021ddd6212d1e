// A small Lisp (McCarthy 1960) with a garbage collector: reader, evaluator with
// lexical scope and tail calls, and a heap of pairs that is marked by pointer
// reversal (Schorr and Waite 1967), so that marking needs no stack, and swept
// into a free list. The programs build, sort and fold lists, derive formulas,
// and find primes, in a heap small enough to be collected many times.
// Stresses: recursion, tagged words, pointers overwritten and restored, a heap
// walked from end to end, calls through a table of functions.
#include "common.h"
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

enum {
  cell_count = 12000,
  most_symbols = 128,
  most_roots = 4096,
  most_primitives = 24,
};

// A word: a number if the lowest bit is 1, else an index of one of these kinds
// in its next two bits.
typedef int32_t Word;
enum { kind_pair = 0, kind_symbol = 2, kind_primitive = 4, kind_bits = 6 };
static const Word nil = kind_symbol; // the symbol 0

typedef struct {
  Word head, tail;
  bool marked;
  bool in_tail; // while marking: came down through the tail
} Cell;

typedef struct Lisp Lisp;
typedef Word Primitive(Lisp *lisp, Word arguments);

struct Lisp {
  Cell cells[cell_count];
  Word free; // the first free pair, linked by tails; or nil
  char symbols[most_symbols][12];
  Word values[most_symbols]; // global variables; 0 if unbound
  int symbol_count;
  Primitive *primitives[most_primitives];
  int primitive_count;
  Word *roots[most_roots]; // local variables that must stay alive
  int root_count;
  const char *at; // what is left to read
  Word symbol_quote, symbol_if, symbol_lambda, symbol_define, symbol_true,
      symbol_closure;
  int collections;
  uint64_t evaluated, reclaimed;
};

static bool is_number(Word w) {
  return w & 1;
}
static bool is_pair(Word w) {
  return (w & 7) == kind_pair;
}
static bool is_symbol(Word w) {
  return (w & 7) == kind_symbol;
}
static int index_of(Word w) {
  return w >> 3;
}
static Word number(int32_t n) {
  return (Word)((uint32_t)n << 1 | 1);
}
static int32_t to_int(Word w) {
  return w >> 1;
}

static void mark(Lisp *lisp, Word at);
static void collect(Lisp *lisp);

static void push_root(Lisp *lisp, Word *root) {
  if (lisp->root_count == most_roots) {
    puts("nested too deeply");
    exit(1);
  }
  lisp->roots[lisp->root_count++] = root;
}

static Word head(const Lisp *lisp, Word w) {
  return is_pair(w) ? lisp->cells[index_of(w)].head : nil;
}

static Word tail(const Lisp *lisp, Word w) {
  return is_pair(w) ? lisp->cells[index_of(w)].tail : nil;
}

// Makes a pair; its parts are kept alive meanwhile.
static Word cons(Lisp *lisp, Word first, Word rest) {
  if (lisp->free == nil) {
    push_root(lisp, &first);
    push_root(lisp, &rest);
    collect(lisp);
    lisp->root_count -= 2;
  }
  Word pair = lisp->free;
  Cell *cell = &lisp->cells[index_of(pair)];
  lisp->free = cell->tail;
  cell->head = first;
  cell->tail = rest;
  return pair;
}

// Goes down heads first, then tails, and keeps the way back in the very words
// it came through.
static void mark(Lisp *lisp, Word at) {
  Word back = nil;
  for (;;) {
    while (is_pair(at) && !lisp->cells[index_of(at)].marked) {
      Cell *cell = &lisp->cells[index_of(at)];
      cell->marked = true;
      cell->in_tail = false;
      Word next = cell->head;
      cell->head = back;
      back = at;
      at = next;
    }
    while (back != nil && lisp->cells[index_of(back)].in_tail) {
      Cell *cell = &lisp->cells[index_of(back)];
      Word up = cell->tail;
      cell->tail = at;
      at = back;
      back = up;
    }
    if (back == nil)
      return;
    Cell *cell = &lisp->cells[index_of(back)];
    Word up = cell->head, next = cell->tail;
    cell->head = at;
    cell->in_tail = true;
    cell->tail = up;
    at = next;
  }
}

static void sweep(Lisp *lisp) {
  lisp->free = nil;
  for (int i = cell_count; i-- > 0;) {
    Cell *cell = &lisp->cells[i];
    if (!cell->marked) {
      cell->head = nil;
      cell->tail = lisp->free;
      lisp->free = i << 3 | kind_pair;
      lisp->reclaimed++;
    }
    cell->marked = false;
  }
}

static void collect(Lisp *lisp) {
  lisp->collections++;
  for (int i = 0; i < lisp->symbol_count; i++)
    mark(lisp, lisp->values[i]);
  for (int i = 0; i < lisp->root_count; i++)
    mark(lisp, *lisp->roots[i]);
  sweep(lisp);
  if (lisp->free == nil) {
    puts("out of memory");
    exit(1);
  }
}

static Word intern(Lisp *lisp, const char *name, size_t length) {
  for (int i = 0; i < lisp->symbol_count; i++)
    if (strlen(lisp->symbols[i]) == length &&
        !memcmp(lisp->symbols[i], name, length))
      return i << 3 | kind_symbol;
  memcpy(lisp->symbols[lisp->symbol_count], name, length);
  lisp->values[lisp->symbol_count] = nil;
  return lisp->symbol_count++ << 3 | kind_symbol;
}

static void skip_space(Lisp *lisp) {
  while (*lisp->at == ' ' || *lisp->at == '\n')
    lisp->at++;
}

static Word read_form(Lisp *lisp);

static Word read_list(Lisp *lisp) {
  skip_space(lisp);
  if (*lisp->at == ')') {
    lisp->at++;
    return nil;
  }
  Word first = read_form(lisp);
  push_root(lisp, &first);
  Word rest = read_list(lisp);
  lisp->root_count--;
  return cons(lisp, first, rest);
}

static Word read_form(Lisp *lisp) {
  skip_space(lisp);
  if (*lisp->at == '(') {
    lisp->at++;
    return read_list(lisp);
  }
  if (*lisp->at == '\'') {
    lisp->at++;
    Word quoted = cons(lisp, read_form(lisp), nil);
    return cons(lisp, lisp->symbol_quote, quoted);
  }
  const char *start = lisp->at;
  size_t length = strcspn(start, " \n()");
  lisp->at += length;
  if (*start >= '0' && *start <= '9')
    return number((int32_t)strtol(start, NULL, 10));
  return intern(lisp, start, length);
}

static void print_form(const Lisp *lisp, Word w) {
  if (is_number(w)) {
    printf("%d", (int)to_int(w));
  } else if (is_symbol(w)) {
    printf("%s", lisp->symbols[index_of(w)]);
  } else if (is_pair(w)) {
    putchar('(');
    for (; is_pair(w); w = tail(lisp, w)) {
      print_form(lisp, head(lisp, w));
      if (tail(lisp, w) != nil)
        putchar(' ');
    }
    putchar(')');
  } else {
    printf("#%d", index_of(w));
  }
}

// Scopes are lists of pairs (name . value), ended by the global variables.
static Word look_up(const Lisp *lisp, Word name, Word scope) {
  for (; scope != nil; scope = tail(lisp, scope)) {
    Word binding = head(lisp, scope);
    if (head(lisp, binding) == name)
      return tail(lisp, binding);
  }
  return lisp->values[index_of(name)];
}

static Word evaluate(Lisp *lisp, Word form, Word scope);

static Word evaluate_list(Lisp *lisp, Word forms, Word scope) {
  if (forms == nil)
    return nil;
  push_root(lisp, &forms);
  push_root(lisp, &scope);
  Word first = evaluate(lisp, head(lisp, forms), scope);
  push_root(lisp, &first);
  Word rest = evaluate_list(lisp, tail(lisp, forms), scope);
  lisp->root_count -= 3;
  return cons(lisp, first, rest);
}

static Word bind(Lisp *lisp, Word names, Word values, Word scope) {
  push_root(lisp, &names);
  push_root(lisp, &values);
  push_root(lisp, &scope);
  for (; names != nil; names = tail(lisp, names), values = tail(lisp, values)) {
    Word binding = cons(lisp, head(lisp, names), head(lisp, values));
    scope = cons(lisp, binding, scope);
  }
  lisp->root_count -= 3;
  return scope;
}

static Word second(const Lisp *lisp, Word w) {
  return head(lisp, tail(lisp, w));
}

static Word third(const Lisp *lisp, Word w) {
  return head(lisp, tail(lisp, tail(lisp, w)));
}

// (closure scope names body)
static Word make_closure(Lisp *lisp, Word form, Word scope) {
  Word rest = cons(lisp, scope, tail(lisp, form));
  return cons(lisp, lisp->symbol_closure, rest);
}

static Word define(Lisp *lisp, Word form, Word scope) {
  Word name = second(lisp, form);
  lisp->values[index_of(name)] = evaluate(lisp, third(lisp, form), scope);
  return name;
}

// Applies a function. For a closure, leaves body and scope for the caller to go
// on with instead of recursing, and returns false.
static bool apply(Lisp *lisp, Word function, Word arguments, Word *form,
                  Word *scope) {
  if (!is_pair(function)) {
    *form = lisp->primitives[index_of(function)](lisp, arguments);
    return true;
  }
  Word closure = tail(lisp, function);
  *form = third(lisp, closure);
  *scope = bind(lisp, second(lisp, closure), arguments, head(lisp, closure));
  return false;
}

// One step: true if `form` is now the result, false if it is to be evaluated in
// `scope`, both of which are roots.
static bool step(Lisp *lisp, Word *form, Word *scope) {
  lisp->evaluated++;
  if (is_symbol(*form))
    *form = look_up(lisp, *form, *scope);
  else if (is_pair(*form)) {
    Word first = head(lisp, *form);
    if (first == lisp->symbol_quote)
      *form = second(lisp, *form);
    else if (first == lisp->symbol_lambda)
      *form = make_closure(lisp, *form, *scope);
    else if (first == lisp->symbol_define)
      *form = define(lisp, *form, *scope);
    else if (first == lisp->symbol_if) {
      Word condition = evaluate(lisp, second(lisp, *form), *scope);
      Word branches = tail(lisp, tail(lisp, *form));
      *form = condition != nil ? head(lisp, branches) : second(lisp, branches);
      return false;
    } else {
      Word values = evaluate_list(lisp, *form, *scope);
      push_root(lisp, &values);
      bool done =
          apply(lisp, head(lisp, values), tail(lisp, values), form, scope);
      lisp->root_count--;
      return done;
    }
  }
  return true;
}

static Word evaluate(Lisp *lisp, Word form, Word scope) {
  push_root(lisp, &form);
  push_root(lisp, &scope);
  while (!step(lisp, &form, &scope))
    continue;
  lisp->root_count -= 2;
  return form;
}

static Word truth(const Lisp *lisp, bool is_true) {
  return is_true ? lisp->symbol_true : nil;
}

static Word prim_add(Lisp *lisp, Word a) {
  int32_t sum = 0;
  for (; a != nil; a = tail(lisp, a))
    sum += to_int(head(lisp, a));
  return number(sum);
}

static Word prim_subtract(Lisp *lisp, Word a) {
  return number(to_int(head(lisp, a)) - to_int(second(lisp, a)));
}

static Word prim_multiply(Lisp *lisp, Word a) {
  return number(to_int(head(lisp, a)) * to_int(second(lisp, a)));
}

static Word prim_modulo(Lisp *lisp, Word a) {
  return number(to_int(head(lisp, a)) % to_int(second(lisp, a)));
}

static Word prim_less(Lisp *lisp, Word a) {
  return truth(lisp, to_int(head(lisp, a)) < to_int(second(lisp, a)));
}

static Word prim_same(Lisp *lisp, Word a) {
  return truth(lisp, head(lisp, a) == second(lisp, a));
}

static Word prim_is_pair(Lisp *lisp, Word a) {
  return truth(lisp, is_pair(head(lisp, a)));
}

static Word prim_is_number(Lisp *lisp, Word a) {
  return truth(lisp, is_number(head(lisp, a)));
}

static Word prim_cons(Lisp *lisp, Word a) {
  return cons(lisp, head(lisp, a), second(lisp, a));
}

static Word prim_head(Lisp *lisp, Word a) {
  return head(lisp, head(lisp, a));
}

static Word prim_tail(Lisp *lisp, Word a) {
  return tail(lisp, head(lisp, a));
}

static Word prim_list(Lisp *lisp, Word a) {
  (void)lisp;
  return a;
}

static const struct {
  const char *name;
  Primitive *function;
} primitives[] = {
    {"+", prim_add},         {"-", prim_subtract},
    {"*", prim_multiply},    {"mod", prim_modulo},
    {"<", prim_less},        {"=", prim_same},
    {"pair?", prim_is_pair}, {"number?", prim_is_number},
    {"cons", prim_cons},     {"head", prim_head},
    {"tail", prim_tail},     {"list", prim_list},
};

static Word symbol(Lisp *lisp, const char *name) {
  return intern(lisp, name, strlen(name));
}

static void start(Lisp *lisp) {
  symbol(lisp, "nil");
  lisp->symbol_quote = symbol(lisp, "quote");
  lisp->symbol_if = symbol(lisp, "if");
  lisp->symbol_lambda = symbol(lisp, "lambda");
  lisp->symbol_define = symbol(lisp, "define");
  lisp->symbol_closure = symbol(lisp, "closure");
  lisp->symbol_true = symbol(lisp, "t");
  lisp->values[index_of(lisp->symbol_true)] = lisp->symbol_true;
  for (size_t i = 0; i < sizeof primitives / sizeof *primitives; i++) {
    Word name = symbol(lisp, primitives[i].name);
    lisp->primitives[lisp->primitive_count] = primitives[i].function;
    lisp->values[index_of(name)] =
        lisp->primitive_count++ << 3 | kind_primitive;
  }
  sweep(lisp);
  lisp->reclaimed = 0;
}

static const char library[] =
    "(define range (lambda (from to)\n"
    "  (if (< from to) (cons from (range (+ from 1) to)) nil)))\n"
    "(define fold (lambda (f x list)\n"
    "  (if (= list nil) x (fold f (f x (head list)) (tail list)))))\n"
    "(define map (lambda (f list)\n"
    "  (if (= list nil) nil (cons (f (head list)) (map f (tail list))))))\n"
    "(define keep (lambda (f list)\n"
    "  (if (= list nil) nil\n"
    "    (if (f (head list)) (cons (head list) (keep f (tail list)))\n"
    "      (keep f (tail list))))))\n"
    "(define append (lambda (x y)\n"
    "  (if (= x nil) y (cons (head x) (append (tail x) y)))))\n"
    "(define random (lambda (n x)\n"
    "  (if (= n 0) nil\n"
    "    (cons x (random (- n 1) (mod (+ (* x 421) 1663) 7875))))))\n"
    "(define sort (lambda (list)\n"
    "  (if (= list nil) nil\n"
    "    ((lambda (pivot rest)\n"
    "      (append (sort (keep (lambda (x) (< x pivot)) rest))\n"
    "        (cons pivot\n"
    "          (sort (keep (lambda (x) (if (< x pivot) nil t)) rest)))))\n"
    "      (head list) (tail list)))))\n"
    "(define sieve (lambda (list)\n"
    "  (if (= list nil) nil\n"
    "    (cons (head list)\n"
    "      (sieve (keep (lambda (x) (if (= 0 (mod x (head list))) nil t))\n"
    "        (tail list)))))))\n"
    "(define second (lambda (x) (head (tail x))))\n"
    "(define third (lambda (x) (head (tail (tail x)))))\n"
    "(define sum (lambda (a b)\n"
    "  (if (= a 0) b (if (= b 0) a (list '+ a b)))))\n"
    "(define product (lambda (a b)\n"
    "  (if (= a 0) 0 (if (= b 0) 0\n"
    "    (if (= a 1) b (if (= b 1) a (list '* a b)))))))\n"
    "(define derive (lambda (e)\n"
    "  (if (number? e) 0 (if (pair? e)\n"
    "    (if (= (head e) '+) (sum (derive (second e)) (derive (third e)))\n"
    "      (sum (product (derive (second e)) (third e))\n"
    "        (product (second e) (derive (third e)))))\n"
    "    (if (= e 'x) 1 0)))))\n"
    "(define size (lambda (e)\n"
    "  (if (pair? e) (+ (size (head e)) (size (tail e))) 1)))\n"
    "(define times (lambda (n f x) (if (= n 0) x (times (- n 1) f (f x)))))\n"
    "(define count (lambda (n) (if (= n 0) 0 (count (- n 1)))))\n";

static const char *const questions[] = {
    "(map (lambda (x) (* x x)) (range 0 12))",
    "(sieve (range 2 200))",
    "(fold + 0 (sort (random 300 7)))",
    "(keep (lambda (x) (< x 300)) (sort (random 300 11)))",
    "(derive '(+ (* x (* x x)) (+ (* 3 x) 7)))",
    "(size (times 5 derive '(* (* x x) (* (* x x) (* x x)))))",
    "(count 80000)",
    "((lambda (k) (times 400 (lambda (x) (+ x k)) 0)) 3)",
};

int main(void) {
  static Lisp lisp;
  start(&lisp);
  lisp.at = library;
  for (skip_space(&lisp); *lisp.at; skip_space(&lisp))
    evaluate(&lisp, read_form(&lisp), nil);
  for (size_t i = 0; i < sizeof questions / sizeof *questions; i++) {
    lisp.at = questions[i];
    print_form(&lisp, evaluate(&lisp, read_form(&lisp), nil));
    putchar('\n');
  }
  printf("%" PRIu64 " evaluated, %d collections, %" PRIu64 " pairs reclaimed\n",
         lisp.evaluated, lisp.collections, lisp.reclaimed);
  return 0;
}
