// The page as HTML: self-contained, names are links, a search box, light and
// dark. What is data stands in the text; the script only filters.
#include "rulec/desk/about.h"
#include "rulec/desk/doc.h"
#include "rulec/desk/words.h"
#include "rule_gram.h"

typedef struct Html {
  DocPage *p;
  Text *t;
} Html;

static void put(Text *t, const char *s) { text_put(t, s, strlen(s)); }

static void escaped(Text *t, const char *s, size_t n) {
  for (size_t i = 0; i < n; i++)
    switch (s[i]) {
    case '<': put(t, "&lt;"); break;
    case '>': put(t, "&gt;"); break;
    case '&': put(t, "&amp;"); break;
    case '"': put(t, "&quot;"); break;
    default: text_put(t, s + i, 1);
    }
}

static void words(Text *t, const char *s) { escaped(t, s, strlen(s)); }

// --- anchors ------------------------------------------------------------

static void anchor(Text *t, const Decl *d) {
  bool rule = d->kind == DECL_RULE || d->kind == DECL_SKELETON ||
              d->kind == DECL_REMAT || d->kind == DECL_LOWER;
  text_add(t, "%s-", rule ? "rule" : decl_words[d->kind]);
  words(t, d->name.s);
}

// What is built in beside the author's files has no place on the page.
static bool is_here(const DocPage *p, const Decl *d) {
  return d->whole.src->index >= p->rules.first_own;
}

static void first_line(Text *t, const Decl *d) {
  const char *s = d->whole.src->text + d->whole.at;
  size_t n = strcspn(s, "\n");
  escaped(t, s, n < d->whole.len ? n : d->whole.len);
}

// The first occurrence at or behind a place of the source.
static u32 first_use(const Symbols *s, const Source *src, u32 at) {
  u32 lo = 0, hi = s->uses.n;
  while (lo < hi) {
    u32 mid = (lo + hi) / 2;
    const Loc *l = &s->uses.at[mid].loc;
    bool before = l->src != src ? l->src->index < src->index : l->at < at;
    lo = before ? mid + 1 : lo;
    hi = before ? hi : mid;
  }
  return lo;
}

// --- code -----------------------------------------------------------------

static const char *class_of(const FmtItem *t, const FmtItem *prev) {
  if (t->comment)
    return "c";
  switch (t->kind) {
  case TK_INT:
  case TK_FLOAT:
  case TK_ENCITEM: return "n";
  case TK_STRING: return "s";
  case TK_RULENAME: return "d";
  case TK_ENCFORM:
  case TK_ENCKIND: return "e";
  default: break;
  }
  char c = t->at[0];
  if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z'))
    return NULL;
  if (t->kind != TK_NAME)
    return "k";
  if (prev && token_starts_decl(prev->kind) && !prev->level)
    return "d";
  char name[16] = "";
  if (t->n < sizeof name)
    memcpy(name, t->at, t->n);
  const WordRow *w = t->n > 1 ? word_find(name) : NULL;
  return w ? "b" : NULL;
}

// A name token: its parts that are declared somewhere are links to it.
static void name_token(Html *h, const DocFile *f, const FmtItem *t) {
  const Symbols *s = &h->p->symbols;
  u32 from = (u32)(t->at - f->src->text), end = from + t->n;
  for (u32 i = first_use(s, f->src, from); i < s->uses.n; i++) {
    const Occurrence *o = &s->uses.at[i];
    if (o->loc.src != f->src || o->loc.at >= end)
      break;
    const Symbol *y = &s->at[o->symbol];
    if (o->def || symbol_is_local(y) || o->loc.at < from)
      continue;
    escaped(h->t, f->src->text + from, o->loc.at - from);
    bool here = is_here(h->p, y->decl);
    put(h->t, here ? "<a href=\"#" : "<u title=\"");
    if (here)
      anchor(h->t, y->decl);
    else
      first_line(h->t, y->decl);
    put(h->t, "\">");
    escaped(h->t, f->src->text + o->loc.at, o->loc.len);
    put(h->t, here ? "</a>" : "</u>");
    from = o->loc.at + o->loc.len;
  }
  if (from < end && f->src->text[from] == '.' && from > t->at - f->src->text) {
    put(h->t, "<i>");
    escaped(h->t, f->src->text + from, end - from);
    put(h->t, "</i>");
  } else {
    escaped(h->t, f->src->text + from, end - from);
  }
}

