;; An active data segment that does not fit.
(module (memory 1) (data (i32.const 0) "ok") (data (i32.const 65530) "0123456789")
  (func (export "_start")))
