#include "base/hash.h"

#include <sys/random.h>

uint64_t hash_seed;

void hash_seed_at_random(void)
{
	(void)!getrandom(&hash_seed, sizeof(hash_seed), GRND_NONBLOCK);
}
