// What each token is in its place. The formatter does not parse: brackets, the
// tokens beside and the kind of declaration tell enough.
#include "rulec/desk/fmt.h"
#include "rule_gram.h"

static bool among(int kind, const int *set, size_t n) {
  for (size_t i = 0; i < n; i++)
    if (set[i] == kind)
      return true;
  return false;
}
#define AMONG(kind, ...)                                                       \
  among(kind, (const int[]){__VA_ARGS__},                                      \
        sizeof((const int[]){__VA_ARGS__}) / sizeof(int))

// Words that are names where the grammar does not expect them.
static bool is_name(int k) {
  return AMONG(k, TK_NAME, TK_TRAP, TK_RETURN, TK_VALUE, TK_REMOVE, TK_GOTO,
               TK_NOT, TK_SWAP, TK_LOW, TK_REST, TK_EARLY, TK_LATE, TK_AS,
               TK_PRIO, TK_ALLOW, TK_ALIGNED, TK_JMP, TK_JCC, TK_DATAW);
}

static bool is_open(int k) {
  return AMONG(k, TK_LP, TK_LPC, TK_LB, TK_LBI, TK_LBRACE, TK_LBU);
}
static bool is_close(int k) { return AMONG(k, TK_RP, TK_RB, TK_RBRACE); }

static bool starts_operand(int k) {
  return is_name(k) || AMONG(k, TK_INT, TK_FLOAT, TK_LP, TK_LB, TK_LBRACE,
                             TK_BANG, TK_TILDE, TK_LET, TK_MAP);
}

static bool ends_operand(const FmtItem *t) {
  return is_name(t->kind) || t->leaf ||
         AMONG(t->kind, TK_INT, TK_FLOAT, TK_RP, TK_RB, TK_RBRACE, TK_DOTNAME,
               TK_STRING, TK_ENCITEM, TK_ENCFORM, TK_ENCKIND);
}

static bool is_rule(int k) {
  return AMONG(k, TK_RULE, TK_SKELETON, TK_REMAT, TK_LOWER);
}

// The token before or after; comments in between are passed over.
static const FmtItem nothing = {0};
static const FmtItem *before(const FmtItems *s, u32 i) {
  while (i > 0)
    if (!s->at[--i].comment)
      return &s->at[i];
  return &nothing;
}
static const FmtItem *after(const FmtItems *s, u32 i) {
  for (i++; i < s->n; i++)
    if (!s->at[i].comment)
      return &s->at[i];
  return &nothing;
}

static u8 bracket_of(const FmtItems *s, u32 i) {
  const FmtItem *t = &s->at[i], *prev = before(s, i);
  int decl = s->at[t->decl].kind;
  switch (t->kind) {
  case TK_LPC: return BK_CALL;
  case TK_LBI: return BK_INDEX;
  case TK_LB: return BK_ADDR;
  case TK_LBU: return BK_FIELDS;
  case TK_LBRACE:
    if (prev->kind == TK_GIVES)
      return BK_STMTS;
    return decl == TK_SEQ && t->level == 0 && i != t->decl + 2 &&
                   !AMONG(prev->kind, TK_EQ, TK_MEANS)
               ? BK_STMTS
               : BK_FIELDS;
  default: break;
  }
  const FmtItem *head = after(s, i);
  if (!is_name(head->kind))
    return BK_GROUP;
  const FmtItem *arg = after(s, (u32)(head - s->at));
  return starts_operand(arg->kind) || AMONG(arg->kind, TK_LPC) ? BK_TERM
                                                               : BK_GROUP;
}

// --- brackets, questions and colons -------------------------------------

typedef struct Open {
  u32 item, questions;
} Open;
typedef VEC(Open) Opens;

static void close_bracket(FmtItems *s, u32 i, Opens *open) {
  if (open->n < 2)
    return;
  u32 o = open->at[--open->n].item;
  FmtItem *t = &s->at[i];
  t->mate = o;
  t->bracket = s->at[o].bracket;
  t->depth = s->at[o].depth;
  t->level = s->at[o].level;
  s->at[o].mate = i;
}

