// Where lines start and where long ones break.
//
// A clause starts in column 3 (those of an op under its first one, if the
// author put them there), what goes on in brackets under its first argument,
// what goes on outside under the start of its expression, a `:` under its `?`.
#include "rulec/desk/fmt.h"
#include "rule_gram.h"

static const FmtItem *item(const FmtState *st, u32 i) {
  return &st->items->at[i];
}

static u32 width(const FmtItem *t) { // in characters
  u32 n = 0;
  for (u32 i = 0; i < t->n; i++)
    n += ((u8)t->at[i] & 0xc0) != 0x80;
  return n;
}

void fmt_begin(FmtState *st) {
  st->open.n = 0;
  st->line = st->clause = st->anchor = 0;
  st->clauses = st->enc = st->question = 0;
  st->pending = st->form = st->example = false;
}

static bool is_decl(const FmtState *st, u32 i, int kind) {
  return item(st, item(st, i)->decl)->kind == kind;
}

// --- inside brackets ----------------------------------------------------

static bool is_stmts(const FmtState *st, const FmtLevel *l) {
  return item(st, l->item)->bracket == BK_STMTS;
}

static u32 close_indent(const FmtState *st, const FmtLevel *l) {
  if (!is_stmts(st, l) || l->own == l->line)
    return l->own;
  return l->line ? l->line : 2;
}

static u32 inside_indent(const FmtState *st, u32 i) {
  const FmtLevel *l = &st->open.at[st->open.n - 1];
  const FmtItem *t = item(st, i);
  if (t->mate == l->item && i > l->item)
    return close_indent(st, l);
  if (t->kind == TK_COLON && t->colon == CK_TERNARY && l->question)
    return l->question - 1;
  bool goes_on = is_stmts(st, l) && !t->starts && i != l->item + 1;
  return l->col + (goes_on && !t->comment ? 2 : 0);
}

// The first argument of a term: under it go the others.
static u32 first_argument(const FmtItems *s, u32 open) {
  u32 j = open + 2;
  while (j < s->n && (s->at[j].kind == TK_LPC || s->at[j].kind == TK_DOTNAME)) {
    if (s->at[j].kind == TK_LPC && !s->at[j].mate)
      return 0;
    j = s->at[j].kind == TK_LPC ? s->at[j].mate + 1 : j + 1;
  }
  return j;
}

static void open_bracket(FmtState *st, u32 i, u32 col) {
  const FmtItem *t = item(st, i);
  FmtLevel l = {.item = i, .col = col + 1, .own = col, .line = st->line};
  if (t->bracket == BK_TERM) {
    l.col = col + 2;
    l.first = first_argument(st->items, i);
  } else if (t->bracket == BK_STMTS) {
    l.col = st->line + 2;
    l.first = col <= st->line + 3 ? i + 1 : 0; // `{` or `=> {` starts the line
  }
  vec_push(st->arena, &st->open, l);
}

// --- outside ------------------------------------------------------------

static u32 deep_clauses(const FmtState *st, const FmtItem *t) {
  return st->clauses && t->blanks >= 8 ? st->clauses : 2;
}

static bool is_enc_word(int k) {
  return k == TK_ENCKIND || k == TK_ENCFORM || k == TK_ENCITEM;
}

static u32 outside_indent(const FmtState *st, u32 i) {
  const FmtItem *t = item(st, i);
  const FmtItem *prev = i > t->decl ? item(st, i - 1) : t;
  if (is_enc_word(t->kind) && st->enc)
    return st->enc;
  if (t->kind == TK_LBRACE && t->bracket == BK_STMTS)
    return is_decl(st, i, TK_SEQ) ? 0 : 2;
  if (t->kind == TK_ARROW)
    return 7;
  if (t->kind == TK_COLON && t->colon == CK_TERNARY && st->question)
    return st->question - 1;
  if (st->form &&
      (t->kind == TK_ENC || t->kind == TK_NEEDS || t->kind == TK_WITH))
    return t->kind != TK_ENC && st->enc_line ? st->enc_line - 1 : 4;
  if (st->example && t->kind == TK_GIVES)
    return 4;
  if (t->starts)
    return deep_clauses(st, t);
  if (prev->kind == TK_SEMI)
    return st->clause + 2;
  if (t->comment || t->kind == TK_EQ)
    return 2;
  if (prev->kind == TK_ALT)
    return 4;
  if (is_decl(st, i, TK_RULE) && prev->kind == TK_COLON)
    return 2;
  return st->anchor ? st->anchor - 1 : st->line + 2;
}

