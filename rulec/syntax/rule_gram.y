// The grammar of `.rules`: one declaration. parse.c feeds the tokens of one
// declaration after the other, so an error never reaches beyond its own.
//
// Actions are one call each: the builders are in build.c. LALR(1) without
// conflicts; lemon fails the build otherwise. The words after %fallback are
// names wherever the grammar does not expect them.
%name RuleGram
%token_prefix TK_
%token_type {Token}
%extra_context {Builder *b}
%stack_size 1000
%start_symbol start

%include {
#include "rulec/syntax/build.h"
#include <assert.h>
}
%syntax_error {
  bool fits[YYNTOKEN];
  for (int t = 0; t < YYNTOKEN; t++)
    fits[t] = yy_find_shift_action((YYCODETYPE)t, yypParser->yytos->stateno) !=
              YY_ERROR_ACTION;
  build_syntax_error(b, TOKEN, fits, YYNTOKEN);
}
%stack_overflow { build_overflow(b); }

%fallback NAME TRAP RETURN VALUE REMOVE GOTO NOT SWAP LOW REST EARLY LATE AS
  PRIO ALLOW ALIGNED JMP JCC DATAW FRONT STAYS.

%nonassoc LETX.
%right QUESTION.
%left OROR.
%left ANDAND.
%nonassoc EQEQ NE ULT ULE UGT UGE SLT SLE SGT SGE.
%left BAR.
%left CARET.
%left AMP.
%left SHL USHR SSHR.
%left CONCAT.
%left PLUS MINUS.
%left STAR UDIV SDIV UREM SREM.
%right BANG TILDE.

%type expr {Expr *}
%type postfix {Expr *}
%type primary {Expr *}
%type meaning {Expr *}
%type exprs {ExprVec *}
%type side {ExprVec *}
%type args {ExprVec *}
%type names {NameVec *}
%type comma_names {NameVec *}
%type codes {NameVec *}
%type tuple {NameVec *}
%type fields {FieldVec *}
%type addr {Expr *}
%type addr_sum {Expr *}
%type param {ParamDecl}
%type kind {KindDecl}
%type kind_at {KindDecl}
%type kinds {KindVec *}
%type operand {OperandDecl}
%type operands {OperandVec *}
%type operand_list {OperandVec *}
%type result {OperandDecl}
%type result_list {OperandVec *}
%type renames {RenameVec *}
%type rename_list {RenameVec *}

start ::= decl.

// --- declarations ---------------------------------------------------------------
decl ::= TYPES NAME(n) EQ names(l). { build_types(b, &n, l); }

decl ::= CODE name(n) code_args code_enc EQ members maps. { build_done(b, DECL_CODE, &n); }
%type name {Token}
name(r) ::= NAME(n). { r = n; }
code_args ::= .
code_args ::= lp operands(l) RP. { build_operands(b, l); }
code_enc ::= .
code_enc ::= ENC INT(i). { build_enc_bits(b, &i); }
members ::= member.
members ::= members ALT member.
member ::= NAME(n) COLON expr(e). { build_member(b, &n, e); }
maps ::= .
maps ::= maps map.
map ::= swap_word pairs.
map ::= not_word pairs.
map ::= not_word ENC CARET INT(i). { build_map_xor(b, &i); }
map ::= from_word pairs.
swap_word ::= SWAP(t). { build_map(b, &t); }
not_word ::= NOT(t). { build_map(b, &t); }
from_word ::= NAME(t). { build_map(b, &t); }
pairs ::= LP NAME(x) NAME(y) RP. { build_pair(b, &x, &y); }
pairs ::= pairs LP NAME(x) NAME(y) RP. { build_pair(b, &x, &y); }

decl ::= OP NAME(n) params operands_part results_part clauses. { build_done(b, DECL_OP, &n); }
decl ::= INST NAME(n) params operands_part results_part clauses. { build_done(b, DECL_INST, &n); }
decl ::= SEQ NAME(n) params operands_part results_part clauses. { build_done(b, DECL_SEQ, &n); }
decl ::= TERM NAME(n) operands_part results_part clauses. { build_done(b, DECL_TERM, &n); }

