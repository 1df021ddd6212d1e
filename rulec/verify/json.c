// `rulec verify --json`: rulec.verify/1, described by rulec/verify.schema.json.
#include "rulec/verify/json.h"

#include <jansson.h>
#include <stdio.h>

static json_t *text(const char *s) { return s ? json_string(s) : json_null(); }

static json_t *number(u128 v) { // 128 bits: as text
  char buf[48];
  if (v >> 64)
    snprintf(buf, sizeof buf, "0x%llx%016llx", (unsigned long long)(v >> 64),
             (unsigned long long)v);
  else
    snprintf(buf, sizeof buf, "0x%llx", (unsigned long long)v);
  return json_string(buf);
}

static json_t *value_json(const ModelValue *v) {
  json_t *o = json_object(), *at = json_array();
  u32 n = v->sort.kind == SORT_MEMARG  ? MF_COUNT
          : v->sort.kind == SORT_FLAGS ? FF_COUNT
                                       : 1;
  json_object_set_new(o, "side", text(v->side));
  json_object_set_new(o, "name", text(v->what));
  for (u32 i = 0; i < n; i++)
    json_array_append_new(at, number(v->at[i]));
  json_object_set_new(o, "value", at);
  if (v->shape) // of a vector: how its lanes are meant
    json_object_set_new(o, "shape", text(shape_names[v->shape - 1]));
  return o;
}

static json_t *model_json(const Model *m) {
  json_t *list = json_array();
  for (u32 i = 0; m && i < m->n; i++)
    if (m->at[i].known)
      json_array_append_new(list, value_json(&m->at[i]));
  return list;
}

static json_t *job_json(const Job *j) {
  u32 line, column;
  json_t *o = json_object();
  loc_line_col(j->o->decl->loc, &line, &column);
  json_object_set_new(o, "kind", text(j->o->kind));
  json_object_set_new(o, "name", text(j->o->name));
  json_object_set_new(o, "at",
                      text(*j->o->at == ' ' ? j->o->at + 1 : j->o->at));
  json_object_set_new(o, "file", text(j->o->decl->loc.src->path));
  json_object_set_new(o, "line", json_integer(line));
  json_object_set_new(o, "verdict", text(verdict_names[j->verdict]));
  json_object_set_new(o, "how", text(j->how));
  json_object_set_new(o, "cached", json_boolean(j->cached));
  json_object_set_new(o, "evaluated", json_integer(j->evaluated));
  bool coded = j->verdict >= VERDICT_ALLOWED && j->o->wants_sat &&
               j->code != DIAG_NCODES;
  json_object_set_new(o, "code", text(coded ? code_rows[j->code].name : NULL));
  json_object_set_new(o, "allowed",
                      text(j->verdict == VERDICT_ALLOWED
                               ? allowed(j->o->decl, j->code)
                               : j->o->reason));
  json_object_set_new(o, "model", model_json(j->model));
  json_object_set_new(o, "note", text(j->note));
  json_object_set_new(o, "program", text(j->test));
  json_object_set_new(o, "no_program", text(j->no_test));
  return o;
}

void verify_json(const Verify *v) {
  json_t *doc = json_object(), *counts = json_object(), *claims = json_array();
  u32 n[VERDICT_COUNT] = {0};
  for (u32 i = 0; i < v->njobs; i++) {
    n[v->jobs[i].verdict]++;
    json_array_append_new(claims, job_json(&v->jobs[i]));
  }
  for (u32 i = 0; i < VERDICT_COUNT; i++)
    json_object_set_new(counts, verdict_names[i], json_integer(n[i]));
  json_object_set_new(doc, "schema", text("rulec.verify/1"));
  json_object_set_new(doc, "solver", text(v->solver.version));
  json_object_set_new(doc, "stopped", text(v->stopped));
  json_object_set_new(doc, "counts", counts);
  json_object_set_new(doc, "claims", claims);
  json_dumpf(doc, stdout, JSON_INDENT(1));
  putchar('\n');
  json_decref(doc);
}
