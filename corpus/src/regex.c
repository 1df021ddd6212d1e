// A regular expression matcher done twice: one compiles to a program for a
// virtual machine that keeps all its threads in step (Thompson 1968, Pike), the
// other tries one way after the other by recursion with continuations. Both
// know . [a-z] [^a] * + ? | ( ) ^ $ and prefer as Perl does; their answers are
// compared on every line of a made text.
// Stresses: recursion, branches, small arrays, calls through function pointers.
#include "common.h"
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>

enum { most_nodes = 64, most_code = 128, line_count = 500, line_size = 64 };

typedef enum {
  node_empty,
  node_set,   // one character out of a set
  node_start, // of the line
  node_end,
  node_sequence, // left, then right
  node_choice,   // left or right
  node_repeat,   // left, from `low` times to once or for ever
} NodeKind;

typedef struct {
  NodeKind kind;
  int left, right;
  bool low, once; // of node_repeat: may it be absent, at most one time
  uint32_t set[8];
} Node;

typedef enum {
  code_set,
  code_start,
  code_end,
  code_split,
  code_jump,
  code_match
} Op;

typedef struct {
  Op op;
  int x, y; // where to go on; x first
  const uint32_t *set;
} Code;

typedef struct {
  const char *at; // what is left to parse
  Node nodes[most_nodes];
  int node_count;
  Code code[most_code];
  int code_count;
  long steps; // taken by either matcher
} Regex;

static bool set_has(const uint32_t *set, char c) {
  return set[(uint8_t)c >> 5] >> (c & 31) & 1;
}

static int add_node(Regex *regex, Node node) {
  regex->nodes[regex->node_count] = node;
  return regex->node_count++;
}

static void set_range(Node *node, char from, char to) {
  for (int c = from; c <= to; c++)
    node->set[c >> 5] |= 1u << (c & 31);
}

static int parse_class(Regex *regex) {
  Node node = {.kind = node_set};
  bool negative = *regex->at == '^';
  regex->at += negative;
  while (*regex->at != ']') {
    char from = *regex->at++, to = from;
    if (*regex->at == '-') {
      to = regex->at[1];
      regex->at += 2;
    }
    set_range(&node, from, to);
  }
  regex->at++;
  for (int i = 0; negative && i < 8; i++)
    node.set[i] = ~node.set[i];
  return add_node(regex, node);
}

static int parse_choice(Regex *regex);

static int parse_atom(Regex *regex) {
  char c = *regex->at++;
  Node node = {.kind = node_set};
  switch (c) {
  case '(': {
    int inner = parse_choice(regex);
    regex->at++;
    return inner;
  }
  case '[':
    return parse_class(regex);
  case '^':
    return add_node(regex, (Node){.kind = node_start});
  case '$':
    return add_node(regex, (Node){.kind = node_end});
  case '.':
    set_range(&node, 1, 127);
    return add_node(regex, node);
  default:
    set_range(&node, c, c);
    return add_node(regex, node);
  }
}

static int parse_repeat(Regex *regex) {
  int node = parse_atom(regex);
  for (char c; (c = *regex->at) == '*' || c == '+' || c == '?'; regex->at++)
    node = add_node(regex, (Node){.kind = node_repeat,
                                  .left = node,
                                  .low = c != '+',
                                  .once = c == '?'});
  return node;
}

static int parse_sequence(Regex *regex) {
  if (!*regex->at || *regex->at == '|' || *regex->at == ')')
    return add_node(regex, (Node){.kind = node_empty});
  int left = parse_repeat(regex);
  if (!*regex->at || *regex->at == '|' || *regex->at == ')')
    return left;
  int right = parse_sequence(regex);
  return add_node(regex,
                  (Node){.kind = node_sequence, .left = left, .right = right});
}

static int parse_choice(Regex *regex) {
  int left = parse_sequence(regex);
  if (*regex->at != '|')
    return left;
  regex->at++;
  int right = parse_choice(regex);
  return add_node(regex,
                  (Node){.kind = node_choice, .left = left, .right = right});
}

static int emit(Regex *regex, Code code) {
  regex->code[regex->code_count] = code;
  return regex->code_count++;
}

