/*
 * A checklist that a report answers, read from a file of checklists/: who asks what in which order, in both languages,
 * and what the program can show for each item at most. Lives until checklist_free().
 */
#ifndef SEKISHO_APP_REPORT_CHECKLIST_H
#define SEKISHO_APP_REPORT_CHECKLIST_H

#include "base/yamldoc.h"

enum { ITEMS_MAX = 64, ITEM_RULES_MAX = 8, RULES_MAX = 64, CATEGORIES_MAX = 8 };

/** How far what was seen can carry a claim. */
enum strength { STRENGTH_NONE, STRENGTH_WEAK, STRENGTH_PARTIAL, STRENGTH_STRONG };

/** The same in both languages; borrowed from the file. */
struct two_texts {
	const char *ja, *en;
};

struct check_rule {
	const char *id;
	struct two_texts label;
};

struct check_category {
	const char *id;
	struct two_texts name;
};

struct check_item {
	const char *no, *evidence;
	unsigned category;                  /* of categories[] */
	struct two_texts text, cannot, ask; /* cannot: "" where nothing is gathered */
	enum strength strength;
	unsigned rules[ITEM_RULES_MAX]; /* of rules[] */
	unsigned n_rules;
};

struct checklist {
	struct yamldoc doc;
	char *path;
	const char *id, *version;
	struct two_texts name;
	struct check_category categories[CATEGORIES_MAX];
	struct check_rule rules[RULES_MAX];
	struct check_item items[ITEMS_MAX];
	unsigned n_categories, n_rules, n_items;
};

/** Reads @path (NULL: the one that is shipped). @return 0; -ENOENT, -EINVAL, -errno with @c filled. */
int checklist_load(struct checklist *k, const char *path, struct complaint *c);
void checklist_free(struct checklist *k);

const char *two_texts_say(const struct two_texts *t);

#endif