static u8 colon_of(const FmtItems *s, Open *top) {
  if (top->questions) {
    top->questions--;
    return CK_TERNARY;
  }
  return s->at[top->item].bracket == BK_INDEX ? CK_SLICE : CK_AFTER;
}

// `[a : n]` in an index only; `*` of a list kind where no factor follows.
static bool is_list_star(const FmtItems *s, u32 i) {
  const FmtItem *next = after(s, i), *t = &s->at[i];
  if (!starts_operand(next->kind) || AMONG(next->kind, TK_EARLY, TK_LATE))
    return true;
  return t->level == 0 && before(s, i - 1)->kind == TK_ARROW;
}

static void nest(Arena *a, FmtItems *s, u32 i, Opens *open) {
  FmtItem *t = &s->at[i];
  Open *top = &open->at[open->n - 1];
  t->depth = open->n - 1;
  t->level = open->n > 1 ? top->item + 1 : 0;
  if (is_close(t->kind)) {
    close_bracket(s, i, open);
  } else if (is_open(t->kind)) {
    t->bracket = bracket_of(s, i);
    vec_push(a, open, ((Open){i, 0}));
  } else if (t->kind == TK_QUESTION) {
    t->leaf = !ends_operand(before(s, i));
    top->questions += !t->leaf;
  } else if (t->kind == TK_COLON) {
    t->colon = colon_of(s, top);
  } else if (t->kind == TK_STAR) {
    t->star = is_list_star(s, i);
  }
}

// --- what starts a clause -----------------------------------------------

static bool starts_enc(const FmtItem *t, const FmtItem *prev) {
  return AMONG(t->kind, TK_ENCKIND, TK_ENCFORM) &&
         !AMONG(prev->kind, TK_ENCKIND, TK_ENC);
}

// Spelled like a name, but no name: `pure`, `traps`, `means`.
static bool is_word(const FmtItem *t) {
  return t->at[0] >= 'a' && t->at[0] <= 'z' && !is_name(t->kind) &&
         !AMONG(t->kind, TK_ENCKIND, TK_ENCITEM, TK_ENCFORM);
}

// `= e` of an op, against `d = e`, `let d = e`, `with d = a`.
static bool starts_meaning(const FmtItems *s, u32 i) {
  const FmtItem *prev = before(s, i);
  if (!is_name(prev->kind))
    return true;
  return !prev->starts && !AMONG(before(s, (u32)(prev - s->at))->kind, TK_LET,
                                 TK_FACT, TK_WITH, TK_COMMA);
}

// Where an expression goes on: keywords are names there.
static bool inside_expression(const FmtItem *prev) {
  return AMONG(prev->kind, TK_IF, TK_WHEN, TK_IN) ||
         !(is_word(prev) || ends_operand(prev));
}

static bool starts_clause(const FmtItems *s, u32 i) {
  const FmtItem *t = &s->at[i], *prev = before(s, i), *next = after(s, i);
  int decl = s->at[t->decl].kind;
  if (starts_enc(t, prev))
    return true;
  if (t->kind == TK_IF || t->kind == TK_LET)
    return is_rule(decl) ? !AMONG(prev->kind, TK_GIVES, TK_EQ)
                         : t->kind == TK_LET && decl == TK_OP &&
                               !AMONG(prev->kind, TK_EQ, TK_SEMI);
  if (AMONG(t->kind, TK_GIVES, TK_ARROW, TK_EXAMPLE))
    return true;
  if (t->kind == TK_EXAMPLE || (t->kind == TK_FRONT && decl == TK_OP))
    return prev->kind != TK_EQ;
  if (t->kind == TK_PRIO && is_rule(decl))
    return next->kind == TK_INT;
  if (t->kind == TK_ALLOW && ends_operand(prev))
    return next->kind == TK_LPC;
  if (decl == TK_CODE)
    return (is_name(t->kind) && AMONG(next->kind, TK_LP, TK_ENC) &&
            !AMONG(prev->kind, TK_CODE)) ||
           t->kind == TK_ALT;
  if (t->kind == TK_EQ && AMONG(decl, TK_OP, TK_INST, TK_SEQ))
    return starts_meaning(s, i);
  if (is_name(t->kind) && next->kind == TK_EQ)
    return AMONG(decl, TK_INST, TK_SEQ) && ends_operand(prev);
  if (AMONG(decl, TK_RULE, TK_SKELETON, TK_REMAT, TK_LOWER, TK_FN, TK_DEF))
    return false;
  return t->kind == TK_ALT ||
         (is_word(t) && !inside_expression(prev) &&
          !AMONG(t->kind, TK_WHEN, TK_IN, TK_TMP, TK_MAP, TK_IF));
}