static void compile(Regex *regex, int index);

static void compile_choice(Regex *regex, const Node *n) {
  int split = emit(regex, (Code){.op = code_split});
  regex->code[split].x = regex->code_count;
  compile(regex, n->left);
  int jump = emit(regex, (Code){.op = code_jump});
  regex->code[split].y = regex->code_count;
  compile(regex, n->right);
  regex->code[jump].x = regex->code_count;
}

static void compile_repeat(Regex *regex, const Node *n) {
  int split = -1, start = regex->code_count;
  if (n->low)
    split = emit(regex, (Code){.op = code_split, .x = start + 1});
  compile(regex, n->left);
  if (!n->once && n->low)
    emit(regex, (Code){.op = code_jump, .x = start});
  if (!n->low)
    emit(regex,
         (Code){.op = code_split, .x = start, .y = regex->code_count + 1});
  if (split >= 0)
    regex->code[split].y = regex->code_count;
}

static void compile(Regex *regex, int index) {
  const Node *n = &regex->nodes[index];
  switch (n->kind) {
  case node_empty:
    break;
  case node_set:
    emit(regex, (Code){.op = code_set, .set = n->set});
    break;
  case node_start:
    emit(regex, (Code){.op = code_start});
    break;
  case node_end:
    emit(regex, (Code){.op = code_end});
    break;
  case node_sequence:
    compile(regex, n->left);
    compile(regex, n->right);
    break;
  case node_choice:
    compile_choice(regex, n);
    break;
  case node_repeat:
    compile_repeat(regex, n);
    break;
  }
}

// The threads at one position, the preferred ones first.
typedef struct {
  int at[most_code], start[most_code];
  int count;
  uint8_t seen[most_code];
} Threads;

typedef struct {
  int start, end; // -1 if there is no match
} Span;

// Follows jumps and splits until something wants a character.
static void add_thread(Regex *regex, Threads *threads, int at, int start,
                       int position, const char *line) {
  if (threads->seen[at])
    return;
  threads->seen[at] = 1;
  regex->steps++;
  const Code *c = &regex->code[at];
  switch (c->op) {
  case code_jump:
    add_thread(regex, threads, c->x, start, position, line);
    break;
  case code_split:
    add_thread(regex, threads, c->x, start, position, line);
    add_thread(regex, threads, c->y, start, position, line);
    break;
  case code_start:
    if (position == 0)
      add_thread(regex, threads, at + 1, start, position, line);
    break;
  case code_end:
    if (!line[position])
      add_thread(regex, threads, at + 1, start, position, line);
    break;
  case code_set:
  case code_match:
    threads->at[threads->count] = at;
    threads->start[threads->count++] = start;
    break;
  }
}

static void clear_threads(Threads *threads) {
  threads->count = 0;
  memset(threads->seen, 0, sizeof threads->seen);
}

static Span match_in_step(Regex *regex, const char *line) {
  Threads lists[2], *now = &lists[0], *next = &lists[1];
  Span best = {-1, -1};
  clear_threads(now);
  for (int position = 0;; position++) {
    if (best.start < 0)
      add_thread(regex, now, 0, position, position, line);
    clear_threads(next);
    for (int i = 0; i < now->count; i++) {
      const Code *c = &regex->code[now->at[i]];
      if (c->op == code_match) {
        best = (Span){now->start[i], position};
        break;
      }
      if (line[position] && set_has(c->set, line[position]))
        add_thread(regex, next, now->at[i] + 1, now->start[i], position + 1,
                   line);
    }
    if (!line[position])
      return best;
    Threads *kept = now;
    now = next;
    next = kept;
  }
}

// What to match after the present node.
typedef struct Rest Rest;
typedef int Continue(Regex *regex, const Rest *rest, int position);
struct Rest {
  Continue *go; // returns the end of the match or -1
  int node;
  int position; // where an iteration began, so that empty ones end
  const char *line;
  const Rest *next;
};

static int try_node(Regex *regex, int index, int position, const Rest *rest);

static int go_on(Regex *regex, const Rest *rest, int position) {
  return rest->go(regex, rest, position);
}

static int finish(Regex *regex, const Rest *rest, int position) {
  (void)regex, (void)rest;
  return position;
}

