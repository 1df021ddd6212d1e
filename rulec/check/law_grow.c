#include "rulec/check/laws.h"
void law_grow(Laws *l) { (void)l; }