decl ::= FN NAME(n) operands_part fn_result EQ expr(e). { build_fn(b, DECL_FN, &n, e); }
decl ::= EXTERN FN NAME(n) operands_part fn_result. { build_fn(b, DECL_EXTERN_FN, &n, NULL); }
decl ::= EXTERN FN NAME(n) operands_part fn_result EQ expr(e). { build_fn(b, DECL_EXTERN_FN, &n, e); }
decl ::= DEF NAME(n) operands_part EQ expr(e). { build_fn(b, DECL_DEF, &n, e); }
fn_result ::= .
fn_result ::= ARROW kind_at(k). { build_result(b, &k); }

decl ::= REP NAME(t) IN NAME(c) COLON LOW INT(i) COMMA REST NAME(r). { build_rep(b, &t, &c, &i, &r); }
decl ::= COSTDECL NAME(n) INT(i). { build_cost(b, &n, &i); }

decl ::= DATA NAME(n) EQ ctors. { build_done(b, DECL_DATA, &n); }
ctors ::= ctor.
ctors ::= ctors ALT ctor.
ctor ::= NAME(n) LPC operands(l) RP. { build_ctor(b, &n, l, NULL); }
ctor ::= NAME(n) LPC operands(l) RP MEANS expr(e). { build_ctor(b, &n, l, e); }

decl ::= RULE RULENAME(n) COLON lhs rclauses GIVES rhs allows examples. { build_done(b, DECL_RULE, &n); }
decl ::= SKELETON RULENAME(n) COLON lhs rclauses GIVES rhs allows examples. { build_done(b, DECL_SKELETON, &n); }
decl ::= REMAT RULENAME(n) COLON lhs rclauses. { build_done(b, DECL_REMAT, &n); }
decl ::= LOWER RULENAME(n) COLON lower_lhs rclauses GIVES rhs allows examples. { build_done(b, DECL_LOWER, &n); }

lhs ::= postfix(e). { build_lhs(b, NULL, e); }
lower_lhs ::= postfix(e). { build_lhs(b, NULL, e); }
lower_lhs ::= NAME(n) EQ postfix(e). { build_lhs(b, names_one(b, &n), e); }
lower_lhs ::= tuple(l) EQ postfix(e). { build_lhs(b, l, e); }
rclauses ::= .
rclauses ::= rclauses rclause.
rclause ::= IF expr(e). { build_guard(b, e); }
rclause ::= LET NAME(n) EQ expr(e). { build_rule_let(b, &n, e); }
rclause ::= PRIO INT(i). { build_prio(b, &i); }
rclause ::= allow.
allows ::= .
allows ::= allows allow.
allow ::= ALLOW LPC codes(l) RP STRING(t). { build_allow(b, l, &t); }
allow ::= ALLOW LPC codes(l) RP. { build_allow(b, l, NULL); }
codes(r) ::= DIAGCODE(n). { r = names_one(b, &n); }
codes(r) ::= codes(l) COMMA DIAGCODE(n). { r = names_add(b, l, &n); }

rhs ::= expr(e). { build_rhs_expr(b, false, e); }
rhs ::= SUBSUME expr(e). { build_rhs_expr(b, true, e); }
rhs ::= REMOVE. { build_rhs(b, RHS_REMOVE, NULL); }
rhs ::= VALUE side(l). { build_rhs(b, RHS_VALUES, l); }
rhs ::= TRAP NAME(n). { build_rhs_trap(b, &n); }
rhs ::= LBRACE stmts RBRACE. { build_rhs(b, RHS_STMTS, NULL); }

examples ::= .
examples ::= examples example_lhs GIVES rhs.
examples ::= examples example_lhs STAYS. { build_stays(b); }
example_lhs ::= EXAMPLE(t) postfix(e). { build_example(b, &t, e); }

