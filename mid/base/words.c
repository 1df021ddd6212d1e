// The word that somebody meant: what is the fewest edits away, if it is few.
#include "mid/base/base.h"

enum { WORD_MAX = 64 };

static u32 least(u32 x, u32 y) { return x < y ? x : y; }

// Edit distance with neighbours exchanged as one edit ("rnu" is 1 from "run"):
// three rows of the table, the one before last for the exchange.
static u32 distance(const char *a, const char *b) {
  u32 rows3[3][WORD_MAX + 1], n = (u32)strlen(b);
  if (n > WORD_MAX || strlen(a) > WORD_MAX)
    return 99;
  u32 *before = rows3[0], *above = rows3[1], *row = rows3[2];
  for (u32 j = 0; j <= n; j++)
    above[j] = j;
  for (u32 i = 1; a[i - 1]; i++) {
    row[0] = i;
    for (u32 j = 1; j <= n; j++) {
      row[j] = above[j - 1] + (a[i - 1] != b[j - 1]);
      row[j] = least(row[j], least(above[j], row[j - 1]) + 1);
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        row[j] = least(row[j], before[j - 2] + 1);
    }
    u32 *oldest = before;
    before = above, above = row, row = oldest;
  }
  return above[n];
}

const char *word_nearest(const char *word, const char *const *words, u32 n) {
  const char *best = NULL;
  u32 limit = (u32)strlen(word) / 2 + 1;
  for (u32 k = 0; k < n; k++) {
    u32 d = distance(word, words[k]);
    if (d < limit) {
      limit = d;
      best = words[k];
    }
  }
  return best;
}
