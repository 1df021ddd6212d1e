// Who was where when, by virtual register: what the texts and pictures of live
// ranges share. Points are those of back/vcode.h: 2 * i before instruction i,
// 2 * i + 1 behind it.
#ifndef WORKBENCH_VIZ_LIVES_H
#define WORKBENCH_VIZ_LIVES_H

#include "workbench/viz/viz.h"

typedef struct Life {   // of a virtual register
  u32 first, n;         // its segments in Lives.segments, in order of time
  u32 first_use, nuses; // points in Lives.uses, ascending, definition first
  u32 from, to;         // hull of all that
  Val value;            // IR value it was defined for, 0 if unknown
} Life;

typedef struct Lives {
  const VCode *v;
  RaRange *segments;
  u32 *uses;
  Life *of;    // by vreg
  VReg *order; // those that live, by first point
  u32 n;
  u32 nshown; // the first of them, at most the limit
} Lives;

Lives lives(const View *w);
void lives_put_vreg(Text *t, VReg r);     // "%3", as vcode prints it
void lives_put_loc(Text *t, Loc l);       // "rax", "slot 2"
void lives_put_point(Text *t, u32 point); // "7", "7+"
void lives_summary(const View *w, const Lives *l, Text *t);
bool lives_overlap(const Lives *l, VReg x, VReg y);
const char *lives_color(Loc l);

#endif