// --- statements -------------------------------------------------------------------
stmts ::= stmt.
stmts ::= stmts stmt.
stmts ::= stmts SEMI.
stmt ::= NAME(n) EQ expr(e) renames(r). { build_bind(b, names_one(b, &n), e, r); }
stmt ::= tuple(l) EQ expr(e) renames(r). { build_bind(b, l, e, r); }
stmt ::= expr(e) renames(r). { build_value(b, e, r); }
stmt ::= TRAP NAME(n). { build_trap_stmt(b, &n, NULL); }
stmt ::= TRAP NAME(n) IF expr(e). { build_trap_stmt(b, &n, e); }
renames(r) ::= . { r = NULL; }
renames(r) ::= WITH rename_list(l). { r = l; }
rename_list(r) ::= NAME(x) AS NAME(y). { r = rename_add(b, NULL, &x, &y); }
rename_list(r) ::= rename_list(l) COMMA NAME(x) AS NAME(y). { r = rename_add(b, l, &x, &y); }

sstmts ::= sstmt.
sstmts ::= sstmts sstmt.
sstmts ::= sstmts SEMI.
sstmt ::= NAME(n) EQ expr(e) renames(r). { build_bind(b, names_one(b, &n), e, r); }
sstmt ::= tuple(l) EQ expr(e) renames(r). { build_bind(b, l, e, r); }
sstmt ::= postfix(e) renames(r). { build_value(b, e, r); }
sstmt ::= NAME(n) COLON. { build_label(b, &n); }
sstmt ::= NAME(n) COLON DATAW NAME(f) postfix(e). { build_data_stmt(b, &n, &f, e); }
sstmt ::= JMP NAME(n). { build_jmp(b, &n); }
sstmt ::= JCC postfix(c) postfix(f) NAME(n). { build_jcc(b, c, f, &n); }
sstmt ::= TRAP NAME(n). { build_trap_stmt(b, &n, NULL); }
sstmt ::= TRAP NAME(n) IF expr(e). { build_trap_stmt(b, &n, e); }

tuple(r) ::= LP NAME(n) COMMA comma_names(l) RP. { r = names_prepend(b, &n, l); }

// --- operands, parameters, results ----------------------------------------------
params ::= .
params ::= LBRACE param_list RBRACE.
param_list ::= param(p). { build_param(b, &p); }
param_list ::= param_list COMMA param(p). { build_param(b, &p); }
param(r) ::= NAME(n) COLON names(l). { r = make_param(b, &n, l); }

lp ::= LP.
lp ::= LPC.
operands_part ::= lp operands(l) RP. { build_operands(b, l); }
operands(r) ::= . { r = NULL; }
operands(r) ::= operand_list(l). { r = l; }
operand_list(r) ::= operand(o). { r = operand_add(b, NULL, &o); }
operand_list(r) ::= operand_list(l) COMMA operand(o). { r = operand_add(b, l, &o); }
operand(r) ::= NAME(n). { r = make_operand(b, &n, NULL); }
operand(r) ::= NAME(n) COLON kinds(k). { r = make_operand(b, &n, k); }
operand(r) ::= TMP NAME(n) COLON kinds(k). { r = make_operand(b, &n, k); r.tmp = true; }
operand(r) ::= operand(o) EARLY. { r = o; r.early = true; }
operand(r) ::= operand(o) LATE. { r = o; r.late = true; }

results_part ::= .
results_part ::= ARROW kind_at(k). { build_result(b, &k); }
results_part ::= ARROW LP result_list(l) RP. { build_results(b, l); }
results_part ::= ARROW LP RP.
result_list(r) ::= result(o). { r = operand_add(b, NULL, &o); }
result_list(r) ::= result_list(l) COMMA result(o). { r = operand_add(b, l, &o); }
result(r) ::= NAME(n) COLON kinds(k). { r = make_operand(b, &n, k); }
result(r) ::= kind_at(k). { r = make_operand(b, NULL, kind_add(b, NULL, &k)); }
result(r) ::= TMP NAME(n) COLON kinds(k). { r = make_operand(b, &n, k); r.tmp = true; }
result(r) ::= result(o) EARLY. { r = o; r.early = true; }
result(r) ::= result(o) LATE. { r = o; r.late = true; }
result(r) ::= result(o) EQ NAME(n). { r = o; r.reuse = make_name(&n); }

