;; wat2wasm tests/cli/deep.wat -o tests/cli/deep.wasm
;; deep(n): n calls deep, with a join over more than one local, so that
;; --join-limit=1 keeps them in memory; for 0 it never ends.
(module
  (func $deep (export "deep") (param $n i32) (result i32)
    (local $x i32) (local $y i32)
    (if (i32.and (local.get $n) (i32.const 1))
      (then (local.set $x (i32.const 1)) (local.set $y (i32.const 2)))
      (else (local.set $x (i32.const 2)) (local.set $y (i32.const 1))))
    (if (i32.eq (local.get $n) (i32.const 1))
      (then (return (local.get $x))))
    (i32.add
      (call $deep (i32.sub (local.get $n) (i32.const 1)))
      (i32.sub (local.get $x) (i32.mul (local.get $x) (local.get $y))))))
