// What the files of sema share: name tables, parameter environments, typing.
#ifndef RULEC_SEMA_PRIV_H
#define RULEC_SEMA_PRIV_H

#include "rulec/syntax/parse.h"
#include "rulec/sema/sema.h"

// Interned name -> number + 1; 0 is absent.
typedef struct NameMap {
  const char **key;
  u32 *value;
  u32 n, cap;
} NameMap;
u32 map_get(const NameMap *m, const char *name);
void map_put(Arena *a, NameMap *m, const char *name, u32 value);

typedef struct TypeSet { // `types int = i32 i64`
  const char *name;
  u32 n;
  ParamArg *at;
} TypeSet;

struct SemaPriv {
  void *stop;                  // jmp_buf of the running generator (cgen.c)
  struct LowerCache *lowering; // arms made so far (rulec/gen/lower.c), or null
  NameMap sets;                // TypeSet
  NameMap codes;               // Sema.codes
  NameMap ops;                 // Sema.opdecls
  NameMap opcodes;             // Sema.ops, by text
  NameMap insts;               // Sema.instdecls
  NameMap instxs;              // Sema.insts, by text
  NameMap fns;                 // Ast index of fn, extern fn, def
  NameMap datas, ctors, terms; // ctors: data << 8 | ctor
  NameMap features;
  NameMap externs; // Sema.externs
  VEC(ExternInfo) extern_list;
  VEC(TypeSet) type_sets;
  VEC(const char *) feature_list;
  VEC(GuardFold) folds;
};

// --- parameters filled in -------------------------------------------
typedef struct Env { // names of parameters and what they are
  u32 n;
  struct {
    const char *name;
    ParamArg arg;
  } at[12];
} Env;
const ParamArg *env_find(const Env *e, const char *name);
void env_put(Env *e, const char *name, ParamArg arg);

// --- sema.c ---------------------------------------------------------
const char *intern(Sema *s, const char *text);
const char *intern_n(Sema *s, const char *text, size_t n);
s32 vtype_find(const char *name); // "i32" -> VT_I32; -1
s32 shape_find(const char *name);
bool param_arg_equal(ParamArg a, ParamArg b);
// Text of an argument: "i32", "slt", "f32x4"; "" for a signature.
const char *param_text(const Sema *s, ParamArg a);
// A name of no type and no member stands for all that p ranges over: not if it
// starts like these, for then `lt` meant for `slt` would be every comparison.
bool param_misspelt(const char *name, const ParamInfo *p);
const char *param_choices(const Sema *s, const ParamInfo *p); // "eq ne slt"
#define PARAM_HELP                                                             \
  "a parameter that stands for each of them starts with a capital letter"
// Fills info with what declared parameters range over. False after an error.
bool params_resolve(Sema *s, const Decl *d, u32 *n, ParamInfo *info);
u32 params_count(u32 n, const ParamInfo *info);
// The k-th choice, row-major, into args and env.
void params_at(u32 n, const ParamInfo *info, u32 k, ParamArg *args, Env *env);
// "icmp.slt.i64" and, with an underscore between, "icmp_slt_i64".
const char *param_name(Sema *s, const char *base, char sep, u32 n,
                       const ParamArg *args);
// The longest declared prefix of a dotted name; *rest is what follows its dot,
// or "" if nothing does. 0 or the number + 1.
u32 prefix_find(const Sema *s, const NameMap *m, const char *name,
                const char **rest);
u32 feature_use(Sema *s, const char *name); // notes it; its index
bool feature_known(const char *name);       // of some processor
s32 code_member(const CodeInfo *c, const char *name);

// Sort of an operand kind that is no machine thing: "T", "memarg", "u32",
// "target*". False after an error.
bool sort_of_kind(Sema *s, const KindDecl *k, const Env *env, Sort *out);
Sort sort_value(const Sema *s, VType t);
Sort sort_bv(u32 bits);
Sort sort_of(SortKind k);
bool sort_equal(Sort a, Sort b);
// `gpr.T`, `xmm`: class and type of a register kind. False if it is none.
bool register_kind(const char *name, const Env *env, Sort *out);
Sort meaning_sort(Sort s); // what a value is in a meaning: its bits

