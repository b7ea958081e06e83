/*
 * A YAML file with its text kept beside it, so that a complaint about the middle of a scalar finds its line and column.
 * Lifetime: loading.
 */
#ifndef SEKISHO_RULES_RULE_FILE_H
#define SEKISHO_RULES_RULE_FILE_H

#include "base/cursor.h"
#include "base/yamldoc.h"

enum { RULE_FILE_BYTES_MAX = 4 << 20 };

struct rule_file {
	struct yamldoc doc;
	struct span text;
	char *owned; /* the text where it was read from a file, else NULL */
	char *name;  /* of the file, likewise */
};

/** Reads @file. @return 0; -EINVAL or -errno with @c filled. */
__attribute__((warn_unused_result)) int rule_file_load(struct rule_file *s, const char *file, struct complaint *c);

/** The same without the tests of its rules, which are most of a shipped file: those written as blocks are not there. */
__attribute__((warn_unused_result)) int rule_file_load_untested(struct rule_file *s, const char *file,
								struct complaint *c);

/** The same of text that outlives @s. */
__attribute__((warn_unused_result)) int rule_file_parse(struct rule_file *s, const char *file, const char *yaml,
							size_t len, struct complaint *c);
void rule_file_free(struct rule_file *s);

/** Complains about byte @at_off of the scalar @n. @return -EINVAL. */
int rule_file_complain(const struct rule_file *s, const struct yaml_node *n, size_t at_off, struct complaint *c,
		       const char *what);

/** The entry of @known (NULL-terminated) nearest to @text, for "did you mean"; NULL where none is near. */
const char *rule_file_nearest(const char *const *known, const char *text);

#endif