kinds(r) ::= kind_at(k). { r = kind_add(b, NULL, &k); }
kinds(r) ::= kinds(l) BAR kind_at(k). { r = kind_add(b, l, &k); }
kind_at(r) ::= kind(k). { r = k; }
kind_at(r) ::= kind(k) AT postfix(e). { r = k; r.fixed = e; }
kind(r) ::= NAME(n). { r = make_kind(b, &n, NULL, false); }
kind(r) ::= NAME(n) STAR. { r = make_kind(b, &n, NULL, true); }
kind(r) ::= NAME(n) LPC expr(e) RP. { r = make_kind(b, &n, e, false); }

// --- clauses of op, inst, seq, term ------------------------------------------------
clauses ::= .
clauses ::= clauses clause.
clause ::= PURE(t). { build_flag(b, &t); }
clause ::= PURE WHEN expr(e). { build_pure_when(b, e); }
clause ::= FLOATS(t). { build_flag(b, &t); }
clause ::= STRUCTURE(t). { build_flag(b, &t); }
clause ::= FRONT(t). { build_flag(b, &t); }
clause ::= ENDS(t). { build_flag(b, &t); }
clause ::= EFFECTS NAME(n). { build_effects(b, &n); }
clause ::= READS postfix(e). { build_reads(b, e); }
clause ::= WRITES postfix(e). { build_writes(b, e); }
clause ::= SYM postfix(e). { build_sym(b, e); }
clause ::= COST INT(i). { build_op_cost(b, &i); }
clause ::= LET NAME(n) EQ expr(e). { build_op_let(b, &n, e); }
clause ::= EQ meaning(e). { build_meaning(b, e); }
clause ::= MEANS meaning(e). { build_meaning(b, e); }
clause ::= ASM STRING(t). { build_asm(b, &t); }
clause ::= allow.
clause ::= TRAPS trap_list.
clause ::= FACT NAME(n) EQ expr(e). { build_fact(b, &n, e); }
clause ::= NAME(n) EQ expr(e). { build_equation(b, &n, e); }
clause ::= NAME(n) EQ QUESTION(q). { build_equation(b, &n, make_leaf(b, EX_ANY, &q)); }
clause ::= CLOBBERS clobbers.
clause ::= NEEDS comma_names(l). { build_needs(b, l); }
clause ::= FORM NAME(n). { build_form(b, &n); }
clause ::= WITH ties.
clause ::= ENC enc_items.
clause ::= LBRACE sstmts RBRACE.

meaning(r) ::= expr(e). { r = e; }
meaning(r) ::= expr(m) ASSIGN expr(e). { r = make_nary(b, EX_STORE, m, e, NULL); }
meaning(r) ::= GOTO expr(e). { r = make_nary(b, EX_GOTO, e, NULL, NULL); }
meaning(r) ::= RETURN expr(e). { r = make_nary(b, EX_RETURN, e, NULL, NULL); }

trap_list ::= trap.
trap_list ::= trap_list COMMA trap.
trap ::= NAME(n). { build_trap(b, &n, NULL); }
trap ::= NAME(n) WHEN expr(e). { build_trap(b, &n, e); }

clobbers ::= postfix(e). { build_clobber(b, e); }
clobbers ::= clobbers COMMA postfix(e). { build_clobber(b, e); }

ties ::= tie.
ties ::= ties COMMA tie.
tie ::= NAME(x) EQ NAME(y). { build_tie(b, &x, &y); }
tie ::= NAME(x) ALIGNED LPC expr(e) RP. { build_aligned(b, &x, e); }

enc_items ::= enc_item.
enc_items ::= enc_items enc_item.
enc_item ::= ENCKIND(t). { build_enc_kind(b, &t); }
enc_item ::= ENCFORM(t). { build_enc_form(b, &t); }
enc_item ::= ENCITEM(t). { build_enc_item(b, &t); }
enc_item ::= IF expr(e). { build_enc_guard(b, e); }

