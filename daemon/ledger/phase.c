#include "ledger/phase.h"

#include <stdio.h>
#include <string.h>

#include "base/phrase.h"

static const char *const order[] = {"consult", "review.risk", "review.intro", "config", "operate", "dispose", "gone"};

enum { PHASES = sizeof(order) / sizeof(order[0]) };

int phase_place(const char *phase)
{
	for (int i = 0; i < PHASES; i++) {
		if (strcmp(order[i], phase) == 0)
			return i;
	}
	return -1;
}

static bool is_empty(struct phase_papers p, enum reg_field f)
{
	return p.value(p.ctx, f)[0] == '\0';
}

bool phase_erasure_verified(struct phase_papers p)
{
	return !is_empty(p, REG_ERASE_METHOD) && !is_empty(p, REG_VERIFY_BY) && !is_empty(p, REG_VERIFY_ON) &&
	       strcmp(p.value(p.ctx, REG_VERIFY_RESULT), "ok") == 0;
}

/* ledger.md 5.6: where confidential data was on it, somebody has to have verified that it is gone. */
static bool may_be_gone(struct phase_papers p, char why[static PHASE_WHY_MAX])
{
	if (strcmp(p.value(p.ctx, REG_DATA_CLASS), "high") != 0 || phase_erasure_verified(p))
		return true;
	snprintf(why, PHASE_WHY_MAX,
		 phrase("phase \"gone\" needs the verified erasure where data_class is high. Fill in erase_method, "
			"verify_result (ok), verify_by and verify_on"));
	return false;
}

bool phase_may_move(const char *from, const char *to, const char *reason, struct phase_papers papers,
		    char why[static PHASE_WHY_MAX])
{
	int a = phase_place(from), b = phase_place(to);

	if (strcmp(from, to) == 0)
		return true;
	if (a >= 0 && b > a + 1) {
		snprintf(
		    why, PHASE_WHY_MAX,
		    phrase(
			"phase \"%s\" cannot follow \"%s\": phases move one step at a time. Move it to \"%s\" first"),
		    to, from, order[a + 1]);
		return false;
	}
	if (a >= 0 && b < a && !reason[0]) {
		snprintf(why, PHASE_WHY_MAX,
			 phrase("phase \"%s\" lies before \"%s\": going back needs a reason. Give it with --reason"),
			 b < 0 ? "unregistered" : to, from);
		return false;
	}
	return b != PHASES - 1 || may_be_gone(papers, why);
}
