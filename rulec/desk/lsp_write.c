// What helps to write: completion, formatting, and what mends a diagnostic or
// allows it.
#include "rulec/desk/fmt.h"
#include "rulec/desk/lsp.h"
#include "rulec/desk/words.h"
#include "rule_gram.h"

// --- completion ---------------------------------------------------------

typedef struct Complete {
  Lsp *l;
  LspPlace p;
  json_t *items;
  const char *before; // the dotted word up to the cursor
  bool column1;
} Complete;

enum { // of the protocol
  CI_FUNCTION = 3,
  CI_FIELD = 5,
  CI_VARIABLE = 6,
  CI_KEYWORD = 14,
  CI_ENUM_MEMBER = 20,
  CI_CONSTANT = 21,
  CI_OPERATOR = 24,
  CI_TYPE = 25
};

static void offer(Complete *c, const char *label, int kind, const char *detail,
                  const char *help) {
  json_t *o = json_pack("{ss si}", "label", label, "kind", kind);
  if (detail)
    json_object_set_new(o, "detail", lsp_string(detail, strlen(detail)));
  if (help)
    json_object_set_new(o, "documentation", lsp_string(help, strlen(help)));
  json_array_append_new(c->items, o);
}

static void offer_class(Complete *c, WordClass class, int kind) {
  const char *w;
  for (u32 i = 0; (w = word_at(class, i)); i++) {
    const WordRow *row = word_find(w);
    offer(c, w, kind, row ? row->form : NULL, row ? row->help : NULL);
  }
}

static bool takes_list(const OperandDecl *o) {
  return o->nkinds && o->kinds[0].list;
}

// "(x: T, y: T) -> T"
static const char *shape_of(Arena *a, const Decl *d) {
  Text t = {.arena = a};
  text_add(&t, "(");
  for (u32 i = 0; i < d->operands.n; i++) {
    const OperandDecl *o = &d->operands.at[i];
    text_add(&t, "%s%s", i ? ", " : "", o->name.s);
    if (o->nkinds)
      text_add(&t, ": %s%s%s", o->kinds[0].name.s, takes_list(o) ? "*" : "",
               o->nkinds > 1 ? " | ..." : "");
  }
  text_add(&t, ")");
  for (u32 i = 0; i < d->results.n; i++) {
    const OperandDecl *o = &d->results.at[i];
    if (o->nkinds)
      text_add(&t, "%s%s", i ? ", " : " -> ", o->kinds[0].name.s);
  }
  return text_str(&t);
}

// `iadd ${1:x} ${2:y}`: only where a term is being opened.
static const char *snippet(Arena *a, const Decl *d) {
  Text t = {.arena = a};
  text_add(&t, "%s", d->name.s);
  for (u32 i = 0; i < d->operands.n; i++)
    if (!d->operands.at[i].tmp)
      text_add(&t, " ${%u:%s}", i + 1, d->operands.at[i].name.s);
  return text_str(&t);
}

static void offer_head(Complete *c, const Symbol *y, bool opened) {
  Arena *a = &c->l->round;
  offer(c, y->name, y->kind == SY_OP ? CI_OPERATOR : CI_FUNCTION,
        shape_of(a, y->decl), y->decl->doc);
  if (opened && c->l->snippets) {
    json_t *o = json_array_get(c->items, json_array_size(c->items) - 1);
    json_object_set_new(o, "insertText", json_string(snippet(a, y->decl)));
    json_object_set_new(o, "insertTextFormat", json_integer(2));
  }
}

static void offer_symbols(Complete *c, bool opened) {
  const Symbols *s = &c->p.set->symbols;
  bool inst = !strncmp(c->before, "x64.", 4);
  for (u32 i = 0; i < s->n; i++) {
    const Symbol *y = &s->at[i];
    if (symbol_is_local(y))
      break;
    bool head = y->kind == SY_OP || y->kind == SY_TERM || y->kind == SY_DEF ||
                y->kind == SY_FN || y->kind == SY_CTOR;
    if (y->kind == SY_INST && (inst || !*c->before || opened))
      offer_head(c, y, opened);
    else if (head && !inst)
      offer_head(c, y, opened);
    else if ((y->kind == SY_CODE || y->kind == SY_TYPES) && !opened)
      offer(c, y->name, CI_TYPE, symbol_words[y->kind], NULL);
  }
}

