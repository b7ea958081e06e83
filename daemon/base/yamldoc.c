#include "base/yamldoc.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "base/digits.h"
#include "base/text.h"
#include "base/phrase.h"

enum { DEPTH_MAX = 32, FILE_BYTES_MAX = 16 << 20, FEW_KEYS = 64 };

/* Everything a document is made of is freed together: it is cut from blocks that hang on one list. */
struct piece {
	struct piece *next;
	size_t left;
	max_align_t bytes[];
};

enum { BLOCK_BYTES = 16 << 10 };

static void *take(struct yamldoc *d, size_t n)
{
	struct piece *p = d->memory;
	size_t need = (n + sizeof(max_align_t) - 1) / sizeof(max_align_t) * sizeof(max_align_t);

	if (!p || p->left < need) {
		size_t bytes = need > BLOCK_BYTES ? need : BLOCK_BYTES;
		p = calloc(1, sizeof(*p) + bytes);
		if (!p)
			return NULL;
		*p = (struct piece){.next = d->memory, .left = bytes};
		d->memory = p;
	}
	p->left -= need; /* from the end of the block: the bytes before are still zero */
	return (char *)p->bytes + p->left;
}

static int fail(const struct yamldoc *d, const yaml_mark_t *at, struct complaint *c, const char *what)
{
	complain(c, d->file, (unsigned)at->line + 1, (unsigned)at->column + 1, "%s", what);
	return -EINVAL;
}

/* Reads the next node, whose first event is @ev (consumed). */
static int read_node(struct yamldoc *d, yaml_parser_t *p, yaml_event_t *ev, int depth, struct yaml_node **out,
		     struct complaint *c);

static int next_event(struct yamldoc *d, yaml_parser_t *p, yaml_event_t *ev, struct complaint *c)
{
	if (yaml_parser_parse(p, ev))
		return 0;
	char what[256];
	snprintf(what, sizeof(what), "not valid YAML: %s%s%s", p->problem ? p->problem : "unreadable",
		 p->context ? ", " : "", p->context ? p->context : "");
	const yaml_mark_t *at = p->problem_mark.line || p->problem_mark.column ? &p->problem_mark : &p->mark;
	return fail(d, at, c, what);
}

static int by_text(const void *a, const void *b)
{
	const struct yaml_node *p = *(struct yaml_node *const *)a, *q = *(struct yaml_node *const *)b;
	int order = strcmp(p->text, q->text);

	if (order == 0)
		order = (p->line > q->line) - (p->line < q->line);
	return order ? order : (p->column > q->column) - (p->column < q->column);
}

const struct yaml_node *yaml_twin(const struct yaml_node **nodes, size_t n, const struct yaml_node **first)
{
	const struct yaml_node *twin = NULL;

	if (n > 1)
		qsort(nodes, n, sizeof(*nodes), by_text);
	for (size_t i = 1; i < n; i++) {
		bool same = strcmp(nodes[i - 1]->text, nodes[i]->text) == 0;
		if (!same || (twin && (twin->line < nodes[i]->line ||
				       (twin->line == nodes[i]->line && twin->column < nodes[i]->column))))
			continue;
		twin = nodes[i];
		*first = nodes[i - 1];
	}
	return twin;
}

/* Each key stands in a map once. */
static int check_twins(const struct yamldoc *d, const struct yaml_node *map, struct complaint *c)
{
	const struct yaml_node *few[FEW_KEYS], **keys = few, *first = NULL;
	size_t n = yaml_count(map);

	if (n > FEW_KEYS)
		keys = malloc(n * sizeof(*keys));
	if (!keys)
		return -ENOMEM;
	n = 0;
	for (const struct yaml_node *v = map->child; v; v = v->next)
		keys[n++] = v->key;
	const struct yaml_node *twin = yaml_twin(keys, n, &first);
	if (keys != few)
		free(keys);
	if (!twin)
		return 0;
	return yaml_complain(d, twin, c, "key \"%s\" stands here a second time (first in line %u). Remove one",
			     twin->text, first->line);
}

