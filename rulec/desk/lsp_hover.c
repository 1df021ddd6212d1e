// What is under the cursor: a name of the rules, a word of the language, the
// code of a diagnostic, a number.
#include "rulec/desk/about.h"
#include "rulec/desk/lsp.h"
#include "rulec/desk/words.h"

#include <stdio.h>
#include <stdlib.h>

enum { MOST_SOURCE = 4000 };

static void add_source(Text *t, const Decl *d) {
  text_add(t, "```rules\n");
  u32 n = d->whole.len < MOST_SOURCE ? d->whole.len : MOST_SOURCE;
  text_put(t, d->whole.src->text + d->whole.at, n);
  text_add(t, "\n```\n");
  if (d->doc)
    text_add(t, "\n%s\n", d->doc);
}

static void about_symbol_op(Text *t, const LspSet *set, const Decl *d) {
  const Sema *s = set->rules->sema;
  const OpDecl *op = about_op(s, d);
  if (!op)
    return;
  text_add(t, "\n");
  about_traits(t, s, op);
  u32 rewrites = 0, lowers = 0;
  for (u32 i = 0; i < s->nrulexs && !op->unsound; i++)
    rewrites += s->rulexs[i].lhs && s->rulexs[i].lhs->kind == N_OP &&
                s->ops[s->rulexs[i].lhs->op].base == op &&
                (i == 0 || s->rulexs[i].rule != s->rulexs[i - 1].rule);
  for (u32 i = 0; i < s->nlowerxs && !op->unsound; i++)
    lowers += s->lowerxs[i].lhs && s->lowerxs[i].lhs->kind == N_OP &&
              s->ops[s->lowerxs[i].lhs->op].base == op &&
              (i == 0 || s->lowerxs[i].rule != s->lowerxs[i - 1].rule);
  text_add(t, "\n\nroot of %u rewrites and %u lowerings\n", rewrites, lowers);
}

static void about_symbol_rule(Text *t, const LspSet *set, const Decl *d) {
  const Sema *s = set->rules->sema;
  const Rule *r = about_rule(s, d);
  if (!r || r->count == 0)
    return;
  const RuleX *all = d->kind == DECL_LOWER ? s->lowerxs : s->rulexs;
  u32 expansions = 0;
  for (u32 i = r->first; i < r->first + r->count; i++)
    expansions += all[i].variant == 0;
  text_add(t, "\n%u expansion%s", expansions, expansions == 1 ? "" : "s");
  if (r->count > expansions)
    text_add(t, ", %u forms with `sym` and alternatives", r->count);
  Text costs = {.arena = t->arena};
  if (!set->rules->diags.errors) // else what the sides are made of is not sure
    about_costs(&costs, s, r);
  if (costs.n)
    text_add(t, "\n\ncost %s", text_str(&costs));
  text_add(t, "\n");
}

// The worst verdict on a declaration in the cache of `rulec verify`. It is of
// the rule as it was then. The cache lies beside the first file.
static void about_verdict(Lsp *l, Text *t, const LspSet *set, const Decl *d) {
  static const char *const words[] = {"proved", "bounded", "unknown",
                                      "refuted"};
  u8 *bytes;
  size_t size, n = strlen(d->name.s);
  u32 claims = 0, worst = 0;
  const char *file =
      set->files[set->builtin.text ? set->nfiles - 1 : 0].src.path;
  const char *path = arena_printf(
      &l->round, "%.*sverify.cache",
      (int)(strrchr(file, '/') ? strrchr(file, '/') + 1 - file : 0), file);
  if (file_read(&l->round, path, &bytes, &size))
    return;
  const char *at = arena_strndup(&l->round, (const char *)bytes, size);
  for (; *at; at += strcspn(at, "\n"), at += *at == '\n') {
    char verdict[16], kind[32], name[128]; // KEY VERDICT KIND NAME AT
    if (sscanf(at, "%*16[0-9a-f] %15[a-z] %31[a-z] %127[^ \n]", verdict, kind,
               name) != 3 ||
        strlen(name) != n || memcmp(name, d->name.s, n) != 0)
      continue;
    claims++;
    for (u32 i = 0; i < 4; i++)
      worst = !strcmp(words[i], verdict) && i > worst ? i : worst;
  }
  if (claims)
    text_add(t, "\nlast verdict: %s (%u claim%s)\n", words[worst], claims,
             claims == 1 ? "" : "s");
}

