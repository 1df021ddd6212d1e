// Verdicts kept in the repository: sorted lines of key, verdict, name. The key
// is a hash of the script, which is the whole claim: the rule at its
// parameters and the meanings of all that it uses; and of the solver. After the
// name of what is bounded stands what was done: ` : proved at 8 bits; ...`.
//
// A run over some of the rules leaves the lines of the others alone: a line
// goes when a claim of its name has another key now. What the solver gave up on
// is not kept, nor is what it refuted. The file is written beside and moved, so
// that a run that is killed leaves one that is whole.
#include "rulec/verify/verify.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static bool is_kept(Verdict v) {
  return v == VERDICT_PROVED || v == VERDICT_BOUNDED;
}

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

// What follows ` : `, to the end of the line.
static const char *said(Arena *a, const char *line) {
  size_t n = strcspn(line, "\n");
  const char *at = strstr(line, " : ");
  return at && at < line + n
             ? arena_strndup(a, at + 3, (size_t)(line + n - at - 3))
             : NULL;
}

// True: a claim of this run has the key.
static bool take(Verify *v, Job **jobs, u64 key, Verdict verdict,
                 const char *how) {
  u32 lo = 0, hi = v->njobs;
  while (lo < hi) {
    u32 mid = (lo + hi) / 2;
    if (jobs[mid]->key < key)
      lo = mid + 1;
    else
      hi = mid;
  }
  const bool found = lo < v->njobs && jobs[lo]->key == key;
  for (; lo < v->njobs && jobs[lo]->key == key; lo++)
    if (jobs[lo]->verdict == VERDICT_NONE) {
      jobs[lo]->verdict = verdict;
      jobs[lo]->cached = true;
      jobs[lo]->how = how ? how : "cached";
    }
  return found;
}

// --- reading --------------------------------------------------------

static bool parse_line(const char *at, size_t n, CacheLine *out) {
  char *end;
  if (n < 18 || at[16] != ' ')
    return false;
  out->key = strtoull(at, &end, 16);
  out->verdict = verdict_of(at + 17, strcspn(at + 17, " \n"));
  return end == at + 16 && is_kept(out->verdict);
}

static const char *name_of(Arena *a, const CacheLine *l) {
  const char *blank = strchr(l->text + 17, ' '), *end = strstr(l->text, " : ");
  return !blank ? ""
         : end  ? arena_strndup(a, blank + 1, (size_t)(end - blank - 1))
                : blank + 1;
}

bool cache_read(Verify *v, const char *path, const char **why) {
  u8 *bytes;
  size_t size;
  u32 lines = 0, good = 0;
  int e = file_read(v->arena, path, &bytes, &size);
  *why = e ? strerror(e) : "no cache of verdicts";
  if (e)
    return e == ENOENT;
  Job **jobs = sorted(v);
  const char *at = arena_strndup(v->arena, (const char *)bytes, size);
  for (size_t n; *at; at += n + (at[n] == '\n')) {
    CacheLine l = {0};
    n = strcspn(at, "\n");
    lines++;
    if (!parse_line(at, n, &l))
      continue;
    good++;
    l.text = arena_strndup(v->arena, at, n);
    const char *how = said(v->arena, l.text);
    if (l.verdict == VERDICT_BOUNDED && !how)
      continue; // of a time when that was less
    if (!take(v, jobs, l.key, l.verdict, how))
      vec_push(v->arena, &v->others, l);
  }
  return !size || good > lines / 2;
}

// --- writing --------------------------------------------------------

static int by_text(const void *a, const void *b) {
  return strcmp(((const CacheLine *)a)->text, ((const CacheLine *)b)->text);
}

static int by_name(const void *a, const void *b) {
  return strcmp(*(const char *const *)a, *(const char *const *)b);
}

// Names of the claims of this run, sorted.
static const char **names_of(Verify *v) {
  const char **names = arena_array(v->arena, const char *, v->njobs + 1);
  for (u32 i = 0; i < v->njobs; i++) {
    const Obligation *o = v->jobs[i].o;
    names[i] = arena_printf(v->arena, "%s %s%s", o->kind, o->name, o->at);
  }
  qsort(names, v->njobs, sizeof *names, by_name);
  return names;
}

static CacheLine line_of(Verify *v, const Job *j) {
  const Obligation *o = j->o;
  bool bounded = j->verdict == VERDICT_BOUNDED;
  return (CacheLine){j->key, j->verdict,
                     arena_printf(v->arena, "%016llx %s %s %s%s%s%s",
                                  (unsigned long long)j->key,
                                  verdict_names[j->verdict], o->kind, o->name,
                                  o->at, bounded ? " : " : "",
                                  bounded ? j->how : "")};
}

// All lines in order of keys.
static CacheLines lines_of(Verify *v) {
  CacheLines all = {0};
  Job **jobs = sorted(v);
  const char **names = names_of(v);
  for (u32 i = 0; i < v->njobs; i++)
    if (is_kept(jobs[i]->verdict) && (!i || jobs[i - 1]->key != jobs[i]->key))
      vec_push(v->arena, &all, line_of(v, jobs[i]));
  for (u32 i = 0; i < v->others.n; i++) {
    const char *name = name_of(v->arena, &v->others.at[i]);
    if (!bsearch(&name, names, v->njobs, sizeof *names, by_name))
      vec_push(v->arena, &all, v->others.at[i]);
  }
  qsort(all.at, all.n, sizeof *all.at, by_text);
  return all;
}

bool cache_write(Verify *v, const char *path) {
  const char *new = arena_printf(v->arena, "%s.new", path);
  FILE *f = fopen(new, "w");
  if (!f)
    return false;
  const CacheLines all = lines_of(v);
  for (u32 i = 0; i < all.n; i++)
    fprintf(f, "%s\n", all.at[i].text);
  bool ok = !ferror(f);
  ok = fclose(f) == 0 && ok && rename(new, path) == 0;
  if (!ok)
    unlink(new);
  return ok;
}
