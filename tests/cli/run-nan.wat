;; wat2wasm tests/cli/run-nan.wat -o tests/cli/run-nan.wasm
(module
  (func (export "f32") (param f32) (result f32) (local.get 0))
  (func (export "f64") (param f64) (result f64) (local.get 0)))
