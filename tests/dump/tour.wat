;; The function of docs/tour.md: the mean of n words at p, where the stride is
;; written as a product and the division is by a constant.
(module
  (memory (export "memory") 1)
  (func $scaled_sum (export "scaled_sum") (param $p i32) (param $n i32) (result i32)
    (local $i i32) (local $sum i32)
    (block $done
      (br_if $done (i32.eqz (local.get $n)))
      (loop $again
        (local.set $sum
          (i32.add (local.get $sum)
            (i32.div_u
              (i32.load
                (i32.add (local.get $p)
                  (i32.mul (local.get $i) (i32.mul (i32.const 2) (i32.const 2)))))
              (i32.const 10))))
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (br_if $again (i32.lt_u (local.get $i) (local.get $n)))))
    (local.get $sum)))
