// `rulec doc`: one page of everything the rules say.
//
//   doc.c        the page as data: files, headings, declarations in order;
//                clauses; verdicts and counts from other commands' files
//   doc_html.c   HTML, with doc_style.c for what makes it look
//   doc_md.c     Markdown, the ops alone or all
#ifndef RULEC_DESK_DOC_H
#define RULEC_DESK_DOC_H

#include "rulec/cmd/beside.h"
#include "rulec/desk/fmt.h"
#include "rulec/desk/symbols.h"

typedef struct DocCounts { // of a rule, over the programs of a stats file
  u64 tried, matched, inserted, subsumed, extracted;
  u32 programs; // in which it matched
} DocCounts;

typedef enum DocVerdict { // from best to worst
  DV_NONE,                // nothing is known
  DV_PROVED,
  DV_BOUNDED,
  DV_UNKNOWN,
  DV_REFUTED,
  DV_COUNT
} DocVerdict;
extern const char *const doc_verdicts[DV_COUNT];

typedef struct DocEntry {
  const Decl *decl;   // null: a heading or a paragraph
  const char *title;  // heading; null if there is none
  const char *text;   // paragraph, or the declaration's comment; or null
  DocVerdict verdict; // the worst over all parameters
  u32 claims, proved;
  bool counted; // a stats file knows the rule
  DocCounts counts;
} DocEntry;

typedef struct DocFile {
  const Source *src;
  const char *path;
  FmtItems items;
  DocEntry *at;
  u32 n, cap;
} DocFile;

typedef struct DocPage {
  Arena *arena;
  RuleSet rules;
  Symbols symbols;
  DocFile *files;
  u32 nfiles;
  u32 programs; // of the stats file; 0: none was given
} DocPage;

// Reads and resolves; a status, after an error that was reported. Beside
// built-in rules the page is of the author's files alone.
int doc_load(DocPage *p, Arena *a, const Beside *b, const Words *files);
// Adds what `wb stats --json` counted. False: it is no such file.
bool doc_stats(DocPage *p, const char *path);
// Adds the verdicts of `rulec verify`'s cache; a file that is not there is
// none.
void doc_verdicts_read(DocPage *p, const char *path);

// A declaration's clauses: its text cut where its clauses start.
typedef struct DocClause {
  const char *word; // "traps", "fact", "=", "enc"...
  const char *text; // on one line, without the word
} DocClause;
typedef struct DocClauses {
  DocClause *at;
  u32 n, cap;
} DocClauses;
// The head (`op iadd {T: int} (x: T, y: T) -> T` without its first word) goes
// to *head.
DocClauses doc_clauses(Arena *a, const DocFile *f, const Decl *d,
                       const char **head);
u32 doc_item(const DocFile *f, const Decl *d); // index of its first item

void doc_html(DocPage *p, Text *t);
void doc_md(DocPage *p, Text *t, bool ops_only);
extern const char *const doc_css[]; // parts, null at the end
extern const char doc_js[];

#endif
