// Inside of the IR text parser: parse.c has words and the module, parse_body.c
// the functions, parse_link.c turns names into values.
//
// The first error is kept and the cursor jumps to the end, so that every loop
// ends by itself; nobody needs to unwind.
#ifndef MID_IR_PARSE_H
#define MID_IR_PARSE_H

#include "mid/ir/ir.h"

typedef struct Body { // a function between its words and its values
  Func *f;            // operands and targets still hold numbers of the text
  VEC(u32) names;     // number each instruction was written with; 0 = none
  VEC(u32) from;      // where each instruction stands in the text
  VEC(u32) labels;    // number of each block in the text, by block
} Body;

typedef struct Parser {
  Arena *arena;
  const char *text, *at, *end;
  Text *err;
  bool failed;
  u16 *ops; // hash table of op names
  u32 ops_cap;
  VEC(Sig) sigs;
  VEC(u32) func_sigs;
  VEC(Body *) bodies; // by function index; null where only declared
} Parser;

typedef struct Word { // identifier, keyword or number, not terminated
  const char *at;
  u32 n;
} Word;

void parse_fail(Parser *p, const char *at, const char *fmt, ...)
    BASE_PRINTF(3, 4);
void parse_space(Parser *p);        // skips blanks and comments
char parse_peek(Parser *p);         // next character after space, 0 at the end
bool parse_char(Parser *p, char c); // takes c if it comes next
void parse_want(Parser *p, char c);
Word parse_word(Parser *p); // empty if none comes next
bool word_is(Word w, const char *s);
u32 parse_u32(Parser *p);
u32 parse_hex(Parser *p);
u32 parse_numbered(Parser *p, char letter); // "v12"
bool word_numbered(Word w, char letter, u32 *number);
u8 parse_type(Parser *p);
u16 parse_op_named(const Parser *p, Word w); // OP_none if unknown

void parse_body(Parser *p, Body *body);
void parse_link(Parser *p, Body *body);

#endif
