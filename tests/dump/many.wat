;; An expression that many rules take.
(module
  (func $many (export "many") (param $x i32) (param $y i32) (result i32)
    (i32.sub
      (i32.add (i32.add (local.get $x) (i32.const 3)) (i32.add (local.get $y) (i32.const 5)))
      (i32.and (i32.or (local.get $x) (local.get $y)) (i32.const -1)))))
