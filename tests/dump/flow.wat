;; Control flow of every kind: nested loops, a br_table, a call that leaves, a
;; trap, and functions for -F to choose from.
(module
  (import "env" "log" (func $log (param i32)))
  (func $nest (export "nest") (param $n i32) (result i32)
    (local $i i32) (local $j i32) (local $s i32)
    (loop $outer
      (local.set $j (i32.const 0))
      (loop $inner
        (if (i32.and (local.get $j) (i32.const 1))
          (then (local.set $s (i32.add (local.get $s) (local.get $j))))
          (else (local.set $s (i32.xor (local.get $s) (local.get $i)))))
        (local.set $j (i32.add (local.get $j) (i32.const 1)))
        (br_if $inner (i32.lt_s (local.get $j) (local.get $i))))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $outer (i32.lt_s (local.get $i) (local.get $n))))
    (local.get $s))
  (func $pick (export "pick") (param $k i32) (result i32)
    (block $other
      (block $two
        (block $one
          (block $zero
            (br_table $zero $one $one $two $zero $other (local.get $k)))
          (return (i32.const 10)))
        (call $log (local.get $k))
        (return (i32.const 20)))
      (return (i32.const 30)))
    (unreachable))
  (func $nest_again (export "nest_again") (param $n i32) (result i32)
    (call $nest (call $nest (local.get $n)))))
