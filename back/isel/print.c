// Lowered code as text: blocks with parameters and edges, instructions with
// results, operands and constraints, addresses and immediates.
#include "back/emit/encode.h"
#include "back/isel/isel.h"
#include "inst.h"

static void print_vreg(Text *t, VReg r) {
  if (r < PREG_COUNT)
    text_add(t, "%s", preg_names[r]);
  else
    text_add(t, "%%%u", r - VREG_FIRST);
}

static void print_operand(Text *t, Operand o) {
  const u32 con = op_con(o);
  if (con == CON_NONE) {
    text_add(t, "-");
    return;
  }
  print_vreg(t, op_vreg(o));
  if (con >= CON_FIXED)
    text_add(t, "@%s", preg_names[con - CON_FIXED]);
  else if (con >= CON_REUSE)
    text_add(t, "=%u", con - CON_REUSE);
  else if (con == CON_SLOT)
    text_add(t, "@slot");
  else if (con == CON_ANY)
    text_add(t, "@any");
  if (!op_is_def(o) && op_is_late(o))
    text_add(t, "'");
  if (op_is_def(o) && !op_is_late(o))
    text_add(t, "!");
}

static void print_amode(const VCode *v, Text *t, u32 k, Operand base,
                        Operand index) {
  static const char *const kinds[] = {"", "out", "in", "pool", "slot"};
  const AMode *m = &v->amodes[k];
  const char *sep = "";
  text_add(t, "[%s", kinds[m->kind]);
  if (m->kind != AM_REG)
    sep = " ";
  if (op_con(base) != CON_NONE) {
    text_add(t, "%s", sep);
    print_vreg(t, op_vreg(base));
    sep = " + ";
  }
  if (op_con(index) != CON_NONE) {
    text_add(t, "%s", sep);
    print_vreg(t, op_vreg(index));
    if (m->scale)
      text_add(t, " << %u", m->scale);
    sep = " + ";
  }
  if (m->disp || m->kind != AM_REG)
    text_add(t, "%s%d", sep, m->disp);
  text_add(t, "]");
}

static void print_imm(const VCode *v, const VInst *i, const InstForm *f,
                      Text *t) {
  switch ((InstImm)f->imm) {
  case INST_IMM_NONE: return;
  case INST_IMM_S: text_add(t, " %d", (s32)i->imm); return;
  case INST_IMM_U: text_add(t, " %u", i->imm); return;
  case INST_IMM_WIDE:
    text_add(t, " 0x%llx", (unsigned long long)v->imms[i->imm]);
    return;
  case INST_IMM_AMODE:
    if (f->imm_bits)
      text_add(t, " %d", v->amodes[i->imm].imm);
    return;
  case INST_IMM_FUNC: text_add(t, " func%u", i->imm); return;
  case INST_IMM_TRAP: text_add(t, " %s", trap_names[i->imm]); return;
  case INST_IMM_LIB: text_add(t, " %s", libcall_names[i->imm]); return;
  }
}

static void print_inst(const VCode *v, const VInst *i, Text *t) {
  const Operand *o = v->operands + i->ops;
  const InstForm *f = vinst_form(i);
  u32 n = 0;
  text_add(t, "    ");
  for (u32 k = 0; k < i->nops; k++)
    if (op_is_def(o[k])) {
      text_add(t, n++ ? ", " : "");
      print_operand(t, o[k]);
    }
  text_add(t, "%s%s", n ? " = " : "", inst_info[i->inst].name);
  for (u32 k = 0; k < i->nops; k++) {
    if (op_is_def(o[k]))
      continue;
    text_add(t, " ");
    if (f->imm == INST_IMM_AMODE && k == f->mem) {
      print_amode(v, t, i->imm, o[k], o[k + 1]);
      k++;
    } else {
      print_operand(t, o[k]);
    }
  }
  print_imm(v, i, f, t);
  text_add(t, "\n");
}

static void print_args(const VCode *v, Text *t, u32 first, u32 n) {
  for (u32 k = 0; k < n; k++) {
    text_add(t, k ? ", " : "(");
    print_vreg(t, v->args[first + k]);
  }
  text_add(t, n ? ")" : "");
}

void vcode_print(const VCode *v, Text *t) {
  for (u32 b = 0; b < v->nblocks; b++) {
    const VBlock *vb = &v->blocks[b];
    text_add(t, "block%u", b);
    print_args(v, t, vb->params, vb->nparams);
    text_add(t, ":%s\n", vb->cold ? " cold" : "");
    for (u32 i = vb->first; i < vb->end; i++)
      print_inst(v, &v->insts[i], t);
    for (u32 k = 0; k < vb->nedges; k++) {
      const VEdge *e = &v->edges[vb->edges + k];
      text_add(t, "    -> block%u", e->to);
      print_args(v, t, e->args, e->nargs);
      text_add(t, "\n");
    }
  }
}