static int read_children(struct yamldoc *d, yaml_parser_t *p, struct yaml_node *parent, int depth, struct complaint *c)
{
	struct yaml_node **end = &parent->child, *key = NULL;
	yaml_event_type_t stop = parent->kind == YAML_LIST ? YAML_SEQUENCE_END_EVENT : YAML_MAPPING_END_EVENT;

	for (;;) {
		yaml_event_t ev;
		struct yaml_node *n;
		int err = next_event(d, p, &ev, c);
		if (err)
			return err;
		if (ev.type == stop) {
			yaml_event_delete(&ev);
			return parent->kind == YAML_MAP ? check_twins(d, parent, c) : 0;
		}
		err = read_node(d, p, &ev, depth + 1, &n, c);
		if (err)
			return err;
		if (parent->kind == YAML_MAP && !key) {
			if (n->kind != YAML_SCALAR)
				return yaml_complain(d, n, c, "a key must be plain text");
			key = n;
			continue;
		}
		n->key = key;
		key = NULL;
		*end = n;
		end = &n->next;
	}
}

static int read_node(struct yamldoc *d, yaml_parser_t *p, yaml_event_t *ev, int depth, struct yaml_node **out,
		     struct complaint *c)
{
	struct yaml_node *n = take(d, sizeof(*n));
	int err = 0;

	if (!n) {
		yaml_event_delete(ev);
		return -ENOMEM;
	}
	n->line = (unsigned)ev->start_mark.line + 1;
	n->column = (unsigned)ev->start_mark.column + 1;
	if (depth > DEPTH_MAX) {
		err = yaml_complain(d, n, c, "nested deeper than %d levels", DEPTH_MAX);
	} else if (ev->type == YAML_SCALAR_EVENT) {
		char *text = take(d, ev->data.scalar.length + 1);
		if (text)
			memcpy(text, ev->data.scalar.value, ev->data.scalar.length);
		else
			err = -ENOMEM;
		n->kind = YAML_SCALAR;
		n->text = text;
		n->quoted = ev->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
		if (text && strlen(text) != ev->data.scalar.length)
			err = yaml_complain(d, n, c, "a NUL character does not belong here");
	} else if (ev->type == YAML_SEQUENCE_START_EVENT || ev->type == YAML_MAPPING_START_EVENT) {
		n->kind = ev->type == YAML_SEQUENCE_START_EVENT ? YAML_LIST : YAML_MAP;
	} else {
		err = yaml_complain(d, n, c, "anchors and aliases (& and *) are not used here. Write the value out");
	}
	yaml_event_delete(ev);
	if (!err && n->kind != YAML_SCALAR)
		err = read_children(d, p, n, depth, c);
	*out = n;
	return err;
}

static int add_root(struct yamldoc *d, struct yaml_node *root)
{
	struct yaml_node **roots = realloc(d->roots, (d->n_roots + 1) * sizeof(*roots));

	if (!roots)
		return -ENOMEM;
	d->roots = roots;
	roots[d->n_roots++] = root;
	return 0;
}

int yamldoc_parse(struct yamldoc *d, const char *file, const char *text, size_t len, struct complaint *c)
{
	yaml_parser_t p;
	yaml_event_t ev;
	bool done = false;
	int err = 0;

	*d = (struct yamldoc){.file = file};
	if (!yaml_parser_initialize(&p))
		return -ENOMEM;
	yaml_parser_set_input_string(&p, (const unsigned char *)text, len);
	while (!done && !err) {
		struct yaml_node *root;
		err = next_event(d, &p, &ev, c);
		if (err)
			break;
		switch (ev.type) {
		case YAML_STREAM_END_EVENT:
			done = true;
			yaml_event_delete(&ev);
			break;
		case YAML_STREAM_START_EVENT:
		case YAML_DOCUMENT_START_EVENT:
		case YAML_DOCUMENT_END_EVENT:
			yaml_event_delete(&ev);
			break;
		default:
			err = read_node(d, &p, &ev, 0, &root, c);
			if (!err)
				err = add_root(d, root);
			break;
		}
	}
	yaml_parser_delete(&p);
	if (err)
		yamldoc_free(d);
	return err;
}

