;; A function whose name would move a terminal's cursor.
(module (func (export "_start") (call 1)) (func (export "x\1b[2J\ny") unreachable))
