;; The function of docs/tour.md: each of n words at p divided by ten, plus 3 k,
;; summed. Its source is naive on purpose.
(module
  (memory (export "memory") 1)
  (data (i32.const 0) "\0a\00\00\00" "\14\00\00\00" "\23\00\00\00") ;; 10 20 35
  (func $sum (export "sum") (param $p i32) (param $n i32) (param $k i32) (result i32)
    (local $i i32) (local $sum i32)
    (block $done
      (br_if $done (i32.eqz (local.get $n)))
      (loop $again
        (local.set $sum
          (i32.add
            (local.get $sum)
            (i32.add
              (i32.div_u
                (i32.load
                  (i32.add
                    (local.get $p)
                    (i32.mul (local.get $i) (i32.mul (i32.const 2) (i32.const 2)))))
                (i32.const 10))
              (i32.mul (local.get $k) (i32.const 3)))))
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (br_if $again (i32.lt_u (local.get $i) (local.get $n)))))
    (local.get $sum)))
