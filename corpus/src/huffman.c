// Huffman coding (1952) with canonical codes (Schwartz and Kallick 1964):
// counts the bytes, builds the tree on a binary heap, assigns codes by length,
// writes bits, reads them back through first-code-of-length tables, after a
// Burrows-Wheeler transform (1994) and move-to-front, so that there is
// something to gain. This is the one program compiled without any optimization.
// Stresses at -O0: every local in memory, thousands of redundant loads and
// stores, a shadow stack moved at each call.
#include "common.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { text_size = 40000, symbols = 256, longest = 32 };

typedef struct {
  uint32_t weight;
  int16_t left, right; // -1 in leaves
} Node;

typedef struct {
  Node nodes[2 * symbols];
  int16_t heap[symbols + 1]; // node ids, the lightest at 1
  int heap_size;
} Tree;

typedef struct {
  uint8_t length[symbols];  // of each symbol's code; 0 if it has none
  uint32_t code[symbols];   // in its low bits
  uint32_t first[longest];  // the first code of each length
  uint16_t offset[longest]; // its place in `sorted`
  uint16_t count[longest];  // how many codes have this length
  uint8_t sorted[symbols];  // symbols by length, then by value
} Codes;

typedef struct {
  uint8_t *bytes;
  uint32_t at; // in bits
} Bits;

static int lighter(const Tree *tree, int x, int y) {
  const Node *a = &tree->nodes[tree->heap[x]], *b = &tree->nodes[tree->heap[y]];
  if (a->weight != b->weight)
    return a->weight < b->weight;
  return tree->heap[x] < tree->heap[y];
}

static void swap_heap(Tree *tree, int x, int y) {
  int16_t kept = tree->heap[x];
  tree->heap[x] = tree->heap[y];
  tree->heap[y] = kept;
}

static void push(Tree *tree, int node) {
  int at = ++tree->heap_size;
  tree->heap[at] = (int16_t)node;
  for (; at > 1 && lighter(tree, at, at / 2); at /= 2)
    swap_heap(tree, at, at / 2);
}

static int pop(Tree *tree) {
  int lightest = tree->heap[1], at = 1;
  tree->heap[1] = tree->heap[tree->heap_size--];
  for (;;) {
    int child = 2 * at;
    if (child > tree->heap_size)
      return lightest;
    if (child < tree->heap_size && lighter(tree, child + 1, child))
      child++;
    if (!lighter(tree, child, at))
      return lightest;
    swap_heap(tree, at, child);
    at = child;
  }
}

static int build_tree(Tree *tree, const uint32_t *counts) {
  int used = symbols;
  tree->heap_size = 0;
  for (int i = 0; i < symbols; i++) {
    tree->nodes[i] = (Node){counts[i], -1, -1};
    if (counts[i])
      push(tree, i);
  }
  while (tree->heap_size > 1) {
    int left = pop(tree), right = pop(tree);
    tree->nodes[used] =
        (Node){tree->nodes[left].weight + tree->nodes[right].weight,
               (int16_t)left, (int16_t)right};
    push(tree, used++);
  }
  return pop(tree);
}

static void measure(const Tree *tree, int node, int depth, Codes *codes) {
  const Node *n = &tree->nodes[node];
  if (n->left < 0) {
    codes->length[node] = (uint8_t)(depth ? depth : 1);
    return;
  }
  measure(tree, n->left, depth + 1, codes);
  measure(tree, n->right, depth + 1, codes);
}

// Numbers the codes of each length upward, in the order of the symbols.
static void assign_codes(Codes *codes) {
  uint32_t code = 0;
  uint16_t place = 0;
  for (int length = 1; length < longest; length++) {
    codes->first[length] = code;
    codes->offset[length] = place;
    for (int i = 0; i < symbols; i++)
      if (codes->length[i] == length) {
        codes->code[i] = code++;
        codes->sorted[place++] = (uint8_t)i;
      }
    codes->count[length] = (uint16_t)(place - codes->offset[length]);
    code <<= 1;
  }
}

static void put_bits(Bits *bits, uint32_t code, int length) {
  while (length-- > 0) {
    if (code >> length & 1)
      bits->bytes[bits->at / 8] |= (uint8_t)(128 >> bits->at % 8);
    bits->at++;
  }
}

static int get_bit(Bits *bits) {
  int bit = bits->bytes[bits->at / 8] >> (7 - bits->at % 8) & 1;
  bits->at++;
  return bit;
}

static int get_symbol(Bits *bits, const Codes *codes) {
  uint32_t code = 0;
  for (int length = 1; length < longest; length++) {
    code = code << 1 | (uint32_t)get_bit(bits);
    uint32_t index = code - codes->first[length];
    if (code >= codes->first[length] && index < codes->count[length])
      return codes->sorted[codes->offset[length] + index];
  }
  return -1;
}

// Sorts all rotations of the text by doubling the known prefix (Manber and
// Myers 1990), ranks by counting, and takes the last column.
typedef struct {
  int32_t order[text_size], next[text_size];
  int32_t rank[text_size], new_rank[text_size];
  int32_t starts[text_size + symbols];
} Rotations;