static bool has_links(const Html *h, const DocFile *f, const FmtItem *t) {
  const Symbols *s = &h->p->symbols;
  u32 from = (u32)(t->at - f->src->text);
  for (u32 i = first_use(s, f->src, from);
       i < s->uses.n && s->uses.at[i].loc.src == f->src &&
       s->uses.at[i].loc.at < from + t->n;
       i++)
    if (!s->uses.at[i].def && !symbol_is_local(&s->at[s->uses.at[i].symbol]))
      return true;
  return false;
}

static void token(Html *h, const DocFile *f, u32 i) {
  const FmtItem *t = &f->items.at[i];
  const char *class = class_of(t, i ? t - 1 : NULL);
  if (t->kind == TK_NAME && has_links(h, f, t)) {
    name_token(h, f, t);
    return;
  }
  if (class)
    text_add(h->t, "<b class=%s>", class);
  escaped(h->t, t->at, t->n);
  if (class)
    put(h->t, "</b>");
}

static void code(Html *h, const DocFile *f, const Decl *d) {
  const char *at = f->src->text + d->whole.at;
  put(h->t, "<pre>");
  for (u32 i = doc_item(f, d); i < f->items.n; i++) {
    const FmtItem *t = &f->items.at[i];
    if (t->at >= f->src->text + d->whole.at + d->whole.len)
      break;
    escaped(h->t, at, (size_t)(t->at - at));
    token(h, f, i);
    at = t->at + t->n;
  }
  put(h->t, "</pre>\n");
}

// --- comments ---------------------------------------------------------------

// Text with `code` in it.
static void running(Text *t, const char *s, size_t n) {
  const char *tick, *end;
  while ((tick = memchr(s, '`', n)) &&
         (end = memchr(tick + 1, '`', n - (size_t)(tick + 1 - s)))) {
    escaped(t, s, (size_t)(tick - s));
    put(t, "<code>");
    escaped(t, tick + 1, (size_t)(end - tick - 1));
    put(t, "</code>");
    n -= (size_t)(end + 1 - s);
    s = end + 1;
  }
  escaped(t, s, n);
}

// Lines as paragraphs; `1.` at the start of a line is an item of a list.
static void prose(Text *t, const char *s, const char *class) {
  bool item = false, open = false;
  for (; s && *s; s += strcspn(s, "\n"), s += *s == '\n') {
    size_t n = strcspn(s, "\n");
    size_t digits = strspn(s, "0123456789");
    bool starts = digits > 0 && digits < n && s[digits] == '.';
    if (open && (n == 0 || starts)) {
      put(t, item ? "</li>\n" : "</p>\n");
      open = false;
    }
    if (item && !starts && n == 0) {
      put(t, "</ol>\n");
      item = false;
    }
    if (n == 0)
      continue;
    if (!open) {
      if (starts && !item)
        put(t, "<ol>");
      text_add(t, starts ? "<li>" : "<p class=%s>", class);
      item = item || starts;
      open = true;
    } else {
      put(t, " ");
    }
    size_t skip = starts ? digits + 1 : 0;
    skip += strspn(s + skip, " ");
    running(t, s + skip, n - skip);
  }
  if (open)
    put(t, item ? "</li>" : "</p>");
  put(t, item ? "</ol>\n" : open ? "\n" : "");
}

// --- cards
// --------------------------------------------------------------------

static void badge(Text *t, const char *class, const char *title,
                  const char *text) {
  text_add(t, "<span class=\"badge %s\" title=\"", class);
  words(t, title);
  put(t, "\">");
  words(t, text);
  put(t, "</span>");
}

static void verdict_badge(Html *h, const DocEntry *e) {
  if (e->verdict)
    badge(h->t, doc_verdicts[e->verdict],
          arena_printf(h->p->arena, "%u of %u claims proved", e->proved,
                       e->claims),
          doc_verdicts[e->verdict]);
}

static void cost_badge(Html *h, const DocEntry *e) {
  const Sema *s = h->p->rules.sema;
  const Rule *r = about_rule(s, e->decl);
  u32 left, right;
  if (e->decl->kind == DECL_OP) {
    badge(h->t, "cost", "cost in the units of the cost table",
          arena_printf(h->p->arena, "cost %u", e->decl->cost));
    return;
  }
  if (!r || !r->count || e->decl->kind == DECL_LOWER ||
      !about_cost(s, &s->rulexs[r->first], &left, &right))
    return;
  Text t = {.arena = h->p->arena};
  about_costs(&t, s, r);
  badge(h->t, right < left ? "cost less" : "cost", text_str(&t),
        arena_printf(h->p->arena, "%u \xe2\x86\x92 %u", left, right));
}

