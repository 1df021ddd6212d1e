// builtin.rules: the texts of all files as they were when wb was built: what
// rules that are loaded stand beside (beside.h). Those with machine things are
// marked: they are read only if a loaded file lowers.
#include "rulec/cmd/builtin.h"
#include "rulec/gen/cgen.h"

static bool is_machine(DeclKind k) {
  return k == DECL_REP || k == DECL_INST || k == DECL_SEQ || k == DECL_TERM ||
         k == DECL_DATA || k == DECL_LOWER;
}

static bool has_machine(const Ast *ast, const Source *src) {
  for (u32 i = 0; i < ast->n; i++)
    if (ast->at[i]->loc.src == src && is_machine(ast->at[i]->kind))
      return true;
  return false;
}

void gen_builtin(const Sema *s, Text *out) {
  const Source *src = NULL;
  for (u32 i = 0; i < s->ast->n; i++) {
    if (s->ast->at[i]->loc.src == src)
      continue;
    src = s->ast->at[i]->loc.src;
    builtin_head(out, has_machine(s->ast, src), src->size, source_name(src));
    text_put(out, src->text, src->size);
  }
}