static int then_node(Regex *regex, const Rest *rest, int position) {
  return try_node(regex, rest->node, position, rest->next);
}

static int try_again(Regex *regex, const Rest *rest, int position) {
  const Node *n = &regex->nodes[rest->node];
  if (!n->once && position > rest->position) {
    Rest again = *rest;
    again.position = position;
    int end = try_node(regex, n->left, position, &again);
    if (end >= 0)
      return end;
  }
  return go_on(regex, rest->next, position);
}

static int try_repeat(Regex *regex, int index, int position, const Rest *rest) {
  Rest again = {try_again, index, position, rest->line, rest};
  int end = try_node(regex, regex->nodes[index].left, position, &again);
  if (end >= 0 || !regex->nodes[index].low)
    return end;
  return go_on(regex, rest, position);
}

static int try_node(Regex *regex, int index, int position, const Rest *rest) {
  const Node *n = &regex->nodes[index];
  char c = rest->line[position];
  regex->steps++;
  switch (n->kind) {
  case node_empty:
    return go_on(regex, rest, position);
  case node_set:
    return c && set_has(n->set, c) ? go_on(regex, rest, position + 1) : -1;
  case node_start:
    return position == 0 ? go_on(regex, rest, position) : -1;
  case node_end:
    return c == 0 ? go_on(regex, rest, position) : -1;
  case node_sequence: {
    Rest after = {then_node, n->right, 0, rest->line, rest};
    return try_node(regex, n->left, position, &after);
  }
  case node_choice: {
    int end = try_node(regex, n->left, position, rest);
    return end >= 0 ? end : try_node(regex, n->right, position, rest);
  }
  case node_repeat:
    return try_repeat(regex, index, position, rest);
  }
  return -1;
}

static Span match_by_trying(Regex *regex, int root, const char *line) {
  Rest rest = {.go = finish, .line = line};
  for (int start = 0;; start++) {
    int end = try_node(regex, root, start, &rest);
    if (end >= 0)
      return (Span){start, end};
    if (!line[start])
      return (Span){-1, -1};
  }
}

static void make_lines(char (*lines)[line_size]) {
  static const char letters[] = "abcaabd01x=;@. ";
  Random random = {77};
  for (int i = 0; i < line_count; i++) {
    int length = (int)random_below(&random, line_size - 1);
    for (int j = 0; j < length; j++)
      lines[i][j] = letters[random_below(&random, sizeof letters - 1)];
    lines[i][length] = 0;
  }
}

static void run(const char *pattern, char (*lines)[line_size]) {
  Regex regex = {.at = pattern};
  int root = parse_choice(&regex);
  compile(&regex, root);
  emit(&regex, (Code){.op = code_match});
  int matched = 0, different = 0;
  uint64_t sum = checksum_start;
  long steps[2] = {0};
  for (int i = 0; i < line_count; i++) {
    regex.steps = 0;
    Span a = match_in_step(&regex, lines[i]);
    steps[0] += regex.steps;
    regex.steps = 0;
    Span b = match_by_trying(&regex, root, lines[i]);
    steps[1] += regex.steps;
    matched += a.start >= 0;
    different += a.start != b.start || a.end != b.end;
    sum = checksum_word(sum, (uint64_t)(a.start * line_size + a.end));
  }
  printf("%-22s %3d matched, %d different, %6ld and %7ld steps, %016" PRIx64
         "\n",
         pattern, matched, different, steps[0], steps[1], sum);
}

int main(void) {
  static const char *const patterns[] = {
      "abc",           "a*b+c?",         "(a|b)*cab",     "^[a-c ]+$",
      "[0-9]+",        "x(=|;)[^ ]*;",   "(aa|a)(bc|c)",  "a.*b.*c.*d$",
      "(a|ab)(c|bcd)", "((a|b)?c)+x",    "[a-z]+@[a-z]+", "(0|1)(0|1)(0|1)",
      "^((a|b|c)*d)*", "(a?a?a?a?aaaa)", "nothing",       "(a*|b)+=",
  };
  static char lines[line_count][line_size];
  make_lines(lines);
  for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++)
    run(patterns[i], lines);
  return 0;
}
