/*
 * The words of a rule, in each language: from the rule itself, else from the texts by its id.
 */
#ifndef SEKISHO_RULES_RULE_WORDS_H
#define SEKISHO_RULES_RULE_WORDS_H

#include "engine/ruleset.h"

/**
 * Fills the texts and templates of @rule, whose YAML is @node of @s.
 * @return 0; -EINVAL with @c filled: a title is missing, a template names what is not there; -ENOMEM.
 */
__attribute__((warn_unused_result)) int rule_words_read(struct rules *r, struct rule *rule, const struct rule_file *s,
							const struct yaml_node *node,
							struct rule_file *const texts[LANGUAGE_COUNT],
							struct complaint *c);

#endif