// Behind `op.`: what its parameters may be. Behind anything else: fields.
static bool offer_params(Complete *c) {
  const char *dot = strrchr(c->before, '.');
  const Symbols *s = &c->p.set->symbols;
  size_t n = dot ? (size_t)(dot - c->before) : 0;
  if (!dot || !strcmp(c->before, "x64."))
    return false;
  for (u32 i = 0; i < s->n; i++) {
    const Symbol *y = &s->at[i];
    size_t k = strlen(y->name);
    if ((y->kind != SY_OP && y->kind != SY_INST) || k > n ||
        strncmp(y->name, c->before, k) != 0 || c->before[k] != '.')
      continue;
    for (u32 j = 0; j < y->decl->params.n; j++)
      for (u32 m = 0; m < s->n; m++)
        if (s->at[m].kind == SY_MEMBER && y->decl->params.at[j].set.n &&
            s->at[m].decl->name.s == y->decl->params.at[j].set.at[0].s)
          offer(c, s->at[m].name, CI_ENUM_MEMBER, s->at[m].decl->name.s, NULL);
    offer_class(c, WC_TYPE, CI_TYPE);
    return true;
  }
  if (strncmp(c->before, "x64.", 4) == 0)
    return false;
  offer_class(c, WC_FIELD, CI_FIELD);
  return true;
}

static bool is_word_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         (c >= '0' && c <= '9') || c == '_';
}

// Short words of the declaration as it stands: while it is being written it
// has no tree that would know its variables.
static void offer_nearby(Complete *c) {
  const Source *src = &c->p.file->src;
  u32 from = c->p.at, i;
  while (from > 0 && !(src->text[from - 1] == '\n' && src->text[from] >= 'a' &&
                       src->text[from] <= 'z'))
    from--;
  json_t *seen = json_object();
  for (i = from; i < c->p.at && i < from + 4000;) {
    u32 k = i;
    while (k < c->p.at && is_word_char(src->text[k]))
      k++;
    bool dotted = i > 0 && src->text[i - 1] == '.';
    if (k > i && k < c->p.at && k - i <= 12 && !dotted &&
        !(src->text[i] >= '0' && src->text[i] <= '9')) {
      const char *w = arena_strndup(&c->l->round, src->text + i, k - i);
      if (strcmp(w, "_") && !word_find(w) && !json_object_get(seen, w)) {
        json_object_set_new(seen, w, json_true());
        offer(c, w, CI_VARIABLE, NULL, NULL);
      }
    }
    i = k > i ? k : i + 1;
  }
  json_decref(seen);
}

json_t *lsp_completion(Lsp *l, const json_t *params, const char **error) {
  (void)error;
  Complete c = {.l = l, .items = json_array()};
  if (!lsp_place(l, params, &c.p))
    return c.items;
  const Source *src = &c.p.file->src;
  u32 from = c.p.at;
  while (from > 0 &&
         (is_word_char(src->text[from - 1]) || src->text[from - 1] == '.'))
    from--;
  c.before = arena_strndup(&l->round, src->text + from, c.p.at - from);
  bool opened = from > 0 && src->text[from - 1] == '(' &&
                (from < 2 || !is_word_char(src->text[from - 2]));
  c.column1 = from == 0 || src->text[from - 1] == '\n';
  if (c.column1) {
    offer_class(&c, WC_DECL, CI_KEYWORD);
  } else if (!offer_params(&c)) {
    offer_nearby(&c);
    offer_symbols(&c, opened);
    if (!opened && !*c.before)
      offer_class(&c, WC_KEYWORD, CI_KEYWORD);
    else if (!opened) {
      offer_class(&c, WC_KEYWORD, CI_KEYWORD);
      offer_class(&c, WC_BUILTIN, CI_FUNCTION);
      offer_class(&c, WC_CONSTANT, CI_CONSTANT);
      offer_class(&c, WC_TYPE, CI_TYPE);
      offer_class(&c, WC_KIND, CI_TYPE);
    }
  }
  return json_pack("{sb so}", "isIncomplete", 0, "items", c.items);
}

// --- formatting -----------------------------------------------------------

// One edit: the lines between the first and the last that differ.
json_t *lsp_formatting(Lsp *l, const json_t *params, const char **error) {
  LspPlace p;
  Text out;
  if (!lsp_document(l, params, &p))
    return NULL;
  Diags d = {.arena = &l->round};
  const Source *src = &p.file->src;
  if (lsp_is_builtin(l, src->path)) {
    *error = "these rules are built into wb; the file is left alone";
    return NULL;
  }
  if (fmt_source(&l->round, &d, src, &out) != FMT_DONE) {
    *error = "the file has syntax errors; it is left alone";
    return NULL;
  }
  u32 head = 0, tail = 0, n = src->size < out.n ? src->size : out.n;
  for (u32 i = 0; i < n && src->text[i] == out.at[i]; i++)
    head = src->text[i] == '\n' ? i + 1 : head;
  if (head == src->size && head == out.n)
    return json_array();
  for (u32 i = 0;
       i < n - head && src->text[src->size - 1 - i] == out.at[out.n - 1 - i];
       i++)
    tail = i + 1 < n - head && out.at[out.n - 2 - i] == '\n' &&
                   src->text[src->size - 2 - i] == '\n'
               ? i + 1
               : tail;
  return json_pack("[{so so}]", "range",
                   lsp_range(l, p.file, head, src->size - tail - head),
                   "newText", lsp_string(out.at + head, out.n - tail - head));
}

