// wb.stats/1. Integers only, keys sorted, inputs in the order of their paths,
// functions by index, zeros left out: the same run gives the same bytes.
#include "workbench/stats/json.h"
#include "workbench/cmd.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

static json_t *num(u64 n) { return json_integer((json_int_t)n); }

static void put(json_t *o, const char *key, u64 n) {
  if (n)
    json_object_set_new(o, key, num(n));
}

static json_t *hex(u64 h) {
  char text[17];
  snprintf(text, sizeof text, "%016llx", (unsigned long long)h);
  return json_string(text);
}

// JSON is UTF-8, paths and options are any bytes: those that do not fit are
// written as \xHH.
static json_t *words(const char *s) {
  json_t *j = json_string(s);
  if (j)
    return j;
  Arena a = {0};
  Text t = {.arena = &a};
  for (; *s; s++)
    text_add(&t, (u8)*s < 0x80 ? "%c" : "\\x%02x", (u8)*s);
  j = json_string(text_str(&t));
  arena_free(&a);
  return j;
}

// --- head -------------------------------------------------------------------------

static json_t *registry(void) {
  json_t *all = json_object();
  for (u32 k = 0; k < counter_count; k++) {
    const CounterInfo *c = &counter_info[k];
    json_t *row = json_object();
    json_object_set_new(row, "pass", json_string(c->pass));
    json_object_set_new(row, "unit", json_string(counter_unit(c)));
    json_object_set_new(row, "better", json_string(counter_better(c->better)));
    json_object_set_new(row, "description", json_string(c->what));
    json_object_set_new(all, c->name, row);
  }
  return all;
}

static u64 rules_hash(const MidRules *set) {
  u64 h = set->nrules;
  for (u32 r = 0; r < set->nrules; r++) {
    const RuleInfo *i = &set->rules[r];
    h = h * 31 + hash_bytes(i->name, strlen(i->name));
    h = h * 31 + hash_bytes(i->text, strlen(i->text));
  }
  return h;
}

json_t *stats_head(const MidRules *set, const char *flags) {
  json_t *doc = json_object();
  json_object_set_new(doc, "schema", json_string("wb.stats/1"));
  json_object_set_new(doc, "tool", json_string(WB_VERSION));
  json_object_set_new(doc, "target", json_string("x86-64-v3"));
  json_object_set_new(doc, "flags", words(flags));
  json_object_set_new(doc, "rules", hex(rules_hash(set)));
  json_object_set_new(doc, "counters", registry());
  json_object_set_new(doc, "inputs", json_array());
  return doc;
}

// --- inputs -----------------------------------------------------------------------

static json_t *counters_of(const FuncCounters *c) {
  json_t *o = json_object();
  for (u32 k = 0; k < counter_count; k++)
    put(o, counter_info[k].name, counter_get(c, k));
  return o;
}

// The facts of a rule in the order of rule_fact_names.
static json_t *rule_facts(const RuleCounters *r) {
  return json_pack("[I,I,I,I,I,I]", (json_int_t)r->tried,
                   (json_int_t)r->matched, (json_int_t)r->inserted,
                   (json_int_t)r->truncated, (json_int_t)r->subsumed,
                   (json_int_t)r->extracted);
}

static json_t *function_of(const InputStats *s, const FuncStats *f) {
  json_t *o = json_object();
  json_object_set_new(o, "index", num(f->index));
  json_object_set_new(o, "name", words(f->name));
  json_object_set_new(o, "hash", hex(f->hash));
  json_object_set_new(o, "counters", counters_of(&f->counters));
  json_t *rules = json_object();
  for (u32 k = 0; k < f->nrules; k++)
    if (f->rules[k].n.matched)
      json_object_set_new(rules, s->set->rules[f->rules[k].rule].name,
                          rule_facts(&f->rules[k].n));
  json_object_set_new(o, "rules", rules);
  return o;
}

