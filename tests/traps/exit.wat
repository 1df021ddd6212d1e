;; Leaves in the start function: _start is never reached.
(module
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (func $init (call $exit (i32.const 9)))
  (start $init)
  (func (export "_start") unreachable))
