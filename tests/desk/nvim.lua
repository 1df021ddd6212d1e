-- What an author does, in a real editor: open a file, see a mistake, ask, jump,
-- rename, format. Run by tests/desk/desk.py: nvim --headless -u NONE -l is of
-- later versions, so this is sourced with -S. Prints one line per step.
local root, rulec = vim.env.DESK_ROOT, vim.env.DESK_RULEC
local steps, failed = {}, false

local function check(name, good, detail)
  table.insert(steps, (good and "ok " or "FAIL ") .. name .. (good and "" or ": " .. vim.inspect(detail)))
  failed = failed or not good
end

local function wait(f) return vim.wait(15000, f, 20) end

local function ask(method, params)
  local r = vim.lsp.buf_request_sync(0, method, params, 15000)
  for _, answer in pairs(r or {}) do
    return answer.result, answer.error or answer.err
  end
end

local function at(line_pattern, word)
  for i, line in ipairs(vim.api.nvim_buf_get_lines(0, 0, -1, false)) do
    if line:find(line_pattern, 1, true) then
      vim.api.nvim_win_set_cursor(0, { i, line:find(word, 1, true) - 1 })
      return i, line
    end
  end
  error("no line with " .. line_pattern)
end

local function run()
  vim.opt.swapfile = false
  vim.opt.runtimepath:append(vim.env.DESK_VIM)
  vim.cmd("filetype on | syntax on")
  vim.cmd("edit " .. root .. "/rules/mid/arith.rules")
  check("filetype", vim.bo.filetype == "rules", vim.bo.filetype)
  local client = vim.lsp.start_client({ name = "rulec", cmd = { rulec, "lsp" }, root_dir = root })
  vim.lsp.buf_attach_client(0, client)
  check("attached", wait(function() return vim.lsp.buf_is_attached(0, client) end))
  check("started", wait(function() return vim.lsp.get_client_by_id(client).initialized end))

  local row, line = at("rule add-zero:", "subsume x")
  vim.api.nvim_buf_set_lines(0, row - 1, row, false, { (line:gsub("subsume x", "subsume z")) })
  check("mistake shown", wait(function() return #vim.diagnostic.get(0) > 0 end))
  local d = vim.diagnostic.get(0)[1] or {}
  check("mistake is there", d.lnum == row - 1 and d.source == "rulec", d)
  vim.api.nvim_buf_set_lines(0, row - 1, row, false, { line })
  check("mistake gone", wait(function() return #vim.diagnostic.get(0) == 0 end))

  at("rule sub-const:", "(iadd")
  local c = vim.api.nvim_win_get_cursor(0)
  vim.api.nvim_win_set_cursor(0, { c[1], c[2] + 1 })
  local hover = ask("textDocument/hover", vim.lsp.util.make_position_params())
  check("hover", hover and hover.contents.value:find("op iadd", 1, true), hover)
  vim.lsp.buf.definition()
  check("definition", wait(function()
    return vim.api.nvim_buf_get_name(0):find("ops.rules", 1, true)
      and vim.api.nvim_get_current_line():find("op iadd ", 1, true) end), vim.api.nvim_get_current_line())
  vim.cmd("buffer arith.rules")

  row = at("rule sub-const:", "k))")
  vim.lsp.buf.rename("amount")
  check("rename", wait(function()
    local l = vim.api.nvim_buf_get_lines(0, row - 1, row, false)[1]
    return select(2, l:gsub("amount", "")) == 2 and not l:find("iconst k", 1, true) end),
    vim.api.nvim_buf_get_lines(0, row - 1, row, false))

  row, line = at("rule sub-zero:", "rule")
  vim.api.nvim_buf_set_lines(0, row - 1, row, false, { (line:gsub("=>", "   =>")) })
  if vim.lsp.buf.format then vim.lsp.buf.format() else vim.lsp.buf.formatting_sync(nil, 15000) end
  check("format", vim.api.nvim_buf_get_lines(0, row - 1, row, false)[1] == line,
    vim.api.nvim_buf_get_lines(0, row - 1, row, false))

  -- Over several files: uses, another name, which the server knows at once.
  at("rule sub-zero:", "isub")
  local params = vim.lsp.util.make_position_params()
  params.context = { includeDeclaration = true }
  local uses, files = ask("textDocument/references", params), {}
  for _, u in ipairs(uses or {}) do files[u.uri] = true end
  check("references", uses and #uses > 20 and vim.tbl_count(files) >= 5, vim.tbl_keys(files))
  vim.lsp.buf.rename("iminus")
  check("rename over files", wait(function()
    local other = vim.fn.bufnr("ops.rules")
    return other > 0 and table.concat(vim.api.nvim_buf_get_lines(other, 0, -1, false), "\n"):find("op iminus ", 1, true)
  end))
  local left = 0
  for _, b in ipairs(vim.api.nvim_list_bufs()) do
    for _, l in ipairs(vim.api.nvim_buf_get_lines(b, 0, -1, false)) do
      left = left + (l:find("[ (]isub[ .]") and not l:find("^;") and 1 or 0)
    end
  end
  vim.cmd("silent wall") -- the files that were not open are now, but not all are attached
  check("nothing is left", left == 0, left)
  at("rule sub-zero:", "iminus")
  hover = ask("textDocument/hover", vim.lsp.util.make_position_params())
  check("the new name is known", hover and hover.contents.value:find("op iminus", 1, true), hover)
  check("and nothing is wrong", wait(function() return #vim.diagnostic.get(nil, { severity = 1 }) == 0 end),
    vim.diagnostic.get(nil, { severity = 1 })[1])
  row, line = at("rule sub-zero:", "x 0")
  vim.api.nvim_buf_set_lines(0, row - 1, row, false, { (line:gsub("x 0", "x (imin", 1)) })
  vim.api.nvim_win_set_cursor(0, { row, (line:find("x 0", 1, true)) + 6 })
  local got = ask("textDocument/completion", vim.lsp.util.make_position_params())
  local labels = {}
  for _, i in ipairs(got and (got.items or got) or {}) do labels[i.label] = true end
  check("completion", labels.iminus and not labels.isub and labels.x, vim.tbl_keys(labels))
  vim.api.nvim_buf_set_lines(0, row - 1, row, false, { line })
  row, line = at("rule mul-pow2:", "k))")
  hover = ask("textDocument/hover", vim.lsp.util.make_position_params())
  check("hover of types", hover and hover.contents.value:find("64 bits", 1, true), hover)

  -- A file of the author's own, outside any project: beside what wb was built with.
  vim.lsp.stop_client(client)
  check("stopped", wait(function() return vim.lsp.client_is_stopped(client) end))
  local own = root .. "/own"
  vim.fn.mkdir(own)
  vim.fn.writefile({ "rule my-mul: (imul.T x (iconst k)) if k == 77 => (isub (ishl.T x (iconst 6)) x)",
    "rule my-and: (band.T x (bor x y)) => subsume z" }, own .. "/mine.rules")
  os.rename(root .. "/rules", root .. "/rules-gone")
  vim.cmd("edit! " .. own .. "/mine.rules")
  client = vim.lsp.start_client({ name = "rulec", cmd = { rulec, "lsp" }, root_dir = own })
  vim.lsp.buf_attach_client(0, client)
  check("own file: mistake shown", wait(function() return #vim.diagnostic.get(0) > 0 end))
  d = vim.diagnostic.get(0)
  check("own file: built-in ops are known", #d == 1 and d[1].lnum == 1 and d[1].message:find("z", 1, true), d)
  row = at("rule my-mul:", "ishl")
  hover = ask("textDocument/hover", vim.lsp.util.make_position_params())
  check("own file: hover", hover and hover.contents.value:find("op ishl", 1, true), hover)
  local answer, err = ask("textDocument/rename",
    vim.tbl_extend("force", vim.lsp.util.make_position_params(), { newName = "shift" }))
  check("own file: no rename of what is built in", err and err.message:find("built into wb", 1, true), err or answer)
  vim.lsp.buf.definition()
  check("own file: definition", wait(function()
    return vim.api.nvim_buf_get_name(0):find("builtin.rules", 1, true)
      and vim.api.nvim_get_current_line():find("op ishl ", 1, true) end), vim.api.nvim_get_current_line())

  vim.lsp.stop_client(client)
  check("stopped again", wait(function() return vim.lsp.client_is_stopped(client) end))
end

local good, err = xpcall(run, debug.traceback)
if not good then check("script", false, err) end
local f = io.open(vim.env.DESK_OUT, "w")
f:write(table.concat(steps, "\n") .. "\n")
f:close()
vim.cmd(failed and "cquit 1" or "qall!")
