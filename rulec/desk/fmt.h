// The formatter of `.rules`: spaces, indents and columns; never a token, a
// comment or the order of anything.
//
//   fmt_items.c   the file as a list of tokens and comments, nothing lost
//   fmt_roles.c   what each token is in its place: bracket of what, whose colon
//   fmt_lines.c   where lines break and where they start
//   fmt.c         writes, aligns, and compares what it wrote with what it read
//
// The layout is the author's as far as lines go: a line break stays, one blank
// line stays, words of a line get the spaces that are due. Lines longer than
// FMT_WIDTH are broken before a clause, `=>` first.
#ifndef RULEC_DESK_FMT_H
#define RULEC_DESK_FMT_H

#include "rulec/syntax/lex.h"

enum {
  FMT_WIDTH = 100,   // longest line that is left in one piece
  FMT_OP_COLUMN = 40 // where the clauses of short ops start
};

typedef enum BracketKind {
  BK_NONE,
  BK_GROUP,  // `(a | b)`, `(x + y)`, `(q, _)`, operands of a declaration
  BK_TERM,   // `(op x y)`
  BK_CALL,   // `f(`
  BK_INDEX,  // `x[`, `mem[`
  BK_ADDR,   // ` [`
  BK_FIELDS, // record, update, parameters
  BK_STMTS,  // `{ a; b }`
} BracketKind;

typedef enum ColonKind { CK_AFTER, CK_TERNARY, CK_SLICE } ColonKind;

typedef struct FmtItem {
  int kind; // TK_*; 0 with comment set: a comment line or the rest of one
  bool comment;
  bool column1;   // starts its line without a blank before
  bool starts;    // first word of a clause, alternative or statement
  bool leaf;      // `?` that stands for a value
  bool star;      // `*` of a list kind
  u8 bracket;     // BracketKind of an opening or closing one
  u8 colon;       // ColonKind
  u32 newlines;   // before it
  u32 blanks;     // before it, on its line
  const char *at; // in the source
  u32 n;          // bytes
  u32 mate;       // index of the other bracket; 0 if there is none
  u32 depth;      // brackets open around it, statement braces included
  u32 level;      // index + 1 of the innermost opening bracket; 0 if none
  u32 decl;       // index of the item that starts its declaration
} FmtItem;

typedef struct FmtItems {
  FmtItem *at;
  u32 n, cap;
} FmtItems;

// Cuts a source into items. Errors of the lexer go to d.
FmtItems fmt_items(Arena *a, Diags *d, const Source *src);
// Fills in roles: brackets, colons, starts.
void fmt_roles(Arena *a, FmtItems *items);
// Blanks between items i - 1 and i when they stand on one line.
u32 fmt_gap(const FmtItems *items, u32 i);
// The same where item i - 1 ends in column col: ops that are short have their
// clauses in one column. clauses: a clause stands on the line already.
u32 fmt_gap_at(const FmtItems *items, u32 i, u32 col, bool clauses);

// Where lines start. Feed it every item in order.
typedef struct FmtLevel { // an open bracket
  u32 item;               // the opening one
  u32 col;                // where lines inside it start
  u32 own;                // column of the bracket
  u32 first;              // item whose column becomes col, or 0
  u32 line;               // indent of the line it stands on
  u32 question;           // column of a `?` waiting for its colon, or 0
} FmtLevel;
typedef struct FmtState {
  const FmtItems *items;
  Arena *arena;
  VEC(FmtLevel) open;
  u32 line;     // indent of the current line
  u32 clause;   // indent of the line where the current clause starts
  u32 anchor;   // where the expression of the current clause starts, 0 unknown
  bool pending; // the next item is the anchor
  bool form;    // clauses belong to a form
  bool example; // a `=>` belongs to an example
  u32 clauses;  // op: column of its clauses on the first line, 0 if none
  u32 enc;      // column of the first word after `enc`, 0 outside
  u32 enc_line; // 1 + where clauses may start behind the `enc` of a form
  u32 question; // as in FmtLevel, outside brackets
} FmtState;
void fmt_begin(FmtState *st);               // of a declaration
u32 fmt_indent(const FmtState *st, u32 i);  // if a line started with item i
void fmt_newline(FmtState *st, u32 indent); // one does
void fmt_place(FmtState *st, u32 i, u32 col);
// The item before which the line from..to, col columns wide in all, is broken;
// 0 if nowhere.
u32 fmt_break(const FmtItems *items, u32 from, u32 to, u32 indent);

typedef enum FmtResult {
  FMT_DONE,   // *out is the formatted text
  FMT_SYNTAX, // the source does not parse: errors in d
  FMT_BUG,    // *out would differ in more than layout: not to be used
} FmtResult;
FmtResult fmt_source(Arena *a, Diags *d, const Source *src, Text *out);

#endif
