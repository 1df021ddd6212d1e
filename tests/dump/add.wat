;; The smallest function that has something to show.
(module
  (func $add (export "add") (param $x i32) (param $y i32) (result i32)
    (i32.add (i32.mul (local.get $x) (i32.const 1))
             (i32.sub (local.get $y) (i32.const 0)))))