static void count_badge(Html *h, const DocEntry *e) {
  const DocCounts *c = &e->counts;
  if (!e->counted)
    return;
  if (!c->matched) {
    badge(h->t, "idle", "no program of the corpus fires it", "idle");
    return;
  }
  const char *where =
      e->decl->kind == DECL_LOWER
          ? arena_printf(h->p->arena, "chosen %llu times; in %u of %u programs",
                         (unsigned long long)c->matched, c->programs,
                         h->p->programs)
          : NULL;
  badge(h->t, "fires",
        where
            ? where
            : arena_printf(
                  h->p->arena,
                  "tried %llu, matched %llu, inserted %llu, subsumed %llu, "
                  "chosen %llu; in %u of %u programs",
                  (unsigned long long)c->tried, (unsigned long long)c->matched,
                  (unsigned long long)c->inserted,
                  (unsigned long long)c->subsumed,
                  (unsigned long long)c->extracted, c->programs,
                  h->p->programs),
        arena_printf(h->p->arena, "%llu\xc3\x97",
                     (unsigned long long)c->matched));
}

static void expansions(Html *h, const DocEntry *e) {
  const Sema *s = h->p->rules.sema;
  const Rule *r = about_rule(s, e->decl);
  const OpDecl *op = about_op(s, e->decl);
  const InstDecl *inst = about_inst(s, e->decl);
  u32 n = op ? op->count : inst ? inst->count : 0;
  if (r) {
    const RuleX *all = e->decl->kind == DECL_LOWER ? s->lowerxs : s->rulexs;
    for (u32 i = r->first; i < r->first + r->count; i++)
      n += all[i].variant == 0;
  }
  if (n > 1)
    badge(h->t, "many", op ? "opcodes" : "at so many types and codes",
          arena_printf(h->p->arena, "%u\xc3\x97 types", n));
}

static void link_rule(Html *h, const Decl *d, bool first) {
  put(h->t, first ? "<a href=\"#" : " <a href=\"#");
  anchor(h->t, d);
  put(h->t, "\">");
  words(h->t, d->name.s);
  put(h->t, "</a>");
}

// What an op becomes: its rewrites and lowerings.
static void op_rules(Html *h, const Decl *d, bool lower) {
  const Sema *s = h->p->rules.sema;
  const OpDecl *op = about_op(s, d);
  const RuleX *all = lower ? s->lowerxs : s->rulexs;
  u32 n = lower ? s->nlowers : s->nrules, shown = 0;
  for (u32 i = 0; op && i < n; i++) {
    const Rule *r = lower ? &s->lowers[i] : &s->rules[i];
    const Node *lhs = r->count ? all[r->first].lhs : NULL;
    if (!lhs || lhs->kind != N_OP || s->ops[lhs->op].base != op)
      continue;
    if (!shown)
      text_add(h->t, "<p class=to><em>%s</em> ",
               lower ? "lowered by" : "rewritten by");
    link_rule(h, r->decl, !shown++);
  }
  if (shown)
    put(h->t, "</p>\n");
}

static void card(Html *h, const DocFile *f, const DocEntry *e) {
  const Decl *d = e->decl;
  u32 line, col;
  loc_line_col(d->whole, &line, &col);
  put(h->t, "<article id=\"");
  anchor(h->t, d);
  text_add(h->t, "\" class=\"%s%s%s\"><header><a class=name href=\"#",
           decl_words[d->kind], e->counted && !e->counts.matched ? " idle" : "",
           e->verdict > DV_PROVED ? " unproved" : "");
  anchor(h->t, d);
  put(h->t, "\">");
  words(h->t, d->name.s);
  text_add(h->t, "</a><span class=kind>%s</span>", decl_words[d->kind]);
  put(h->t, "<span class=badges>");
  verdict_badge(h, e);
  cost_badge(h, e);
  count_badge(h, e);
  expansions(h, e);
  text_add(h->t, "</span><span class=where>%s:%u</span></header>\n", f->path,
           line);
  prose(h->t, e->text, "doc");
  code(h, f, d);
  if (d->kind == DECL_OP) {
    op_rules(h, d, false);
    op_rules(h, d, true);
  }
  put(h->t, "</article>\n");
}

// --- the page
// -------------------------------------------------------------------

