;; wat2wasm tests/cli/raise.wat -o tests/cli/raise.wasm
(module
  (import "wasi_snapshot_preview1" "proc_raise"
    (func $raise (param i32) (result i32)))
  (memory (export "memory") 1)
  (func (export "_start") (drop (call $raise (i32.const 15)))) ;; SIGTERM
  (func (export "raise") (param i32) (result i32)
    (call $raise (local.get 0))))
