// Markdown: the semantics of each op (docs/ops.md is this), and, if all is
// asked for, every rule.
#include "rulec/desk/about.h"
#include "rulec/desk/doc.h"

static bool is_clause(const DocClause *c, const char *word) {
  return !strcmp(c->word, word);
}

// In a table a bar ends the cell, also in code.
static void cell(Text *t, const char *s) {
  for (; *s; s++)
    text_add(t, *s == '|' ? "\\%c" : "%c", *s);
}

static void code_row(Text *t, const char *what, const char *code) {
  text_add(t, "| %s | `", what);
  cell(t, code);
  text_add(t, "` |\n");
}

static void comment(Text *t, const char *text) {
  if (text)
    text_add(t, "%s\n", text);
}

// --- ops ------------------------------------------------------------------

static void opcodes(Text *t, const Sema *s, const OpDecl *op) {
  enum { MOST = 12 };
  text_add(t, "| opcodes |");
  u32 n = op->count > MOST ? MOST - 2 : op->count;
  for (u32 i = 0; i < n; i++)
    text_add(t, " `%s`", s->ops[op->first + i].text);
  if (n < op->count)
    text_add(t, " \xe2\x80\xa6 `%s` (%u)",
             s->ops[op->first + op->count - 1].text, op->count);
  text_add(t, " |\n");
}

static void traits(Text *t, const DocClauses *c) {
  static const char *const flags[] = {"pure", "floats",    "front",
                                      "ends", "structure", "effects"};
  bool any = false;
  for (u32 i = 0; i < c->n; i++)
    for (u32 k = 0; k < 6; k++)
      if (is_clause(&c->at[i], flags[k])) {
        text_add(t, any ? ", " : "| traits | ");
        text_add(t, "%s%s", flags[k], *c->at[i].text ? " " : "");
        cell(t, c->at[i].text);
        any = true;
      }
  if (any)
    text_add(t, " |\n");
}

static void op_clauses(Text *t, const DocClauses *c) {
  static const char *const rows[][2] = {
      {"let", "where"},   {"=", "meaning"},     {"traps", "traps"},
      {"reads", "reads"}, {"writes", "writes"}, {"sym", "same as"},
      {"fact", "fact"},   {"cost", "cost"}};
  for (u32 k = 0; k < sizeof rows / sizeof *rows; k++)
    for (u32 i = 0; i < c->n; i++)
      if (is_clause(&c->at[i], rows[k][0]))
        code_row(t, rows[k][1], c->at[i].text);
}

static void one_op(DocPage *p, Text *t, const DocFile *f, const DocEntry *e) {
  const Sema *s = p->rules.sema;
  const OpDecl *op = about_op(s, e->decl);
  const char *head;
  DocClauses c = doc_clauses(p->arena, f, e->decl, &head);
  text_add(t, "### %s\n\n", e->decl->name.s);
  comment(t, e->text);
  text_add(t, "| | |\n|---|---|\n");
  code_row(t, "form", head);
  op_clauses(t, &c);
  traits(t, &c);
  if (op && !op->unsound)
    opcodes(t, s, op);
  text_add(t, "\n");
}

static void plain(Text *t, const DocFile *f, const Decl *d) {
  text_add(t, "```\n");
  text_put(t, f->src->text + d->whole.at, d->whole.len);
  text_add(t, "\n```\n\n");
}

static void ops(DocPage *p, Text *t) {
  text_add(
      t, "# The ops\n\n<!-- Made by `rulec doc --ops`; a test compares. -->\n\n"
         "What each op computes, as the rules declare it: the constant "
         "folder, the\ninterpreter and the proofs are made of the same "
         "lines. `docs/rules.md` explains\nthe notation.\n\n");
  for (u32 i = 0; i < p->nfiles; i++) {
    const DocFile *f = &p->files[i];
    for (u32 k = 0; k < f->n; k++) {
      const DocEntry *e = &f->at[k];
      bool is_code = e->decl && e->decl->kind == DECL_CODE;
      bool ops_file = i == 0; // headings and codes of the file that has the ops
      if (!e->decl && e->title && ops_file)
        text_add(t, "## %s\n\n%s%s", e->title, e->text ? e->text : "",
                 e->text ? "\n" : "");
      else if (e->decl && e->decl->kind == DECL_OP)
        one_op(p, t, f, e);
      else if (is_code && ops_file) {
        text_add(t, "### code %s\n\n", e->decl->name.s);
        comment(t, e->text);
        plain(t, f, e->decl);
      }
    }
  }
}

// --- everything
// ---------------------------------------------------------------

static void facts_line(DocPage *p, Text *t, const DocEntry *e) {
  const Rule *r = about_rule(p->rules.sema, e->decl);
  Text costs = {.arena = p->arena};
  if (r)
    about_costs(&costs, p->rules.sema, r);
  u32 line, col;
  loc_line_col(e->decl->whole, &line, &col);
  text_add(t, "*line %u", line);
  if (e->verdict)
    text_add(t, "; %s", doc_verdicts[e->verdict]);
  if (costs.n)
    text_add(t, "; cost %s", text_str(&costs));
  if (e->counted)
    text_add(t, "; matched %llu times in %u of %u programs",
             (unsigned long long)e->counts.matched, e->counts.programs,
             p->programs);
  text_add(t, "*\n\n");
}

static void all(DocPage *p, Text *t) {
  text_add(t, "# The rules\n\n");
  for (u32 i = 0; i < p->nfiles; i++) {
    const DocFile *f = &p->files[i];
    text_add(t, "## %s\n\n", f->path);
    for (u32 k = 0; k < f->n; k++) {
      const DocEntry *e = &f->at[k];
      if (e->decl)
        text_add(t, "#### %s %s\n\n", decl_words[e->decl->kind],
                 e->decl->name.s);
      else if (e->title)
        text_add(t, "### %s\n\n", e->title);
      comment(t, e->text);
      if (!e->decl)
        continue;
      plain(t, f, e->decl);
      facts_line(p, t, e);
    }
  }
}

void doc_md(DocPage *p, Text *t, bool ops_only) {
  (ops_only ? ops : all)(p, t);
  while (t->n > 1 && t->at[t->n - 1] == '\n' && t->at[t->n - 2] == '\n')
    t->n--;
}