// --- expressions ----------------------------------------------------------------------
expr(r) ::= postfix(e). { r = e; }
expr(r) ::= BANG(t) expr(e). { r = make_unary(b, UN_NOT, &t, e); }
expr(r) ::= TILDE(t) expr(e). { r = make_unary(b, UN_INV, &t, e); }
expr(r) ::= expr(x) OROR expr(y). { r = make_binary(b, BIN_OROR, x, y); }
expr(r) ::= expr(x) ANDAND expr(y). { r = make_binary(b, BIN_ANDAND, x, y); }
expr(r) ::= expr(x) EQEQ expr(y). { r = make_binary(b, BIN_EQ, x, y); }
expr(r) ::= expr(x) NE expr(y). { r = make_binary(b, BIN_NE, x, y); }
expr(r) ::= expr(x) ULT expr(y). { r = make_binary(b, BIN_ULT, x, y); }
expr(r) ::= expr(x) ULE expr(y). { r = make_binary(b, BIN_ULE, x, y); }
expr(r) ::= expr(x) UGT expr(y). { r = make_binary(b, BIN_UGT, x, y); }
expr(r) ::= expr(x) UGE expr(y). { r = make_binary(b, BIN_UGE, x, y); }
expr(r) ::= expr(x) SLT expr(y). { r = make_binary(b, BIN_SLT, x, y); }
expr(r) ::= expr(x) SLE expr(y). { r = make_binary(b, BIN_SLE, x, y); }
expr(r) ::= expr(x) SGT expr(y). { r = make_binary(b, BIN_SGT, x, y); }
expr(r) ::= expr(x) SGE expr(y). { r = make_binary(b, BIN_SGE, x, y); }
expr(r) ::= expr(x) BAR expr(y). { r = make_binary(b, BIN_OR, x, y); }
expr(r) ::= expr(x) CARET expr(y). { r = make_binary(b, BIN_XOR, x, y); }
expr(r) ::= expr(x) AMP expr(y). { r = make_binary(b, BIN_AND, x, y); }
expr(r) ::= expr(x) SHL expr(y). { r = make_binary(b, BIN_SHL, x, y); }
expr(r) ::= expr(x) USHR expr(y). { r = make_binary(b, BIN_USHR, x, y); }
expr(r) ::= expr(x) SSHR expr(y). { r = make_binary(b, BIN_SSHR, x, y); }
expr(r) ::= expr(x) CONCAT expr(y). { r = make_binary(b, BIN_CONCAT, x, y); }
expr(r) ::= expr(x) PLUS expr(y). { r = make_binary(b, BIN_ADD, x, y); }
expr(r) ::= expr(x) MINUS expr(y). { r = make_binary(b, BIN_SUB, x, y); }
expr(r) ::= expr(x) STAR expr(y). { r = make_binary(b, BIN_MUL, x, y); }
expr(r) ::= expr(x) UDIV expr(y). { r = make_binary(b, BIN_UDIV, x, y); }
expr(r) ::= expr(x) SDIV expr(y). { r = make_binary(b, BIN_SDIV, x, y); }
expr(r) ::= expr(x) UREM expr(y). { r = make_binary(b, BIN_UREM, x, y); }
expr(r) ::= expr(x) SREM expr(y). { r = make_binary(b, BIN_SREM, x, y); }
expr(r) ::= expr(c) QUESTION expr(x) COLON expr(y). [QUESTION] { r = make_nary(b, EX_COND, c, x, y); }
expr(r) ::= expr(c) QUESTION QUESTION(q) COLON expr(y). [QUESTION] { r = make_nary(b, EX_COND, c, make_leaf(b, EX_ANY, &q), y); }
expr(r) ::= expr(c) QUESTION expr(x) COLON QUESTION(q). [QUESTION] { r = make_nary(b, EX_COND, c, x, make_leaf(b, EX_ANY, &q)); }
expr(r) ::= LET NAME(n) EQ expr(e) SEMI expr(x). [LETX] { r = make_let(b, &n, e, x); }
expr(r) ::= MAP NAME(n) LP comma_names(l) IN exprs(v) RP expr(e). [LETX] { r = make_map(b, &n, l, v, e); }

