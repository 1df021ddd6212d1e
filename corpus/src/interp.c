// An interpreter for a small language: a scanner, a parser by precedence
// climbing (Richards 1979, Pratt 1973), a tree whose nodes carry the function
// that evaluates them, local variables by slot, functions, arrays and while
// loops. The programs it runs print through it: Fibonacci, the queens' problem,
// Collatz' sequences and a Newton iteration in doubles.
// Stresses: call_indirect at each node, deep recursion, tagged values of i64
// and f64, strings in the scanner.
#include "common.h"
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

enum {
  most_nodes = 2048,
  most_names = 64,
  most_arguments = 6,
  frame_slots = 24,
  stack_slots = 1 << 14,
  array_size = 256,
};

typedef struct {
  bool is_float;
  union {
    int64_t whole;
    double real;
  };
} Value;

typedef struct Node Node;
typedef struct Interpreter Interpreter;
typedef Value Evaluate(Interpreter *in, const Node *n, Value *frame);
typedef Value Operate(Value x, Value y);

struct Node {
  Evaluate *evaluate;
  Operate *operate; // of binary operators
  Value value;      // of constants
  int slot;         // of variables; which function in calls
  Node *child[3];   // operands; condition and branches
  Node *next;       // next statement or argument
};

typedef struct {
  char name[16];
  int parameters;
  Node *body;
} Function;

struct Interpreter {
  const char *at; // what is left of the text
  char word[16];  // the token: its characters
  char kind;      // 'w'ord, 'n'umber, 'p'unctuation or 0 at the end
  Node nodes[most_nodes];
  int node_count;
  char locals[frame_slots][16];
  int local_count;
  Function functions[most_names];
  int function_count;
  Value stack[stack_slots];
  int top;
  Value array[array_size]; // the only one, shared by all functions
  bool returning;
  uint64_t evaluated;
};

static Value whole(int64_t x) {
  return (Value){.whole = x};
}

static Value real(double x) {
  return (Value){.is_float = true, .real = x};
}

static double as_real(Value x) {
  return x.is_float ? x.real : (double)x.whole;
}

static bool is_true(Value x) {
  return x.is_float ? x.real != 0 : x.whole != 0;
}

#define ARITHMETIC(name, op)                                                   \
  static Value name(Value x, Value y) {                                        \
    if (x.is_float || y.is_float)                                              \
      return real(as_real(x) op as_real(y));                                   \
    return whole((int64_t)((uint64_t)x.whole op(uint64_t) y.whole));           \
  }
#define COMPARISON(name, op)                                                   \
  static Value name(Value x, Value y) {                                        \
    if (x.is_float || y.is_float)                                              \
      return whole(as_real(x) op as_real(y));                                  \
    return whole(x.whole op y.whole);                                          \
  }
ARITHMETIC(add, +)
ARITHMETIC(subtract, -)
ARITHMETIC(multiply, *)
COMPARISON(less, <)
COMPARISON(more, >)
COMPARISON(at_most, <=)
COMPARISON(at_least, >=)
COMPARISON(equal, ==)
COMPARISON(different, !=)

static Value divide(Value x, Value y) {
  if (x.is_float || y.is_float)
    return real(as_real(x) / as_real(y));
  return whole(y.whole ? x.whole / y.whole : 0);
}

static Value modulo(Value x, Value y) {
  return whole(y.whole ? x.whole % y.whole : 0);
}

static Value both(Value x, Value y) {
  return whole(is_true(x) && is_true(y));
}

static Value either(Value x, Value y) {
  return whole(is_true(x) || is_true(y));
}

static const struct {
  char text[4];
  int precedence;
  Operate *operate;
} operators[] = {
    {"||", 1, either},    {"&&", 2, both},     {"==", 3, equal},
    {"!=", 3, different}, {"<", 4, less},      {">", 4, more},
    {"<=", 4, at_most},   {">=", 4, at_least}, {"+", 5, add},
    {"-", 5, subtract},   {"*", 6, multiply},  {"/", 6, divide},
    {"%", 6, modulo},
};

static Value evaluate(Interpreter *in, const Node *n, Value *frame) {
  in->evaluated++;
  return n->evaluate(in, n, frame);
}

static Value eval_constant(Interpreter *in, const Node *n, Value *frame) {
  (void)in, (void)frame;
  return n->value;
}

static Value eval_local(Interpreter *in, const Node *n, Value *frame) {
  (void)in;
  return frame[n->slot];
}

static Value eval_assign(Interpreter *in, const Node *n, Value *frame) {
  return frame[n->slot] = evaluate(in, n->child[0], frame);
}

static Value *element(Interpreter *in, const Node *n, Value *frame) {
  uint64_t index = (uint64_t)evaluate(in, n->child[0], frame).whole;
  return &in->array[index % array_size];
}

static Value eval_load(Interpreter *in, const Node *n, Value *frame) {
  return *element(in, n, frame);
}

static Value eval_store(Interpreter *in, const Node *n, Value *frame) {
  Value value = evaluate(in, n->child[1], frame);
  return *element(in, n, frame) = value;
}