// --- code actions -----------------------------------------------------------

// The `=>` of the declaration: where it ends, or where what stands before it
// does; ~0u if it has none.
static u32 gives_place(Lsp *l, const Source *src, const Decl *d, bool behind) {
  Diags quiet = {.arena = &l->round};
  FmtItems items = fmt_items(&l->round, &quiet, src);
  for (u32 i = 1; i < items.n; i++) {
    const FmtItem *t = &items.at[i];
    u32 at = (u32)(t->at - src->text);
    if (t->kind == TK_GIVES && at > d->whole.at &&
        at < d->whole.at + d->whole.len)
      return behind ? at + t->n
                    : (u32)(items.at[i - 1].at + items.at[i - 1].n - src->text);
  }
  return ~0u;
}

static json_t *action(Lsp *l, const LspPlace *p, const char *title, u32 at,
                      u32 len, const char *text) {
  json_t *edit = json_pack("{so ss}", "range", lsp_range(l, p->file, at, len),
                           "newText", text);
  return json_pack("{ss ss s{s{s[o]}}}", "title", title, "kind", "quickfix",
                   "edit", "changes", p->file->doc->uri, edit);
}

// What stands before or behind the `=>` of the rule that d is about.
static json_t *at_gives(Lsp *l, const LspPlace *p, const Diag *d, bool behind,
                        const char *title, const char *text) {
  const Decl *decl = set_decl(p->set, &p->file->src, d->loc.at);
  u32 at = decl ? gives_place(l, &p->file->src, decl, behind) : ~0u;
  return at == ~0u ? NULL : action(l, p, title, at, 0, text);
}

// `did you mean iadd?`: the name, or its part before the dots.
static json_t *respell(Lsp *l, const LspPlace *p, const Diag *d) {
  static const char start[] = "did you mean ";
  const size_t k = sizeof start - 1, n = d->help ? strlen(d->help) : 0;
  if (n < k + 2 || strncmp(d->help, start, k) != 0)
    return NULL;
  const char *name = arena_strndup(&l->round, d->help + k, n - k - 1);
  const char *text = p->file->src.text;
  u32 at = d->loc.at + (text[d->loc.at] == '('), end = at;
  while (is_word_char(text[end]) || (text[end] == '.' && strchr(name, '.')))
    end++;
  return action(l, p, arena_printf(&l->round, "write %s", name), at, end - at,
                name);
}

static json_t *fix(Lsp *l, const LspPlace *p, const Diag *d) {
  switch (d->code) {
  case E_NAME: return respell(l, p, d);
  case W_UNUSED:
    return d->help && !strcmp(d->help, "`_` in its place")
               ? action(l, p, "write _", d->loc.at, d->loc.len, "_")
               : NULL;
  case E_DROP:
    return at_gives(l, p, d, true, "subsume what the left stands for",
                    " subsume");
  default: return NULL;
  }
}

static json_t *allow(Lsp *l, const LspPlace *p, const Diag *d) {
  const char *name = code_rows[d->code].name;
  if (code_rows[d->code].force != SOFT)
    return NULL;
  return at_gives(l, p, d, false,
                  arena_printf(&l->round, "allow %s here", name),
                  arena_printf(&l->round, " allow(%s) \"why\"", name));
}

static void add_action(json_t *out, json_t *one) {
  if (one)
    json_array_append_new(out, one);
}

json_t *lsp_code_actions(Lsp *l, const json_t *params, const char **error) {
  (void)error;
  LspPlace p;
  const json_t *range = json_object_get(params, "range");
  json_t *out = json_array();
  if (!lsp_document(l, params, &p))
    return out;
  u32 from = lsp_offset(l, p.file, json_object_get(range, "start"));
  u32 to = lsp_offset(l, p.file, json_object_get(range, "end"));
  set_check(p.set);
  const Diags *d = &p.set->rules->diags;
  for (u32 i = 0; i < d->list.n; i++) {
    const Diag *x = &d->list.at[i];
    if (x->loc.src != &p.file->src || x->allowed || x->loc.at > to ||
        x->loc.at + x->loc.len < from || !p.file->doc)
      continue;
    add_action(out, fix(l, &p, x));
    add_action(out, allow(l, &p, x));
  }
  return out;
}
