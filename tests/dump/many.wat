;; Sums that may be had in several ways: classes with more than one member.
(module
  (func $many (export "many") (param $x i32) (param $y i32) (param $z i32) (result i32)
    (i32.xor
      (i32.add (i32.mul (local.get $x) (local.get $y)) (i32.mul (local.get $x) (local.get $z)))
      (i32.xor
        (i32.add (i32.shl (local.get $y) (local.get $z)) (i32.shl (local.get $x) (local.get $z)))
        (i32.sub (i32.sub (i32.const 0) (local.get $x)) (local.get $y))))))
