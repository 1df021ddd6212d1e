// Every word that the lexer or sema knows has its line for hover, completion
// and documentation, and the lines are of words that there are.
#include "rulec/desk/words.h"

#include <stdio.h>

int main(void) {
  u32 words = 0, missing = 0;
  for (int c = 0; c < WC_COUNT; c++) {
    const char *w;
    for (u32 i = 0; (w = word_at((WordClass)c, i)); i++, words++) {
      const WordRow *row = word_find(w);
      if (row && row->help && *row->help)
        continue;
      printf("no line about `%s` in rulec/desk/words.c\n", w);
      missing++;
    }
  }
  printf("%u words\n", words);
  return missing || words < 150;
}