static Value eval_binary(Interpreter *in, const Node *n, Value *frame) {
  Value x = evaluate(in, n->child[0], frame);
  return n->operate(x, evaluate(in, n->child[1], frame));
}

static Value eval_block(Interpreter *in, const Node *n, Value *frame) {
  Value last = whole(0);
  for (const Node *s = n->child[0]; s && !in->returning; s = s->next)
    last = evaluate(in, s, frame);
  return last;
}

static Value eval_if(Interpreter *in, const Node *n, Value *frame) {
  if (is_true(evaluate(in, n->child[0], frame)))
    return evaluate(in, n->child[1], frame);
  return n->child[2] ? evaluate(in, n->child[2], frame) : whole(0);
}

static Value eval_while(Interpreter *in, const Node *n, Value *frame) {
  Value last = whole(0);
  while (!in->returning && is_true(evaluate(in, n->child[0], frame)))
    last = evaluate(in, n->child[1], frame);
  return last;
}

static Value eval_return(Interpreter *in, const Node *n, Value *frame) {
  Value value = evaluate(in, n->child[0], frame);
  in->returning = true;
  return value;
}

static Value eval_print(Interpreter *in, const Node *n, Value *frame) {
  Value value = evaluate(in, n->child[0], frame);
  if (value.is_float)
    printf("  %.12f\n", value.real);
  else
    printf("  %" PRId64 "\n", value.whole);
  return value;
}

static Value eval_call(Interpreter *in, const Node *n, Value *frame) {
  Value *callee = in->stack + in->top;
  in->top += frame_slots;
  int count = 0;
  for (const Node *a = n->child[0]; a; a = a->next)
    callee[count++] = evaluate(in, a, frame);
  Value result = evaluate(in, in->functions[n->slot].body, callee);
  in->top -= frame_slots;
  in->returning = false;
  return result;
}

static Node *make(Interpreter *in, Node node) {
  in->nodes[in->node_count] = node;
  return &in->nodes[in->node_count++];
}

static bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || c == '_';
}

static bool is_digit(char c) {
  return (c >= '0' && c <= '9') || c == '.';
}

static void advance(Interpreter *in) {
  while (*in->at == ' ' || *in->at == '\n')
    in->at++;
  const char *start = in->at;
  in->kind = 'p';
  if (!*start)
    in->kind = 0;
  else if (is_letter(*start))
    for (in->kind = 'w'; is_letter(*in->at);)
      in->at++;
  else if (is_digit(*start))
    for (in->kind = 'n'; is_digit(*in->at);)
      in->at++;
  else if (in->at++, strchr("=!<>&|", *start) && strchr("=&|", *in->at))
    in->at++;
  memcpy(in->word, start, (size_t)(in->at - start));
  in->word[in->at - start] = 0;
}

static bool is_next(const Interpreter *in, const char *word) {
  return !strcmp(in->word, word);
}

static bool accept(Interpreter *in, const char *word) {
  if (!is_next(in, word))
    return false;
  advance(in);
  return true;
}

static void expect(Interpreter *in, const char *word) {
  if (accept(in, word))
    return;
  printf("wanted %s, found %s before %.20s\n", word, in->word, in->at);
  exit(1);
}

static int slot_of(Interpreter *in, const char *name) {
  for (int i = 0; i < in->local_count; i++)
    if (!strcmp(in->locals[i], name))
      return i;
  strcpy(in->locals[in->local_count], name);
  return in->local_count++;
}

static int function_of(Interpreter *in, const char *name) {
  for (int i = 0; i < in->function_count; i++)
    if (!strcmp(in->functions[i].name, name))
      return i;
  strcpy(in->functions[in->function_count].name, name);
  return in->function_count++;
}

static Node *parse_expression(Interpreter *in, int lowest);

static Node *parse_call(Interpreter *in, const char *name) {
  Node *call =
      make(in, (Node){.evaluate = eval_call, .slot = function_of(in, name)});
  Node **link = &call->child[0];
  while (!is_next(in, ")")) {
    *link = parse_expression(in, 1);
    link = &(*link)->next;
    if (!accept(in, ","))
      break;
  }
  expect(in, ")");
  return call;
}

static Node *parse_word(Interpreter *in) {
  char name[16];
  strcpy(name, in->word);
  advance(in);
  if (accept(in, "("))
    return parse_call(in, name);
  if (accept(in, "[")) {
    Node *index = parse_expression(in, 1);
    expect(in, "]");
    return make(in, (Node){.evaluate = eval_load, .child = {index}});
  }
  return make(in, (Node){.evaluate = eval_local, .slot = slot_of(in, name)});
}

static Node *parse_primary(Interpreter *in) {
  if (in->kind == 'w')
    return parse_word(in);
  if (accept(in, "(")) {
    Node *inner = parse_expression(in, 1);
    expect(in, ")");
    return inner;
  }
  bool is_float = strchr(in->word, '.') != NULL;
  Value value = is_float ? real(strtod(in->word, NULL))
                         : whole(strtoll(in->word, NULL, 10));
  advance(in);
  return make(in, (Node){.evaluate = eval_constant, .value = value});
}