static void sort_by_rank(Rotations *r, int classes, int step) {
  for (int i = 0; i < text_size; i++)
    r->next[i] = (r->order[i] + text_size - step) % text_size;
  memset(r->starts, 0, sizeof r->starts);
  for (int i = 0; i < text_size; i++)
    r->starts[r->rank[r->next[i]]]++;
  for (int i = 1; i < classes; i++)
    r->starts[i] += r->starts[i - 1];
  for (int i = text_size - 1; i >= 0; i--)
    r->order[--r->starts[r->rank[r->next[i]]]] = r->next[i];
}

static int rank_again(Rotations *r, int step) {
  int classes = 1;
  r->new_rank[r->order[0]] = 0;
  for (int i = 1; i < text_size; i++) {
    int a = r->order[i - 1], b = r->order[i];
    if (r->rank[a] != r->rank[b] ||
        r->rank[(a + step) % text_size] != r->rank[(b + step) % text_size])
      classes++;
    r->new_rank[b] = classes - 1;
  }
  memcpy(r->rank, r->new_rank, sizeof r->rank);
  return classes;
}

static int transform(const uint8_t *text, uint8_t *column) {
  static Rotations rotations;
  Rotations *r = &rotations;
  for (int i = 0; i < text_size; i++) {
    r->order[i] = i;
    r->rank[i] = text[i];
  }
  sort_by_rank(r, symbols, 0);
  int classes = rank_again(r, 0);
  for (int step = 1; step < text_size && classes < text_size; step *= 2) {
    sort_by_rank(r, classes, step);
    classes = rank_again(r, step);
  }
  int origin = 0;
  for (int i = 0; i < text_size; i++) {
    column[i] = text[(r->order[i] + text_size - 1) % text_size];
    if (r->order[i] == 0)
      origin = i;
  }
  return origin;
}

static void transform_back(const uint8_t *column, int origin, uint8_t *text) {
  static int32_t next[text_size];
  int32_t starts[symbols + 1] = {0};
  for (int i = 0; i < text_size; i++)
    starts[column[i] + 1]++;
  for (int i = 0; i < symbols; i++)
    starts[i + 1] += starts[i];
  for (int i = 0; i < text_size; i++)
    next[starts[column[i]]++] = i;
  for (int i = 0, at = next[origin]; i < text_size; i++, at = next[at])
    text[i] = column[at];
}

static void move_to_front(uint8_t *bytes, int decode) {
  uint8_t list[symbols];
  for (int i = 0; i < symbols; i++)
    list[i] = (uint8_t)i;
  for (int i = 0; i < text_size; i++) {
    int place = bytes[i];
    if (!decode)
      for (place = 0; list[place] != bytes[i];)
        place++;
    uint8_t symbol = list[place];
    memmove(list + 1, list, (size_t)place);
    list[0] = symbol;
    bytes[i] = decode ? symbol : (uint8_t)place;
  }
}

static void make_codes(const uint8_t *text, Codes *codes) {
  static Tree tree;
  uint32_t counts[symbols] = {0};
  for (int i = 0; i < text_size; i++)
    counts[text[i]]++;
  memset(codes, 0, sizeof *codes);
  measure(&tree, build_tree(&tree, counts), 0, codes);
  assign_codes(codes);
}

static void report(const uint8_t *text, const char *name) {
  static uint8_t packed[2 * text_size], back[text_size];
  static Codes codes;
  make_codes(text, &codes);
  memset(packed, 0, sizeof packed);
  Bits bits = {packed, 0};
  for (int i = 0; i < text_size; i++)
    put_bits(&bits, codes.code[text[i]], codes.length[text[i]]);
  uint32_t size = bits.at;
  bits.at = 0;
  for (int i = 0; i < text_size; i++)
    back[i] = (uint8_t)get_symbol(&bits, &codes);
  int deepest = longest - 1;
  while (!codes.count[deepest])
    deepest--;
  printf("%-12s %6u bits, longest code %2d, %s, %016" PRIx64 "\n", name,
         (unsigned)size, deepest,
         memcmp(text, back, text_size) ? "DIFFERENT" : "same",
         checksum(checksum_start, packed, size / 8 + 1));
}

// Letters ever less frequent by the golden ratio, which makes the longest
// codes; a Markov chain; and squares.
static void make_text(int which, uint8_t *text) {
  Random random = {41};
  int state = 0;
  for (int i = 0; i < text_size; i++) {
    if (which == 0) {
      for (state = 0; state < 18 && random_below(&random, 1000) < 618;)
        state++;
      text[i] = (uint8_t)('a' + state);
    } else if (which == 1) {
      state = (state * 3 + (int)random_below(&random, 3)) % 61;
      text[i] = (uint8_t)(' ' + state);
    } else {
      text[i] = (uint8_t)(i * i / 64);
    }
  }
}

int main(void) {
  static uint8_t text[text_size], column[text_size], back[text_size];
  for (int which = 0; which < 3; which++) {
    make_text(which, text);
    report(text, "plain");
    int origin = transform(text, column);
    move_to_front(column, 0);
    report(column, "transformed");
    move_to_front(column, 1);
    transform_back(column, origin, back);
    printf("origin %d, %s\n", origin,
           memcmp(text, back, text_size) ? "DIFFERENT" : "same");
  }
  return 0;
}
