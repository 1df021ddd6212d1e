// Flags inside sequences. Each step that reads flags must find those that it
// names: followed forward, over the jumps (which lead forward; where two ways
// meet with different flags there are none). And a sequence in which something
// writes flags must say so by a result, or whoever uses it believes that they
// are kept.
#include "rulec/check/check.h"

enum { MOST_STEPS = 64 };

typedef struct Now { // what the flags are at a place
  bool reached;      // by some way
  const char *name;  // whose they are; null: nobody's
  const Stmt *by;    // the last step that wrote them, or null
} Now;

typedef struct SeqFlags {
  const Sema *s;
  Diags *d;
  const InstDecl *seq;
  Now at[MOST_STEPS]; // on jumps to a label: at the label's step
  bool writes;
  const Stmt *first; // that writes
} SeqFlags;

// The instruction of a step: the longest name that fits.
static const InstDecl *inst_of(const Sema *s, const Expr *e) {
  const InstDecl *best = NULL;
  size_t most = 0;
  if (e && e->kind == EX_FIELD)
    e = e->kids.at[0];
  if (!e || e->kind != EX_TERM)
    return NULL;
  for (u32 i = 0; i < s->ninstdecls; i++) {
    const char *name = s->instdecls[i].name;
    const size_t n = strlen(name);
    if (n > most && !strncmp(e->name.s, name, n) &&
        (!e->name.s[n] || e->name.s[n] == '.')) {
      best = &s->instdecls[i];
      most = n;
    }
  }
  return best && !best->unsound && best->count ? best : NULL;
}

static const InstX *shape(const Sema *s, const InstDecl *d) {
  return &s->insts[d->first]; // operands are alike at all parameters
}

static s32 flags_result(const InstX *x) {
  for (u32 k = 0; k < x->nresults; k++)
    if (x->results[k].is_flags)
      return (s32)k;
  return -1;
}

static void say(SeqFlags *f, Loc loc, const char *name, const Now *now) {
  const u32 i =
      diag_add(f->d, E_FLAGS, loc, "`%s` is overwritten by then", name);
  if (now->by)
    diag_note(f->d, i, now->by->loc, "this writes the flags");
  diag_help(f->d, i, "make the flags last, right before this");
}

static void read_flags(SeqFlags *f, const Expr *e, const Now *now) {
  if (!e || e->kind != EX_NAME || !now->reached)
    return;
  if (!now->name || strcmp(e->name.s, now->name) != 0)
    say(f, e->loc, e->name.s, now);
}

// The flags operands of a step, by its instruction.
static void read_operands(SeqFlags *f, const Expr *e, const InstX *x,
                          const Now *now) {
  if (e->kind == EX_FIELD)
    e = e->kids.at[0];
  for (u32 o = 0, kid = 0; o < x->noperands && kid < e->kids.n; o++) {
    if (x->operands[o].tmp)
      continue;
    if (x->operands[o].is_flags)
      read_flags(f, e->kids.at[kid], now);
    kid++;
  }
}

// Which target of a step takes the flags; null if it has no name for them.
static const char *flags_target(const Stmt *st, const InstX *x) {
  const s32 r = flags_result(x);
  const bool field = st->value->kind == EX_FIELD;
  if (field)
    return !strcmp(st->value->name.s, x->results[r].name) && st->targets.n
               ? st->targets.at[0].s
               : NULL;
  if ((u32)r < st->targets.n && (st->targets.n > 1 || x->nresults == 1))
    return st->targets.at[r].s;
  return NULL;
}

static void step(SeqFlags *f, const Stmt *st, Now *now) {
  const InstDecl *d = inst_of(f->s, st->value);
  if (!d)
    return;
  const InstX *x = shape(f->s, d);
  read_operands(f, st->value, x, now);
  if (flags_result(x) < 0)
    return;
  f->writes = true;
  f->first = f->first ? f->first : st;
  now->name = flags_target(st, x);
  now->by = st;
}

static void meet(Now *to, const Now *from) {
  if (!from->reached)
    return;
  if (!to->reached) {
    *to = *from;
    return;
  }
  if (to->name && from->name && !strcmp(to->name, from->name))
    return;
  to->by = from->name ? to->by : from->by;
  to->name = NULL;
}

static void jump(SeqFlags *f, const StmtList *l, const Stmt *st,
                 const Now *now) {
  for (u32 k = 0; k < l->n && k < MOST_STEPS; k++)
    if (l->at[k].kind == ST_LABEL && l->at[k].label.s == st->label.s)
      meet(&f->at[k], now);
}

static void walk(SeqFlags *f, const StmtList *l, Now now) {
  for (u32 k = 0; k < l->n && k < MOST_STEPS; k++) {
    const Stmt *st = &l->at[k];
    switch (st->kind) {
    case ST_BIND:
    case ST_VALUE: step(f, st, &now); break;
    case ST_LABEL: meet(&now, &f->at[k]); break;
    case ST_JCC:
      read_flags(f, st->flags, &now);
      jump(f, l, st, &now);
      break;
    case ST_JMP:
      jump(f, l, st, &now);
      now = (Now){0};
      break;
    case ST_TRAP:
      if (!st->value)
        now = (Now){0};
      else if (st->value->kind == EX_CALL && st->value->kids.n == 1)
        read_flags(f, st->value->kids.at[0], &now);
      break;
    case ST_DATA: break;
    }
  }
}

static void judge(const Sema *s, Diags *d, const InstDecl *seq) {
  SeqFlags f = {.s = s, .d = d, .seq = seq};
  const InstX *x = shape(s, seq);
  Now now = {.reached = true};
  for (u32 o = 0; o < x->noperands; o++)
    if (x->operands[o].is_flags)
      now.name = x->operands[o].name;
  walk(&f, &seq->decl->stmts, now);
  if (!f.writes || flags_result(x) >= 0 || x->nclobbers)
    return; // what is called keeps no flags anyway
  const u32 i =
      diag_add(d, E_FLAGS, seq->decl->name.loc,
               "`%s` writes the flags and does not say so", seq->name);
  diag_note(d, i, f.first->loc, "this step does");
  diag_help(d, i, "one more result: f: flags");
}

void check_seqs(const Sema *s, Diags *d) {
  for (u32 i = 0; i < s->ninstdecls; i++) {
    const InstDecl *x = &s->instdecls[i];
    if (x->decl->kind == DECL_SEQ && !x->unsound && x->count)
      judge(s, d, x);
  }
}
