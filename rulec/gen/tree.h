// The match tree: between rules and the C that matches them.
//
// A rule is expanded by sema.c over its parameters and over `sym`; here the
// expansions come together again. A row is a rule in one shape (base ops,
// places of variables, literals); its expansions differ only in opcodes and
// widths. A row is a list of steps in a canonical order; rows that begin with
// the same steps share them, so the tree is a trie over steps. What an
// expansion adds (its guard, its right side) is told apart by the opcodes that
// the types do not imply: the row's keys.
//
// Commutative operands arrive with constants on the right, so a row that wants
// one on the left of such an op is left out.
#ifndef RULEC_GEN_TREE_H
#define RULEC_GEN_TREE_H

#include "rulec/sema/sema.h"

enum { MAX_POS = 16, MAX_STEPS = 24, MAX_ROW_VARS = 12, MAX_KEYS = 3 };

// A place in the pattern: "" is the root, "01" operand 1 of operand 0. Places
// are named after it in C: node n01, class member m01, counter i01.
typedef struct Pos {
  char path[8];
  u32 parent;  // index into Row.pos; the root is its own
  u32 operand; // of the parent (value operands counted)
  const OpDecl *base;
  u32 base_index;
} Pos;

typedef enum StepKind {
  STEP_OP,  // the class there has a member with that base op
  STEP_LIT, // and it is that constant
} StepKind;
typedef struct Step {
  u8 kind;
  u32 pos;  // in the row
  u32 base; // STEP_OP: index into Sema.opdecls
  s64 num;  // STEP_LIT: sign-extended from its type
} Step;

typedef struct RowVar { // a variable of the left side
  const char *name;
  Sort sort; // of the first expansion
  u32 pos;   // node it is read from
  u8 where;  // its field there; 0xff: `x @ pat`, the class at pos itself
} RowVar;
typedef struct Same { // a variable used twice: two fields, equal
  u32 pos, pos2;
  u8 where, where2;
  bool value;
} Same;

typedef struct Row {
  const Rule *rule;
  u32 number;  // among the rules that rewrite, in Sema.rules' order
  u32 variant; // among the rule's rows
  u32 index;   // among the tree's rows
  u32 nexps;
  const RuleX **exps;
  u32 npos;
  Pos pos[MAX_POS];
  u32 (*ops)[MAX_POS]; // opcode by expansion and place
  u32 nsteps;
  Step steps[MAX_STEPS];
  u32 nvars;
  RowVar vars[MAX_ROW_VARS];
  u32 nsame;
  Same same[MAX_ROW_VARS];
  u32 nkeys;
  u32 keys[MAX_KEYS]; // places
  u32 nfixed;         // places with one opcode that its base does not imply
  u32 fixed[MAX_POS];
  u32 nimm; // immediates in the pattern that are literals
  struct {
    u32 pos;
    u8 where;
    bool wide; // its field is an index into Func.vecs
    u128 num;
  } imm[4];
} Row;

typedef struct Rows {
  u32 n;
  Row *at;
} Rows;

// The rows of all rules for which `want` holds, by rule and variant.
Rows tree_rows(const Sema *s, bool (*want)(const Sema *, const Rule *));

typedef struct Tree Tree;
struct Tree {
  u32 narms;
  const Row **arms; // rows that end here
  u32 ngroups;
  struct Group *groups; // tests, by place, in canonical order
};
typedef struct Case {
  Step step;
  Tree *then;
} Case;
typedef struct Group {
  u32 pos;        // in row->pos
  const Row *row; // one that has the place
  u8 kind;        // StepKind of all its cases
  u32 ncases;
  Case *cases;
} Group;
Tree *tree_build(const Sema *s, const Row **rows, u32 n);

#endif
