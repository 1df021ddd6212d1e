// Laying a rule's left side upon a term: which rules would match there whatever
// the values are. An index by shape finds the candidates, so that thousands of
// rules are compared with few each; variants stand in it one by one, the term
// is taken as it is.
#ifndef RULEC_CHECK_LAY_H
#define RULEC_CHECK_LAY_H

#include "rulec/check/term.h"

typedef struct LeftIndex LeftIndex;
LeftIndex *left_index(Arena *a, const Sema *s);
void left_index_free(LeftIndex *x);

// b is a rule whose left fits, its variables bound to hashes of what they lie
// upon (lets too, so terms_right and terms_guards can be compared with those of
// the term's rule). Returns false to stop.
typedef bool LaidFn(void *user, const RuleTerms *b);
// Calls fn for the rules that fit n, a term of t's rule. False if very many
// rules have one shape, and only the first of them were looked at.
bool left_lookup(LeftIndex *x, const RuleTerms *t, const Node *n, LaidFn *fn,
                 void *user);

#endif
