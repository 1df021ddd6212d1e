;; A start function that calls what traps; no names.
(module (memory 1)
  (func (param i32) (drop (i32.load (local.get 0))))
  (func (call 0 (i32.const -1)))
  (start 1)
  (func (export "_start")))