int yamldoc_load(struct yamldoc *d, const char *file, struct complaint *c)
{
	FILE *f = fopen(file, "re");
	char *text = NULL;
	size_t len = 0;
	int err = 0;

	*d = (struct yamldoc){.file = file};
	if (!f) {
		err = -errno;
		complain(c, file, 0, 0, "cannot be read: %s", strerror(-err));
		return err;
	}
	while (!err) {
		enum { STEP = 65536 };
		char *more = len < FILE_BYTES_MAX ? realloc(text, len + STEP) : NULL;
		if (!more) {
			complain(c, file, 0, 0, "is larger than %d MiB", FILE_BYTES_MAX >> 20);
			err = -EFBIG;
			break;
		}
		text = more;
		size_t n = fread(text + len, 1, STEP, f);
		len += n;
		if (n < STEP)
			break;
	}
	if (!err && ferror(f)) {
		err = -EIO;
		complain(c, file, 0, 0, "cannot be read: %s", strerror(EISDIR));
	}
	fclose(f);
	if (!err)
		err = yamldoc_parse(d, file, text, len, c);
	free(text);
	return err;
}

void yamldoc_free(struct yamldoc *d)
{
	struct piece *next;

	for (struct piece *p = d->memory; p; p = next) {
		next = p->next;
		free(p);
	}
	free(d->roots);
	*d = (struct yamldoc){.file = d->file};
}

struct yaml_node *yaml_get(const struct yaml_node *map, const char *key)
{
	if (!map || map->kind != YAML_MAP)
		return NULL;
	for (struct yaml_node *n = map->child; n; n = n->next) {
		if (strcmp(n->key->text, key) == 0)
			return n;
	}
	return NULL;
}

/* The link to the child of @map whose key is the first @len bytes of @key; that to the end where there is none. */
static struct yaml_node **link_of(struct yaml_node *map, const char *key, size_t len)
{
	struct yaml_node **link = &map->child;

	while (*link && (strlen((*link)->key->text) != len || memcmp((*link)->key->text, key, len) != 0))
		link = &(*link)->next;
	return link;
}

/* The link to the last key of @path; NULL where a map on the way is missing, or is none. *leaf: that key in @path. */
static struct yaml_node **link_at(struct yaml_node *map, const char *path, const char **leaf)
{
	for (;;) {
		size_t len = strcspn(path, ".");
		if (map->kind != YAML_MAP)
			return NULL;
		struct yaml_node **link = link_of(map, path, len);
		*leaf = path;
		if (!path[len])
			return link;
		if (!*link)
			return NULL;
		map = *link;
		path += len + 1;
	}
}

struct yaml_node *yaml_at(const struct yaml_node *map, const char *path)
{
	const char *leaf;
	struct yaml_node **link = map ? link_at((struct yaml_node *)map, path, &leaf) : NULL;

	return link ? *link : NULL;
}

/* A node of @like's place: a key that is the first @len bytes of @text, or an empty map. */
static struct yaml_node *make_node(struct yamldoc *d, const struct yaml_node *like, const char *text, size_t len)
{
	struct yaml_node *n = take(d, sizeof(*n));
	char *copy = text ? take(d, len + 1) : NULL;

	if (!n || (text && !copy))
		return NULL;
	*n = (struct yaml_node){.kind = text ? YAML_SCALAR : YAML_MAP, .line = like->line, .column = like->column};
	if (text)
		memcpy(copy, text, len);
	n->text = copy;
	return n;
}

int yaml_move(struct yamldoc *d, const char *from, const char *to)
{
	struct yaml_node *map = d->n_roots ? d->roots[0] : NULL, *n;
	const char *leaf;
	struct yaml_node **link = map ? link_at(map, from, &leaf) : NULL;

	if (!link || !*link)
		return -ENOENT;
	n = *link;
	for (const char *dot; (dot = strchr(to, '.')) != NULL; to = dot + 1) {
		struct yaml_node **next = link_of(map, to, (size_t)(dot - to));
		if (!*next) {
			struct yaml_node *key = make_node(d, n->key, to, (size_t)(dot - to)), *made = make_node(d, n, NULL, 0);
			if (!key || !made)
				return -ENOMEM;
			made->key = key;
			*next = made;
		}
		map = *next;
		if (map->kind != YAML_MAP)
			return -ENOTDIR;
	}
	struct yaml_node *key = make_node(d, n->key, to, strlen(to));
	if (!key)
		return -ENOMEM;
	*link = n->next;
	n->next = NULL;
	n->key = key;
	*link_of(map, to, strlen(to)) = n;
	return 0;
}

