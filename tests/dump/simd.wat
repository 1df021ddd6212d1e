;; One function that cannot be compiled yet, between two that can.
(module
  (memory 1)
  (func $before (param i32) (result i32) (local.get 0))
  (func $lanes (param i32) (result i32)
    (i32x4.extract_lane 0 (i32x4.splat (local.get 0))))
  (func $after (param i32) (result i32) (local.get 0)))
