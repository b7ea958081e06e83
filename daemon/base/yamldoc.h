/*
 * A YAML document that remembers where everything stood (libyaml), for the readers of configuration and rules.
 *
 * Values are looked up by key or walked; every node knows its line and column, so that a complaint can name them.
 * Duplicate keys and anchors are refused.
 */
#ifndef SEKISHO_BASE_YAMLDOC_H
#define SEKISHO_BASE_YAMLDOC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/log.h"

enum yaml_kind { YAML_SCALAR, YAML_LIST, YAML_MAP };

struct yaml_node {
	enum yaml_kind kind;
	unsigned line, column;   /* 1-based */
	const char *text;        /* scalar: its text; else NULL */
	bool quoted;             /* scalar: was in quotes, or a block */
	struct yaml_node *key;   /* in a map: the key of this value */
	struct yaml_node *child; /* first item, or first value of a map */
	struct yaml_node *next;  /* next item */
};

struct yamldoc {
	const char *file;         /* as given; borrowed */
	struct yaml_node **roots; /* one per document of the stream */
	size_t n_roots;
	void *memory;
};

/** Reads a file of one or more documents. @return 0; -EINVAL with @c filled; -errno where it cannot be read (@c filled
 * too). */
int yamldoc_load(struct yamldoc *d, const char *file, struct complaint *c);

/** The same from text; @file only names it in complaints. */
int yamldoc_parse(struct yamldoc *d, const char *file, const char *text, size_t len, struct complaint *c);
void yamldoc_free(struct yamldoc *d);

/** The value of @key in a map, or NULL. */
struct yaml_node *yaml_get(const struct yaml_node *map, const char *key);

/** The value at a path of keys ("redis.tls.ca") below @map, or NULL. */
struct yaml_node *yaml_at(const struct yaml_node *map, const char *path);

/**
 * Puts the value at path @from of the first document to path @to, where none must be; maps on the way there are made.
 * Nodes keep their places, so that complaints name the line that was written; the key has the text of @to.
 *
 * @return 0; -ENOENT where nothing is at @from; -ENOTDIR where something on the way to @to is no map; -ENOMEM
 */
int yaml_move(struct yamldoc *d, const char *from, const char *to);

size_t yaml_count(const struct yaml_node *list);

/** Sorts @nodes, texts of one document. @return the first in the file that says what another before it said, which is
 * *first; NULL: there is none. */
const struct yaml_node *yaml_twin(const struct yaml_node **nodes, size_t n, const struct yaml_node **first);

/** Complains about @n: `file:line:column: ...`; @return -EINVAL. */
int yaml_complain(const struct yamldoc *d, const struct yaml_node *n, struct complaint *c, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/** Refuses keys of @map that are not among @known (NULL-terminated), naming the nearest. @return 0 or -EINVAL. */
int yaml_only_keys(const struct yamldoc *d, const struct yaml_node *map, const char *const *known, struct complaint *c);

/* Typed scalars; each complains and returns -EINVAL where the node is something else or out of range. */
int yaml_bool(const struct yamldoc *d, const struct yaml_node *n, bool *out, struct complaint *c);
int yaml_int(const struct yamldoc *d, const struct yaml_node *n, int64_t least, int64_t most, int64_t *out,
	     struct complaint *c);
int yaml_string(const struct yamldoc *d, const struct yaml_node *n, const char **out, struct complaint *c);

#endif
