#include "base/hash.h"

uint64_t hash_seed;
