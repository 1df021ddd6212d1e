;; A branch table too wide for a picture.
(module
  (func $wide (export "wide") (param $k i32) (result i32)
    (block $a (block $b
      (br_table
        $a $b $a $b $a $b $a $b $a $b $a $b $a $b $a $b $a $b $a $b $a $b $a $b $a $b $a $b $a $b $a
        (local.get $k)))
      (return (i32.const 1)))
    (i32.const 2)))