// In braces: whatever stands after a complete operand without an operator.
static bool starts_stmt(const FmtItems *s, u32 i) {
  const FmtItem *t = &s->at[i], *prev = before(s, i);
  return (ends_operand(prev) || AMONG(prev->kind, TK_SEMI, TK_COLON)) &&
         starts_operand(t->kind);
}

static bool starts(const FmtItems *s, u32 i) {
  const FmtItem *t = &s->at[i];
  if (t->level == 0)
    return i > t->decl && starts_clause(s, i);
  return s->at[t->level - 1].bracket == BK_STMTS && starts_stmt(s, i);
}

void fmt_roles(Arena *a, FmtItems *s) {
  Opens open = {0};
  u32 decl = 0;
  for (u32 i = 0; i < s->n; i++) {
    FmtItem *t = &s->at[i];
    if (!t->comment && t->column1 && token_starts_decl(t->kind)) {
      decl = i;
      open.n = 0;
    }
    if (open.n == 0)
      vec_push(a, &open, ((Open){i, 0}));
    t->decl = decl;
    t->depth = open.n - 1;
    t->level = open.n > 1 ? open.at[open.n - 1].item + 1 : 0;
    if (!t->comment)
      nest(a, s, i, &open);
  }
  for (u32 i = 0; i < s->n; i++)
    if (!s->at[i].comment)
      s->at[i].starts = starts(s, i);
}

// --- blanks between two tokens ------------------------------------------

static bool is_negative(const FmtItem *t) {
  return AMONG(t->kind, TK_INT, TK_FLOAT) && t->at[0] == '-';
}

static bool none_after(const FmtItem *t) {
  if (is_open(t->kind))
    return t->bracket != BK_STMTS;
  return AMONG(t->kind, TK_BANG, TK_TILDE, TK_DOTDOT);
}

static bool none_before(const FmtItem *t, const FmtItem *prev) {
  if (is_close(t->kind))
    return t->bracket != BK_STMTS;
  if (t->kind == TK_DOTNAME) // behind these it would become a part of them
    return !is_name(prev->kind) &&
           !AMONG(prev->kind, TK_INT, TK_FLOAT, TK_DOTNAME);
  if (t->kind == TK_COLON)
    return t->colon == CK_AFTER;
  return t->star ||
         AMONG(t->kind, TK_LPC, TK_LBI, TK_LBU, TK_COMMA, TK_SEMI, TK_DOTDOT);
}

u32 fmt_gap(const FmtItems *s, u32 i) {
  const FmtItem *t = &s->at[i], *prev = &s->at[i - 1];
  if (t->comment)
    return 2;
  // A sign is part of a number only after a blank or an opening bracket.
  if (is_negative(t) &&
      !AMONG(prev->kind, TK_LP, TK_LPC, TK_LB, TK_LBI, TK_LBRACE, TK_LBU))
    return 1;
  if (none_after(prev) || none_before(t, prev))
    return 0;
  bool apart = t->level > 0 || !is_rule(s->at[t->decl].kind);
  return apart && t->starts && t->kind != TK_ARROW && t->blanks >= 2 ? 2 : 1;
}