postfix(r) ::= primary(e). { r = e; }
postfix(r) ::= postfix(e) LBI expr(i) RB. { r = make_nary(b, EX_INDEX, e, i, NULL); }
postfix(r) ::= postfix(e) LBI expr(i) COLON expr(n) RB. { r = make_mem(b, e, i, n); }
postfix(r) ::= postfix(e) DOTNAME(t). { r = make_field(b, e, &t); }
postfix(r) ::= postfix(e) DOTNAME(t) LPC args(l) RP. { r = make_field_call(b, e, &t, l); }
postfix(r) ::= postfix(e) LBU fields(l) RBRACE. { r = make_update(b, e, l); }

primary(r) ::= NAME(n). { r = make_leaf(b, EX_NAME, &n); }
primary(r) ::= INT(n). { r = make_leaf(b, EX_INT, &n); }
primary(r) ::= FLOAT(n). { r = make_leaf(b, EX_FLOAT, &n); }
primary(r) ::= NAME(n) AT primary(e). { r = make_at(b, &n, e); }
primary(r) ::= NAME(n) LPC args(l) RP. { r = make_call(b, &n, l); }
primary(r) ::= NAME(n) LPC exprs(l) COLON expr(e) RP. { r = make_nan(b, &n, l, e); }
primary(r) ::= NAME(n) LPC NAME(i) IN expr(lo) DOTDOT expr(hi) COLON expr(e) RP. { r = make_quant(b, &n, &i, lo, hi, e); }
primary(r) ::= LP(t) side(l) RP. { r = make_paren(b, &t, l); }
primary(r) ::= LBRACE(t) record_fields(l) RBRACE. { r = make_record(b, &t, l); }
primary(r) ::= LB(t) addr(e) RB. { r = e; (void)t; }
%type record_fields {FieldVec *}
%type record_value {Expr *}
record_value(r) ::= expr(e). { r = e; }
record_value(r) ::= QUESTION(q). { r = make_leaf(b, EX_ANY, &q); }
record_fields(r) ::= NAME(n) COLON record_value(e). { r = field_add(b, NULL, &n, e); }
record_fields(r) ::= record_fields(l) COMMA NAME(n) COLON record_value(e). { r = field_add(b, l, &n, e); }
fields(r) ::= NAME(n) EQ expr(e). { r = field_add(b, NULL, &n, e); }
fields(r) ::= fields(l) COMMA NAME(n) EQ expr(e). { r = field_add(b, l, &n, e); }

addr(r) ::= addr_sum(a). { r = a; }
addr(r) ::= addr_sum(a) BAR postfix(m). { r = addr_mem(a, m); }
addr_sum(r) ::= addr_part(p). { r = addr_add(b, NULL, p); }
addr_sum(r) ::= addr_sum(a) PLUS addr_part(p). { r = addr_add(b, a, p); }
%type addr_part {AddrPart}
addr_part(r) ::= postfix(e). { r = (AddrPart){e, NULL}; }
addr_part(r) ::= postfix(e) SHL postfix(s). { r = (AddrPart){e, s}; }

args(r) ::= . { r = NULL; }
args(r) ::= exprs(l). { r = l; }
exprs(r) ::= expr(e). { r = expr_add(b, NULL, e); }
exprs(r) ::= exprs(l) COMMA expr(e). { r = expr_add(b, l, e); }
side(r) ::= expr(e). { r = expr_add(b, NULL, e); }
side(r) ::= side(l) expr(e). { r = expr_add(b, l, e); }
names(r) ::= NAME(n). { r = names_one(b, &n); }
names(r) ::= names(l) NAME(n). { r = names_add(b, l, &n); }
comma_names(r) ::= NAME(n). { r = names_one(b, &n); }
comma_names(r) ::= comma_names(l) COMMA NAME(n). { r = names_add(b, l, &n); }

%token RULENAME ALT ENCKIND ENCFORM ENCITEM BROKEN.

%code {
// The parser lives on the stack: no allocation, and a depth that is bounded.
void rule_gram_run(Builder *b, const Token *tokens, u32 n) {
  yyParser parser;
  RuleGramInit(&parser, b);
  for (u32 i = 0; i < n && !b->failed; i++)
    RuleGram(&parser, tokens[i].kind, tokens[i]);
  RuleGramFinalize(&parser);
}
}
