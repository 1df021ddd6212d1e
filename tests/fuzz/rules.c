// Mutated rule files: none may crash or hang rulec; each is refused with errors
// or goes through all generators.
//
//   fuzz_rules [COUNT [SEED]]      default: 1000 mutants, CI's share
//
// A mutant of rules/ops.rules is read alone; one of another file after the files
// it builds on, so that names resolve and the later stages are reached.
#include "rulec/cgen.h"
#include "rulec/parse.h"
#include "tests/fuzz/mutate.h"

typedef void GenFn(const Sema *s, Text *out);
static GenFn *const generators[] = {gen_ops_h, gen_ops_c,  gen_fold,
                                    gen_interp, gen_mid,   gen_lower,
                                    gen_inst_h, gen_inst_c, gen_encode};

static void generate(const Sema *s) {
  for (u32 k = 0; k < sizeof generators / sizeof *generators; k++) {
    Text t = {.arena = s->arena};
    generators[k](s, &t);
  }
}

static void try_rules(const u8 *bytes, size_t size) {
  Arena a = {0};
  Diags d = {.arena = &a, .limit = 50};
  Names names = {.arena = &a};
  Parser p = {.arena = &a, .names = &names, .diags = &d};
  static const char first[] = "; The ops of the IR";
  bool ops = size >= sizeof first && !memcmp(bytes, first, sizeof first - 1);
  if (!ops)
    must(parse_file(&p, "rules/ops.rules"), "no rules/ops.rules");
  Source src = {.path = "mutant", .size = (u32)size, .index = p.nsources++};
  src.text = arena_strndup(&a, (const char *)bytes, size);
  parse_source(&p, &src);
  Ast ast = {p.decls.n, p.decls.at};
  const Sema *s = sema_run(&a, &names, &ast, &d);
  if (!d.errors)
    generate(s);
  Text t = {.arena = &a};
  diag_print(&d, &t);
  must(!d.errors || t.n, "errors without a word");
  arena_free(&a);
}

int main(int argc, char **argv) {
  static const char odd[] = "()[]{}|:;,.=<>?@_*&~^+-0 1\n\t\"xTk\x80\xff";
  static const char *const folders[] = {"rules", "rules/mid", "rules/x64",
                                        "tests/rulec"};
  Arena a = {0};
  Seeds s = {.odd = (const u8 *)odd, .nodd = sizeof odd, .try_one = try_rules};
  for (u32 k = 0; k < sizeof folders / sizeof *folders; k++)
    add_folder(&a, &s, folders[k], ".rules", 1 << 16);
  int status = run_mutants(&s, argc, argv, 1000);
  arena_free(&a);
  return status;
}
