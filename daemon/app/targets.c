#include "app/targets.h"

#include <stdio.h>

#include "ledger/ledger.h"
#include "ledger/store.h"

enum { KEY_MAX = 32 };

static const char *const names[TARGETS] = {"acknowledge", "close"};

/* "target.close.high", in the table meta of ledger.db. One that is not there is no target of 0, hence one is added. */
static const char *key_of(enum target which, int level, char buf[static KEY_MAX])
{
	snprintf(buf, KEY_MAX, "target.%s.%s", names[which], alert_level_name((enum alert_level)level));
	return buf;
}

struct targets targets_of(const struct config *cfg)
{
	struct targets t;

	for (int level = 0; level < LEVEL_COUNT; level++) {
		t.minutes[TARGET_ACKNOWLEDGE][level] = cfg->targets.acknowledge_minutes[level];
		t.minutes[TARGET_CLOSE][level] = cfg->targets.close_minutes[level];
	}
	return t;
}

struct targets targets_read(sqlite3 *ledger_db)
{
	struct config cfg;
	char key[KEY_MAX];

	config_default(&cfg);
	struct targets t = targets_of(&cfg);
	config_free(&cfg);
	for (int which = 0; which < TARGETS; which++) {
		for (int level = 0; level < LEVEL_COUNT; level++) {
			int64_t kept = store_meta(ledger_db, key_of((enum target)which, level, key));
			if (kept > 0)
				t.minutes[which][level] = kept - 1;
		}
	}
	return t;
}

void targets_keep(const struct targets *t, struct ledger *l)
{
	char key[KEY_MAX];

	for (int which = 0; which < TARGETS; which++) {
		for (int level = 0; level < LEVEL_COUNT; level++)
			ledger_keep_number(l, key_of((enum target)which, level, key), t->minutes[which][level] + 1);
	}
	(void)ledger_write_news(l); /* commands write to the ledger too: no transaction stays open */
}