static int find_operator(const Interpreter *in, int lowest) {
  for (size_t i = 0; i < sizeof operators / sizeof *operators; i++)
    if (is_next(in, operators[i].text) && operators[i].precedence >= lowest)
      return (int)i;
  return -1;
}

static Node *parse_expression(Interpreter *in, int lowest) {
  Node *left = parse_primary(in);
  for (int i; (i = find_operator(in, lowest)) >= 0;) {
    advance(in);
    Node *right = parse_expression(in, operators[i].precedence + 1);
    left = make(in, (Node){.evaluate = eval_binary,
                           .operate = operators[i].operate,
                           .child = {left, right}});
  }
  return left;
}

static Node *parse_block(Interpreter *in);

static Node *parse_if(Interpreter *in) {
  Node *condition = parse_expression(in, 1);
  Node *yes = parse_block(in), *no = NULL;
  if (accept(in, "else"))
    no = parse_block(in);
  return make(in, (Node){.evaluate = eval_if, .child = {condition, yes, no}});
}

// A statement that is an expression, or assigns to one.
static Node *parse_assignment(Interpreter *in) {
  Node *target = parse_expression(in, 1);
  if (accept(in, "=")) {
    Node *value = parse_expression(in, 1);
    if (target->evaluate == eval_load) {
      target->evaluate = eval_store;
      target->child[1] = value;
    } else {
      target->evaluate = eval_assign;
      target->child[0] = value;
    }
  }
  expect(in, ";");
  return target;
}

static Node *parse_simple(Interpreter *in, Evaluate *how) {
  Node *value = parse_expression(in, 1);
  expect(in, ";");
  return make(in, (Node){.evaluate = how, .child = {value}});
}

static Node *parse_statement(Interpreter *in) {
  if (accept(in, "if"))
    return parse_if(in);
  if (accept(in, "while")) {
    Node *condition = parse_expression(in, 1), *body = parse_block(in);
    return make(in, (Node){.evaluate = eval_while, .child = {condition, body}});
  }
  if (accept(in, "return"))
    return parse_simple(in, eval_return);
  if (accept(in, "print"))
    return parse_simple(in, eval_print);
  return parse_assignment(in);
}

static Node *parse_block(Interpreter *in) {
  Node *block = make(in, (Node){.evaluate = eval_block});
  Node **link = &block->child[0];
  expect(in, "{");
  while (!accept(in, "}")) {
    *link = parse_statement(in);
    link = &(*link)->next;
  }
  return block;
}

static void parse_function(Interpreter *in) {
  expect(in, "fun");
  Function *function = &in->functions[function_of(in, in->word)];
  advance(in);
  in->local_count = 0;
  expect(in, "(");
  while (!accept(in, ")")) {
    slot_of(in, in->word);
    advance(in);
    accept(in, ",");
  }
  function->parameters = in->local_count;
  function->body = parse_block(in);
}

static const char program[] =
    "fun fib(n) { if n < 2 { return n; } return fib(n - 1) + fib(n - 2); }\n"
    "fun safe(row, column) { i = 0;\n"
    "  while i < row { other = a[i];\n"
    "    if other == column || other - column == row - i ||\n"
    "       column - other == row - i { return 0; }\n"
    "    i = i + 1; }\n"
    "  return 1; }\n"
    "fun queens(row, size) { if row == size { return 1; }\n"
    "  column = 0; found = 0;\n"
    "  while column < size {\n"
    "    if safe(row, column) { a[row] = column;\n"
    "      found = found + queens(row + 1, size); }\n"
    "    column = column + 1; }\n"
    "  return found; }\n"
    "fun steps(n) { count = 0;\n"
    "  while n != 1 { if n % 2 == 0 { n = n / 2; } else { n = 3 * n + 1; }\n"
    "    count = count + 1; }\n"
    "  return count; }\n"
    "fun collatz(limit) { best = 0; where = 0; n = 1;\n"
    "  while n < limit { count = steps(n);\n"
    "    if count > best { best = count; where = n; }\n"
    "    n = n + 1; }\n"
    "  print where; return best; }\n"
    "fun root(x) { guess = x; last = 0.0;\n"
    "  while guess != last { last = guess; guess = (guess + x / guess) / 2; }\n"
    "  return guess; }\n"
    "fun roots(limit) { sum = 0.0; x = 1.0;\n"
    "  while x < limit { sum = sum + root(x); x = x + 1; } return sum; }\n"
    "fun main() { print fib(22); print queens(0, 7); print collatz(2000);\n"
    "  print root(2.0); print roots(700); a[7] = 40 + 2; return a[7]; }\n";

int main(void) {
  static Interpreter in;
  in.at = program;
  advance(&in);
  while (in.kind)
    parse_function(&in);
  Node call = {.evaluate = eval_call, .slot = function_of(&in, "main")};
  Value result = evaluate(&in, &call, in.stack);
  printf("result %" PRId64 ", %d nodes, %" PRIu64 " evaluated\n", result.whole,
         in.node_count, in.evaluated);
  return 0;
}