u32 fmt_indent(const FmtState *st, u32 i) {
  const FmtItem *t = item(st, i);
  if (i == t->decl || (t->comment && t->column1))
    return 0;
  return st->open.n ? inside_indent(st, i) : outside_indent(st, i);
}

void fmt_newline(FmtState *st, u32 indent) {
  st->line = indent;
  if (st->open.n && st->open.at[st->open.n - 1].first)
    st->open.at[st->open.n - 1].first = 0;
}

// What is followed by an expression that may go on on the next line.
static bool opens_expression(const FmtItem *t, const FmtItem *prev) {
  return t->starts || t->kind == TK_EQ || t->kind == TK_WHEN ||
         t->kind == TK_SUBSUME ||
         (t->kind == TK_VALUE && prev->kind == TK_GIVES);
}

static void place_outside(FmtState *st, u32 i, u32 col) {
  const FmtItem *t = item(st, i);
  const FmtItem *prev = i > t->decl ? item(st, i - 1) : t;
  if (t->starts)
    st->clause = st->line;
  if (st->pending)
    st->anchor = col + 1;
  if (t->starts && !is_enc_word(t->kind))
    st->enc = 0;
  st->form |= t->kind == TK_FORM;
  st->example |= t->kind == TK_EXAMPLE;
  if (t->starts && t->kind != TK_ARROW && !st->clauses && st->line == 0 &&
      col >= FMT_OP_COLUMN && is_decl(st, i, TK_OP))
    st->clauses = col;
  if (t->kind == TK_FORM)
    st->enc_line = 0;
  if (t->kind == TK_ENC) {
    st->enc = col + 4;
    st->enc_line = (st->line < 4 ? st->line : 4) + 1;
  }
  if (t->kind == TK_QUESTION && !t->leaf)
    st->question = col + 1;
  st->pending = opens_expression(t, prev);
  if (st->pending)
    st->question = 0;
}

void fmt_place(FmtState *st, u32 i, u32 col) {
  const FmtItem *t = item(st, i);
  if (t->comment)
    return;
  if (st->open.n) {
    FmtLevel *l = &st->open.at[st->open.n - 1];
    if (t->mate == l->item && i > l->item) {
      st->open.n--;
      return;
    }
    if (l->first == i)
      l->col = col;
    if (t->kind == TK_QUESTION && !t->leaf)
      l->question = col + 1;
  } else {
    place_outside(st, i, col);
  }
  if (t->bracket && t->mate > i)
    open_bracket(st, i, col);
}

// --- long lines ---------------------------------------------------------

static bool may_break(const FmtItems *s, u32 i) {
  const FmtItem *t = &s->at[i];
  return t->starts && t->level == 0 && !is_enc_word(t->kind) &&
         t->kind != TK_ARROW && t->kind != TK_ENC;
}

u32 fmt_gap_at(const FmtItems *s, u32 i, u32 col, bool clauses) {
  const FmtItem *t = &s->at[i];
  u32 n = fmt_gap(s, i);
  if (s->at[t->decl].kind != TK_OP || clauses || !t->starts || t->level ||
      t->kind == TK_ARROW)
    return n;
  return col + 2 <= FMT_OP_COLUMN ? FMT_OP_COLUMN - col : 2;
}

u32 fmt_break(const FmtItems *s, u32 from, u32 to, u32 indent) {
  u32 col = indent, last = 0, gives = 0;
  bool clauses = indent > 0;
  for (u32 i = from; i < to && !s->at[i].comment; i++) {
    bool fits = col <= FMT_WIDTH;
    bool may = i > from && may_break(s, i);
    col += i > from ? fmt_gap_at(s, i, col, clauses) : 0;
    clauses |= may;
    last = may && (fits || !last) ? i : last;
    bool whole =
        s->at[i].kind == TK_EXAMPLE || (s->at[i].kind == TK_GIVES && !gives);
    gives = may && fits && whole ? i : gives;
    col += width(&s->at[i]);
  }
  if (col <= FMT_WIDTH)
    return 0;
  return gives ? gives : last; // the right side, an example as a whole
}
