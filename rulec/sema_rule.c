#include "rulec/sema_priv.h"
void sema_rules(Sema *s) { (void)s; }
