;; Names that labels must escape and lines must survive. Built without
;; --debug-names: the export is the only name.
(module
  (func (export "a<b>&\"c\"\\l\n%s{|}") (param i32) (result i32)
    (local.get 0))
  (func (result i32) (i32.const 1)))