size_t yaml_count(const struct yaml_node *list)
{
	size_t n = 0;

	for (const struct yaml_node *i = list ? list->child : NULL; i; i = i->next)
		n++;
	return n;
}

int yaml_complain(const struct yamldoc *d, const struct yaml_node *n, struct complaint *c, const char *fmt, ...)
{
	char what[768];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), phrase(fmt), ap);
	va_end(ap);
	complain(c, d->file, n ? n->line : 0, n ? n->column : 0, "%s", what);
	return -EINVAL;
}

static const char *nearest(const char *const *known, const char *text)
{
	const char *best = NULL;
	unsigned least = (unsigned)strlen(text) / 3 + 2;

	for (; *known; known++) {
		unsigned distance = text_distance(*known, text);
		if (distance < least) {
			least = distance;
			best = *known;
		}
	}
	return best;
}

int yaml_only_keys(const struct yamldoc *d, const struct yaml_node *map, const char *const *known, struct complaint *c)
{
	if (map->kind != YAML_MAP)
		return yaml_complain(d, map, c, "expected a map of keys and values here");
	for (const struct yaml_node *n = map->child; n; n = n->next) {
		const char *const *k = known;
		while (*k && strcmp(*k, n->key->text) != 0)
			k++;
		if (*k)
			continue;
		const char *near = nearest(known, n->key->text);
		if (near)
			return yaml_complain(d, n->key, c, "unknown key \"%s\". Did you mean \"%s\"?", n->key->text,
					     near);
		return yaml_complain(d, n->key, c,
				     "unknown key \"%s\". Remove it, or see the commented sample configuration",
				     n->key->text);
	}
	return 0;
}

int yaml_bool(const struct yamldoc *d, const struct yaml_node *n, bool *out, struct complaint *c)
{
	static const char *const yes[] = {"yes", "true", "on"}, *const no[] = {"no", "false", "off"};

	for (int i = 0; n->kind == YAML_SCALAR && i < 3; i++) {
		if (strcmp(n->text, yes[i]) == 0 || strcmp(n->text, no[i]) == 0) {
			*out = strcmp(n->text, yes[i]) == 0;
			return 0;
		}
	}
	return yaml_complain(d, n, c, "expected yes or no here");
}

/* strtoll() would take 010 for 8, YAML 1.2 for 10. */
static bool begins_with_zero(const char *text)
{
	text += *text == '-' || *text == '+';
	return text[0] == '0' && text[1] >= '0' && text[1] <= '9';
}

int yaml_int(const struct yamldoc *d, const struct yaml_node *n, int64_t least, int64_t most, int64_t *out,
	     struct complaint *c)
{
	char *end = NULL;

	if (n->kind == YAML_SCALAR && begins_with_zero(n->text))
		return yaml_complain(
		    d, n, c, "\"%s\" begins with 0, which some read as octal. Write the number without it", n->text);
	errno = 0;
	long long v = n->kind == YAML_SCALAR ? strtoll(n->text, &end, digits_base(n->text)) : 0;
	if (!end || end == n->text || *end || errno || v < least || v > most)
		return yaml_complain(d, n, c, "expected a whole number from %lld to %lld here", (long long)least,
				     (long long)most);
	*out = v;
	return 0;
}

int yaml_string(const struct yamldoc *d, const struct yaml_node *n, const char **out, struct complaint *c)
{
	if (n->kind != YAML_SCALAR || n->text[0] == '\0')
		return yaml_complain(d, n, c, "expected a text here");
	*out = n->text;
	return 0;
}