static void about_local(Text *t, const LspSet *set, const Symbol *y) {
  text_add(t, "**%s** \xe2\x80\x94 %s of `%s`", y->name, symbol_words[y->kind],
           y->decl->name.s);
  Text sorts = {.arena = t->arena};
  if (y->kind == SY_VAR)
    about_var(&sorts, set->rules->sema, y->decl, y->name);
  if (sorts.n)
    text_add(t, ": %s", text_str(&sorts));
  for (u32 i = 0; i < y->decl->params.n; i++) {
    const ParamDecl *p = &y->decl->params.at[i];
    if (p->name.s != y->name)
      continue;
    text_add(t, ": one of");
    for (u32 k = 0; k < p->set.n; k++)
      text_add(t, " `%s`", p->set.at[k].s);
  }
  text_add(t, "\n");
}

static void about_member(Text *t, const Symbol *y) {
  for (u32 i = 0; i < y->decl->nmembers; i++)
    if (y->decl->members[i].name.s == y->name) {
      text_add(t, "**%s** \xe2\x80\x94 member of `%s`:\n```rules\n", y->name,
               y->decl->name.s);
      ast_print_expr(t, y->decl->members[i].pred);
      text_add(t, "\n```\n");
    }
}

static void about_symbol(Lsp *l, Text *t, const LspSet *set, const Symbol *y) {
  if (symbol_is_local(y)) {
    about_local(t, set, y);
    return;
  }
  if (y->kind == SY_MEMBER) {
    about_member(t, y);
    return;
  }
  add_source(t, y->decl);
  if (y->kind == SY_OP)
    about_symbol_op(t, set, y->decl);
  if (y->kind == SY_RULE)
    about_symbol_rule(t, set, y->decl);
  about_verdict(l, t, set, y->decl);
}

// --- words and numbers ----------------------------------------------

static bool is_word_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
}

// Grows to the word around `at`; false if there is none.
static bool word_around(const SetFile *f, u32 at, u32 *from, u32 *to) {
  *from = *to = at;
  while (*from > 0 && is_word_char(f->src.text[*from - 1]))
    --*from;
  while (*to < f->src.size && is_word_char(f->src.text[*to]))
    ++*to;
  return *from < *to && *to - *from < 200;
}

static void about_number(Text *t, const char *word) {
  char *end;
  unsigned long long v = strtoull(word[0] == '-' ? word + 1 : word, &end, 0);
  if (*end || end == word)
    return;
  u64 x = word[0] == '-' ? 0 - (u64)v : (u64)v;
  text_add(t, "`%lld` = `0x%llx`, %d bit%s set", (long long)x,
           (unsigned long long)x, __builtin_popcountll(x),
           __builtin_popcountll(x) == 1 ? "" : "s");
}

static void about_row(Text *t, const WordRow *w) {
  if (w->form)
    text_add(t, "```rules\n%s\n```\n", w->form);
  else
    text_add(t, "**%s**\n\n", w->name);
  text_add(t, "%s\n", w->help);
}

static void about_word(Text *t, char *word) {
  DiagCode code = diag_code(word);
  const WordRow *w = word_find(word);
  if (code != DIAG_NCODES)
    text_add(t, "**%s**: %s\n\n%s\n", word, code_rows[code].title,
             code_rows[code].why);
  else if (w)
    about_row(t, w);
  else if ((word[0] >= '0' && word[0] <= '9') || word[0] == '-')
    about_number(t, word);
  else if (strrchr(word, '.')) {
    const WordRow *last = word_find(strrchr(word, '.') + 1);
    if (last)
      about_row(t, last);
  }
}

json_t *lsp_hover(Lsp *l, const json_t *params, const char **error) {
  (void)error;
  LspPlace p;
  if (!lsp_place(l, params, &p))
    return NULL;
  Text t = {.arena = &l->round};
  const Occurrence *o = symbols_at(&p.set->symbols, &p.file->src, p.at);
  u32 from = 0, to = 0;
  if (o) {
    about_symbol(l, &t, p.set, &p.set->symbols.at[o->symbol]);
    from = o->loc.at;
    to = from + o->loc.len;
  } else if (word_around(p.file, p.at, &from, &to)) {
    about_word(&t,
               arena_strndup(&l->round, p.file->src.text + from, to - from));
  }
  if (!t.n)
    return NULL;
  json_t *text = lsp_string(text_str(&t), t.n);
  return json_pack("{s{ss so} so}", "contents", "kind", "markdown", "value",
                   text, "range", lsp_range(l, p.file, from, to - from));
}