static json_t *sum_of(const InputStats *s) {
  json_t *o = json_object();
  for (u32 k = 0; k < counter_count; k++) {
    u64 sum = 0;
    for (u32 f = 0; f < s->nfuncs; f++)
      sum += counter_get(&s->funcs[f].counters, k);
    put(o, counter_info[k].name, sum);
  }
  put(o, "functions", s->nfuncs);
  return o;
}

static json_t *lowered_of(const InputStats *s) {
  json_t *o = json_object();
  for (u32 r = 0; r < low_nrules(s->lowering); r++)
    if (s->lowered[r])
      json_object_set_new(o, low_rule(s->lowering, r), num(s->lowered[r]));
  return o;
}

void stats_add(json_t *doc, const InputStats *s) {
  json_t *o = json_object();
  json_object_set_new(o, "path", words(s->path));
  json_object_set_new(o, "status", json_string(s->error ? "failed" : "ok"));
  json_array_append_new(json_object_get(doc, "inputs"), o);
  if (s->error) {
    json_object_set_new(o, "error", words(s->error));
    return;
  }
  json_object_set_new(o, "hash", hex(s->hash));
  json_object_set_new(o, "bytes", num(s->size));
  json_object_set_new(o, "total", sum_of(s));
  json_t *rules = json_object(), *funcs = json_array();
  for (u32 r = 0; r < s->set->nrules; r++)
    if (s->rules[r].tried && !s->set->rules[r].replaced)
      json_object_set_new(rules, s->set->rules[r].name, rule_facts(&s->rules[r]));
  for (u32 f = 0; f < s->nfuncs; f++)
    json_array_append_new(funcs, function_of(s, &s->funcs[f]));
  json_object_set_new(o, "rules", rules);
  json_object_set_new(o, "lowered", lowered_of(s));
  json_object_set_new(o, "functions", funcs);
}

static void add_total(json_t *total, json_t *one) {
  const char *key;
  json_t *value;
  json_object_foreach(one, key, value) {
    json_int_t old = json_integer_value(json_object_get(total, key));
    json_object_set_new(total, key,
                        json_integer(old + json_integer_value(value)));
  }
}

void stats_total(json_t *doc) {
  json_t *total = json_object(), *input;
  size_t k;
  json_array_foreach(json_object_get(doc, "inputs"), k, input)
    add_total(total, json_object_get(input, "total"));
  json_object_set_new(doc, "total", total);
}

// --- writing ------------------------------------------------------------------------

// One function a line keeps the file small and its diffs readable.
static void write_functions(json_t *funcs, FILE *out) {
  size_t k;
  json_t *f;
  fputs("   \"functions\": [", out);
  json_array_foreach(funcs, k, f) {
    fputs(k ? ",\n    " : "\n    ", out);
    json_dumpf(f, out, JSON_COMPACT | JSON_SORT_KEYS);
  }
  fputs("]", out);
}

static void write_fields(const json_t *o, FILE *out, const char *indent,
                         const char *skip) {
  const char *key;
  json_t *value, *sorted = json_object();
  json_object_foreach((json_t *)(uintptr_t)o, key, value)
    if (strcmp(key, skip))
      json_object_set(sorted, key, value);
  char *text = json_dumps(sorted, JSON_COMPACT | JSON_SORT_KEYS);
  json_decref(sorted);
  fprintf(out, "%s%.*s", indent, (int)strlen(text) - 2, text + 1);
  free(text);
}

static void write_input(json_t *input, FILE *out) {
  fputs("  {", out);
  write_fields(input, out, "", "functions");
  json_t *funcs = json_object_get(input, "functions");
  if (funcs) {
    fputs(",\n", out);
    write_functions(funcs, out);
  }
  fputs("}", out);
}

int stats_write(const json_t *doc, FILE *out) {
  size_t k;
  json_t *input;
  fputs("{", out);
  write_fields(doc, out, "", "inputs");
  fputs(",\n \"inputs\": [\n", out);
  json_array_foreach(json_object_get(doc, "inputs"), k, input) {
    fputs(k ? ",\n" : "", out);
    write_input(input, out);
  }
  fputs("]}\n", out);
  return ferror(out) ? EIO : 0;
}