// --- ops.c -----------------------------------------------------
void sema_ops(Sema *s);      // tables without meanings
void sema_meanings(Sema *s); // needs every name known

// --- lane.c ----------------------------------------------------
u32 arg_bits(const Sema *s, ParamArg a); // 128 of a shape; 0 of what is no type
// scalar half double mate: the type that one makes of another. False if there
// is none.
bool is_type_map(const char *name);
bool type_map(const char *name, ParamArg from, ParamArg *to);
// A type or shape by name; or an expression that says one: `T`, `half(S)`.
bool type_named(const Env *env, const char *name, ParamArg *out);
bool type_written(const Env *env, const Expr *e, ParamArg *out);

// --- fact.c ----------------------------------------------------
void sema_op_facts(Sema *s, OpInst *op, const Env *env, u32 *nvars);

// --- types.c ---------------------------------------------------
void sema_names(Sema *s); // those of a declaration differ
// E_DUP: d declares what is declared before. what: "op ".
void sema_twice(Sema *s, const Decl *d, const char *what);
void sema_inst_results(Sema *s, InstX *x); // results.c
void sema_types(Sema *s);                  // types, codes, names of functions

// --- data.c, inst.c ---------------------------------------
u32 sema_count(const Sema *s, DeclKind k);
// Enters the declaration's name; false after an error if it is taken.
bool sema_first(Sema *s, NameMap *m, const Decl *d, u32 value);
Var *sema_operand_var(Sema *s, const OperandDecl *o, u32 index, Sort sort);
void sema_datas(Sema *s); // data, terms, reps: names first
void sema_insts(Sema *s);
void sema_means(Sema *s); // contracts of terms and data

// --- rule.c ----------------------------------------------------
void sema_rules(Sema *s);
void sema_examples(Sema *s, Rule *rules, u32 n); // example.c

// --- expr.c: expressions ---------------------------------------
typedef struct Scope { // variables in sight, innermost first
  const struct Scope *up;
  const char *name;
  Var *var; // or, for constants of no width yet and fn arguments:
  Node *node;
} Scope;
typedef struct FoldLog { // of the rule that is being typed
  const Decl *rule;
  NameMap index; // by Expr: position in list + 1
  VEC(GuardFold) list;
} FoldLog;
// Notes how e came out: n typed, null where it was not even looked at.
void fold_note(Arena *a, FoldLog *log, const Expr *e, const Node *n);
// Ends a rule: its notes go to Sema.folds.
void fold_take(Sema *s, FoldLog *log);
typedef struct Typer {
  Sema *s;
  FoldLog *log; // where parts of guards are noted, or null
  const Env *env;
  const Scope *scope;
  u32 *nvars; // numbers the variables it makes
  u32 fn_depth;
  u32 depth;    // of type_expr, functions in line included: bounded
  u32 nodes;    // made so far: bounded
  bool in_rule; // facts and features are allowed; values are not
  bool in_fact; // the `fact` of an op: of its operands' facts
  bool failed;  // an error was reported
  bool quiet;   // report nothing
} Typer;
// Types e; want may be SORT_NONE: whatever it is. Null after an error. A
// constant of no width yet is SORT_BV of 0 bits; give it one by node_width.
Node *type_expr(Typer *t, const Expr *e, Sort want);
// Same, and the result must have that sort.
Node *type_as(Typer *t, const Expr *e, Sort want);
Var *var_new(Typer *t, VarKind k, const char *name, Sort sort, Loc loc);
Node *node_new(Sema *s, NodeKind k, Sort sort, const Expr *src);
Node *node_kids(Sema *s, Node *n, u32 count, ...);
Node *node_var(Sema *s, Var *v, const Expr *src);
Node *node_const(Sema *s, Sort sort, u128 num, const Expr *src);
Node *node_fold(Sema *s, Node *n); // n, or the constant it is
u128 bits_mask(u32 bits);
bool node_is_const(const Node *n, u128 *num);
Node *type_width(Typer *t, Node *n, u32 bits); // fixes the width of constants

#endif