typedef struct Sums {
  u32 ops, opcodes, rules, expansions, lowers, insts, claims, proved, fired;
} Sums;

static Sums sums(const DocPage *p) {
  const Sema *s = p->rules.own;
  Sums n = {0};
  for (u32 i = 0; i < p->nfiles; i++)
    for (u32 k = 0; k < p->files[i].n; k++) {
      const DocEntry *e = &p->files[i].at[k];
      DeclKind kind = e->decl ? e->decl->kind : DECL_COUNT;
      n.ops += kind == DECL_OP;
      n.rules +=
          kind == DECL_RULE || kind == DECL_SKELETON || kind == DECL_REMAT;
      n.lowers += kind == DECL_LOWER;
      n.insts += kind == DECL_INST || kind == DECL_SEQ;
      n.claims += e->claims;
      n.proved += e->proved;
      n.fired += kind != DECL_LOWER && e->counted && e->counts.matched;
    }
  n.opcodes = n.ops ? s->nops - 1 : 0;
  for (u32 i = 0; i < s->nrulexs; i++)
    n.expansions += s->rulexs[i].variant == 0;
  return n;
}

static void sum(Text *t, u32 n, const char *what) {
  if (n)
    text_add(t, "<div><b>%u</b>%s</div>", n, what);
}

static void summary(Html *h) {
  Sums n = sums(h->p);
  put(h->t, "<div class=sums>");
  sum(h->t, n.ops, "ops");
  sum(h->t, n.opcodes, "opcodes");
  sum(h->t, n.rules, "rewrites");
  sum(h->t, n.expansions, "at all types");
  sum(h->t, n.insts, "instructions");
  sum(h->t, n.lowers, "lowerings");
  if (n.claims)
    text_add(h->t, "<div><b>%u</b>of %u claims proved</div>", n.proved,
             n.claims);
  if (h->p->programs)
    text_add(h->t, "<div><b>%u</b>rewrites fire in %u programs</div>", n.fired,
             h->p->programs);
  put(h->t, "</div>\n");
}

static void slug(Text *t, const char *path) {
  for (; *path; path++)
    text_add(t, "%c", *path == '/' || *path == '.' ? '-' : *path);
}

static void contents(Html *h) {
  put(h->t, "<nav><h1>Rules</h1><input id=q type=search placeholder=\"search: "
            "name, op, word\" autocomplete=off aria-label=search>"
            "<div id=filters></div><ul>");
  for (u32 i = 0; i < h->p->nfiles; i++) {
    const DocFile *f = &h->p->files[i];
    u32 n = 0;
    for (u32 k = 0; k < f->n; k++)
      n += f->at[k].decl != NULL;
    put(h->t, "<li><a href=\"#");
    slug(h->t, f->path);
    text_add(h->t, "\">%s</a><span>%u</span></li>\n",
             strncmp(f->path, "rules/", 6) ? f->path : f->path + 6, n);
  }
  put(h->t, "</ul><button id=theme type=button>light / dark</button></nav>\n");
}

static void file(Html *h, const DocFile *f) {
  put(h->t, "<section><h2 id=\"");
  slug(h->t, f->path);
  text_add(h->t, "\">%s</h2>\n", f->path);
  for (u32 k = 0; k < f->n; k++) {
    const DocEntry *e = &f->at[k];
    if (e->title) {
      put(h->t, "<h3>");
      words(h->t, e->title);
      put(h->t, "</h3>\n");
    }
    if (e->decl)
      card(h, f, e);
    else
      prose(h->t, e->text, "intro");
  }
  put(h->t, "</section>\n");
}

void doc_html(DocPage *p, Text *t) {
  Html h = {p, t};
  put(t, "<!doctype html>\n<html lang=en><head><meta charset=utf-8>\n"
         "<meta name=viewport content=\"width=device-width,initial-scale=1\">\n"
         "<title>Rules of Rulewright</title>\n<style>");
  for (u32 i = 0; doc_css[i]; i++)
    put(t, doc_css[i]);
  put(t, "</style></head>\n<body>\n");
  contents(&h);
  put(t, "<main>\n");
  summary(&h);
  put(t, "<p id=none hidden>Nothing fits.</p>\n");
  for (u32 i = 0; i < p->nfiles; i++)
    file(&h, &p->files[i]);
  put(t, "</main>\n<script>");
  put(t, doc_js);
  put(t, "</script>\n</body></html>\n");
}
