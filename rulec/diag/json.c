// Diagnostics as JSON: the document of `rulec check --json`, described by
// rulec/check.schema.json.
#include "rulec/diag/json.h"

// Paths and reasons may hold any bytes; JSON is UTF-8.
static json_t *text(const char *s) {
  json_t *j = json_string(s);
  if (j)
    return j;
  char buf[512];
  u32 n = 0;
  for (; s[n] && n < sizeof buf; n++)
    buf[n] = (u8)s[n] < 128 ? s[n] : '?';
  return json_stringn(buf, n);
}

static void put_place(json_t *o, Loc loc, const char *message) {
  u32 line, col;
  loc_line_col(loc, &line, &col);
  json_object_set_new(o, "message", text(message));
  json_object_set_new(o, "file", text(loc.src->path));
  json_object_set_new(o, "line", json_integer(line));
  json_object_set_new(o, "column", json_integer(col));
  json_object_set_new(o, "length", json_integer(loc.len));
}

static json_t *one(const Diag *x) {
  json_t *o = json_object(), *notes = json_array();
  json_object_set_new(o, "code", json_string(code_rows[x->code].name));
  json_object_set_new(o, "severity",
                      json_string(x->warning ? "warning" : "error"));
  json_object_set_new(o, "title", json_string(code_rows[x->code].title));
  put_place(o, x->loc, x->text);
  for (u32 i = 0; i < x->notes.n; i++) {
    json_t *note = json_object();
    put_place(note, x->notes.at[i].loc, x->notes.at[i].text);
    json_array_append_new(notes, note);
  }
  json_object_set_new(o, "notes", notes);
  if (x->help)
    json_object_set_new(o, "help", text(x->help));
  if (x->allowed)
    json_object_set_new(o, "allowed", text(x->allowed->reason));
  return o;
}

json_t *diag_json(const Diags *d) {
  json_t *list = json_array();
  u32 allowed = 0;
  for (u32 i = 0; i < d->list.n; i++) {
    json_array_append_new(list, one(&d->list.at[i]));
    allowed += d->list.at[i].allowed != NULL;
  }
  return json_pack("{s:s, s:i, s:i, s:i, s:o}", "schema", "rulec.check/1",
                   "errors", (int)d->errors, "warnings", (int)d->warnings,
                   "allowed", (int)allowed, "diagnostics", list);
}
