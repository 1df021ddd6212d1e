// Verdicts kept in the repository: sorted lines of key, verdict, name. The key
// is a hash of the script, which is the whole claim: the rule at its
// parameters and the meanings of all that it uses; and of the solver.
#include "rulec/verify/verify.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

static Verdict verdict_of(const char *word, size_t n) {
  for (u32 i = 1; i < VERDICT_COUNT; i++)
    if (strlen(verdict_names[i]) == n && memcmp(verdict_names[i], word, n) == 0)
      return (Verdict)i;
  return VERDICT_NONE;
}

static int by_key(const void *a, const void *b) {
  const Job *const *x = a, *const *y = b;
  return (*x)->key < (*y)->key ? -1 : (*x)->key > (*y)->key;
}

static Job **sorted(Verify *v) {
  Job **jobs = arena_array(v->arena, Job *, v->njobs + 1);
  for (u32 i = 0; i < v->njobs; i++)
    jobs[i] = &v->jobs[i];
  qsort(jobs, v->njobs, sizeof *jobs, by_key);
  return jobs;
}

static void take(Verify *v, Job **jobs, u64 key, Verdict verdict) {
  u32 lo = 0, hi = v->njobs;
  while (lo < hi) {
    u32 mid = (lo + hi) / 2;
    if (jobs[mid]->key < key)
      lo = mid + 1;
    else
      hi = mid;
  }
  for (; lo < v->njobs && jobs[lo]->key == key; lo++)
    if (jobs[lo]->verdict == VERDICT_NONE) {
      jobs[lo]->verdict = verdict;
      jobs[lo]->cached = true;
      jobs[lo]->how = "cached";
    }
}

bool cache_read(Verify *v, const char *path) {
  u8 *bytes;
  size_t size;
  int e = file_read(v->arena, path, &bytes, &size);
  if (e)
    return e == ENOENT;
  Job **jobs = sorted(v);
  const char *at = arena_strndup(v->arena, (const char *)bytes, size);
  for (; *at; at += strcspn(at, "\n"), at += *at == '\n') {
    char *end;
    u64 key = strtoull(at, &end, 16);
    if (end - at != 16 || *end != ' ')
      continue;
    Verdict verdict = verdict_of(end + 1, strcspn(end + 1, " \n"));
    if (verdict != VERDICT_NONE && verdict != VERDICT_REFUTED)
      take(v, jobs, key, verdict);
  }
  return true;
}

bool cache_write(Verify *v, const char *path) {
  FILE *f = fopen(path, "w");
  if (!f)
    return false;
  Job **jobs = sorted(v);
  for (u32 i = 0; i < v->njobs; i++) {
    const Job *j = jobs[i];
    if (j->verdict != VERDICT_NONE && j->verdict != VERDICT_REFUTED &&
        (!i || jobs[i - 1]->key != j->key))
      fprintf(f, "%016llx %s %s %s%s\n", (unsigned long long)j->key,
              verdict_names[j->verdict], j->o->kind, j->o->name, j->o->at);
  }
  bool ok = !ferror(f);
  return fclose(f) == 0 && ok;
}
