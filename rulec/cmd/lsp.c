// `rulec lsp`: the language server (docs/desk.md says how editors start it).
#include "rulec/cmd/command.h"
#include "rulec/desk/lsp.h"

static int run(Arena *a, const void *options, const Words *words) {
  (void)options;
  if (words->n)
    return fail(EXIT_USAGE, "lsp: takes no files; the editor sends them");
  return lsp_run(builtin_path(a));
}

const Command cmd_lsp = {
    .name = "lsp",
    .args = "",
    .what = "language server on stdin and stdout",
    .help =
        "For editors: diagnostics, hover, definition, references, rename,\n"
        "completion, symbols, formatting. The rules of the workspace are the\n"
        "files of its rules/ folder, with unsaved buffers in their place. A\n"
        "buffer elsewhere stands beside them; where there are none, beside "
        "the\n"
        "rules that wb was built with.",
    .run = run,
};
